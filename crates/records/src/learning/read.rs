//! Views: one's progress in every programme, and all of it in one.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{AssessmentId, EnrolmentId, EnrolmentStatus, LearnerId, ModuleId, ModuleKind, Problem};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};

use super::progress::{Known, ModuleState, NextStep, next};
use super::{own, rows};
use crate::assessments::rows::AssessmentRow;
use crate::assessments::{self, Assessment};
use crate::enrolments::rows::EnrolmentRow;
use crate::evidence::{self, Evidence, Unfinished};
use crate::programmes::rows::{ModuleRow, ProgrammeRow};
use crate::results::rows::ResultRow;
use crate::{enrolments, programmes, results};

/// Files that are shown of one enrolment: the latest. A ledger entry names 1,000 things at most.
const FILES_SHOWN: i64 = 500;

/// A programme that somebody learns in, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CourseLine {
    /// The enrolment.
    pub id: EnrolmentId,
    /// Whose it is.
    pub learner: LearnerId,
    /// Title of the programme.
    pub title: String,
    /// Its id at SAQA.
    pub saqa_id: String,
    /// Its level of the National Qualifications Framework.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// The state of the enrolment.
    pub status: EnrolmentStatus,
    /// First day.
    pub enrolled_on: String,
    /// Last day that is expected.
    pub expected_on: Option<String>,
    /// Modules that there are.
    pub modules: usize,
    /// Modules with a locked result: competent.
    pub achieved: usize,
    /// Credits of those modules.
    pub credits_achieved: i64,
    /// What to do next.
    pub next: NextStep,
    /// The module that the next step is about: code and title.
    pub next_module: Option<String>,
}

/// One module of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModuleProgress {
    /// The module.
    pub id: ModuleId,
    /// Its code in the curriculum.
    pub code: String,
    /// Knowledge, practical, workplace, or unit standard.
    pub kind: ModuleKind,
    /// Its title.
    pub title: String,
    /// Its credits.
    pub credits: i64,
    /// How far it is.
    pub state: ModuleState,
    /// Attempts that were judged.
    pub attempts_used: i64,
    /// What assessors decided and wrote, the latest first.
    pub assessments: Vec<Assessment>,
    /// The files, the latest first.
    pub evidence: Vec<Evidence>,
}

/// All of one enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Course {
    /// In short.
    #[serde(flatten)]
    pub line: CourseLine,
    /// Attempts at each module.
    pub attempts_limit: i64,
    /// Module by module, in the order of the curriculum.
    pub parts: Vec<ModuleProgress>,
    /// Files that one began to send, and of which not all came.
    pub unfinished: Vec<Unfinished>,
}

/// What is loaded for some enrolments at once.
struct Loaded {
    history: Vec<AssessmentRow>,
    locked: Vec<ResultRow>,
    void: HashSet<AssessmentId>,
    files: Vec<(EnrolmentId, ModuleId, skillsyms_core::Instant)>,
}

impl Loaded {
    fn of(tx: &mut Read<'_>, ids: &[EnrolmentId]) -> Result<Self, Fault> {
        let history = rows::assessments_of(tx, ids)?;
        let all: Vec<AssessmentId> = history.iter().map(|row| row.id).collect();
        let mut void: HashSet<AssessmentId> = assessments::rows::returned(tx, &all)?.into_iter().collect();
        void.extend(results::reversed_of(tx, ids)?);
        Ok(Self {
            history,
            void,
            locked: results::in_force(tx, ids)?,
            files: rows::files_of(tx, ids)?,
        })
    }

    fn known(&self, of: EnrolmentId, module: ModuleId) -> Known<'_> {
        let is_of = |enrolment: EnrolmentId, found: ModuleId| enrolment == of && found == module;
        let locked = self.locked.iter().find(|row| is_of(row.enrolment, row.module));
        let history = self.history.iter().filter(|row| is_of(row.enrolment, row.module));
        let files = self.files.iter().filter(|row| is_of(row.0, row.1));
        Known {
            locked: locked.map(|row| row.outcome),
            history: history.collect(),
            last_file: files.map(|row| row.2).max(),
        }
    }

    fn states(&self, of: EnrolmentId, modules: &[ModuleRow], limit: i64) -> Vec<(ModuleId, ModuleState)> {
        let state = |module: &ModuleRow| (module.id, self.known(of, module.id).state(&self.void, limit));
        modules.iter().map(state).collect()
    }

    fn line(&self, row: EnrolmentRow, programme: ProgrammeRow, modules: &[ModuleRow]) -> CourseLine {
        let states = self.states(row.id, modules, programme.attempts_limit);
        let achieved = |id: ModuleId| states.contains(&(id, ModuleState::Competent));
        let next = next(row.status.is_active(), &states);
        let named = match next {
            NextStep::TryAgain(id) | NextStep::Bring(id) | NextStep::Ask(id) => {
                modules.iter().find(|module| module.id == id)
            }
            NextStep::Wait | NextStep::Done | NextStep::Over => None,
        };
        CourseLine {
            id: row.id,
            learner: row.learner,
            title: programme.title,
            saqa_id: programme.saqa_id.into(),
            nqf_level: programme.nqf_level,
            credits: programme.credits,
            status: row.status,
            enrolled_on: row.enrolled_on,
            expected_on: row.expected_on,
            modules: modules.len(),
            achieved: modules.iter().filter(|module| achieved(module.id)).count(),
            credits_achieved: modules
                .iter()
                .filter(|module| achieved(module.id))
                .map(|module| module.credits)
                .sum(),
            next,
            next_module: named.map(|module| format!("{} {}", module.code.as_str(), module.title)),
        }
    }
}

/// Sees one's progress in every programme, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListLearning {
    /// Which page.
    pub page: PageAsk,
}

impl View for ListLearning {
    const NAME: &'static str = "learning.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<CourseLine>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Enrolment"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<CourseLine>, Fault> {
        let after = EnrolmentId::new(self.page.after_id()?);
        let found = rows::enrolments_of(tx, own(cx)?, after, self.page.limit.rows())?;
        let page = Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid()));
        let ids: Vec<EnrolmentId> = page.items.iter().map(|row| row.id).collect();
        let loaded = Loaded::of(tx, &ids)?;
        page.try_map(|row| {
            let programme = programmes::rows::one(tx, row.programme)?.ok_or_else(Problem::not_found)?;
            let modules = programmes::rows::modules(tx, row.programme)?;
            Ok(loaded.line(row, programme, &modules))
        })
    }

    fn entry(&self, output: &Page<CourseLine>) -> Note {
        let on = output.items.iter().map(|item| ("Enrolment", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("enrolment")
            .category("results")
    }
}

/// Sees one's progress, outcomes, feedback and evidence in one programme.
#[derive(Clone, Copy, Debug)]
pub struct ReadLearning {
    /// Which enrolment.
    pub id: EnrolmentId,
}

impl View for ReadLearning {
    const NAME: &'static str = "learning.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Course;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = enrolments::rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Enrolment", row.id.uuid()).owned_by(row.learner))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Course, Fault> {
        let row = enrolments::rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let programme = programmes::rows::one(tx, row.programme)?.ok_or_else(Problem::not_found)?;
        let modules = programmes::rows::modules(tx, row.programme)?;
        let loaded = Loaded::of(tx, &[row.id])?;
        let files = rows::evidence_of(tx, row.id, FILES_SHOWN)?;
        let limit = programme.attempts_limit;
        let part = |module: &ModuleRow| {
            let known = loaded.known(row.id, module.id);
            let files = files.iter().filter(|file| file.module == module.id);
            Ok::<_, Fault>(ModuleProgress {
                id: module.id,
                code: module.code.as_str().to_owned(),
                kind: module.kind,
                title: module.title.clone(),
                credits: module.credits,
                state: known.state(&loaded.void, limit),
                attempts_used: known.used(&loaded.void),
                assessments: known
                    .history
                    .iter()
                    .rev()
                    .map(|row| Assessment::open(cx.keys(), row))
                    .collect::<Result<_, _>>()?,
                evidence: files
                    .map(|file| Evidence::open(cx.keys(), file))
                    .collect::<Result<_, _>>()?,
            })
        };
        let parts = modules.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Course {
            parts,
            unfinished: evidence::unfinished(cx, tx, row.id)?,
            attempts_limit: limit,
            line: loaded.line(row, programme, &modules),
        })
    }

    fn entry(&self, output: &Course) -> Note {
        let note = Note::on("Enrolment", output.line.id.uuid()).about(output.line.learner);
        note.category("enrolment").category("results").category("evidence")
    }
}
