//! A PostgreSQL of our own: a new cluster in a temporary folder, on a free port, gone when we are.
//!
//! Whatever way this process ends, Ctrl-C and `kill -9` included, the server stops and its folder is deleted: a
//! small shell in a process group of its own waits for the end of a pipe that only this process holds.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::ci::machine;

/// Versions that will do, the one of Debian 12 first.
const VERSIONS: [&str; 4] = ["15", "16", "17", "18"];
/// The owner of the database: may create roles and schemas, and is no superuser.
const OWNER: &str = "skillsyms_owner";
const DATABASE: &str = "skillsyms_test";
/// Connections: every test may hold a pool for each of its tenants.
const CONNECTIONS_MAX: u16 = 400;

/// How much the server does for what was acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Everything: for daily work and for measurements.
    Real,
    /// Nothing is forced to disk: the tests kill our server, never this one.
    Tests,
}

/// A running cluster. It stops and disappears when this is dropped.
pub struct Cluster {
    reaper: Child,
    url: String,
}

impl Cluster {
    /// Makes and starts a cluster.
    ///
    /// # Errors
    /// If PostgreSQL is not installed, or does not start.
    pub fn start(durability: Durability) -> Result<Self> {
        let programs = programs()?;
        let folder = temporary_folder("pg")?;
        if machine::is_root() {
            succeed(Command::new("chown").arg("postgres:postgres").arg(&folder))?;
        }
        let reaper = reaper(&programs, &folder)?;
        let mut cluster = Self {
            reaper,
            url: String::new(),
        };
        let port = free_port()?;
        begin(&programs, &folder, port, durability)?;
        let password = random_hex()?;
        create_owner(&programs, &folder, port, &password)?;
        cluster.url = format!("postgres://{OWNER}:{password}@127.0.0.1:{port}/{DATABASE}");
        Ok(cluster)
    }

    /// What the tests read.
    pub fn environment(&self) -> [(&'static str, &str); 2] {
        [("SKILLSYMS_TEST_ENGINE", "postgres"), ("SKILLSYMS_TEST_PG", &self.url)]
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Closing the pipe is the sign; then wait until the server is gone and the folder with it.
        drop(self.reaper.stdin.take());
        let _ = self.reaper.wait();
    }
}

/// Starts a cluster and stays until Ctrl-C.
pub fn stay() -> Result<ExitCode> {
    let cluster = Cluster::start(Durability::Real)?;
    for (name, value) in cluster.environment() {
        println!("export {name}={value}");
    }
    std::io::stdout().flush()?;
    eprintln!("PostgreSQL runs until Ctrl-C; then it and its data are gone.");
    loop {
        std::thread::park();
    }
}

/// Runs a command with a cluster in its environment.
pub fn run_for(root: &Path, words: &[&str]) -> Result<ExitCode> {
    let (program, arguments) = words.split_first().context("which command?")?;
    let cluster = Cluster::start(Durability::Real)?;
    let status = Command::new(program)
        .current_dir(root)
        .args(arguments)
        .envs(machine::openssl_environment())
        .envs(cluster.environment())
        .status()
        .with_context(|| format!("{program} does not start"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// The folder with the server's programs.
///
/// # Errors
/// If there is none on this machine.
pub fn programs() -> Result<PathBuf> {
    let debian = VERSIONS
        .iter()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .chain(std::env::split_paths(&path))
        .find(|folder| {
            ["initdb", "pg_ctl", "postgres", "psql"]
                .iter()
                .all(|program| folder.join(program).is_file())
        })
        .context("PostgreSQL 15 is not installed: apt-get install postgresql-15")
}

/// A new folder that only we can read.
///
/// # Errors
/// If the folder for temporary files cannot be written.
pub fn temporary_folder(what: &str) -> Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = std::env::temp_dir().join(format!(
        "skillsyms-{what}-{}",
        random_hex()?.get(..12).unwrap_or_default()
    ));
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

/// A command of the server, run by the user whom the server accepts: never root.
fn as_server(program: &Path) -> Command {
    if !machine::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command.current_dir("/");
    command
}

fn reaper(programs: &Path, folder: &Path) -> Result<Child> {
    use std::os::unix::process::CommandExt;
    const SCRIPT: &str = r#"
        while read -r _; do :; done
        "$@" -D "$FOLDER/data" -m immediate -w stop >/dev/null 2>&1
        rm -rf "$FOLDER"
    "#;
    let stop = as_server(&programs.join("pg_ctl"));
    Command::new("sh")
        .args(["-c", SCRIPT, "reaper"])
        .arg(stop.get_program())
        .args(stop.get_args())
        .env("FOLDER", folder)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("sh does not start")
}

fn begin(programs: &Path, folder: &Path, port: u16, durability: Durability) -> Result<()> {
    let data = folder.join("data");
    let mut init = as_server(&programs.join("initdb"));
    init.arg("--pgdata").arg(&data);
    init.args([
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--auth-local=peer",
        "--auth-host=scram-sha-256",
        "--no-sync",
    ]);
    succeed(&mut init)?;

    let mut options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections={CONNECTIONS_MAX} \
         -c max_locks_per_transaction=256 -c shared_buffers=128MB",
        folder.display()
    );
    if durability == Durability::Tests {
        options.push_str(" -c fsync=off -c full_page_writes=off");
    }
    let mut start = as_server(&programs.join("pg_ctl"));
    start
        .arg("-D")
        .arg(&data)
        .arg("-l")
        .arg(folder.join("log"))
        .args(["-w", "-t", "60", "-o", &options, "start"]);
    succeed(&mut start).with_context(|| {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        format!("PostgreSQL does not start\n{log}")
    })
}

/// The owner role and its database. The owner is as weak as an operator's would be.
fn create_owner(programs: &Path, folder: &Path, port: u16, password: &str) -> Result<()> {
    let statements = [
        format!("CREATE ROLE {OWNER} LOGIN CREATEROLE NOSUPERUSER NOCREATEDB PASSWORD '{password}'"),
        format!("CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'"),
        format!("REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC"),
        format!("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {DATABASE} TO {OWNER} WITH GRANT OPTION"),
    ];
    let mut psql = as_server(&programs.join("psql"));
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--dbname=postgres",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
    ]);
    psql.arg(format!("--host={}", folder.display()))
        .arg(format!("--port={port}"));
    // By way of the input: what stands in arguments, everybody on the machine can read.
    let mut child = psql.stdin(Stdio::piped()).spawn().context("psql does not start")?;
    let mut input = child.stdin.take().context("psql without input")?;
    for statement in statements {
        writeln!(input, "{statement};")?;
    }
    drop(input);
    if !child.wait()?.success() {
        bail!("the owner role could not be made");
    }
    Ok(())
}

fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", program.display()))?;
    if !output.status.success() {
        bail!(
            "{} failed: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// A port that nobody listens on just now.
///
/// # Errors
/// If there is none.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

fn random_hex() -> Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_is_ours_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = temporary_folder("test").unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::remove_dir(&folder).unwrap();
    }
}
