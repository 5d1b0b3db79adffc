//! View: the full ID number. It needs a fresh confirmation and a purpose (policies/common.cedar), and the learner
//! sees who did it and why.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{LearnerId, Problem};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::{ENTITY, category, rows, sealing, shown};

/// Sees a learner's full ID number.
#[derive(Clone, Copy, Debug)]
pub struct RevealId {
    /// Whose.
    pub id: LearnerId,
}

/// A full ID number. It prints nothing of itself.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RevealedId {
    /// Whose.
    pub id: LearnerId,
    /// The South African ID number.
    pub id_number: Option<String>,
    /// What kind the alternate id is.
    pub alternate_id_type: Option<&'static str>,
    /// The alternate id.
    pub alternate_id: Option<String>,
}

impl fmt::Debug for RevealedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevealedId")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl View for RevealId {
    const NAME: &'static str = "learner.reveal_id";
    const DISCLOSES: Disclosure = Disclosure::Full;
    type Output = RevealedId;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        shown::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<RevealedId, Fault> {
        let row = rows::by_id(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let identity = sealing::open_identity(cx.keys(), self.id, &row.identity)?;
        Ok(RevealedId {
            id: self.id,
            id_number: identity.sa_id().map(|id| id.expose().to_owned()),
            alternate_id_type: identity.alternate().map(|id| id.kind().as_str()),
            alternate_id: identity.alternate().map(|id| id.expose().to_owned()),
        })
    }

    fn entry(&self, output: &RevealedId) -> Note {
        Note::on(ENTITY, output.id.uuid())
            .about(output.id)
            .category(category::IDENTITY)
    }
}
