//! What is seen of a learner without disclosure: names, the kind of the ID, and its mask.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{FieldError, Instant, LearnerId, Problem};
use skillsyms_door::{Cx, Fault, Target};

use super::rows::{self, Row};
use super::{ENTITY, sealing};

/// A learner as seen without disclosure: the ID number is masked.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Learner {
    /// Its id in this system, which is not the ID number.
    pub id: LearnerId,
    /// What kind of ID identifies the learner: `sa_id`, `passport`, `refugee` and so on.
    pub id_kind: String,
    /// The ID, masked.
    pub id_masked: String,
    /// Mr, Mrs, Ms, Miss, Dr or Prof; empty if not known.
    pub title: String,
    /// First name.
    pub first_name: String,
    /// Other names; empty if there are none.
    pub middle_name: String,
    /// Last name.
    pub last_name: String,
    /// `active` while the learner is registered.
    pub state: String,
    /// Send it back in `If-Match` to change the record.
    pub version: i64,
    /// When the learner was registered.
    pub created_at: Instant,
    /// When the record was last changed.
    pub changed_at: Instant,
}

impl fmt::Debug for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Learner")
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Something unusual about a value that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Warning {
    /// Which field.
    pub field: String,
    /// Stable name of the reason.
    pub code: &'static str,
    /// What is unusual and what to compare it with.
    pub message: &'static str,
}

impl From<FieldError> for Warning {
    fn from(warning: FieldError) -> Self {
        Self {
            field: warning.field.into_owned(),
            code: warning.code,
            message: warning.message,
        }
    }
}

/// Opens the sealed identity to mask it; the number itself goes no further.
pub(crate) fn masked(cx: &Cx, row: Row) -> Result<Learner, Fault> {
    let identity = sealing::open_identity(cx.keys(), row.id, &row.identity)?;
    Ok(Learner {
        id: row.id,
        id_kind: row.id_kind,
        id_masked: identity.masked(),
        title: row.title,
        first_name: row.first_name,
        middle_name: row.middle_name,
        last_name: row.last_name,
        state: row.state,
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    })
}

/// One learner as a target: whose it is, and to whom it is assigned.
pub(crate) fn target(read: &mut Read<'_>, id: LearnerId) -> Result<Target, Fault> {
    if !rows::is_there(read, id)? {
        return Err(Problem::not_found().into());
    }
    Ok(Target::of(ENTITY, id.uuid())
        .owned_by(id)
        .assigned_to(rows::team(read, id)?))
}
