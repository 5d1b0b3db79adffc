//! A data folder, the binary run on it, and a server that serves it.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// Ports that are free, so that tests run beside each other.
const FREE_PORTS: &str =
    "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\nsite = \"https://records.example.co.za\"\n";

/// True if this run keeps its cells in PostgreSQL.
pub fn is_postgres() -> bool {
    match std::env::var("SKILLSYMS_TEST_ENGINE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("SKILLSYMS_TEST_ENGINE is {other}: use sqlite or postgres"),
    }
}

/// The configuration of this run, and more of it.
pub fn configuration(more: &str) -> String {
    let engine = if is_postgres() { "postgres" } else { "sqlite" };
    format!("{FREE_PORTS}[storage]\nengine = \"{engine}\"\n{more}")
}

/// The binary, without what the environment of this machine would tell it.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillsyms"));
    for name in ["SKILLSYMS_DATA", "SKILLSYMS_ROOT_KEY", "SKILLSYMS_POSTGRES_URL"] {
        command.env_remove(name);
    }
    if is_postgres() {
        let url = std::env::var("SKILLSYMS_TEST_PG").expect("SKILLSYMS_TEST_PG holds the address of PostgreSQL");
        command.env("SKILLSYMS_POSTGRES_URL", url);
    }
    command.stdin(Stdio::null());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON object on standard output.
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(value.is_object(), "{self:?}");
        value
    }

    /// True if either output holds this.
    pub fn tells(&self, text: &str) -> bool {
        self.out.contains(text) || self.err.contains(text)
    }
}

/// A data folder.
pub struct Stand {
    _temporary: TempDir,
    pub data: PathBuf,
}

impl Stand {
    /// An empty one, but for the configuration.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let data = temporary.path().join("data");
        Self::make(temporary, data)
    }

    /// One whose path is longer than an address of a socket may be.
    pub fn with_long_path() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let data = temporary.path().join("long".repeat(20)).join("longer".repeat(20));
        Self::make(temporary, data)
    }

    /// One in this folder, which is there.
    pub fn inside(folder: &Path) -> Self {
        Self::make(tempfile::tempdir().unwrap(), folder.join("data"))
    }

    fn make(temporary: TempDir, data: PathBuf) -> Self {
        std::fs::create_dir_all(&data).unwrap();
        std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
        let stand = Self {
            _temporary: temporary,
            data,
        };
        stand.write("skillsyms.toml", configuration(""));
        stand
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.data.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Sets who may read a file of the folder.
    pub fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.data.join(name), Permissions::from_mode(mode)).unwrap();
    }

    /// A file or folder in it, if it is there.
    pub fn has(&self, name: &str) -> bool {
        self.data.join(name).symlink_metadata().is_ok()
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = binary();
        command.args(words).arg("--data").arg(&self.data);
        command
    }

    /// Runs a command, as a person reads it.
    pub fn run(&self, words: &[&str]) -> Ran {
        Ran::of(&mut self.command(words))
    }

    /// Runs a command with `--json`: its exit code, and the one object that it answers.
    pub fn ask(&self, words: &[&str]) -> (Option<i32>, Value) {
        let ran = Ran::of(self.command(words).arg("--json"));
        (ran.code, ran.json())
    }

    /// Runs a command that must go well.
    pub fn done(&self, words: &[&str]) -> Value {
        let ran = Ran::of(self.command(words).arg("--json"));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?} {ran:?}");
        ran.json()
    }

    /// Runs a command that must be refused with this code of a problem, and answers the problem.
    pub fn refused(&self, words: &[&str], code: &str) -> Value {
        let (exit, value) = self.ask(words);
        assert_eq!(
            (exit, value["error"]["code"].as_str()),
            (Some(1), Some(code)),
            "{words:?} {value}"
        );
        let title = value["error"]["title"].as_str().unwrap();
        assert!(!title.is_empty());
        let ran = self.run(words);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.out.is_empty() && ran.err.contains(title), "{ran:?}");
        value["error"].clone()
    }

    /// Creates the tenant of most tests.
    pub fn tenant(&self) {
        self.done(&["tenant", "create", "thuto", "--name", "Thuto Skills Academy"]);
    }

    /// Short names and states of the tenants.
    pub fn tenants(&self) -> Vec<(String, String)> {
        let listed = self.done(&["tenant", "list"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let items = listed["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| (text(&item["slug"]), text(&item["state"])))
            .collect()
    }

    /// Every ledger must verify.
    pub fn verify(&self) {
        let verified = self.done(&["ledger", "verify"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }

    /// Serves the folder.
    pub fn serve(&self) -> Serving {
        Serving::start(self.command(&["serve"]), &self.data)
    }
}

/// Runs a check on a folder that no server has, and on one that a server has.
pub fn each_way(check: impl Fn(&Stand)) {
    let stand = Stand::new();
    check(&stand);
    let stand = Stand::new();
    let serving = stand.serve();
    check(&stand);
    serving.stop();
}

/// A server that serves; it is killed when the test lets go of it.
pub struct Serving {
    child: Child,
    data: PathBuf,
    log: Option<JoinHandle<String>>,
    pub address: SocketAddr,
    pub admin_address: SocketAddr,
}

impl Serving {
    fn start(mut command: Command, data: &Path) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        let line = loop {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            heard.push_str(&line);
            assert!(!line.is_empty(), "the server ended before it served: {heard}");
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["message"] == "serving" {
                break event;
            }
        };
        let log = std::thread::spawn(move || {
            lines.read_to_string(&mut heard).unwrap();
            heard
        });
        let address = |name: &str| line[name].as_str().unwrap().parse().unwrap();
        Self {
            data: data.to_owned(),
            address: address("address"),
            admin_address: address("admin_address"),
            log: Some(log),
            child,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Asks the server to stop, and does not wait for it.
    pub fn tell_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits for the end of a server that was told to stop; answers its log.
    pub fn ended(mut self) -> String {
        let status = self.child.wait().unwrap();
        let log = self.log.take().unwrap().join().unwrap();
        assert!(status.success(), "{status}: {log}");
        assert!(!self.data.join("console.sock").exists(), "the socket stays: {log}");
        assert!(log.contains("\"stopped\""), "{log}");
        log
    }

    /// Stops the server with SIGTERM, which must go well, and answers its log.
    pub fn stop(self) -> String {
        self.tell_to_stop();
        self.ended()
    }

    /// As [`Serving::stop`], with SIGINT.
    pub fn interrupt(self) -> String {
        self.signal(Signal::INT);
        self.ended()
    }

    /// Kills the server without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
