//! The demo: plays the main job over the API with invented people, proves what it can, then serves it.

pub mod authenticator;
pub mod client;
mod letterhead;
mod operator;
mod play;
mod steps;
mod summary;
pub mod synthetic;
mod waiting;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::{Value, json};
use skillsyms_core::{Clock as _, Role, SystemClock};
use skillsyms_door::Inspect;
use tokio::sync::mpsc;

use self::client::Server;
use self::operator::Operator;
use self::play::{Figures, Play, Played};
use self::steps::Steps;
use crate::config::{Config, Log, LogFormat};
use crate::console::{Command, execute};
use crate::house::{self, Opening, SERVER_PATIENCE};
use crate::mail::{By, Mail};
use crate::serve::{self, Running, Signals};
use crate::{controls, log};

/// The learners that come with the product.
const LEARNERS: &str = "demo/learners.csv";
/// How many of them there are.
const LEARNERS_THERE: usize = 1_000;
/// The two training providers of the demo.
const TENANTS: [(&str, &str); 2] = [
    ("thuto", "Thuto Skills Academy (Pty) Ltd"),
    ("kusasa", "Kusasa Training Centre NPC"),
];

/// The operators of the demo: nobody is suspended or restored by themselves, so there are two.
const OPERATORS: [(&str, &str); 2] = [
    ("operator@platform.example", "Pieter van Wyk"),
    ("operator2@platform.example", "Zanele Mokoena"),
];

/// Options of the demo.
#[derive(clap::Args)]
pub struct Options {
    /// The data folder.
    #[arg(long, default_value = "skillsyms-data")]
    data: PathBuf,
    /// The port of https://localhost.
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// The port of health and metrics on loopback; any free one unless said.
    #[arg(long, default_value_t = 0)]
    admin_port: u16,
    /// How many learners are imported: the first of demo/learners.csv, or that many invented anew.
    #[arg(long, default_value_t = LEARNERS_THERE)]
    learners: usize,
    /// Stop after the summary.
    #[arg(long)]
    exit: bool,
    /// Write addresses and logins to this file, as JSON, when the server answers.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// The configuration file; skillsyms.toml in the data folder unless named.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Plays the main job.
///
/// # Errors
/// What went wrong, and what to do.
pub async fn run(options: Options) -> anyhow::Result<()> {
    if options.data.join("platform.json").exists() {
        bail!(
            "{} holds data already. Use `skillsyms serve --data {0}` to serve it, or name an empty folder with --data.",
            options.data.display()
        );
    }
    let mut config = Config::load(options.config.as_deref(), &options.data)?;
    config.server.listen.set_port(options.port);
    config.server.site = format!("https://localhost:{}", options.port);
    config.server.admin_listen.set_port(options.admin_port);
    if config.mail.by == By::None {
        config.mail = mail_beside(&options.data)?;
    }
    log::start(&Log {
        level: "warn".to_owned(),
        format: LogFormat::Text,
    })?;
    let opening = Opening {
        data: &options.data,
        config: &config,
        patience: SERVER_PATIENCE,
        inspect: Inspect::No,
    };
    let opened = house::open(opening).await?;
    let mut signals = Signals::hear()?;
    let running = serve::start(opened, &options.data, &config).await?;
    let played = tokio::select! {
        played = play(&running, &options) => played,
        () = signals.told() => Err(anyhow!("stopped before it was played to its end; the data folder holds a part of it")),
    };
    let played = match played {
        Ok(played) => played,
        Err(error) => {
            running.stop().await;
            return Err(error);
        }
    };
    let url = format!("https://localhost:{}", running.address.port());
    let (played, operators) = played;
    let shown = summary::Shown {
        all: &played,
        operators: &operators,
        url: &url,
        ca: running.ca_certificate.as_deref(),
        mail: config.mail.folder.as_deref(),
    };
    summary::print(&shown);
    if let Some(path) = &options.ready_file {
        summary::write_ready(path, &shown)?;
    }
    if !options.exit {
        signals.told().await;
    }
    running.stop().await;
    Ok(())
}

async fn play(running: &Running, options: &Options) -> anyhow::Result<(Vec<Played>, Vec<Operator>)> {
    let steps = Steps::default();
    let ca = running
        .ca_certificate
        .as_deref()
        .context("the demo trusts a local authority: configure no certificate")?;
    let server = Server::new(([127, 0, 0, 1], running.address.port()).into(), ca)?;
    let folder = tempfile::tempdir()?;
    let learners = learners_file(options.learners, folder.path())?;
    let mut all = Vec::new();
    for (slug, name) in TENANTS {
        let invitation = found(running, slug, name).await?;
        steps.done(&format!("{name}: tenant created, first administrator invited"));
        let mut play = Play::begin(&server, slug, &invitation, &steps).await?;
        play.letterhead(name).await?;
        play.staff().await?;
        steps.done("assessor, moderator, facilitator and verifier invited; registrations recorded");
        let (mut figures, mut refused) = (Figures::default(), Vec::new());
        if slug == TENANTS[0].0 {
            refused = play.import(&learners, &mut figures).await?;
            steps.done(&format!(
                "{} learners imported, {} rows refused",
                figures.imported, figures.refused
            ));
            let programme = programme()?;
            let (programme, enrolments) = play.enrol(&programme, &mut figures).await?;
            play.whole_way(&programme, &enrolments, &mut figures).await?;
        }
        all.push(play.end(name, figures, refused).await?);
    }
    let mut operators = Vec::new();
    for (email, name) in OPERATORS {
        operators.push(operator(running, &server, (email, name)).await?);
    }
    steps.done("operators of the platform invited and accepted");
    prove(running, &options.data, &steps).await?;
    Ok((all, operators))
}

/// Invites an operator at the console, who accepts and signs in.
async fn operator(running: &Running, server: &Server, (email, name): (&'static str, &str)) -> anyhow::Result<Operator> {
    let command = Command::PersonInvite {
        tenant: None,
        email: email.to_owned(),
        name: name.to_owned(),
        roles: vec![Role::Operator],
    };
    let invited = at_console(running, command).await?;
    let invitation = invited.get("token").and_then(Value::as_str).context("no invitation")?;
    Operator::begin(server, email, invitation).await
}

/// Mails go into a folder beside the data folder: they hold addresses and links, and nothing in the data folder can be read.
fn mail_beside(data: &Path) -> anyhow::Result<Mail> {
    let data = std::path::absolute(data)?;
    let mut name = data.file_name().context("the data folder has no name")?.to_owned();
    name.push("-mail");
    Ok(Mail {
        by: By::Folder,
        folder: Some(data.with_file_name(name)),
        ..Mail::default()
    })
}

/// Creates a tenant at the console and invites its first administrator.
async fn found(running: &Running, slug: &str, name: &str) -> anyhow::Result<String> {
    let command = Command::TenantCreate {
        slug: slug.to_owned(),
        name: name.to_owned(),
    };
    at_console(running, command).await?;
    let command = Command::PersonInvite {
        tenant: Some(slug.to_owned()),
        email: format!("admin@{slug}.example"),
        name: "Zanele Mthembu".to_owned(),
        roles: vec![Role::Admin],
    };
    let invited = at_console(running, command).await?;
    invited
        .get("token")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .context("no invitation")
}

async fn at_console(running: &Running, command: Command) -> anyhow::Result<Value> {
    let (progress, mut lines) = mpsc::channel(64);
    let hear = tokio::spawn(async move { while lines.recv().await.is_some() {} });
    let done = execute(&running.console, command, Box::new(std::io::empty()), progress).await;
    hear.await?;
    Ok(done?)
}

/// Verifies every ledger, and proves that no ID number stands in clear anywhere in the data folder.
async fn prove(running: &Running, data: &Path, steps: &Steps) -> anyhow::Result<()> {
    let verified = at_console(running, Command::LedgerVerify { tenant: None }).await?;
    ensure!(
        verified.get("ok") == Some(&json!(true)),
        "the ledger does not verify: {verified}"
    );
    steps.done("ledgers verified against the checkpoints kept outside their cells");
    let searched = controls::no_id_numbers(data.to_owned()).await?;
    steps.done(&format!("data folder searched: {searched}"));
    Ok(())
}

/// The file that is imported: the committed one, its first lines, or one that is made.
fn learners_file(learners: usize, folder: &Path) -> anyhow::Result<PathBuf> {
    let committed = Path::new(LEARNERS);
    if learners == LEARNERS_THERE && committed.exists() {
        return Ok(committed.to_owned());
    }
    let path = folder.join("learners.csv");
    let mut file = std::fs::File::create(&path)?;
    let mistakes = learners * synthetic::MISTAKES_PER_THOUSAND / LEARNERS_THERE;
    synthetic::write_csv(&mut file, learners, synthetic::SEED, mistakes)?;
    Ok(path)
}

/// The qualification of the demo, as it would be sent.
fn programme() -> anyhow::Result<Value> {
    let sample = skillsyms_records::programmes::sample::retail_supervisor().context("the sample programme")?;
    let modules: Vec<Value> = sample
        .modules
        .iter()
        .map(|module| {
            json!({ "code": module.code, "kind": module.kind, "title": module.title,
                    "nqf_level": module.nqf_level, "credits": module.credits, "criteria": module.criteria })
        })
        .collect();
    Ok(json!({
        "kind": sample.kind, "title": sample.title, "saqa_id": sample.saqa_id,
        "nqf_level": sample.nqf_level, "credits": sample.credits, "modules": modules,
    }))
}

/// No registration begins before the day on which it is entered, and nobody assesses without one.
fn today() -> String {
    SystemClock.now().south_african_date().to_string()
}
