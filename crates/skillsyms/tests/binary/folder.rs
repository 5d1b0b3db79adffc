//! The data folder: one process at a time, never an older program, whatever its path.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use skillsyms_cells::FolderLock;

use crate::stand::{Ran, Stand, configuration, is_postgres};

#[test]
fn a_folder_of_a_newer_version_is_left_alone() {
    let stand = Stand::new();
    stand.tenant();
    let text = std::fs::read_to_string(stand.data.join("platform.json")).unwrap();
    let mut platform: Value = serde_json::from_str(&text).unwrap();
    platform["format"] = 99.into();
    stand.write("platform.json", platform.to_string());
    for words in [&["tenant", "list"][..], &["serve"], &["ledger", "verify"]] {
        let (code, told) = stand.ask(words);
        assert!(code == Some(1) && told.to_string().contains("has format 99"), "{told}");
    }
    stand.write("platform.json", "{ cut off");
    let (code, told) = stand.ask(&["tenant", "list"]);
    assert!(
        code == Some(1) && told.to_string().contains("platform.json is damaged"),
        "{told}"
    );
    stand.write("platform.json", text);
    assert_eq!(stand.tenants().len(), 1);
}

#[test]
fn a_lost_platform_file_is_not_made_anew() {
    let stand = Stand::new();
    stand.tenant();
    let key = std::fs::read(stand.data.join("root.key")).unwrap();
    let platform = std::fs::read(stand.data.join("platform.json")).unwrap();
    std::fs::remove_file(stand.data.join("platform.json")).unwrap();
    for words in [&["tenant", "list"][..], &["serve"]] {
        let (code, told) = stand.ask(words);
        assert!(
            code == Some(1) && told.to_string().contains("platform.json is missing"),
            "{told}"
        );
    }
    std::fs::remove_file(stand.data.join("root.key")).unwrap();
    assert_eq!(stand.ask(&["tenant", "list"]).0, Some(1));
    assert!(
        !stand.has("platform.json") && !stand.has("root.key"),
        "nothing new beside old cells"
    );
    stand.write("root.key", key);
    stand.mode("root.key", 0o600);
    stand.write("platform.json", platform);
    assert_eq!(stand.tenants().len(), 1);
}

#[test]
fn a_second_server_says_who_has_the_folder() {
    let stand = Stand::new();
    let serving = stand.serve();
    let second = stand.run(&["serve"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.tells("another process is using"), "{second:?}");
    stand.tenant();
    let demo = stand.run(&["demo", "--port", "0", "--exit"]);
    assert!(demo.code == Some(1) && demo.tells("holds data already"), "{demo:?}");
    serving.stop();
}

#[test]
fn a_command_waits_for_another_that_is_at_work() {
    let stand = Stand::new();
    stand.tenant();
    let lock = FolderLock::take(&stand.data, Duration::ZERO).unwrap();
    let mut command = stand.command(&["tenant", "list", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    assert!(child.try_wait().unwrap().is_none(), "it is held up or has not begun");
    drop(lock);
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success() && text.contains("thuto"), "{text}");
}

#[test]
fn everything_in_the_folder_is_its_owners() {
    let stand = Stand::new();
    stand.mode("", 0o755);
    stand.tenant();
    let serving = stand.serve();
    let mode = |name: &str| std::fs::metadata(stand.data.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    for name in ["root.key", "platform.json", "console.sock", "tls/server.key"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    serving.stop();
}

#[test]
fn a_long_path_is_no_obstacle_to_the_socket() {
    let stand = Stand::with_long_path();
    assert!(stand.data.as_os_str().len() > 108);
    let serving = stand.serve();
    stand.tenant();
    assert_eq!(stand.tenants().len(), 1);
    serving.stop();
    stand.verify();
}

#[test]
fn a_dead_servers_socket_is_no_obstacle() {
    let stand = Stand::new();
    let serving = stand.serve();
    stand.tenant();
    serving.kill();
    assert!(stand.has("console.sock"));
    assert_eq!(stand.tenants().len(), 1, "what was acknowledged is there");
    let serving = stand.serve();
    stand.done(&["tenant", "create", "kusasa", "--name", "Kusasa"]);
    serving.stop();
    assert_eq!(stand.tenants().len(), 2);
    stand.verify();
}

#[test]
fn a_taken_port_is_named_and_nothing_stays_behind() {
    let stand = Stand::new();
    let other = Stand::new();
    let serving = other.serve();
    let engine = if is_postgres() { "postgres" } else { "sqlite" };
    let taken = |listen: SocketAddr, admin: &str| {
        format!("[server]\nlisten = \"{listen}\"\nadmin_listen = \"{admin}\"\n[storage]\nengine = \"{engine}\"\n")
    };
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let admin = serving.admin_address.to_string();
    for (config, named) in [
        (taken(serving.address, "127.0.0.1:0"), serving.address.to_string()),
        (taken(free, &admin), admin.clone()),
    ] {
        stand.write("skillsyms.toml", config);
        let ran = stand.run(&["serve"]);
        assert!(ran.code == Some(1) && ran.err.contains(&named), "{ran:?}");
        assert!(!stand.has("console.sock"));
    }
    serving.stop();
    stand.write("skillsyms.toml", configuration(""));
    stand.serve().stop();
}

fn admin(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn health_and_metrics_answer_on_their_own_listener() {
    let stand = Stand::new();
    let serving = stand.serve();
    assert!(serving.address.port() != 0 && serving.address != serving.admin_address);
    for (path, status) in [("/live", "200"), ("/ready", "200"), ("/metrics", "200"), ("/", "404")] {
        let answer = admin(serving.admin_address, path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {answer}");
    }
    let served = Ran::of(stand.command(&["tenant", "list"]).env("SKILLSYMS_DATA", "/nowhere"));
    assert_eq!(served.code, Some(0), "{served:?}");
    serving.stop();
}
