//! Act: ask about an entry that one does not recognise.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{LearnerId, Problem, QueryId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_ledger::Part;
use skillsyms_vault::{Place, Sealed};

use super::rows::{self, QueryRow};
use super::{ASKED, TEXT_CHARS_MAX};
use crate::learners::{category, shown};
use crate::ledger;
use crate::programmes::plain;

/// Asks about an entry on one's own record.
#[derive(Clone)]
pub struct QueryAccess {
    /// Whose record.
    pub learner: LearnerId,
    /// The entry's place in the log.
    pub leaf: u64,
    /// What the learner wants to know.
    pub question: String,
}

impl std::fmt::Debug for QueryAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryAccess")
            .field("leaf", &self.leaf)
            .finish_non_exhaustive()
    }
}

/// What asking answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub id: QueryId,
    /// Whose it is.
    pub learner: LearnerId,
}

impl Act for QueryAccess {
    const NAME: &'static str = "access.query";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = (QueryId, Sealed<String>);
    type Output = Asked;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let question = plain::paragraph(&self.question, "/question", TEXT_CHARS_MAX);
        let question = question.map_err(|error| Problem::invalid(vec![error]))?;
        let id = QueryId::new(cx.fresh());
        let place = Place::new("access_queries", "question", *id.bytes());
        Ok((id, Sealed::seal(cx.keys(), place, &question, cx.rng())?))
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        shown::target(tx, self.learner)
    }

    fn run(&self, cx: &Cx, (id, question): &Self::Ready, tx: &mut Tx<'_>) -> Result<Asked, Fault> {
        // The first entry before the next leaf is this one, or the entry is not about them.
        let before = Part::newest(Some(self.leaf.saturating_add(1)));
        let found = skillsyms_ledger::accesses(&mut tx.read(), self.learner, before, 1).map_err(ledger::fault)?;
        if found.items.first().is_none_or(|logged| logged.leaf != self.leaf) {
            return Err(Problem::not_found().into());
        }
        rows::insert(
            tx,
            QueryRow {
                id: *id,
                learner: self.learner,
                leaf: i64::try_from(self.leaf).unwrap_or(i64::MAX),
                question: question.clone(),
                asked_by: cx.person()?,
                asked_at: cx.now(),
            },
        )
        .map_err(|error| Fault::from(error).on_unique("access_queries_learner", Problem::new(&ASKED)))?;
        Ok(Asked {
            id: *id,
            learner: self.learner,
        })
    }

    fn entry(&self, output: &Asked) -> Note {
        let note = Note::on("Query", output.id.uuid()).about(output.learner);
        note.category(category::ACCESS)
    }
}
