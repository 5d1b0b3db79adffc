//! A server that is told to stop finishes what runs.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::learners::{file, row};
use crate::stand::{Ran, Stand, binary};

/// Rows that are sent before the server is told to stop. With the empty lines between them they are 2 MB, more than all
/// buffers on the way hold: when the last of them is taken the import runs.
const ROWS_BEFORE: usize = 1_000;
/// Empty lines after each of them.
const LINES_BETWEEN: usize = 1_000;
/// Rows that are sent afterwards.
const ROWS_AFTER: usize = 500;

#[test]
fn both_signals_end_it_well() {
    let stand = Stand::new();
    let log = stand.serve().stop();
    assert!(log.contains("\"stopping\""), "{log}");
    stand.serve().interrupt();
    stand.verify();
}

#[test]
fn an_import_that_runs_is_finished() {
    let stand = Stand::new();
    stand.tenant();
    let pipe = stand.data.join("pipe.csv");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let serving = stand.serve();
    // Open for both: neither end sees the other missing until the file is complete.
    let mut input = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let mut command = stand.command(&["import", "--json", "--tenant", "thuto", pipe.to_str().unwrap()]);
    let import = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let between = "\r\n".repeat(LINES_BETWEEN);
    let text = file((0..ROWS_BEFORE).map(|n| row(n) + &between));
    input.write_all(text.as_bytes()).unwrap();
    serving.tell_to_stop();
    for n in ROWS_BEFORE..ROWS_BEFORE + ROWS_AFTER {
        input.write_all(format!("{}\r\n", row(n)).as_bytes()).unwrap();
    }
    drop(input);
    let output = import.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let ran = Ran {
        code: output.status.code(),
        out: text,
        err: String::from_utf8(output.stderr).unwrap(),
    };
    serving.ended();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.json()["rows_kept"], ROWS_BEFORE + ROWS_AFTER, "{ran:?}");
    stand.verify();
}

#[test]
fn without_a_folder_it_says_which() {
    let blocked = tempfile::NamedTempFile::new().unwrap();
    let data = blocked.path().join("data");
    let ran = Ran::of(binary().args(["tenant", "list", "--json", "--data"]).arg(&data));
    assert!(ran.code == Some(1) && ran.tells(data.to_str().unwrap()), "{ran:?}");
}
