//! The command line: what is asked, who executes it, how the answer is shown, and with which exit code.
//!
//! Exit codes: 0 done; 1 refused or failed, nothing half-done; 2 the words of the call are wrong; 3 a check found
//! something wrong.

mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use skillsyms_core::Role;
use skillsyms_door::Inspect;

use crate::config::{Config, Log, LogFormat};
use crate::console::{self, Command, Outcome};
use crate::house::{self, Opening, SERVER_PATIENCE};
use crate::serve::Signals;
use crate::{codegen, demo, doctor, log, serve};

/// A check found something wrong.
const FOUND_WRONG: u8 = 3;

/// Learner records for South African training providers: one binary, a cell for each tenant.
#[derive(Parser)]
#[command(name = "skillsyms", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

/// Options of every command.
#[derive(Args, Clone)]
struct Common {
    /// The data folder.
    #[arg(long, env = "SKILLSYMS_DATA", default_value = "skillsyms-data")]
    data: PathBuf,
    /// The configuration file; skillsyms.toml in the data folder unless named.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Answer with one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum What {
    /// Plays the main job with 1,000 invented learners, then serves it.
    Demo(demo::Options),
    /// Serves, for production.
    Serve(Common),
    /// Tenants: training providers.
    #[command(subcommand)]
    Tenant(Tenant),
    /// People: a tenant's first administrator, operators of the platform.
    #[command(subcommand)]
    Person(Person),
    /// Imports learners from a CSV file.
    Import {
        #[command(flatten)]
        common: Common,
        /// The tenant's short name.
        #[arg(long)]
        tenant: String,
        /// The file.
        file: PathBuf,
    },
    /// The tamper-evident log.
    #[command(subcommand)]
    Ledger(Ledger),
    /// The counters behind the figures of the dashboard.
    #[command(subcommand)]
    Counters(Counters),
    /// The promises and their probes.
    #[command(subcommand)]
    Controls(Controls),
    /// The configuration.
    #[command(subcommand)]
    Config(Configuration),
    /// Says what is wrong with this machine and data folder, and what to do.
    Doctor(Common),
    /// Writes a generated file to standard output.
    #[command(hide = true)]
    Codegen {
        /// Which.
        artefact: codegen::Artefact,
    },
}

#[derive(Subcommand)]
enum Tenant {
    /// Creates a tenant.
    Create {
        #[command(flatten)]
        common: Common,
        /// Short name in addresses: small letters, digits, hyphens.
        slug: String,
        /// Registered name.
        #[arg(long)]
        name: String,
    },
    /// Lists the tenants.
    List(Common),
    /// Suspends a tenant: nothing is deleted, nobody but the console gets in.
    Suspend {
        #[command(flatten)]
        common: Common,
        /// Its short name.
        slug: String,
    },
    /// Lets a suspended tenant work again.
    Restore {
        #[command(flatten)]
        common: Common,
        /// Its short name.
        slug: String,
    },
}

#[derive(Subcommand)]
enum Person {
    /// Invites somebody by a one-time link, which is shown once.
    Invite {
        #[command(flatten)]
        common: Common,
        /// The tenant's short name; without it, an operator of the platform is invited.
        #[arg(long)]
        tenant: Option<String>,
        /// Where they are reached.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their roles.
        #[arg(long = "role", value_parser = parse_role, required = true)]
        roles: Vec<Role>,
    },
}

#[derive(Subcommand)]
enum Ledger {
    /// Reads the whole log and holds it against the checkpoint kept outside the cell.
    Verify {
        #[command(flatten)]
        common: Common,
        /// The tenant's short name; all tenants and the platform without it.
        #[arg(long)]
        tenant: Option<String>,
    },
}

#[derive(Subcommand)]
enum Counters {
    /// Counts every row and says which counter differs. It reads whole tables: choose a quiet hour.
    Check {
        #[command(flatten)]
        common: Common,
        /// The tenant's short name; all tenants without it.
        #[arg(long)]
        tenant: Option<String>,
    },
}

#[derive(Subcommand)]
enum Controls {
    /// Runs every probe and says of each promise whether it is met, failing, stale or not evaluated.
    Check(Common),
}

#[derive(Subcommand)]
enum Configuration {
    /// Checks the configuration and says what would be used.
    Check(Common),
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("use one of {}", all.join(", "))
    })
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Whatever this process makes is for its owner only, below the data folder too.
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return show::failed(&error.into(), false),
    };
    runtime.block_on(dispatch(cli.what))
}

async fn dispatch(what: What) -> ExitCode {
    match what {
        What::Demo(options) => finish(demo::run(options).await, false),
        What::Serve(common) => {
            let json = common.json;
            finish(serve_forever(&common).await, json)
        }
        What::Doctor(common) => {
            let json = common.json;
            show::findings(&doctor::examine(&common.data, common.config.as_deref()).await, json)
        }
        What::Config(Configuration::Check(common)) => {
            let json = common.json;
            match Config::load(common.config.as_deref(), &common.data) {
                Ok(config) => show::config(&config, json),
                Err(error) => show::failed(&error.into(), json),
            }
        }
        What::Codegen { artefact } => match codegen::generate(artefact) {
            Ok(text) => show::text(&text),
            Err(error) => show::failed(&error, false),
        },
        operator => match command_of(operator) {
            Some((common, command, input)) => execute(&common, command, input).await,
            None => ExitCode::from(2),
        },
    }
}

fn command_of(what: What) -> Option<(Common, Command, Option<PathBuf>)> {
    let told = match what {
        What::Tenant(Tenant::Create { common, slug, name }) => (common, Command::TenantCreate { slug, name }, None),
        What::Tenant(Tenant::List(common)) => (common, Command::TenantList, None),
        What::Tenant(Tenant::Suspend { common, slug }) => (common, Command::TenantSuspend { slug }, None),
        What::Tenant(Tenant::Restore { common, slug }) => (common, Command::TenantRestore { slug }, None),
        What::Person(Person::Invite {
            common,
            tenant,
            email,
            name,
            roles,
        }) => (
            common,
            Command::PersonInvite {
                tenant,
                email,
                name,
                roles,
            },
            None,
        ),
        What::Import { common, tenant, file } => {
            let file_name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            (common, Command::Import { tenant, file_name }, Some(file))
        }
        What::Ledger(Ledger::Verify { common, tenant }) => (common, Command::LedgerVerify { tenant }, None),
        What::Counters(Counters::Check { common, tenant }) => (common, Command::CountersCheck { tenant }, None),
        What::Controls(Controls::Check(common)) => (common, Command::ControlsCheck, None),
        _ => return None,
    };
    Some(told)
}

async fn execute(common: &Common, command: Command, input: Option<PathBuf>) -> ExitCode {
    let shown = command.clone();
    let mut bar = show::Bar::new(common.json);
    let outcome = async {
        if let Some(path) = &input {
            std::fs::File::open(path).with_context(|| path.display().to_string())?;
        }
        let config = Config::load(common.config.as_deref(), &common.data)?;
        log::start(&at_console())?;
        console::run(&common.data, &config, command, input, &mut |line| bar.hear(line)).await
    };
    let outcome = outcome.await;
    bar.clear();
    match outcome {
        Ok(Outcome::Done(value)) => show::done(&shown, &value, common.json),
        Ok(Outcome::Problem(told)) => show::problem(&told, common.json),
        Err(error) => show::failed(&error, common.json),
    }
}

/// What a command that opens the folder itself logs: only faults, whose cause no answer tells.
fn at_console() -> Log {
    Log {
        level: "error".to_owned(),
        format: LogFormat::Text,
    }
}

async fn serve_forever(common: &Common) -> anyhow::Result<()> {
    let config = Config::load(common.config.as_deref(), &common.data)?;
    log::start(&config.log)?;
    let opening = Opening {
        data: &common.data,
        config: &config,
        patience: SERVER_PATIENCE,
        inspect: Inspect::No,
    };
    let opened = house::open(opening).await?;
    // Heard from here on: a server that is told to stop while it starts still takes its socket with it.
    let mut signals = Signals::hear()?;
    let running = serve::start(opened, &common.data, &config).await?;
    tracing::info!(address = %running.address, admin_address = %running.admin_address, "serving");
    signals.told().await;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

fn finish(result: anyhow::Result<()>, json: bool) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => show::failed(&error, json),
    }
}
