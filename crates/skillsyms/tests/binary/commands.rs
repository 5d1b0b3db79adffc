//! What operators ask: answers, refusals and exit codes, with a server on the folder and without.

use std::process::Stdio;

use serde_json::Value;

use crate::stand::{Ran, Stand, binary, configuration, each_way, is_postgres};

/// Rows of the catalogue of promises.
const PROMISES: usize = 207;

#[test]
fn tenants_are_created_listed_and_suspended() {
    each_way(|stand| {
        assert!(stand.tenants().is_empty());
        let made = stand.done(&["tenant", "create", "thuto", "--name", "Thuto Skills Academy"]);
        assert_eq!(
            (&made["tenant"]["slug"], &made["tenant"]["state"]),
            (&"thuto".into(), &"active".into())
        );
        let again = ["tenant", "create", "thuto", "--name", "Another"];
        stand.refused(&again, "tenant.slug_taken");
        let (code, refused) = stand.ask(&["tenant", "create", "Not A Slug", "--name", "Another"]);
        assert_eq!(code, Some(1), "{refused}");
        stand.done(&["tenant", "suspend", "thuto"]);
        assert_eq!(stand.tenants(), [("thuto".to_owned(), "suspended".to_owned())]);
        stand.done(&["tenant", "restore", "thuto"]);
        assert_eq!(stand.tenants(), [("thuto".to_owned(), "active".to_owned())]);
        stand.refused(&["tenant", "suspend", "nobody"], "not_found");
        let shown = stand.run(&["tenant", "list"]);
        assert!(shown.code == Some(0) && shown.out.contains("thuto"), "{shown:?}");
        stand.verify();
    });
}

#[test]
fn an_invitation_is_shown_once() {
    each_way(|stand| {
        stand.tenant();
        let invite = |tenant: &str, email: &str| {
            let words = [
                "person",
                "invite",
                "--email",
                email,
                "--name",
                "Z. Mthembu",
                "--role",
                "admin",
            ];
            [&words[..], &["--tenant", tenant]]
                .concat()
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        let words = invite("thuto", "admin@thuto.example");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let invited = stand.done(&words);
        assert!(invited["token"].as_str().unwrap().starts_with("ski_"), "{invited}");
        assert!(invited["expires_at"].is_string() && invited["person"].is_string());
        let words = invite("nobody", "admin@thuto.example");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        stand.refused(&words, "not_found");
        let words = invite("thuto", "no address");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (code, refused) = stand.ask(&words);
        assert_eq!(code, Some(1), "{refused}");
        let operator = [
            "person",
            "invite",
            "--email",
            "o@p.example",
            "--name",
            "O",
            "--role",
            "operator",
        ];
        let shown = stand.run(&operator);
        assert!(shown.code == Some(0) && shown.out.contains("ski_"), "{shown:?}");
        stand.verify();
    });
}

#[test]
fn wrong_words_are_told_from_refusals() {
    let stand = Stand::new();
    let invite = ["person", "invite", "--email", "a@b.example", "--name", "A"];
    let wrong: [&[&str]; 5] = [
        &["tenant", "create"],
        &["frobnicate"],
        &["tenant", "list", "--fast"],
        &invite,
        &[&invite[..], &["--role", "king"]].concat(),
    ];
    for words in wrong {
        let ran = stand.run(words);
        assert_eq!(ran.code, Some(2), "{words:?} {ran:?}");
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{ran:?}");
    }
    assert!(!stand.has("platform.json"), "wrong words made a platform");
    let help = Ran::of(binary().arg("--help"));
    assert!(help.code == Some(0) && help.out.contains("tenant"), "{help:?}");
}

#[test]
fn ledgers_verify_one_by_one_and_together() {
    each_way(|stand| {
        stand.tenant();
        let all = stand.done(&["ledger", "verify"]);
        let names: Vec<&str> = all["ledgers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ledger| ledger["tenant"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["thuto", "(platform)"]);
        let one = stand.done(&["ledger", "verify", "--tenant", "thuto"]);
        assert!(
            one["ok"] == true && one["ledgers"].as_array().unwrap().len() == 1,
            "{one}"
        );
        stand.refused(&["ledger", "verify", "--tenant", "nobody"], "not_found");
        let shown = stand.run(&["ledger", "verify"]);
        assert!(shown.code == Some(0) && shown.out.contains("(platform)"), "{shown:?}");
    });
}

#[test]
fn a_ledger_that_lost_its_tail_is_found_and_stays_closed() {
    // What PostgreSQL keeps is cut in the testkit's suite: here files are put back as they were.
    if is_postgres() {
        return;
    }
    let stand = Stand::new();
    stand.tenant();
    let older = copy_of(&stand);
    stand.done(&["tenant", "create", "kusasa", "--name", "Kusasa"]);
    for (path, bytes) in older {
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
        std::fs::write(path, bytes).unwrap();
    }
    let (code, verified) = stand.ask(&["ledger", "verify"]);
    assert_eq!((code, &verified["ok"]), (Some(3), &false.into()), "{verified}");
    assert!(verified.to_string().contains("the tail was cut off"), "{verified}");
    let shown = stand.run(&["ledger", "verify"]);
    assert_eq!(shown.code, Some(3), "{shown:?}");
    let (code, refused) = stand.ask(&["tenant", "list"]);
    assert_eq!(code, Some(1), "{refused}");
    assert!(refused.to_string().contains("shorter"), "{refused}");
}

/// The cells' files as they are now.
fn copy_of(stand: &Stand) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(stand.data.join("cells")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// The probes of the promises in this state.
fn probes(report: &Value, state: &str) -> Vec<String> {
    let rows = report["controls"].as_array().unwrap().iter();
    rows.filter(|row| row["state"] == state)
        .map(|row| row["probe"].as_str().unwrap_or("none").to_owned())
        .collect()
}

#[test]
fn every_promise_has_a_state() {
    each_way(|stand| {
        stand.tenant();
        stand.done(&["tenant", "create", "kusasa", "--name", "Kusasa Training Centre"]);
        let report = stand.done(&["controls", "check"]);
        let rows = report["controls"].as_array().unwrap();
        let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((rows.len(), ids.len()), (PROMISES, PROMISES));
        let states = ["met", "failing", "stale", "not_evaluated", "attested"];
        for row in rows {
            let state = row["state"].as_str().unwrap();
            assert!(states.contains(&state), "{row}");
            assert!(
                state != "met" || row["probe"].is_string(),
                "green without a probe: {row}"
            );
        }
        assert!(probes(&report, "met").contains(&"keys-private".to_owned()), "{report}");
        stand.mode("platform.json", 0o644);
        let (code, report) = stand.ask(&["controls", "check"]);
        assert_eq!((code, &report["ok"]), (Some(3), &false.into()), "{report}");
        assert_eq!(probes(&report, "failing"), ["keys-private"]);
        let shown = stand.run(&["controls", "check"]);
        assert!(shown.code == Some(3) && shown.out.contains("failing"), "{}", shown.err);
        stand.mode("platform.json", 0o600);
        let (code, _) = stand.ask(&["controls", "check"]);
        assert_eq!(code, Some(0), "what was put right is well again");
    });
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let stand = Stand::new();
    stand.tenant();
    for words in [
        &["controls", "check"][..],
        &["tenant", "list", "--json"],
        &["config", "check"],
    ] {
        let mut command = stand.command(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn the_configuration_is_checked_and_shown() {
    each_way(|stand| {
        let shown = stand.done(&["config", "check"]);
        assert_eq!(shown["server"]["listen"], "127.0.0.1:0");
        let text = stand.run(&["config", "check"]);
        assert!(text.code == Some(0) && text.out.contains("admin_listen"), "{text:?}");
        let absent = stand.data.join("absent.toml");
        let (code, told) = stand.ask(&["config", "check", "--config", absent.to_str().unwrap()]);
        assert!(code == Some(1) && told.to_string().contains("absent.toml"), "{told}");
    });
    let stand = Stand::new();
    for (wrong, named) in [
        ("[log]\nlevle = \"info\"\n", "levle"),
        ("[log]\nformat = \"xml\"\n", "xml"),
        ("[keys]\nsource = 7\n", "source"),
        ("[surprise]\n", "surprise"),
        ("not toml", "expected"),
    ] {
        stand.write("skillsyms.toml", configuration(wrong));
        for words in [&["config", "check"][..], &["serve"], &["tenant", "list"]] {
            let (code, told) = stand.ask(words);
            let title = told["error"]["title"].as_str().unwrap();
            assert!(
                code == Some(1) && title.contains(named) && title.contains("skillsyms.toml"),
                "{told}"
            );
        }
    }
    stand.write("skillsyms.toml", "[server]\nadmin_listen = \"0.0.0.0:9464\"\n");
    let (code, told) = stand.ask(&["config", "check"]);
    assert!(
        code == Some(1) && told.to_string().contains("server.admin_listen"),
        "{told}"
    );
    assert!(!stand.has("platform.json"), "a wrong configuration made a platform");
}

fn finding(report: &Value, what: &str) -> (bool, String) {
    let all = report["findings"].as_array().unwrap();
    let found = all.iter().find(|finding| finding["what"] == what).expect(what);
    (
        found["ok"].as_bool().unwrap(),
        found["detail"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let stand = Stand::new();
    let (_, before) = stand.ask(&["doctor"]);
    assert!(
        finding(&before, "root key").0 && !stand.has("root.key"),
        "looking changes nothing"
    );
    stand.tenant();
    let (code, well) = stand.ask(&["doctor"]);
    // The room on the disk is the machine's, not ours.
    assert_eq!(code, Some(if well["ok"] == true { 0 } else { 3 }), "{well}");
    for what in [
        "encryption",
        "configuration",
        "data folder",
        "policies",
        "root key",
        "engine",
        "server",
    ] {
        assert!(finding(&well, what).0, "{well}");
    }
    assert!(finding(&well, "server").1.contains("none"), "{well}");
    let serving = stand.serve();
    assert!(finding(&stand.ask(&["doctor"]).1, "server").1.contains("runs"));
    serving.stop();
    stand.mode("root.key", 0o640);
    stand.mode("", 0o755);
    let (code, ill) = stand.ask(&["doctor"]);
    assert_eq!((code, &ill["ok"]), (Some(3), &false.into()), "{ill}");
    assert!(!finding(&ill, "root key").0 && !finding(&ill, "data folder").0, "{ill}");
    let shown = stand.run(&["doctor"]);
    assert!(shown.code == Some(3) && shown.out.contains("WRONG"), "{shown:?}");
}
