//! Nothing readable lies on the disk: databases are encrypted, known values are not found, files are sealed.

use std::io;
use std::path::Path;

use super::files::{self, Planted};
use crate::controls::probe::{Context, Finding, Needle, Probe, shown};

/// How every SQLite database that is not encrypted begins (SQLite file format, section 1.3.1).
const PLAIN_DATABASE: &[u8] = b"SQLite format 3\0";

/// How every sealed file begins (`vault::file`).
const SEALED_FILE: &[u8] = b"SKSF";

/// Searches every file below `data_dir`: none may be a database that is not encrypted, and none may hold one of the
/// needles, neither as UTF-8 nor as UTF-16.
#[must_use]
pub fn sealed_at_rest(data_dir: &Path, needles: &[Needle]) -> Finding {
    match search(data_dir, needles) {
        Ok(finding) => finding,
        Err(error) => Finding::unknown(format!("the data folder cannot be searched: {}", error.kind())),
    }
}

fn search(data_dir: &Path, needles: &[Needle]) -> io::Result<Finding> {
    let forms: Vec<Vec<u8>> = needles.iter().flat_map(Needle::forms).collect();
    let files = files::all(data_dir)?;
    if files.is_empty() {
        return Ok(Finding::unknown(
            "the data folder is empty: there is nothing to look at",
        ));
    }
    for file in &files {
        if files::head(file, PLAIN_DATABASE.len() as u64)? == PLAIN_DATABASE {
            return Ok(Finding::fails(format!(
                "{} is a database that is not encrypted",
                shown(data_dir, file)
            )));
        }
        if holds_any(file, &forms)? {
            return Ok(Finding::fails(format!(
                "{} holds a known value in clear",
                shown(data_dir, file)
            )));
        }
    }
    if needles.is_empty() {
        return Ok(Finding::unknown(
            "no file is a plain database, but there was no known value to search for",
        ));
    }
    Ok(Finding::holds(format!(
        "{} files searched for {} known values",
        files.len(),
        needles.len()
    )))
}

/// Whether the file holds one of these. Chunks overlap by the longest, so that nothing hides between two.
fn holds_any(file: &Path, needles: &[Vec<u8>]) -> io::Result<bool> {
    let keep = needles.iter().map(Vec::len).max().unwrap_or(1).saturating_sub(1);
    let mut first = [false; 256];
    for byte in needles.iter().filter_map(|needle| needle.first()) {
        if let Some(known) = first.get_mut(usize::from(*byte)) {
            *known = true;
        }
    }
    let mut window: Vec<u8> = Vec::new();
    files::scan(file, |chunk| {
        window.extend_from_slice(chunk);
        let hit = window.iter().enumerate().any(|(at, byte)| {
            first.get(usize::from(*byte)) == Some(&true)
                && window
                    .get(at..)
                    .is_some_and(|rest| needles.iter().any(|needle| rest.starts_with(needle)))
        });
        let done = window.len().saturating_sub(keep);
        window.drain(..done);
        hit
    })
}

/// Every file below `files_dir` begins as a sealed file does.
#[must_use]
pub fn files_sealed(files_dir: &Path) -> Finding {
    match search_sealed(files_dir) {
        Ok(finding) => finding,
        Err(error) => Finding::unknown(format!("the folder of files cannot be searched: {}", error.kind())),
    }
}

fn search_sealed(files_dir: &Path) -> io::Result<Finding> {
    let files = files::all(files_dir)?;
    if files.is_empty() {
        return Ok(Finding::unknown("there are no files yet"));
    }
    for file in &files {
        let head = files::head(file, SEALED_FILE.len() as u64)?;
        // An empty one has just been begun, or went away while we looked.
        if !head.is_empty() && head != SEALED_FILE {
            return Ok(Finding::fails(format!("{} is not sealed", shown(files_dir, file))));
        }
    }
    Ok(Finding::holds(format!("{} files are sealed", files.len())))
}

/// Probe `sealed-at-rest`.
pub struct SealedAtRest;

impl Probe for SealedAtRest {
    fn name(&self) -> &'static str {
        "sealed-at-rest"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &'static str {
        "all files of the data folder"
    }

    fn run(&self, cx: &Context) -> Finding {
        match &cx.data_dir {
            Some(data_dir) => sealed_at_rest(data_dir, &cx.needles),
            None => Finding::unknown("no data folder is known"),
        }
    }

    /// Plants a plain database, and then a known value: both must be found.
    fn prove_it_can_fail(&self, cx: &Context) -> Finding {
        let Some(needle) = Needle::new("canary that is readable") else {
            return Finding::unknown("no canary");
        };
        let database = planted(cx, PLAIN_DATABASE, |folder| sealed_at_rest(folder, &[]));
        let value = planted(cx, b"...canary that is readable...", |folder| {
            sealed_at_rest(folder, &[needle])
        });
        worst_of_controls(database, value)
    }
}

/// Probe `file-sealed`.
pub struct FileSealed;

impl Probe for FileSealed {
    fn name(&self) -> &'static str {
        "file-sealed"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &'static str {
        "all files of the portfolios"
    }

    fn run(&self, cx: &Context) -> Finding {
        match &cx.files_dir {
            Some(files_dir) => files_sealed(files_dir),
            None => Finding::unknown("no folder of files is known"),
        }
    }

    /// Plants a document in clear.
    fn prove_it_can_fail(&self, cx: &Context) -> Finding {
        planted(cx, b"%PDF-1.7", files_sealed)
    }
}

/// Plants one file and looks at its folder.
pub(super) fn planted(cx: &Context, bytes: &[u8], look: impl FnOnce(&Path) -> Finding) -> Finding {
    let planted = Planted::folder(&cx.scratch()).and_then(|folder| {
        folder.plant("planted", bytes)?;
        Ok(folder)
    });
    match planted {
        Ok(folder) => look(folder.path()),
        Err(error) => Finding::unknown(format!("nothing could be planted: {}", error.kind())),
    }
}

/// Of two positive controls, the one that did not find what was planted, if any.
pub(super) fn worst_of_controls(one: Finding, other: Finding) -> Finding {
    use crate::controls::probe::Verdict;
    if one.verdict == Verdict::Fails { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::probe::Verdict;

    fn needle() -> Needle {
        Needle::new("Nomvula Dlamini").unwrap()
    }

    fn look(bytes: &[u8]) -> Verdict {
        planted(&Context::default(), bytes, |folder| sealed_at_rest(folder, &[needle()])).verdict
    }

    #[test]
    fn both_probes_can_fail() {
        assert_eq!(
            SealedAtRest.prove_it_can_fail(&Context::default()).verdict,
            Verdict::Fails
        );
        assert_eq!(
            FileSealed.prove_it_can_fail(&Context::default()).verdict,
            Verdict::Fails
        );
    }

    #[test]
    fn a_plain_database_and_a_known_value_are_found() {
        assert_eq!(look(b"\x8f\x01 ciphertext"), Verdict::Holds);
        assert_eq!(look(b"SQLite format 3\0..."), Verdict::Fails);
        assert_eq!(look(b"xxNomvula Dlaminixx"), Verdict::Fails);
        let wide: Vec<u8> = "Nomvula Dlamini".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(look(&wide), Verdict::Fails);
    }

    #[test]
    fn a_value_across_two_chunks_is_found() {
        for before in 65_520..65_540 {
            let mut bytes = vec![b'N'; before];
            bytes.extend(b"Nomvula Dlamini");
            assert_eq!(look(&bytes), Verdict::Fails, "{before}");
        }
    }

    #[test]
    fn details_never_hold_the_value() {
        let finding = planted(&Context::default(), b"Nomvula Dlamini", |folder| {
            sealed_at_rest(folder, &[needle()])
        });
        assert_eq!(finding.detail, "planted holds a known value in clear");
    }

    #[test]
    fn nothing_to_look_at_is_unknown() {
        let folder = Planted::folder(&std::env::temp_dir()).unwrap();
        assert_eq!(sealed_at_rest(folder.path(), &[]).verdict, Verdict::Unknown);
        assert_eq!(files_sealed(folder.path()).verdict, Verdict::Unknown);
        assert_eq!(
            sealed_at_rest(&folder.path().join("none"), &[]).verdict,
            Verdict::Unknown
        );
        assert_eq!(SealedAtRest.run(&Context::default()).verdict, Verdict::Unknown);
    }

    #[test]
    fn one_file_that_is_not_sealed_is_found() {
        let folder = Planted::folder(&std::env::temp_dir()).unwrap();
        folder.plant("a", b"SKSF\x01...").unwrap();
        assert_eq!(files_sealed(folder.path()).verdict, Verdict::Holds);
        folder.plant("b", b"\xff\xd8\xff").unwrap();
        assert_eq!(files_sealed(folder.path()), Finding::fails("b is not sealed"));
    }
}
