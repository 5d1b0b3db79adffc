//! Views: a programme with its modules, and the list of programmes.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::person::fold;
use skillsyms_core::{Instant, ModuleId, ModuleKind, Problem, ProgrammeId, ProgrammeKind};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{ByAge, Page, PageAsk};

use super::rows::{self, ModuleRow, ProgrammeRow};

/// A module of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Module {
    /// Its id.
    pub id: ModuleId,
    /// Its code in the curriculum.
    pub code: String,
    /// Knowledge, practical, workplace, or unit standard.
    pub kind: ModuleKind,
    /// Its title.
    pub title: String,
    /// Its level of the National Qualifications Framework.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// What is asked of a learner to be competent, in the order of the check-list.
    pub criteria: Vec<String>,
}

/// A programme without its modules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProgrammeLine {
    /// Its id.
    pub id: ProgrammeId,
    /// What kind of programme it is.
    pub kind: ProgrammeKind,
    /// Its registered title.
    pub title: String,
    /// Its id at SAQA.
    pub saqa_id: String,
    /// Its level of the National Qualifications Framework.
    pub nqf_level: i64,
    /// Its credits.
    pub credits: i64,
    /// Share of assessments that is moderated, in percent.
    pub sampling_percent: i64,
    /// Fewest assessments that are moderated.
    pub sampling_floor: i64,
    /// Attempts at one module.
    pub attempts_limit: i64,
    /// Version, for `If-Match`.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
}

/// A programme with its modules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Programme {
    /// The programme.
    #[serde(flatten)]
    pub programme: ProgrammeLine,
    /// Its modules, in the order of the curriculum.
    pub modules: Vec<Module>,
}

impl From<ProgrammeRow> for ProgrammeLine {
    fn from(row: ProgrammeRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            title: row.title,
            saqa_id: row.saqa_id.into(),
            nqf_level: row.nqf_level,
            credits: row.credits,
            sampling_percent: row.sampling_percent,
            sampling_floor: row.sampling_floor,
            attempts_limit: row.attempts_limit,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

impl From<ModuleRow> for Module {
    fn from(row: ModuleRow) -> Self {
        Self {
            id: row.id,
            code: row.code.into(),
            kind: row.kind,
            title: row.title,
            nqf_level: row.nqf_level,
            credits: row.credits,
            criteria: row.criteria.lines().map(str::to_owned).collect(),
        }
    }
}

/// Reads a programme with its modules.
#[derive(Clone, Copy, Debug)]
pub struct ReadProgramme {
    /// Which.
    pub id: ProgrammeId,
}

impl View for ReadProgramme {
    const NAME: &'static str = "programme.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Programme;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Programme", self.id.uuid()))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Programme, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let modules = rows::modules(tx, self.id)?.into_iter().map(Module::from).collect();
        Ok(Programme {
            programme: row.into(),
            modules,
        })
    }

    fn entry(&self, output: &Programme) -> Note {
        Note::on("Programme", output.programme.id.uuid())
    }
}

/// Lists programmes.
#[derive(Clone, Debug, Default)]
pub struct ListProgrammes {
    /// A part of the title, or the beginning of the SAQA id; accents and case do not matter.
    pub search: Option<String>,
    /// Of this kind only.
    pub kind: Option<ProgrammeKind>,
    /// In which order; the oldest first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListProgrammes {
    const NAME: &'static str = "programme.list";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<ProgrammeLine>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Programme"))
    }

    /// Programmes are nobody's own: every scope sees all of them, as the single read does.
    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Page<ProgrammeLine>, Fault> {
        let wanted = fold(self.search.as_deref().unwrap_or_default());
        let passes = |row: &ProgrammeRow| {
            let saqa_id: &str = row.saqa_id.as_str();
            let is_found = wanted.is_empty() || fold(&row.title).contains(&wanted) || saqa_id.starts_with(&wanted);
            is_found && self.kind.is_none_or(|kind| kind == row.kind)
        };
        let sort = self.sort.unwrap_or(ByAge::Oldest);
        let after = |beyond, rows| rows::page(tx, (sort, ProgrammeId::new(beyond)), rows);
        let first = self.page.beyond(sort)?;
        Ok(Page::sift(self.page.limit, first, |row| row.id.uuid(), after, passes)?.map(ProgrammeLine::from))
    }

    fn entry(&self, output: &Page<ProgrammeLine>) -> Note {
        Note::none().count(output.items.len() as u64)
    }
}
