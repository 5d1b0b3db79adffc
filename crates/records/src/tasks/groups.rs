//! View: learners with their progress by module, for those who teach and those who verify.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::{
    AssessmentId, EnrolmentId, EnrolmentStatus, LearnerId, ModuleId, Outcome, PersonId, Problem, ProgrammeId, TaskKind,
};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_people::{ByAge, Cursor, Page, PageAsk};

use super::list::searched;
use super::rows::{self, Member, MemberWindow};
use super::work::ModuleState;
use crate::assessments::{self, rows::AssessmentRow};
use crate::enrolments::rows::EnrolmentRow;
use crate::programmes::{self, rows::ModuleRow};
use crate::results;

/// A place on a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Who teaches.
    #[default]
    Facilitator,
    /// Who verifies.
    Verifier,
}

/// A learner in a programme, with their progress.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
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
    /// Its modules in the order of the curriculum.
    pub modules: Vec<Progress>,
}

/// How far a learner has come in one module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Progress {
    /// The module.
    pub module: ModuleId,
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// How far.
    pub state: ModuleState,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group")
            .field("enrolment", &self.enrolment)
            .finish_non_exhaustive()
    }
}

/// Learners whose enrolments are found by name through the index of names. With more of that name, the list leads and the name
/// only filters: at least one in a few hundred rows fits then. Tests have both with a handful of learners.
const NAMESAKES_MAX: i64 = if cfg!(test) { 2 } else { 500 };

/// Lists the learners of whom somebody has a place on the team, or, for administrators and keys, all.
#[derive(Clone, Default)]
pub struct ListGroups {
    /// In which place.
    pub place: Place,
    /// In this programme only.
    pub programme: Option<ProgrammeId>,
    /// With this status only.
    pub status: Option<EnrolmentStatus>,
    /// The beginning of a learner's last name; accents and case do not matter.
    pub search: Option<String>,
    /// In which order; the oldest enrolment first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl std::fmt::Debug for ListGroups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListGroups")
            .field("place", &self.place)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl ListGroups {
    fn find(&self, tx: &mut Read<'_>, of: Option<(PersonId, Place)>) -> Result<Vec<Member>, Fault> {
        let names = searched(self.search.as_deref());
        let among = match &names {
            None => None,
            Some(names) => {
                let found = rows::namesakes(tx, names, NAMESAKES_MAX.saturating_add(1))?;
                (found.len() <= usize::try_from(NAMESAKES_MAX).unwrap_or(0)).then_some(found)
            }
        };
        let sort = self.sort.unwrap_or(ByAge::Oldest);
        let window = MemberWindow {
            programme: self.programme,
            status: self.status,
            names,
            among,
            sort,
            bounds: self.page.bounds(sort, (None, None))?,
            rows: self.page.limit.rows(),
        };
        Ok(rows::members(tx, of, &window)?)
    }
}

impl View for ListGroups {
    const NAME: &'static str = "task.groups";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Group>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Enrolment"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Group>, Fault> {
        let of: Option<(PersonId, Place)> = match cx.scope() {
            Scope::All => None,
            Scope::Assigned | Scope::Own => Some((cx.person()?, self.place)),
        };
        let found = self.find(tx, of)?;
        let page = Page::cut(found, self.page.limit, |(row, _)| Cursor::after_id(row.id.uuid()));
        let known = Known::read(tx, &page.items)?;
        page.try_map(|member| known.group(member))
    }

    fn entry(&self, output: &Page<Group>) -> Note {
        let on = output.items.iter().map(|item| ("Enrolment", item.enrolment.uuid()));
        let note = Note {
            on: on.collect(),
            ..Note::none()
        };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("results")
    }
}

/// What the state of a module is told from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Outcome of the result in force.
    pub result: Option<Outcome>,
    /// Whether it waits for the assessor.
    pub is_waiting: bool,
    /// Outcome of the last attempt.
    pub last: Option<Outcome>,
    /// Whether moderation returned that attempt.
    pub is_returned: bool,
    /// Whether anything was brought.
    pub has_evidence: bool,
}

impl Facts {
    pub(super) const fn state(self) -> ModuleState {
        match (self.result, self.last) {
            (Some(Outcome::Competent), _) => ModuleState::Competent,
            (Some(_), _) => ModuleState::NotAchieved,
            _ if self.is_waiting => ModuleState::ToAssess,
            (None, Some(_)) if self.is_returned => ModuleState::Again,
            (None, Some(Outcome::Competent)) => ModuleState::Assessed,
            (None, Some(_)) => ModuleState::Again,
            (None, None) if self.has_evidence => ModuleState::Brought,
            (None, None) => ModuleState::Open,
        }
    }
}

/// Which module of which enrolment.
type Spot = (EnrolmentId, ModuleId);

/// What is known of the enrolments of a page: a handful of queries, however many learners it shows.
struct Known {
    programmes: HashMap<ProgrammeId, (String, Vec<ModuleRow>)>,
    results: HashMap<Spot, Outcome>,
    waiting: HashSet<Spot>,
    last: HashMap<Spot, AssessmentRow>,
    returned: HashSet<AssessmentId>,
    brought: HashSet<Spot>,
}

impl Known {
    fn read(tx: &mut Read<'_>, members: &[Member]) -> Result<Self, Fault> {
        let ids: Vec<EnrolmentId> = members.iter().map(|(row, _)| row.id).collect();
        let mut programmes = HashMap::new();
        for (row, _) in members {
            if let Entry::Vacant(place) = programmes.entry(row.programme) {
                let programme = programmes::rows::one(tx, row.programme)?.ok_or_else(Problem::not_found)?;
                place.insert((programme.title, programmes::rows::modules(tx, row.programme)?));
            }
        }
        let assessments = assessments::rows::of_enrolments(tx, &ids)?;
        let judged: Vec<AssessmentId> = assessments.iter().map(|row| row.id).collect();
        let returned = assessments::rows::returned(tx, &judged)?.into_iter().collect();
        let results = results::in_force(tx, &ids)?.into_iter();
        let tasks = rows::of_enrolments(tx, &ids)?.into_iter();
        let to_assess = tasks.filter(|task| task.kind == TaskKind::Assess);
        Ok(Self {
            programmes,
            results: results.map(|row| ((row.enrolment, row.module), row.outcome)).collect(),
            waiting: to_assess.map(|task| (task.enrolment, task.module)).collect(),
            last: assessments
                .into_iter()
                .map(|row| ((row.enrolment, row.module), row))
                .collect(),
            returned,
            brought: rows::evidence_of_all(tx, &ids)?.into_iter().collect(),
        })
    }

    fn group(&self, (row, (first_name, last_name)): Member) -> Result<Group, Fault> {
        let (title, modules) = self.programmes.get(&row.programme).ok_or_else(Problem::internal)?;
        Ok(Group {
            enrolment: row.id,
            status: row.status,
            learner: row.learner,
            first_name,
            last_name,
            programme: row.programme,
            programme_title: title.clone(),
            modules: modules.iter().map(|module| self.progress(&row, module)).collect(),
        })
    }

    fn progress(&self, of: &EnrolmentRow, module: &ModuleRow) -> Progress {
        let spot = (of.id, module.id);
        let last = self.last.get(&spot);
        let facts = Facts {
            result: self.results.get(&spot).copied(),
            is_waiting: self.waiting.contains(&spot),
            last: last.map(|row| row.outcome),
            is_returned: last.is_some_and(|row| self.returned.contains(&row.id)),
            has_evidence: self.brought.contains(&spot),
        };
        Progress {
            module: module.id,
            code: module.code.as_str().to_owned(),
            title: module.title.clone(),
            state: facts.state(),
        }
    }
}
