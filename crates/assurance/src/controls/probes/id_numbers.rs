//! No South African ID number lies readable in the data folder.

use std::io;
use std::path::Path;

use skillsyms_core::SaId;

use super::files;
use super::sealed::{planted, worst_of_controls};
use crate::controls::probe::{Context, Finding, Probe, shown};

/// Digits of an ID number.
const DIGITS: usize = 13;

/// A number that every text on the subject prints; nobody's.
const SAMPLE: &str = "8001015009087";

/// Searches every file below `data_dir` for ID numbers, as ASCII and as UTF-16.
///
/// Only a run of exactly 13 digits that passes every check of an ID number counts. Random bytes hold such a run with a
/// chance of one in 10^18 for each byte, so ciphertext does not cry wolf.
#[must_use]
pub fn no_id_numbers(data_dir: &Path) -> Finding {
    match search(data_dir) {
        Ok(finding) => finding,
        Err(error) => Finding::unknown(format!("the data folder cannot be searched: {}", error.kind())),
    }
}

fn search(data_dir: &Path) -> io::Result<Finding> {
    let files = files::all(data_dir)?;
    if files.is_empty() {
        return Ok(Finding::unknown(
            "the data folder is empty: there is nothing to look at",
        ));
    }
    for file in &files {
        let mut runs = [Runs::narrow(), Runs::wide(), Runs::wide().shifted()];
        let found = files::scan(file, |chunk| {
            // Every scanner reads on to the end of the chunk, so none loses its place.
            let hits = runs.each_mut().map(|runs| runs.read(chunk));
            hits.contains(&true)
        })?;
        if found || runs.each_mut().iter_mut().any(|runs| runs.end()) {
            return Ok(Finding::fails(format!(
                "{} holds an ID number in clear",
                shown(data_dir, file)
            )));
        }
    }
    Ok(Finding::holds(format!("{} files hold no ID number", files.len())))
}

/// Finds runs of digits in a stream of bytes.
struct Runs {
    /// Bytes of a character: 1 for ASCII, 2 for UTF-16, little endian.
    width: usize,
    /// Bytes to skip first, to look at UTF-16 that begins at an odd place.
    skip: usize,
    /// The first byte of a character of two that the last chunk ended in.
    half: Option<u8>,
    run: Vec<u8>,
}

impl Runs {
    fn narrow() -> Self {
        Self {
            width: 1,
            skip: 0,
            half: None,
            run: Vec::with_capacity(DIGITS + 1),
        }
    }

    fn wide() -> Self {
        Self {
            width: 2,
            ..Self::narrow()
        }
    }

    fn shifted(mut self) -> Self {
        self.skip = 1;
        self
    }

    /// Reads on; true if a run that ended here is an ID number.
    fn read(&mut self, bytes: &[u8]) -> bool {
        let mut hit = false;
        for byte in bytes {
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            hit |= match (self.width, self.half.take()) {
                (1, _) => self.character(*byte),
                (_, None) => {
                    self.half = Some(*byte);
                    false
                }
                (_, Some(low)) => self.character(if *byte == 0 { low } else { 0 }),
            };
        }
        hit
    }

    /// The stream ended; true if its last run is an ID number.
    fn end(&mut self) -> bool {
        self.character(0)
    }

    fn character(&mut self, character: u8) -> bool {
        if character.is_ascii_digit() {
            // One digit too many is kept, to know that the run is too long.
            if self.run.len() <= DIGITS {
                self.run.push(character);
            }
            return false;
        }
        let hit = self.run.len() == DIGITS && std::str::from_utf8(&self.run).is_ok_and(|run| SaId::parse(run).is_ok());
        self.run.clear();
        hit
    }
}

/// Probe `id-sealed`.
pub struct IdSealed;

impl Probe for IdSealed {
    fn name(&self) -> &'static str {
        "id-sealed"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &'static str {
        "all files of the data folder"
    }

    fn run(&self, cx: &Context) -> Finding {
        match &cx.data_dir {
            Some(data_dir) => no_id_numbers(data_dir),
            None => Finding::unknown("no data folder is known"),
        }
    }

    /// Plants a number in both forms: both must be found.
    fn prove_it_can_fail(&self, cx: &Context) -> Finding {
        let wide: Vec<u8> = SAMPLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        worst_of_controls(
            planted(cx, SAMPLE.as_bytes(), no_id_numbers),
            planted(cx, &wide, no_id_numbers),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::probe::Verdict;

    fn look(bytes: &[u8]) -> Verdict {
        planted(&Context::default(), bytes, no_id_numbers).verdict
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn the_probe_can_fail() {
        assert_eq!(IdSealed.prove_it_can_fail(&Context::default()).verdict, Verdict::Fails);
    }

    #[test]
    fn a_number_is_found_wherever_it_stands() {
        for bytes in [
            &b"8001015009087"[..],
            b"id,name\n8001015009087,Thabo\n",
            b"\xff8001015009087\x00",
            b"x: 8506151234083",
        ] {
            assert_eq!(look(bytes), Verdict::Fails);
        }
        assert_eq!(look(&wide("8001015009087")), Verdict::Fails);
        assert_eq!(
            look(&[b"\xfe", wide("; 8001015009087 ;").as_slice()].concat()),
            Verdict::Fails,
            "at an odd place"
        );
    }

    #[test]
    fn other_digits_are_not() {
        for bytes in [
            &b"80010150090870"[..],
            b"08001015009087",
            b"800101500908",
            b"8001015009088",
            b"8013015009082",
            b"1795341600123456",
            b"*********9087",
        ] {
            assert_eq!(look(bytes), Verdict::Holds, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(look(&wide("08001015009087")), Verdict::Holds);
    }

    #[test]
    fn a_number_across_two_chunks_is_found() {
        for before in 65_520..65_540 {
            let narrow = [vec![b'x'; before], b"8001015009087".to_vec()].concat();
            assert_eq!(look(&narrow), Verdict::Fails, "{before}");
            let broad = [vec![b'x'; before], wide("8001015009087")].concat();
            assert_eq!(look(&broad), Verdict::Fails, "{before}");
        }
    }

    #[test]
    fn the_detail_names_the_file_and_never_the_number() {
        let finding = planted(&Context::default(), b"8001015009087", no_id_numbers);
        assert_eq!(finding.detail, "planted holds an ID number in clear");
    }
}
