//! View: all that there is to judge by in one enrolment: evidence, attempts, decisions, results.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{
    Decision, EnrolmentId, EnrolmentStatus, Instant, LearnerId, ModuleId, Outcome, PersonId, Problem, ProgrammeId,
    ResultId, Role, SampleId, TaskId, TaskKind,
};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_vault::Place;

use super::rows::{self, TaskRow};
use crate::assessments::rows::AssessmentRow;
use crate::assessments::{self, Assessment};
use crate::enrolments::{self, rows::EnrolmentRow};
use crate::evidence::{self, Evidence};
use crate::moderation::rows::DecisionRow;
use crate::programmes::{self, Module};
use crate::results::{self, rows::ResultRow};
use crate::{moderation, tasks::groups};

/// Somebody, by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// Whether the one who asks may judge, and if not, why. What counts is what the policies say when they do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Yes.
    Open,
    /// It is the learner's own work.
    OwnLearning,
    /// They assessed it themselves.
    OwnAssessment,
    /// Somebody else has this place on the team, or nobody has.
    NotYours,
    /// They have no registration that is valid now.
    Registration,
    /// The enrolment is not active.
    Inactive,
    /// There is nothing to judge: achieved, locked, out of attempts, not chosen, or decided.
    Nothing,
}

/// How far a learner has come in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModuleState {
    /// Nothing was brought yet.
    Open,
    /// Evidence was brought.
    Brought,
    /// It waits for the assessor.
    ToAssess,
    /// Not yet competent, with an attempt left.
    Again,
    /// Assessed, and not yet locked.
    Assessed,
    /// Locked: competent.
    Competent,
    /// Locked: not yet competent, and no attempt is left.
    NotAchieved,
}

/// A moderator's decision.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Upheld or returned.
    pub decision: Decision,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub moderator: Named,
    /// When.
    pub at: Instant,
}

/// One attempt at a module.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attempt {
    /// The assessment.
    pub assessment: Assessment,
    /// Name of the assessor.
    pub assessor_name: String,
    /// The sample that it was drawn from, if one was drawn.
    pub sample: Option<SampleId>,
    /// Whether it was chosen; if not, it was released.
    pub is_chosen: bool,
    /// What the moderator decided.
    pub verdict: Option<Verdict>,
}

/// A module with all that was done in it.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModuleWork {
    /// The module.
    pub module: Module,
    /// How far the learner has come.
    pub state: ModuleState,
    /// What waits.
    pub tasks: Vec<Waiting>,
    /// The files, the oldest first.
    pub evidence: Vec<Evidence>,
    /// The attempts, the oldest first.
    pub attempts: Vec<Attempt>,
    /// The result in force.
    pub result: Option<Locked>,
    /// Whether the one who asks may assess.
    pub assess: Standing,
    /// Whether the one who asks may moderate.
    pub moderate: Standing,
}

/// Something that waits in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Waiting {
    /// Its id.
    pub id: TaskId,
    /// To assess, or to moderate.
    pub kind: TaskKind,
    /// Since when.
    pub since: Instant,
}

/// A result in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Locked {
    /// Its id.
    pub id: ResultId,
    /// The outcome.
    pub outcome: Outcome,
    /// When it was locked.
    pub at: Instant,
}

/// The work of a learner in one enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Work {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// Its status.
    pub status: EnrolmentStatus,
    /// The learner.
    pub learner: LearnerId,
    /// First name of the learner.
    pub first_name: String,
    /// Last name of the learner.
    pub last_name: String,
    /// The programme.
    pub programme: ProgrammeId,
    /// Title of the programme.
    pub programme_title: String,
    /// Attempts at one module.
    pub attempts_limit: i64,
    /// Share of assessments that is moderated, in percent.
    pub sampling_percent: i64,
    /// Fewest that are moderated.
    pub sampling_floor: i64,
    /// Who facilitates.
    pub facilitator: Option<Named>,
    /// Who assesses.
    pub assessor: Option<Named>,
    /// Who moderates.
    pub moderator: Option<Named>,
    /// Who verifies.
    pub verifier: Option<Named>,
    /// The modules, in the order of the curriculum.
    pub modules: Vec<ModuleWork>,
}

/// Reads the work of a learner in one enrolment.
#[derive(Clone, Copy, Debug)]
pub struct ReadWork {
    /// Which.
    pub enrolment: EnrolmentId,
    /// In this module only.
    pub module: Option<ModuleId>,
}

impl View for ReadWork {
    const NAME: &'static str = "task.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Work;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = enrolments::rows::one(tx, self.enrolment)?.ok_or_else(Problem::not_found)?;
        Ok(row.target("Enrolment", self.enrolment.uuid()))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Work, Fault> {
        let enrolment = enrolments::rows::one(tx, self.enrolment)?.ok_or_else(Problem::not_found)?;
        let programme = programmes::rows::one(tx, enrolment.programme)?.ok_or_else(Problem::not_found)?;
        let (first_name, last_name) = rows::learner(tx, enrolment.learner)?.ok_or_else(Problem::not_found)?;
        let all = All::read(cx, tx, enrolment.clone())?;
        let mut modules = Vec::new();
        for module in programmes::rows::modules(tx, enrolment.programme)? {
            if self.module.is_none_or(|wanted| wanted == module.id) {
                modules.push(all.module(cx, tx, module.into())?);
            }
        }
        if self.module.is_some() && modules.is_empty() {
            return Err(Problem::not_found().into());
        }
        Ok(Work {
            enrolment: enrolment.id,
            status: enrolment.status,
            learner: enrolment.learner,
            first_name,
            last_name,
            programme: programme.id,
            programme_title: programme.title,
            attempts_limit: programme.attempts_limit,
            sampling_percent: programme.sampling_percent,
            sampling_floor: programme.sampling_floor,
            facilitator: all.named(enrolment.facilitator),
            assessor: all.named(enrolment.assessor),
            moderator: all.named(enrolment.moderator),
            verifier: all.named(enrolment.verifier),
            modules,
        })
    }

    fn entry(&self, output: &Work) -> Note {
        let note = Note::on("Enrolment", output.enrolment.uuid()).about(output.learner);
        note.category("evidence").category("results")
    }
}

/// All rows of an enrolment.
struct All {
    enrolment: EnrolmentRow,
    tasks: Vec<TaskRow>,
    assessments: Vec<AssessmentRow>,
    samples: Vec<moderation::rows::ItemRow>,
    decisions: Vec<DecisionRow>,
    results: Vec<ResultRow>,
    names: HashMap<PersonId, String>,
}

impl All {
    fn read(cx: &Cx, tx: &mut Read<'_>, enrolment: EnrolmentRow) -> Result<Self, Fault> {
        let one = [enrolment.id];
        let assessments = assessments::rows::of_enrolments(tx, &one)?;
        let ids: Vec<_> = assessments.iter().map(|row| row.id).collect();
        let decisions = moderation::rows::decisions(tx, &ids)?;
        let mut people: Vec<PersonId> = enrolment.team().people().chain(cx.actor().person).collect();
        people.extend(assessments.iter().map(|row| row.assessor));
        people.extend(decisions.iter().map(|row| row.moderator));
        people.sort_unstable();
        people.dedup();
        Ok(Self {
            tasks: rows::of_enrolments(tx, &one)?,
            samples: moderation::rows::places(tx, &ids)?,
            results: results::in_force(tx, &one)?,
            names: rows::people(tx, &people)?.into_iter().collect(),
            assessments,
            decisions,
            enrolment,
        })
    }

    fn named(&self, id: Option<PersonId>) -> Option<Named> {
        id.map(|id| Named {
            id,
            name: self.names.get(&id).cloned().unwrap_or_default(),
        })
    }

    fn module(&self, cx: &Cx, tx: &mut Read<'_>, module: Module) -> Result<ModuleWork, Fault> {
        let rows = evidence::rows::of_module(tx, self.enrolment.id, module.id)?;
        let evidence: Vec<Evidence> = rows
            .iter()
            .map(|row| Evidence::open(cx.keys(), row))
            .collect::<Result<_, _>>()?;
        let own = self.assessments.iter().filter(|row| row.module == module.id);
        let attempts: Vec<Attempt> = own.map(|row| self.attempt(cx, row)).collect::<Result<_, _>>()?;
        let result = self.results.iter().find(|row| row.module == module.id);
        let is_open = assessments::record::is_open(tx, &self.enrolment, module.id)?;
        let waiting = self.tasks.iter().filter(|task| task.module == module.id);
        let tasks: Vec<Waiting> = waiting
            .map(|task| Waiting {
                id: task.id,
                kind: task.kind,
                since: task.created_at,
            })
            .collect();
        let facts = groups::Facts {
            result: result.map(|row| row.outcome),
            is_waiting: tasks.iter().any(|task| task.kind == TaskKind::Assess),
            last: attempts.last().map(|attempt| attempt.assessment.outcome),
            has_evidence: !evidence.is_empty(),
            is_returned: attempts.last().is_some_and(Attempt::is_returned),
        };
        Ok(ModuleWork {
            state: facts.state(),
            assess: self.assess(cx, is_open),
            moderate: self.moderate(cx, attempts.iter().find(|attempt| attempt.waits())),
            result: result.map(|row| Locked {
                id: row.id,
                outcome: row.outcome,
                at: row.created_at,
            }),
            module,
            tasks,
            evidence,
            attempts,
        })
    }

    fn attempt(&self, cx: &Cx, row: &AssessmentRow) -> Result<Attempt, Fault> {
        let place = self.samples.iter().find(|item| item.assessment == row.id);
        let decided = self.decisions.iter().find(|decision| decision.assessment == row.id);
        Ok(Attempt {
            assessment: Assessment::open(cx.keys(), row)?,
            assessor_name: self.names.get(&row.assessor).cloned().unwrap_or_default(),
            sample: place.map(|item| item.sample),
            is_chosen: place.is_some_and(|item| item.chosen == 1),
            verdict: decided.map(|row| self.verdict(cx, row)).transpose()?,
        })
    }

    fn verdict(&self, cx: &Cx, row: &DecisionRow) -> Result<Verdict, Fault> {
        let place = Place::new("moderations", "reason", *row.id.bytes());
        let reason = row.reason.as_ref().map(|reason| reason.open(cx.keys(), place));
        Ok(Verdict {
            decision: row.decision,
            reason: reason.transpose()?,
            moderator: Named {
                id: row.moderator,
                name: self.names.get(&row.moderator).cloned().unwrap_or_default(),
            },
            at: row.created_at,
        })
    }

    fn is_own(&self, cx: &Cx) -> bool {
        cx.actor().learner == Some(self.enrolment.learner)
    }

    fn assess(&self, cx: &Cx, is_open: bool) -> Standing {
        let actor = cx.actor();
        let is_theirs = actor.person.is_some() && actor.person == self.enrolment.assessor;
        if self.is_own(cx) {
            Standing::OwnLearning
        } else if !is_theirs || !actor.roles.contains(&Role::Assessor) {
            Standing::NotYours
        } else if actor.assessor_until.is_none_or(|until| until <= cx.now()) {
            Standing::Registration
        } else if !rows::is_active(self.enrolment.status) {
            Standing::Inactive
        } else if is_open {
            Standing::Open
        } else {
            Standing::Nothing
        }
    }

    fn moderate(&self, cx: &Cx, waiting: Option<&Attempt>) -> Standing {
        let actor = cx.actor();
        let is_theirs = actor.person.is_some() && actor.person == self.enrolment.moderator;
        let Some(waiting) = waiting else {
            return Standing::Nothing;
        };
        if self.is_own(cx) {
            Standing::OwnLearning
        } else if actor.person == Some(waiting.assessment.assessor) {
            Standing::OwnAssessment
        } else if !is_theirs || !actor.roles.contains(&Role::Moderator) {
            Standing::NotYours
        } else if actor.moderator_until.is_none_or(|until| until <= cx.now()) {
            Standing::Registration
        } else {
            Standing::Open
        }
    }
}

impl Attempt {
    /// Whether it waits for a moderator.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.is_chosen && self.verdict.is_none()
    }

    /// Whether moderation returned it.
    #[must_use]
    pub fn is_returned(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.decision == Decision::Returned)
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work")
            .field("enrolment", &self.enrolment)
            .finish_non_exhaustive()
    }
}
