//! Views: how an import went, and the list of them.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::person::fold;
use skillsyms_core::{ImportId, Instant, PersonId, Problem};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{ByAge, Cursor, Page, PageAsk};
use skillsyms_vault::Secret;

use super::begin::place;
use super::chunk::RowError;
use super::rows::{self, Row};
use super::{ENTITY, ImportState};

/// How an import went.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportSummary {
    /// Its id.
    pub id: ImportId,
    /// How it stands.
    pub state: ImportState,
    /// The file's name.
    pub file_name: String,
    /// Rows that were read.
    pub rows_read: i64,
    /// Rows that were kept.
    pub rows_kept: i64,
    /// Rows that were refused.
    pub rows_refused: i64,
    /// What is unusual about rows that were kept.
    pub warnings: i64,
    /// The person or the key that began it; nobody for the console.
    pub begun_by: Option<PersonId>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was over.
    pub finished_at: Option<Instant>,
    /// What stopped it, if it stopped and one import is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<RowError>,
}

impl fmt::Debug for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportSummary")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("rows_read", &self.rows_read)
            .field("rows_kept", &self.rows_kept)
            .field("rows_refused", &self.rows_refused)
            .finish_non_exhaustive()
    }
}

/// Sees how an import went.
#[derive(Clone, Copy, Debug)]
pub struct ReadImport {
    /// Which.
    pub id: ImportId,
}

impl View for ReadImport {
    const NAME: &'static str = "import.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = ImportSummary;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<ImportSummary, Fault> {
        let import = shown(cx, rows::by_id(tx, self.id)?.ok_or_else(Problem::not_found)?)?;
        Ok(ImportSummary {
            stopped_by: stopped_by(tx, &import)?,
            ..import
        })
    }

    fn entry(&self, output: &ImportSummary) -> Note {
        Note::on(ENTITY, output.id.uuid())
    }
}

/// Sees the list of imports.
#[derive(Clone, Debug, Default)]
pub struct ListImports {
    /// A part of the file's name; accents and case do not matter.
    pub search: Option<Secret<String>>,
    /// In this state only.
    pub state: Option<ImportState>,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// Which page. One of a search may be shorter than was asked for although there is more.
    pub page: PageAsk,
}

impl View for ListImports {
    const NAME: &'static str = "import.list";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<ImportSummary>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<ImportSummary>, Fault> {
        let sort = self.sort.unwrap_or(ByAge::Newest);
        let first = self.page.beyond(sort)?;
        let mut after = |beyond, rows| {
            let found = rows::page(tx, self.state, (sort, ImportId::new(beyond)), rows)?;
            found
                .into_iter()
                .map(|row| shown(cx, row))
                .collect::<Result<Vec<_>, Fault>>()
        };
        let wanted = fold(self.search.as_ref().map_or("", |text| text.expose()));
        if wanted.is_empty() {
            let found = after(first, self.page.limit.rows())?;
            return Ok(Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid())));
        }
        let has = |row: &ImportSummary| fold(&row.file_name).contains(&wanted);
        Page::sift(self.page.limit, first, |row| row.id.uuid(), after, has)
    }

    fn entry(&self, output: &Page<ImportSummary>) -> Note {
        Note::none().count(u64::try_from(output.items.len()).unwrap_or(0))
    }
}

/// What is wrong with the file as a whole is noted behind everything that is wrong with its rows.
fn stopped_by(tx: &mut Read<'_>, import: &ImportSummary) -> Result<Option<RowError>, CellError> {
    if import.state != ImportState::Stopped {
        return Ok(None);
    }
    let last = rows::last_failures(tx, import.id)?;
    Ok(last.iter().find(|error| error.column_name == "file").map(RowError::of))
}

/// Opens the file's name.
pub(crate) fn shown(cx: &Cx, row: Row) -> Result<ImportSummary, Fault> {
    let state = ImportState::parse(&row.state).ok_or(CellError::Damaged("the state of an import"))?;
    Ok(ImportSummary {
        id: row.id,
        state,
        file_name: row.file_name.open(cx.keys(), place(row.id))?,
        rows_read: row.rows_read,
        rows_kept: row.rows_kept,
        rows_refused: row.rows_refused,
        warnings: row.warnings,
        begun_by: row.created_by,
        created_at: row.created_at,
        finished_at: row.finished_at,
        stopped_by: None,
    })
}
