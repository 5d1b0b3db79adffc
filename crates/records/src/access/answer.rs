//! Act: answer a question.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{LearnerId, Problem, QueryId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Place, Sealed};

use super::rows::{self, AnswerRow};
use super::{ANSWERED, TEXT_CHARS_MAX};
use crate::learners::category;
use crate::programmes::plain;

/// Answers a learner's question about an entry.
#[derive(Clone)]
pub struct AnswerQuery {
    /// Which question.
    pub id: QueryId,
    /// What the learner is told.
    pub answer: String,
}

impl std::fmt::Debug for AnswerQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerQuery")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What answering answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The question.
    pub id: QueryId,
    /// Whose it was.
    pub learner: LearnerId,
}

impl Act for AnswerQuery {
    const NAME: &'static str = "access.answer";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Sealed<String>;
    type Output = Answered;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let answer = plain::paragraph(&self.answer, "/answer", TEXT_CHARS_MAX);
        let answer = answer.map_err(|error| Problem::invalid(vec![error]))?;
        let place = Place::new("access_answers", "answer", *self.id.bytes());
        Ok(Sealed::seal(cx.keys(), place, &answer, cx.rng())?)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Query", row.id.uuid()).owned_by(row.learner))
    }

    fn run(&self, cx: &Cx, answer: &Self::Ready, tx: &mut Tx<'_>) -> Result<Answered, Fault> {
        let row = rows::one(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        if !rows::answers(&mut tx.read(), &[self.id])?.is_empty() {
            return Err(Problem::new(&ANSWERED).into());
        }
        rows::insert_answer(
            tx,
            AnswerRow {
                query: row.id,
                answer: answer.clone(),
                answered_by: cx.person()?,
                answered_at: cx.now(),
            },
        )?;
        Ok(Answered {
            id: row.id,
            learner: row.learner,
        })
    }

    fn entry(&self, output: &Answered) -> Note {
        let note = Note::on("Query", output.id.uuid()).about(output.learner);
        note.category(category::ACCESS)
    }
}
