//! View: find a learner by ID number. It comes in a body, never in an address, and a miss leaves an entry too.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::person::{Identity, NewAlternateId};
use skillsyms_core::{AlternateId, AlternateIdKind, Problem, SaId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};

use super::rows::{self, Row};
use super::shown::{self, Learner};
use super::{ENTITY, category, sealing};

/// The number to look for: an ID number, or an alternate id.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LookupAsk {
    /// South African ID number, 13 digits.
    pub id_number: Option<String>,
    /// Passport, refugee number and so on, for a learner without an ID number.
    pub alternate_id: Option<NewAlternateId>,
}

impl fmt::Debug for LookupAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupAsk").finish_non_exhaustive()
    }
}

/// Finds a learner by ID number.
#[derive(Clone, Debug)]
pub struct LookupLearner {
    /// The number to look for.
    pub ask: LookupAsk,
}

/// Whom the number belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LookupAnswer {
    /// The learner; null if nobody whom you may see has this number.
    pub learner: Option<Learner>,
}

impl View for LookupLearner {
    const NAME: &'static str = "learner.lookup";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    const IS_BRIEF: bool = true;
    type Output = LookupAnswer;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<LookupAnswer, Fault> {
        let identity = self.ask.identity()?;
        let found = rows::by_index(tx, &sealing::index_of(cx.keys(), &identity))?;
        let mine = match found {
            Some(row) => in_scope(cx, tx, row)?,
            None => None,
        };
        Ok(LookupAnswer {
            learner: mine.map(|row| shown::masked(cx, row)).transpose()?,
        })
    }

    fn entry(&self, output: &LookupAnswer) -> Note {
        let Some(learner) = &output.learner else {
            return Note::none().count(0);
        };
        let note = Note::on(ENTITY, learner.id.uuid()).about(learner.id).count(1);
        note.category(category::IDENTITY)
    }
}

impl LookupAsk {
    fn identity(&self) -> Result<Identity, Problem> {
        let one = |error| Problem::invalid(vec![error]);
        let identity = match (&self.id_number, &self.alternate_id) {
            (Some(number), None) => Identity::new(
                Some(SaId::parse(number).map_err(|error| one(error.at("id_number")))?),
                None,
            ),
            (None, Some(other)) => {
                let kind = AlternateIdKind::accept(&other.kind).map_err(|error| one(error.at("alternate_id_type")))?;
                let id = AlternateId::parse(kind, &other.value).map_err(|error| one(error.at("alternate_id")))?;
                Identity::new(None, Some(id))
            }
            _ => None,
        };
        identity.ok_or_else(|| {
            Problem::field(
                "id_number",
                "lookup.one",
                "Give an ID number or an alternate id, not both.",
            )
        })
    }
}

/// The row, if it lies in the scope that the policy gave. Outside it the answer is that of a number nobody has.
fn in_scope(cx: &Cx, tx: &mut Read<'_>, row: Row) -> Result<Option<Row>, Fault> {
    let is_seen = match cx.scope() {
        Scope::All => true,
        Scope::Assigned => rows::team(tx, row.id)?.contains(&cx.person()?),
        Scope::Own => cx.actor().learner == Some(row.id),
    };
    Ok(is_seen.then_some(row))
}
