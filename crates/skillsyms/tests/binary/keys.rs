//! The root key: the right one, readable by its owner only, or nothing opens and nothing is changed.

use std::os::unix::fs::symlink;

use crate::stand::{Ran, Stand, configuration};

/// A key as its file holds it.
const OTHER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Nothing may open, and the message holds these words.
fn closed(stand: &Stand, words: &[&str]) {
    for command in [&["tenant", "list"][..], &["serve"], &["ledger", "verify"]] {
        let (code, told) = stand.ask(command);
        let title = told["error"]["title"].as_str().unwrap();
        assert!(
            code == Some(1) && words.iter().all(|word| title.contains(word)),
            "{told}"
        );
        assert!(!title.contains(OTHER_KEY), "{told}");
    }
}

#[test]
fn another_key_opens_nothing_and_changes_nothing() {
    let stand = Stand::new();
    stand.tenant();
    let right = std::fs::read(stand.data.join("root.key")).unwrap();
    stand.write("root.key", OTHER_KEY);
    closed(&stand, &["this data folder was made with root key"]);
    for malformed in ["", "00", "not a key", &"0".repeat(64)] {
        stand.write("root.key", malformed);
        closed(&stand, &["key"]);
    }
    std::fs::remove_file(stand.data.join("root.key")).unwrap();
    closed(&stand, &["root.key"]);
    assert!(!stand.has("root.key"), "a key was made beside old cells");
    stand.write("root.key", right);
    stand.mode("root.key", 0o600);
    assert_eq!(stand.tenants().len(), 1);
    stand.verify();
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let stand = Stand::new();
    stand.tenant();
    for mode in [0o644, 0o640, 0o604, 0o620] {
        stand.mode("root.key", mode);
        closed(&stand, &["root.key", "chmod 600"]);
    }
    stand.mode("root.key", 0o600);
    assert_eq!(stand.tenants().len(), 1);
    let key = stand.data.join("root.key");
    let elsewhere = stand.data.join("elsewhere.key");
    std::fs::rename(&key, &elsewhere).unwrap();
    symlink(&elsewhere, &key).unwrap();
    closed(&stand, &["root.key", "link"]);
    // A key that is kept elsewhere is named in the configuration.
    stand.write(
        "skillsyms.toml",
        configuration(&format!("[keys]\nfile = {elsewhere:?}\n")),
    );
    assert_eq!(stand.tenants().len(), 1);
}

#[test]
fn a_key_from_the_environment_is_never_written_down() {
    let stand = Stand::new();
    stand.write("skillsyms.toml", configuration("[keys]\nsource = \"environment\"\n"));
    closed(&stand, &["SKILLSYMS_ROOT_KEY"]);
    let list = |key: &str| {
        Ran::of(
            stand
                .command(&["tenant", "list", "--json"])
                .env("SKILLSYMS_ROOT_KEY", key),
        )
    };
    assert_eq!(list("short").code, Some(1));
    let ran = list(OTHER_KEY);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(!stand.has("root.key"));
    let wrong = list(&OTHER_KEY.replace('0', "1"));
    assert!(wrong.code == Some(1) && wrong.tells("made with root key"), "{wrong:?}");
    assert_eq!(list(OTHER_KEY).code, Some(0));
}
