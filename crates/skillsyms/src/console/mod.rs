//! What the operator at this machine's console can do: the same commands with a server running and without.
//!
//! A command is executed by [`execute()`] in the process that has the data folder: the server, which listens on an
//! owner-only Unix socket, or this one. Either way it goes through the door, as the console's actor, and what it does
//! to a tenant stands in that tenant's own ledger.

mod client;
mod execute;
mod server;

use serde::{Deserialize, Serialize};
use skillsyms_core::Param;

pub use client::{Outcome, run};
pub use execute::execute;
pub use server::router;

/// What commands are executed with.
#[derive(Clone)]
pub struct Console {
    /// Door and services.
    pub house: skillsyms_web::House,
    /// Where the server of this process speaks TLS, if there is one.
    pub served: Option<Served>,
}

/// Where a server speaks TLS, and the authority to trust for it.
#[derive(Clone, Debug)]
pub struct Served {
    /// The address.
    pub address: std::net::SocketAddr,
    /// PEM file of the authority, if it is a local one.
    pub ca_certificate: Option<std::path::PathBuf>,
}

/// A command of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Creates a tenant.
    TenantCreate {
        /// Its short name in addresses.
        slug: String,
        /// Its registered name.
        name: String,
    },
    /// Lists the tenants.
    TenantList,
    /// Suspends a tenant.
    TenantSuspend {
        /// Its short name.
        slug: String,
    },
    /// Lets a suspended tenant work again.
    TenantRestore {
        /// Its short name.
        slug: String,
    },
    /// Invites somebody by a one-time link: a tenant's first administrator, or an operator of the platform.
    PersonInvite {
        /// The tenant's short name; none for the platform itself.
        tenant: Option<String>,
        /// Where they are reached.
        email: String,
        /// Their name.
        name: String,
        /// Their roles.
        roles: Vec<skillsyms_core::Role>,
    },
    /// Imports learners from a CSV file, which follows as the body.
    Import {
        /// The tenant's short name.
        tenant: String,
        /// Name of the file, for the list of imports.
        file_name: String,
    },
    /// Verifies the ledger of one tenant, or of all and the platform.
    LedgerVerify {
        /// The tenant's short name; none for all.
        tenant: Option<String>,
    },
    /// Compares the counters of one tenant, or of all, with the rows that they count.
    CountersCheck {
        /// The tenant's short name; none for all.
        tenant: Option<String>,
    },
    /// Holds the checkpoints in the folder `heads` against those in the platform's cell.
    HeadsCheck,
    /// Proves the promises that have a probe.
    ControlsCheck,
}

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// How far it is.
    Progress {
        /// What is counted.
        what: String,
        /// How many are done.
        done: u64,
        /// Of how many, if known.
        total: Option<u64>,
    },
    /// It is done.
    Done(serde_json::Value),
    /// It could not be done.
    Problem(Told),
}

/// A problem, as a console is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// Static code.
    pub code: String,
    /// What happened and what to do next.
    pub title: String,
    /// What goes with the code, by name: a line, an id, what would be accepted. Nothing that a person typed.
    #[serde(default)]
    pub params: serde_json::Map<String, serde_json::Value>,
    /// The fields refused: name and message.
    pub fields: Vec<(String, String)>,
}

impl From<&skillsyms_core::Problem> for Told {
    fn from(problem: &skillsyms_core::Problem) -> Self {
        Self {
            code: problem.code.name.to_owned(),
            title: problem.code.title.to_owned(),
            params: problem
                .params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), plain(value)))
                .collect(),
            fields: problem
                .fields
                .iter()
                .map(|f| (f.field.to_string(), f.message.to_owned()))
                .collect(),
        }
    }
}

fn plain(param: &Param) -> serde_json::Value {
    match param {
        Param::Int(number) => (*number).into(),
        Param::Word(word) => (*word).into(),
        Param::Id(id) => id.to_string().into(),
        Param::At(at) => at.to_string().into(),
        Param::Words(words) => words.iter().copied().map(serde_json::Value::from).collect(),
    }
}

/// Hears how far a command is.
pub type Progress = tokio::sync::mpsc::Sender<Line>;

/// The bytes that follow a command.
pub type Input = Box<dyn std::io::Read + Send>;
