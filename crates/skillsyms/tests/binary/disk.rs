//! A full disk: what does not fit is refused as a whole, what was acknowledged is there, and with room it goes on.
//!
//! The test runs itself again in a mount namespace of its own, where a small file system is mounted.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use skillsyms::demo::authenticator::Authenticator;
use skillsyms::demo::client::{Client, Server};

use crate::learners::{file, learner, row};
use crate::stand::{Serving, Stand, is_postgres};

/// Names the small file system to the test inside the namespace.
const MOUNTED: &str = "SKILLSYMS_TEST_SMALL_DISK";
/// Size of the file system.
const DISK: &str = "size=24m,mode=700";
/// What takes up room until it is made, in bytes.
const BALLAST_BYTES: usize = 8 * 1024 * 1024;
/// Learners after which the disk must have been full.
const LEARNERS_MAX: usize = 3_900;
/// Rows of a file that does not fit.
const ROWS: usize = 12_000;

#[test]
fn a_full_disk_loses_nothing() {
    if is_postgres() {
        eprintln!("a_full_disk_loses_nothing: on PostgreSQL the rows are not on our disk; run on SQLite only");
        return;
    }
    if let Some(disk) = std::env::var_os(MOUNTED) {
        return inside(&PathBuf::from(disk));
    }
    let folder = tempfile::tempdir().unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let namespace: &[&str] = if is_root {
        &["--mount"]
    } else {
        &["--mount", "--map-root-user"]
    };
    let script = format!("mount -t tmpfs -o {DISK} none \"$1\" || exit 42; shift; exec \"$@\"");
    let mut again = Command::new("unshare");
    again
        .args(namespace)
        .args(["sh", "-c", &script, "sh"])
        .arg(folder.path());
    again.arg(std::env::current_exe().unwrap());
    again.args(["--exact", "disk::a_full_disk_loses_nothing", "--nocapture"]);
    let output = again.env(MOUNTED, folder.path()).output();
    let said = output.as_ref().map_or_else(ToString::to_string, |output| {
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    let code = output.ok().and_then(|output| output.status.code());
    if code == Some(0) {
        assert!(said.contains("1 passed"), "{said}");
        return;
    }
    // 42: the mount was refused; 1 and 127: the namespace was, or there is no unshare.
    let cannot = !said.contains("a_full_disk_loses_nothing");
    assert!(cannot, "{code:?} {said}");
    // Not by `eprintln!`, which a test that passes keeps to itself.
    let aloud = format!("NOT RUN: a_full_disk_loses_nothing cannot mount a small file system here: {said}\n");
    std::io::stderr().write_all(aloud.as_bytes()).unwrap();
    assert!(
        std::env::var_os("CI").is_none(),
        "a check that cannot run fails the run"
    );
}

fn inside(disk: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![7; BALLAST_BYTES]).unwrap();
    let stand = Stand::inside(disk);
    stand.tenant();
    let words = [
        "person",
        "invite",
        "--tenant",
        "thuto",
        "--email",
        "a@thuto.example",
        "--name",
        "A",
        "--role",
        "admin",
    ];
    let invited = stand.done(&words);
    let serving = stand.serve();
    let mut admin = runtime.block_on(sign_in(&stand, &serving, invited["token"].as_str().unwrap()));
    let many = std::env::temp_dir().join(format!("skillsyms-{}.csv", std::process::id()));
    std::fs::write(&many, file((100_000..100_000 + ROWS).map(row))).unwrap();
    let problem = stand.refused(&["import", "--tenant", "thuto", many.to_str().unwrap()], "storage");
    std::fs::remove_file(&many).unwrap();
    assert!(problem["title"].as_str().unwrap().contains("no room"), "{problem}");
    let kept = runtime.block_on(register_until_full(&mut admin));
    std::fs::remove_file(&ballast).unwrap();
    runtime.block_on(async {
        for (n, id) in &kept {
            let read = admin.get(&format!("/api/v1/learners/{id}")).await.unwrap().ok();
            assert!(read.is_ok(), "learner {n} was acknowledged and is gone: {read:?}");
        }
        let more = admin
            .post("/api/v1/learners", &learner(LEARNERS_MAX + 1))
            .await
            .unwrap();
        assert_eq!(more.status, 201, "with room it goes on: {:?}", more.json());
    });
    stand.verify();
    let log = serving.stop();
    assert!(log.contains("storage"), "{log}");
    stand.verify();
}

/// Registers until the disk is full; answers whoever was acknowledged.
async fn register_until_full(admin: &mut Client) -> Vec<(usize, String)> {
    let mut kept = Vec::new();
    for n in 1..=LEARNERS_MAX {
        let answer = admin.post("/api/v1/learners", &learner(n)).await.unwrap();
        let body = answer.json();
        match answer.status.as_u16() {
            201 => kept.push((n, body["id"].as_str().unwrap().to_owned())),
            507 => {
                assert_eq!(body["code"], "storage", "{body}");
                return kept;
            }
            other => panic!("{other} {body}"),
        }
    }
    panic!("{LEARNERS_MAX} learners fit");
}

async fn sign_in(stand: &Stand, serving: &Serving, invitation: &str) -> Client {
    let server = Server::new(serving.address, &stand.data.join("tls/ca.pem")).unwrap();
    let mut nobody = server.connect().await.unwrap();
    let password = "correct horse battery staple";
    let body = json!({ "token": invitation, "password": password });
    nobody
        .post("/api/v1/invitations/accept", &body)
        .await
        .unwrap()
        .ok()
        .unwrap();
    let body = json!({ "tenant": "thuto", "email": "a@thuto.example", "password": password });
    let opened: Value = nobody.post("/api/v1/sessions", &body).await.unwrap().ok().unwrap();
    let mut client = server
        .connect()
        .await
        .unwrap()
        .with_bearer(opened["token"].as_str().unwrap());
    let (_, session) = Authenticator::set_up(&mut client, &opened, password).await.unwrap();
    server
        .connect()
        .await
        .unwrap()
        .with_bearer(&session)
        .with_purpose("A test of a full disk")
}
