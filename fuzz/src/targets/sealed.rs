//! What is sealed: values, files, keyrings. Bytes as they come are no such thing, so each is also tried with a good one of
//! which the bytes say how it is damaged: it must not open unless nothing was changed.

use std::io::Read as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use skillsyms_core::{CellId, Rng};
use skillsyms_vault::file::CHUNK_LEN;
use skillsyms_vault::{FileSealer, Keyring, Last, OpenedReader, Place, RootKey};
use uuid::Uuid;

const CELL: CellId = CellId::new(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001));
const FILE: [u8; 16] = [7; 16];
const PLACE: Place<'static> = Place::new("learners", "id_number", [9; 16]);
const PLAIN: &[u8] = b"8001015009087";

/// The same in every run, so that what was found is found again.
struct Counted(AtomicU64);

impl Rng for Counted {
    fn fill(&self, out: &mut [u8]) {
        for byte in out {
            let n = self
                .0
                .fetch_add(1, Ordering::Relaxed)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            *byte = (n >> 56) as u8;
        }
    }
}

struct Good {
    root: RootKey,
    keys: Keyring,
    value: Vec<u8>,
    wrapped: Vec<u8>,
    /// Two chunks.
    file: Vec<u8>,
    plain: Vec<u8>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let rng = Counted(AtomicU64::new(1));
    let root = RootKey::generate(&rng);
    let keys = Keyring::generate(CELL, &rng);
    let value = keys.seal(PLACE, PLAIN, &rng).expect("sealed");
    let wrapped = keys.wrap(&root, &rng).expect("wrapped");
    let plain: Vec<u8> = (0..CHUNK_LEN + 100).map(|n| (n % 251) as u8).collect();
    let (mut sealer, mut file) = FileSealer::new(&keys, FILE, &rng).expect("a header");
    file.extend(sealer.chunk(&plain[..CHUNK_LEN], Last::No).expect("a chunk"));
    file.extend(sealer.chunk(&plain[CHUNK_LEN..], Last::Yes).expect("the last chunk"));
    Good {
        root,
        keys,
        value,
        wrapped,
        file,
        plain,
    }
});

/// The good bytes, damaged as `data` says: each four bytes name a place and what to do there.
fn damaged(good: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for step in data.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([step[0], step[1]]));
        match step[2] % 5 {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= step[3];
                }
            }
            2 => bytes.truncate(at),
            3 => bytes.push(step[3]),
            _ => {
                let from = at.min(bytes.len());
                let until = (from + usize::from(step[3])).min(bytes.len());
                bytes.drain(from..until);
            }
        }
    }
    bytes
}

/// A sealed value of a column.
pub fn value(data: &[u8]) {
    let good = &*GOOD;
    let _ = good.keys.open(PLACE, data);
    let bytes = damaged(&good.value, data);
    let opened = good.keys.open(PLACE, &bytes);
    assert_eq!(opened.is_ok(), bytes == good.value, "a damaged value opened");
    if let Ok(plain) = opened {
        assert_eq!(plain.as_slice(), PLAIN);
        let elsewhere = Place::new("learners", "id_number", [8; 16]);
        assert!(good.keys.open(elsewhere, &bytes).is_err(), "a value opened elsewhere");
    }
}

/// A wrapped keyring. It is JSON, so spaces between its fields may come and go; what opens holds the same keys.
pub fn keyring(data: &[u8]) {
    let good = &*GOOD;
    let _ = Keyring::unwrap(&good.root, CELL, data);
    let bytes = damaged(&good.wrapped, data);
    let opened = Keyring::unwrap(&good.root, CELL, &bytes);
    assert!(opened.is_ok() || bytes != good.wrapped, "a good keyring did not open");
    if let Ok(keys) = opened {
        assert_eq!(keys.database_key(), good.keys.database_key(), "another key");
        assert_eq!(keys.ledger_seed(), good.keys.ledger_seed(), "another key");
        assert_eq!(keys.open(PLACE, &good.value).expect("the same key").as_slice(), PLAIN);
        assert_eq!(
            keys.index("id_number", PLAIN),
            good.keys.index("id_number", PLAIN),
            "another key"
        );
    }
}

/// A sealed file: what is read from it before it is found to be damaged is what was written, from the beginning.
pub fn file(data: &[u8]) {
    let good = &*GOOD;
    let _ = read(data);
    let bytes = damaged(&good.file, data);
    let (plain, whole) = read(&bytes);
    assert!(good.plain.starts_with(&plain), "other bytes than were written");
    assert_eq!(whole, bytes == good.file, "a damaged file was read to its end");
}

fn read(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut plain = Vec::new();
    let Ok(mut reader) = OpenedReader::new(bytes, &GOOD.keys, FILE) else {
        return (plain, false);
    };
    let whole = reader.read_to_end(&mut plain).is_ok();
    (plain, whole)
}
