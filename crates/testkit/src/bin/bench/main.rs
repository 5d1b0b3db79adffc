//! The measurements: the real server under load over TLS, and beside each figure what the bare engine does.
//!
//! `cargo xtask bench [CASE ...] [--quick] [--times N]`. Without a case all but `kill` are run. The cases on PostgreSQL
//! run when `SKILLSYMS_POSTGRES_URL` or `SKILLSYMS_TEST_PG` holds an address.

mod authenticator;
mod bare;
mod drive;
mod house;
mod import;
mod kill;
mod learners;
mod machine;
mod pages;
mod policy;
mod provider;
mod register;
mod start;
mod table;
mod wire;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::house::EngineName;
use crate::table::Row;

const HELP: &str = "cases: register lookup policy import size start pages kill; --quick measures less; --times N kills N times; \
--engine sqlite|postgres|both; --rounds N";

/// Kills, unless said.
const KILLS: u32 = 200;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// What counts.
    Whole,
    /// To see that it runs.
    Quick,
    /// As many rounds as were asked for.
    Rounds(usize),
}

impl Size {
    /// Turns of the server and of the bare engine.
    pub const fn rounds(self) -> usize {
        match self {
            Self::Whole => 7,
            Self::Quick => 3,
            Self::Rounds(rounds) => rounds,
        }
    }

    /// How long one turn is.
    pub const fn turn(self) -> Duration {
        match self {
            Self::Quick => Duration::from_secs(2),
            _ => Duration::from_secs(4),
        }
    }
}

/// What was asked for.
struct Asked {
    cases: Vec<String>,
    size: Size,
    times: u32,
    engine: Option<String>,
}

/// A line for whoever waits.
#[expect(clippy::print_stdout, reason = "this program is asked for its figures")]
pub fn say(line: &str) {
    println!("{line}");
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            say(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Measures. Answers whether every target was met.
fn run() -> Result<bool> {
    let asked = asked()?;
    say(&machine::description());
    let mut rows = Vec::new();
    for case in &asked.cases {
        rows.extend(measure(case, &asked).with_context(|| case.clone())?);
    }
    say("");
    table::print(&rows);
    Ok(rows.iter().all(|row| row.met))
}

fn asked() -> Result<Asked> {
    let mut asked = Asked {
        cases: Vec::new(),
        size: Size::Whole,
        times: KILLS,
        engine: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => asked.size = Size::Quick,
            "--times" => asked.times = words.next().and_then(|word| word.parse().ok()).context("--times N")?,
            "--rounds" => {
                asked.size = Size::Rounds(words.next().and_then(|word| word.parse().ok()).context("--rounds N")?)
            }
            "--engine" => asked.engine = words.next(),
            "help" | "--help" => bail!(HELP),
            case => asked.cases.push(case.to_owned()),
        }
    }
    if asked.cases.is_empty() {
        asked.cases = ["register", "lookup", "policy", "import", "size", "start", "pages"]
            .map(str::to_owned)
            .to_vec();
    }
    Ok(asked)
}

fn measure(case: &str, asked: &Asked) -> Result<Vec<Row>> {
    let size = asked.size;
    let each = |measure: fn(&EngineName, Size) -> Result<Vec<Row>>| {
        let mut rows = Vec::new();
        for engine in engines(asked)? {
            rows.extend(measure(&engine, size)?);
        }
        Ok(rows)
    };
    match case {
        "register" => each(register::register),
        "lookup" => each(register::lookup),
        "policy" => policy::policy(),
        "import" => each(import::import),
        "size" => import::size(&EngineName::Sqlite, size),
        "start" => start::start(size),
        "pages" => each(pages::pages),
        "kill" => {
            let mut rows = Vec::new();
            for engine in engines(asked)? {
                rows.extend(kill::kill(&engine, asked.times)?);
            }
            Ok(rows)
        }
        other => bail!("no case {other}; {HELP}"),
    }
}

/// The engines to measure on.
fn engines(asked: &Asked) -> Result<Vec<EngineName>> {
    let url = std::env::var("SKILLSYMS_POSTGRES_URL")
        .or_else(|_| std::env::var("SKILLSYMS_TEST_PG"))
        .ok();
    let postgres = url.map(EngineName::Postgres);
    match asked.engine.as_deref() {
        Some("sqlite") => Ok(vec![EngineName::Sqlite]),
        Some("postgres") => Ok(vec![postgres.context("SKILLSYMS_POSTGRES_URL is not set")?]),
        Some("both") | None => {
            if postgres.is_none() {
                say("no PostgreSQL: set SKILLSYMS_POSTGRES_URL, or use `cargo xtask postgres --for`");
            }
            Ok(std::iter::once(EngineName::Sqlite).chain(postgres).collect())
        }
        Some(other) => bail!("--engine {other}; {HELP}"),
    }
}
