//! View: what waits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::Read;
use skillsyms_core::person::fold;
use skillsyms_core::{EnrolmentId, Instant, LearnerId, ModuleId, PersonId, ProgrammeId, TaskId, TaskKind};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_people::{ByAge, Cursor, Page, PageAsk};
use uuid::Uuid;

use super::OVERDUE_DAYS;
use super::rows::{self, TaskLine, Window};

/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Sorts after every letter that a folded name has.
pub(super) const LAST_LETTER: char = '\u{ffff}';

/// Something that waits for somebody.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// To assess, or to moderate.
    pub kind: TaskKind,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Code of the module.
    pub module_code: String,
    /// Title of the module.
    pub module_title: String,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Title of the programme.
    pub programme_title: String,
    /// Of which learner.
    pub learner: LearnerId,
    /// First name of the learner.
    pub first_name: String,
    /// Last name of the learner.
    pub last_name: String,
    /// For whom it waits; null if the team lacks somebody.
    pub person: Option<PersonId>,
    /// Since when.
    pub since: Instant,
    /// Whether it waits for longer than 14 days.
    pub is_overdue: bool,
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How old the tasks are that are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// All.
    #[default]
    Any,
    /// Those that wait for longer than 14 days.
    Overdue,
}

/// Lists what waits for the one who asks, or, for administrators and keys, for anybody.
#[derive(Clone, Default)]
pub struct ListTasks {
    /// Of this kind only.
    pub kind: Option<TaskKind>,
    /// Of this programme only.
    pub programme: Option<ProgrammeId>,
    /// All, or what is overdue.
    pub age: Age,
    /// The beginning of a learner's last name; accents and case do not matter.
    pub search: Option<String>,
    /// In which order; what waits longest comes first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl std::fmt::Debug for ListTasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListTasks")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl View for ListTasks {
    const NAME: &'static str = "task.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Task>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Enrolment"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Task>, Fault> {
        let of = match cx.scope() {
            Scope::All => None,
            Scope::Assigned | Scope::Own => Some(cx.person()?),
        };
        let overdue = cx.now().plus_seconds(-OVERDUE_DAYS.saturating_mul(DAY_SECONDS));
        let found = rows::page(tx, of, &self.window(overdue)?)?;
        let page = Page::cut(found, self.page.limit, |line| Cursor::after_id(line.task.id.uuid()));
        Ok(page.map(|line| shown(line, overdue)))
    }

    fn entry(&self, output: &Page<Task>) -> Note {
        let on = output.items.iter().map(|item| ("Enrolment", item.enrolment.uuid()));
        let note = Note {
            on: on.collect(),
            ..Note::none()
        };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("enrolment")
    }
}

impl ListTasks {
    fn window(&self, overdue: Instant) -> Result<Window, Fault> {
        let until = match self.age {
            Age::Any => None,
            Age::Overdue => Some(first_of(overdue)),
        };
        let sort = self.sort.unwrap_or(ByAge::Oldest);
        Ok(Window {
            kind: self.kind,
            programme: self.programme,
            sort,
            bounds: self.page.bounds(sort, (None, until))?,
            names: searched(self.search.as_deref()),
            rows: self.page.limit.rows(),
        })
    }
}

/// Folded names from here to there, for those that begin like this.
pub(super) fn searched(search: Option<&str>) -> Option<(String, String)> {
    let prefix = search.map(fold).filter(|prefix| !prefix.is_empty())?;
    let until = format!("{prefix}{LAST_LETTER}");
    Some((prefix, until))
}

/// The smallest id that is made at this instant. Ids are in the order of time, so an age is a part of the index.
pub(crate) fn first_of(at: Instant) -> Uuid {
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

fn shown(line: TaskLine, overdue: Instant) -> Task {
    Task {
        id: line.task.id,
        kind: line.task.kind,
        enrolment: line.task.enrolment,
        module: line.task.module,
        module_code: line.module.0,
        module_title: line.module.1,
        programme: line.task.programme,
        programme_title: line.programme,
        learner: line.task.learner,
        first_name: line.learner.0,
        last_name: line.learner.1,
        person: line.task.person,
        since: line.task.created_at,
        is_overdue: line.task.created_at < overdue,
    }
}
