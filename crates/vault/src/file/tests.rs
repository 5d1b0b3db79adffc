use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};
use skillsyms_core::CellId;
use uuid::Uuid;

use super::*;
use crate::digest::SystemRng;

const FILE: [u8; 16] = [7; 16];

fn keyring() -> Keyring {
    Keyring::generate(CellId::new(Uuid::from_u128(1)), &SystemRng)
}

/// Bytes that differ from chunk to chunk.
fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i / 251 + i) as u8).collect()
}

fn seal(keyring: &Keyring, file: [u8; 16], data: &[u8]) -> Vec<u8> {
    let mut writer = SealedWriter::new(Vec::new(), keyring, file, &SystemRng).unwrap();
    // An odd step, so that writes cross the borders of chunks.
    for part in data.chunks(10_007) {
        writer.write_all(part).unwrap();
    }
    writer.finish().unwrap()
}

fn open(keyring: &Keyring, file: [u8; 16], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let seal_error = |error: io::Error| *error.into_inner().unwrap().downcast::<SealError>().unwrap();
    let mut out = Vec::new();
    let mut reader = OpenedReader::new(sealed, keyring, file).map_err(seal_error)?;
    reader.read_to_end(&mut out).map_err(seal_error)?;
    Ok(out)
}

#[test]
fn every_length_comes_back() {
    let keyring = keyring();
    for len in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 2 * CHUNK_LEN, 5_000_000] {
        let data = plain(len);
        let sealed = seal(&keyring, FILE, &data);
        assert_eq!(sealed.len() as u64, sealed_len(len as u64), "{len}");
        assert!(open(&keyring, FILE, &sealed).unwrap() == data, "{len}");
    }
}

#[test]
fn reading_in_small_steps_gives_the_same() {
    let keyring = keyring();
    let data = plain(CHUNK_LEN + 100);
    let sealed = seal(&keyring, FILE, &data);
    let mut reader = OpenedReader::new(sealed.as_slice(), &keyring, FILE).unwrap();
    let mut out = Vec::new();
    let mut step = [0; 777];
    loop {
        match reader.read(&mut step).unwrap() {
            0 => break,
            n => out.extend_from_slice(&step[..n]),
        }
    }
    assert!(out == data);
}

#[test]
fn a_file_cut_at_a_chunks_border_does_not_open() {
    let keyring = keyring();
    let sealed = seal(&keyring, FILE, &plain(3 * CHUNK_LEN));
    for chunks in 1..3 {
        let cut = &sealed[..HEADER_LEN + chunks * SEALED_CHUNK_LEN];
        assert_eq!(open(&keyring, FILE, cut), Err(SealError::Refused));
    }
    assert_eq!(open(&keyring, FILE, &sealed[..HEADER_LEN]), Err(SealError::Length));
    assert_eq!(open(&keyring, FILE, &sealed[..HEADER_LEN - 1]), Err(SealError::Refused));
    assert_eq!(open(&keyring, FILE, &[]), Err(SealError::Malformed));
}

#[test]
fn a_writer_that_is_not_finished_leaves_a_file_that_does_not_open() {
    let keyring = keyring();
    let mut out = Vec::new();
    let mut writer = SealedWriter::new(&mut out, &keyring, FILE, &SystemRng).unwrap();
    writer.write_all(&plain(CHUNK_LEN + 1)).unwrap();
    drop(writer);
    assert_eq!(open(&keyring, FILE, &out), Err(SealError::Refused));
}

fn opened(sealed: &[u8], keyring: &Keyring, file: [u8; 16]) -> io::Result<OpenedFile<io::Cursor<Vec<u8>>>> {
    OpenedFile::new(io::Cursor::new(sealed.to_vec()), keyring, file)
}

#[test]
fn chunks_open_in_any_order_and_only_in_their_place() {
    let keyring = keyring();
    for len in [1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 3 * CHUNK_LEN + 7] {
        let data = plain(len);
        let mut file = opened(&seal(&keyring, FILE, &data), &keyring, FILE).unwrap();
        assert_eq!(file.plain_len(), len as u64);
        let chunks: Vec<&[u8]> = data.chunks(CHUNK_LEN).collect();
        for number in (0..chunks.len()).rev() {
            assert!(*file.chunk(number as u64).unwrap() == chunks[number], "{len}: {number}");
        }
        assert!(file.chunk(chunks.len() as u64).is_err() && file.chunk(u64::MAX).is_err());
    }
    let sealed = seal(&keyring, FILE, &plain(3 * CHUNK_LEN));
    let (header, body) = sealed.split_at(HEADER_LEN);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK_LEN).collect();
    let swapped = [header, chunks[1], chunks[0], chunks[2]].concat();
    let mut file = opened(&swapped, &keyring, FILE).unwrap();
    assert!(file.chunk(0).is_err() && file.chunk(1).is_err() && file.chunk(2).is_ok());
}

#[test]
fn a_file_that_was_cut_off_or_continued_gives_no_chunk() {
    let keyring = keyring();
    let sealed = seal(&keyring, FILE, &plain(3 * CHUNK_LEN + 100));
    for chunks in 0..=3 {
        let cut = &sealed[..HEADER_LEN + chunks * SEALED_CHUNK_LEN];
        assert!(opened(cut, &keyring, FILE).is_err(), "{chunks}");
    }
    for cut in [0, HEADER_LEN - 1, sealed.len() - 1, sealed.len() - 100] {
        assert!(opened(&sealed[..cut], &keyring, FILE).is_err(), "{cut}");
    }
    let mut longer = sealed.clone();
    longer.extend_from_slice(&sealed[HEADER_LEN..HEADER_LEN + SEALED_CHUNK_LEN]);
    assert!(opened(&longer, &keyring, FILE).is_err());
    assert!(opened(&sealed, &keyring, [8; 16]).is_err());
}

#[test]
fn swapped_and_repeated_chunks_do_not_open() {
    let keyring = keyring();
    let sealed = seal(&keyring, FILE, &plain(3 * CHUNK_LEN));
    let (header, body) = sealed.split_at(HEADER_LEN);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK_LEN).collect();
    for order in [
        [1, 0, 2].as_slice(),
        &[0, 2, 1],
        &[0, 0, 1, 2],
        &[0, 1, 2, 2],
        &[1, 2],
        &[2],
    ] {
        let mut forged = header.to_vec();
        order.iter().for_each(|i| forged.extend_from_slice(chunks[*i]));
        assert_eq!(open(&keyring, FILE, &forged), Err(SealError::Refused), "{order:?}");
    }
}

#[test]
fn a_chunk_of_another_file_does_not_open() {
    let keyring = keyring();
    let one = seal(&keyring, FILE, &plain(2 * CHUNK_LEN));
    let two = seal(&keyring, FILE, &plain(2 * CHUNK_LEN));
    let border = HEADER_LEN + SEALED_CHUNK_LEN;
    let forged = [&one[..border], &two[border..]].concat();
    assert_eq!(open(&keyring, FILE, &forged), Err(SealError::Refused));
}

#[test]
fn appended_bytes_do_not_open() {
    let keyring = keyring();
    for len in [0, 10, CHUNK_LEN] {
        let mut sealed = seal(&keyring, FILE, &plain(len));
        sealed.push(0);
        assert!(open(&keyring, FILE, &sealed).is_err(), "{len}");
        sealed.extend_from_slice(&[0; SEALED_CHUNK_LEN]);
        assert!(open(&keyring, FILE, &sealed).is_err(), "{len}");
    }
}

#[test]
fn another_files_id_or_another_cell_does_not_open() {
    let keyring = keyring();
    let sealed = seal(&keyring, FILE, b"evidence");
    assert_eq!(open(&keyring, [8; 16], &sealed), Err(SealError::Refused));
    let other = Keyring::generate(CellId::new(Uuid::from_u128(2)), &SystemRng);
    assert_eq!(open(&other, FILE, &sealed), Err(SealError::Refused));
}

#[test]
fn a_newer_layout_and_an_unknown_key_say_so() {
    let keyring = keyring();
    let mut sealed = seal(&keyring, FILE, b"evidence");
    sealed[MAGIC.len()] = 2;
    assert_eq!(
        open(&keyring, FILE, &sealed),
        Err(SealError::Newer { version: 2, known: 1 })
    );
    sealed[MAGIC.len()] = 1;
    sealed[MAGIC.len() + 4] = 9;
    assert_eq!(open(&keyring, FILE, &sealed), Err(SealError::UnknownKey(9)));
}

#[test]
fn what_a_retired_key_sealed_still_opens() {
    let mut keyring = keyring();
    let sealed = seal(&keyring, FILE, b"evidence");
    keyring.rotate(Purpose::Files, &SystemRng);
    assert_eq!(open(&keyring, FILE, &sealed).unwrap(), b"evidence");
}

#[test]
fn chunks_of_the_wrong_length_are_refused() {
    let (mut sealer, _) = FileSealer::new(&keyring(), FILE, &SystemRng).unwrap();
    assert_eq!(sealer.chunk(b"short", Last::No), Err(SealError::Length));
    assert_eq!(sealer.chunk(&plain(CHUNK_LEN + 1), Last::Yes), Err(SealError::Length));
    sealer.chunk(&plain(CHUNK_LEN), Last::No).unwrap();
    assert_eq!(sealer.chunk(b"", Last::Yes), Err(SealError::Length));
    sealer.chunk(b"end", Last::Yes).unwrap();
    assert_eq!(sealer.chunk(b"more", Last::Yes), Err(SealError::Length));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn one_flipped_bit_anywhere_does_not_open(at in any::<prop::sample::Index>(), bit in 0..8_u8, len in 0..200_usize) {
        let keyring = keyring();
        let mut sealed = seal(&keyring, FILE, &plain(len));
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&keyring, FILE, &sealed).is_err());
    }

    #[test]
    fn a_file_cut_anywhere_does_not_open(at in any::<prop::sample::Index>(), len in 0..2_000_usize) {
        let keyring = keyring();
        let sealed = seal(&keyring, FILE, &plain(len));
        let cut = at.index(sealed.len());
        prop_assert!(open(&keyring, FILE, &sealed[..cut]).is_err());
    }
}
