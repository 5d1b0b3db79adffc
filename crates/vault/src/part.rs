//! Files that are not whole yet: what came of an upload that may go on later, in another process.
//!
//! A part is written piece by piece, and its last piece may be written twice: the process was killed in the middle, and the
//! sender sends those bytes again, or others. Under the cipher of whole files ([`crate::file`]) a counted nonce must never
//! seal two contents, so a part has another: AES-256-GCM-SIV, which gives away no more than that two pieces are equal.
//!
//! Header: `SKSP` | version 1 | key id (u32, big endian) | nonce (12) | the part's key, wrapped (32 + 16).
//! Then pieces of 16 KiB and a tag each, all of them full. Nonce of a piece: zeros (4) | its number (u64, big endian).
//! A part says nothing of where it ends: whoever reads it knows how many pieces there must be.

use aws_lc_rs::aead::LessSafeKey;
use skillsyms_core::Rng;
use zeroize::Zeroizing;

use crate::aead::{self, KEY_LEN, NONCE_LEN, TAG_LEN};
use crate::keyring::{Keyring, Purpose};
use crate::seal::{SealError, check_version};

/// Plain bytes in a piece: 16 KiB. What was received of a piece that is not full is lost with the line: two seconds at 64 kbit/s.
pub const PIECE_LEN: usize = 16 * 1024;
/// Bytes of a piece when it is sealed.
pub const SEALED_PIECE_LEN: usize = PIECE_LEN + TAG_LEN;
/// Bytes of the header.
pub const PART_HEADER_LEN: usize = MAGIC.len() + 1 + 4 + NONCE_LEN + KEY_LEN + TAG_LEN;

/// The first bytes of every part.
const MAGIC: &[u8] = b"SKSP";
/// Version of the layout.
const VERSION: u8 = 1;
/// Begins the associated data of a part's key.
const DOMAIN: &[u8] = b"skillsyms-part-v1";

/// The key of one part.
pub struct PartKey(LessSafeKey);

impl PartKey {
    /// Draws a key for the part of the file with this id. The second value is the header, which goes first.
    ///
    /// # Errors
    /// [`SealError::Refused`] if the cipher refuses, which does not happen with keys of the right length.
    pub fn new(keyring: &Keyring, file: [u8; 16], rng: &dyn Rng) -> Result<(Self, Vec<u8>), SealError> {
        let mut part_key = Zeroizing::new([0; KEY_LEN]);
        rng.fill(&mut *part_key);
        let key = keyring.keys(Purpose::Files).active();
        let mut header = Vec::with_capacity(PART_HEADER_LEN);
        header.extend_from_slice(MAGIC);
        header.push(VERSION);
        header.extend_from_slice(&key.id().to_be_bytes());
        let wrapped = aead::wrap(key.cipher()?, &associated_data(keyring, file), &*part_key, rng)?;
        header.extend_from_slice(&wrapped);
        Ok((Self(aead::siv(&part_key)?), header))
    }

    /// Reads the header of the part of the file with this id.
    ///
    /// # Errors
    /// [`SealError`]: not a part, a newer layout, an unknown key, or the header of another file or cell.
    pub fn open(keyring: &Keyring, file: [u8; 16], header: &[u8]) -> Result<Self, SealError> {
        let rest = header.strip_prefix(MAGIC).ok_or(SealError::Malformed)?;
        let (version, rest) = rest.split_first().ok_or(SealError::Malformed)?;
        check_version(*version, VERSION)?;
        let (id, wrapped) = rest.split_first_chunk::<4>().ok_or(SealError::Malformed)?;
        let id = u32::from_be_bytes(*id);
        let key = keyring.keys(Purpose::Files).find(id).ok_or(SealError::UnknownKey(id))?;
        let part_key = aead::unwrap_key(key.cipher()?, &associated_data(keyring, file), wrapped)?;
        Ok(Self(aead::siv(&part_key)?))
    }

    /// Seals the piece with this number: exactly [`PIECE_LEN`] bytes.
    ///
    /// # Errors
    /// [`SealError::Length`] for any other length.
    pub fn seal(&self, number: u64, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        if plain.len() != PIECE_LEN {
            return Err(SealError::Length);
        }
        let mut out = Vec::with_capacity(SEALED_PIECE_LEN);
        aead::seal_onto(&self.0, nonce(number), &[], plain, &mut out)?;
        Ok(out)
    }

    /// Opens the piece with this number.
    ///
    /// # Errors
    /// [`SealError::Length`] for a piece that is not whole, [`SealError::Refused`] for one that is damaged, in another's place or
    /// of another part.
    pub fn unseal(&self, number: u64, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if sealed.len() != SEALED_PIECE_LEN {
            return Err(SealError::Length);
        }
        Ok(aead::open(&self.0, nonce(number), &[], sealed)?)
    }
}

fn nonce(number: u64) -> [u8; NONCE_LEN] {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    [0, 0, 0, 0, a, b, c, d, e, f, g, h]
}

fn associated_data(keyring: &Keyring, file: [u8; 16]) -> Vec<u8> {
    let cell = keyring.cell();
    [DOMAIN, cell.bytes(), &file].concat()
}

#[cfg(test)]
mod tests {
    use skillsyms_core::CellId;
    use uuid::Uuid;

    use super::*;
    use crate::digest::SystemRng;

    const FILE: [u8; 16] = [7; 16];

    fn keyring(cell: u128) -> Keyring {
        Keyring::generate(CellId::new(Uuid::from_u128(cell)), &SystemRng)
    }

    fn piece(fill: u8) -> Vec<u8> {
        vec![fill; PIECE_LEN]
    }

    #[test]
    fn a_part_goes_on_from_its_header() {
        let keyring = keyring(1);
        let (key, header) = PartKey::new(&keyring, FILE, &SystemRng).unwrap();
        assert_eq!(header.len(), PART_HEADER_LEN);
        let first = key.seal(0, &piece(1)).unwrap();
        let again = PartKey::open(&keyring, FILE, &header).unwrap();
        let second = again.seal(1, &piece(2)).unwrap();
        assert_eq!(first.len(), SEALED_PIECE_LEN);
        assert_eq!(*again.unseal(0, &first).unwrap(), piece(1));
        assert_eq!(*key.unseal(1, &second).unwrap(), piece(2));
    }

    #[test]
    fn a_piece_opens_in_its_place_and_whole_only() {
        let keyring = keyring(1);
        let (key, _) = PartKey::new(&keyring, FILE, &SystemRng).unwrap();
        let sealed = key.seal(3, &piece(1)).unwrap();
        assert_eq!(key.unseal(2, &sealed).unwrap_err(), SealError::Refused);
        assert_eq!(key.unseal(3, &sealed[1..]).unwrap_err(), SealError::Length);
        let mut flipped = sealed.clone();
        flipped[70] ^= 1;
        assert_eq!(key.unseal(3, &flipped).unwrap_err(), SealError::Refused);
        let (other, _) = PartKey::new(&keyring, FILE, &SystemRng).unwrap();
        assert_eq!(other.unseal(3, &sealed).unwrap_err(), SealError::Refused);
        assert_eq!(key.seal(0, b"short").unwrap_err(), SealError::Length);
    }

    #[test]
    fn a_piece_that_is_written_twice_gives_its_key_stream_away_neither_time() {
        let (key, _) = PartKey::new(&keyring(1), FILE, &SystemRng).unwrap();
        let (one, two) = (key.seal(0, &piece(0)).unwrap(), key.seal(0, &piece(0xff)).unwrap());
        // Under a stream cipher with one nonce the two would differ by 0xff everywhere.
        let flipped = one.iter().zip(&two).filter(|(a, b)| **a ^ **b == 0xff).count();
        assert!(flipped < PIECE_LEN / 50, "{flipped}");
    }

    #[test]
    fn the_header_of_another_file_cell_or_layout_does_not_open() {
        let keyring = keyring(1);
        let (_, header) = PartKey::new(&keyring, FILE, &SystemRng).unwrap();
        let open =
            |keyring: &Keyring, file, header: &[u8]| PartKey::open(keyring, file, header).map(|_| ()).unwrap_err();
        assert_eq!(open(&keyring, [8; 16], &header), SealError::Refused);
        assert_eq!(open(&self::keyring(2), FILE, &header), SealError::Refused);
        assert_eq!(open(&keyring, FILE, &header[..20]), SealError::Refused);
        assert_eq!(open(&keyring, FILE, b"SKSF"), SealError::Malformed);
        let mut newer = header;
        newer[MAGIC.len()] = 2;
        assert_eq!(open(&keyring, FILE, &newer), SealError::Newer { version: 2, known: 1 });
    }
}
