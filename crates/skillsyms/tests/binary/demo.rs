//! The demo, as a script plays it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use skillsyms::demo::synthetic;

use crate::stand::{Ran, Stand, binary, is_postgres};

/// Learners that are played: enough for every step, few enough for a debug build.
const LEARNERS: usize = 60;

/// The numbers of the file that a demo of so many learners imports.
fn numbers() -> Vec<String> {
    let mut file = Vec::new();
    let mistakes = LEARNERS * synthetic::MISTAKES_PER_THOUSAND / 1_000;
    synthetic::write_csv(&mut file, LEARNERS, synthetic::SEED, mistakes).unwrap();
    let text = String::from_utf8(file).unwrap();
    let cells = text.lines().skip(1).filter_map(|line| line.split(',').next());
    cells
        .filter(|cell| cell.len() == 13 && cell.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(&entry.path()));
        } else if entry.file_type().unwrap().is_file() {
            all.push(entry.path());
        }
    }
    all
}

fn check_ready(ready: &Value, data: &Path) {
    assert!(
        ready["url"].as_str().unwrap().starts_with("https://localhost:"),
        "{ready}"
    );
    let ca = PathBuf::from(ready["ca_certificate"].as_str().unwrap());
    assert!(ca.is_absolute() && ca.starts_with(data) && ca.is_file(), "{ready}");
    let operator = &ready["platform"]["logins"][0];
    assert_eq!(operator["role"], "operator", "{ready}");
    assert!(operator["password"].as_str().unwrap().len() >= 16, "{ready}");
    assert!(operator["totp_secret"].as_str().unwrap().len() >= 32, "{ready}");
    let tenants = ready["tenants"].as_array().unwrap();
    let slugs: Vec<&str> = tenants.iter().map(|tenant| tenant["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["thuto", "kusasa"]);
    for tenant in tenants {
        assert!(tenant["api_key"].as_str().unwrap().starts_with("skl_live_"), "{tenant}");
        let logins = tenant["logins"].as_array().unwrap();
        for role in ["admin", "assessor", "moderator", "facilitator", "verifier"] {
            let login = logins.iter().find(|login| login["role"] == role).expect(role);
            assert!(login["email"].as_str().unwrap().contains('@'), "{login}");
            assert!(login["password"].as_str().unwrap().len() >= 16, "{login}");
            assert!(login["totp_secret"].as_str().unwrap().len() >= 32, "{login}");
        }
    }
}

#[test]
fn the_demo_plays_ends_and_leaves_no_number_in_clear() {
    let stand = Stand::new();
    let ready_file = stand.data.parent().unwrap().join("ready.json");
    // Left from an earlier try, for everybody to read.
    std::fs::write(ready_file.with_extension("next"), "{}").unwrap();
    let mut demo = stand.command(&["demo"]);
    let ran = Ran::of(
        demo.args(["--exit", "--port", "0", "--learners", "60", "--ready-file"])
            .arg(&ready_file),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.err.contains("WARN") && !ran.err.contains("ERROR"), "{ran:?}");
    assert!(
        ran.out.contains("line ") && ran.out.contains("id_number: "),
        "refused rows: {ran:?}"
    );
    assert!(!stand.has("console.sock"));
    let mode = std::fs::metadata(&ready_file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    check_ready(
        &serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap(),
        &stand.data,
    );
    let numbers = numbers();
    assert!(numbers.len() > LEARNERS / 2);
    let files = files(&stand.data);
    assert!(is_postgres() || files.iter().any(|file| file.starts_with(stand.data.join("cells"))));
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let found = digits(&bytes).find(|run| numbers.iter().any(|number| number.as_bytes() == *run));
        assert!(found.is_none(), "{} holds an ID number", file.display());
    }
    for number in &numbers {
        assert!(!ran.tells(number), "an ID number was printed");
    }
    stand.verify();
    assert_eq!(stand.tenants().len(), 2);
}

/// The runs of thirteen digits and more, as windows of thirteen.
fn digits(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| !byte.is_ascii_digit())
        .filter(|run| run.len() >= 13)
        .flat_map(|run| run.windows(13))
}

#[test]
fn the_demo_spoils_no_folder_that_is_in_use() {
    let stand = Stand::new();
    stand.tenant();
    let ran = stand.run(&["demo", "--exit", "--port", "0"]);
    assert!(
        ran.code == Some(1) && ran.err.contains("skillsyms serve --data"),
        "{ran:?}"
    );
    let wrong = Ran::of(binary().args(["demo", "--learners", "many"]));
    assert_eq!(wrong.code, Some(2));
}

#[test]
fn a_demo_that_is_told_to_stop_takes_its_socket_with_it() {
    let stand = Stand::new();
    let mut demo = stand.command(&["demo", "--port", "0", "--learners", "60"]);
    let mut child = demo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    lines.read_line(&mut said).unwrap();
    assert!(said.contains("tenant created") && stand.has("console.sock"), "{said}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    lines.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("stopped before") && !stand.has("console.sock"), "{said}");
    stand.verify();
}
