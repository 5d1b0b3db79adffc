//! The real server: the release binary, in a process and a data folder of its own, with TLS, on ports of loopback.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::authenticator;
use crate::wire::{Server, request};

/// How long a server may take to start.
const START_MAX: Duration = Duration::from_secs(30);
/// How long between two tries to reach it.
const START_PAUSE: Duration = Duration::from_millis(2);
/// The password of everybody here. The server and its data are gone when the run ends.
pub const PASSWORD: &str = "a long password of the bench";

/// Which engine keeps the cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineName {
    /// SQLCipher.
    Sqlite,
    /// PostgreSQL, at this address.
    Postgres(String),
}

impl EngineName {
    /// Name in the table.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// A server and its data folder. Both are gone when this is dropped.
pub struct House {
    folder: TempDir,
    binary: PathBuf,
    engine: EngineName,
    port: u16,
    child: Option<Child>,
    runtime: Runtime,
}

impl House {
    /// A new data folder, and a server on it.
    pub fn new(engine: &EngineName) -> Result<Self> {
        let mut house = Self::closed(engine)?;
        house.start()?;
        Ok(house)
    }

    /// A new data folder without a server.
    pub fn closed(engine: &EngineName) -> Result<Self> {
        let own = std::env::current_exe()?;
        let binary = own.with_file_name("skillsyms");
        ensure!(
            binary.is_file(),
            "there is no {}: cargo build --release -p skillsyms",
            binary.display()
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let folder = tempfile::Builder::new().prefix("skillsyms-bench-").tempdir()?;
        Ok(Self {
            folder,
            binary,
            engine: engine.clone(),
            port: 0,
            child: None,
            runtime,
        })
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder that is gone at the end, for other files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server and waits until it has an ear on its port. Answers how long that took.
    pub fn start(&mut self) -> Result<Duration> {
        let data = self.data();
        std::fs::create_dir_all(&data)?;
        let (port, admin) = (free_port()?, free_port()?);
        let engine = if self.engine == EngineName::Sqlite {
            "sqlite"
        } else {
            "postgres"
        };
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\nadmin_listen = \"127.0.0.1:{admin}\"\n\
             [storage]\nengine = \"{engine}\"\n[log]\nlevel = \"warn\"\n"
        );
        std::fs::write(data.join("skillsyms.toml"), config)?;
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))?;
        let mut command = self.command();
        command.arg("serve").arg("--data").arg(&data).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let mut child = command.spawn()?;
        self.port = port;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if child.try_wait()?.is_some() || started.elapsed() > START_MAX {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                bail!("the server does not start\n{log}");
            }
            std::thread::sleep(START_PAUSE);
        }
        self.child = Some(child);
        Ok(started.elapsed())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        if let EngineName::Postgres(url) = &self.engine {
            command.env("SKILLSYMS_POSTGRES_URL", url);
        }
        command
    }

    /// Kills the server as `kill -9` does: it is told nothing and finishes nothing.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// The server's process.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().context("no server runs")?.id())
    }

    /// Where the server is.
    pub fn server(&self) -> Result<Server> {
        Server::new(self.port, &self.data().join("tls/ca.pem"))
    }

    /// Runs something asynchronous on the one thread of the load.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(work)
    }

    /// Runs an operator's command and reads its answer.
    pub fn console(&self, words: &[&str]) -> Result<Value> {
        let output = self
            .command()
            .args(words)
            .arg("--json")
            .arg("--data")
            .arg(self.data())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            bail!(
                "skillsyms {}: {text} {}",
                words.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// An operator of the platform, invited: their address and the token of their invitation.
    pub fn operator(&self, n: usize) -> Result<(String, String)> {
        let email = format!("operator{n}@platform.example");
        let invite = [
            "person",
            "invite",
            "--email",
            &email,
            "--name",
            "Olwethu Operator",
            "--role",
            "operator",
        ];
        let token = text(&self.console(&invite)?, "token")?;
        Ok((email, token))
    }

    /// Makes a tenant, its administrator and an API key that may do these acts. Answers the key.
    pub fn tenant(&self, slug: &str, scopes: &[&str]) -> Result<String> {
        self.console(&["tenant", "create", slug, "--name", "Measured Training (Pty) Ltd"])?;
        let email = format!("admin@{slug}.example");
        let invited = [
            "person",
            "invite",
            "--tenant",
            slug,
            "--email",
            &email,
            "--name",
            "Zanele Mthembu",
            "--role",
            "admin",
        ];
        let invitation = text(&self.console(&invited)?, "token")?;
        let server = self.server()?;
        self.block_on(async move {
            let mut wire = server.connect().await?;
            let body = json!({ "token": invitation, "password": PASSWORD });
            wire.post("/api/v1/invitations/accept", None, &body).await?;
            let body = json!({ "tenant": slug, "email": email, "password": PASSWORD });
            let session = authenticator::sign_in(&mut wire, "/api/v1/sessions", &body).await?;
            let body = authenticator::confirmation(&email).await?;
            wire.post("/api/v1/sessions/current/step-up", Some(&session), &body)
                .await?;
            let body = json!({ "name": "Bench", "scopes": scopes });
            let made = wire.post("/api/v1/api-keys", Some(&session), &body).await?;
            let key = text(&made, "key").or_else(|_| text(&made, "token"))?;
            // The first use of a key is noted, outside of what is measured.
            wire.call(&request("GET", "/api/v1/me", Some(&key), "")).await?;
            Ok(key)
        })
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// A field of an answer.
pub fn text(value: &Value, field: &str) -> Result<String> {
    let found = value.get(field).and_then(Value::as_str).map(str::to_owned);
    found.with_context(|| format!("the answer has no {field}"))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
