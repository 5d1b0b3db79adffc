//! Views: the evidence in reach, and the content of one file.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::{EnrolmentId, EvidenceId, Instant, LearnerId, ModuleId, Problem};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::{Cursor, Page, PageAsk};
use skillsyms_vault::{Keyring, Place};

use super::content::Content;
use super::part::{Part, Wanted};
use super::rows::{self, EvidenceRow};
use super::store::FileStore;
use crate::enrolments;
use crate::enrolments::reach::{Only, Reach};

/// A file of a portfolio of evidence.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Its name, made harmless.
    pub name: String,
    /// What its first bytes told.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// When it came.
    pub created_at: Instant,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence")
            .field("id", &self.id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Evidence {
    pub(crate) fn open(keys: &Keyring, row: &EvidenceRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id,
            enrolment: row.enrolment,
            module: row.module,
            learner: row.learner,
            name: row.name.open(keys, Place::new("evidence", "name", *row.id.bytes()))?,
            media_type: row.media_type.clone(),
            size: row.size,
            sha256: row.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            created_at: row.created_at,
        })
    }
}

/// Lists evidence, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListEvidence {
    /// Narrowed to a learner or an enrolment.
    pub only: Only,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListEvidence {
    const NAME: &'static str = "evidence.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Evidence>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Evidence"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Evidence>, Fault> {
        let reach = Reach::of(cx, self.only)?;
        let found = rows::page(
            tx,
            reach,
            EvidenceId::new(self.page.after_id()?),
            self.page.limit.rows(),
        )?;
        let page = Page::cut(found, self.page.limit, |row| Cursor::after_id(row.id.uuid()));
        page.try_map(|row| Evidence::open(cx.keys(), &row))
    }

    fn entry(&self, output: &Page<Evidence>) -> Note {
        let on = output.items.iter().map(|item| ("Evidence", item.id.uuid())).collect();
        let note = Note { on, ..Note::none() };
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("evidence")
    }
}

/// Says what a file is, without its content.
#[derive(Clone, Copy, Debug)]
pub struct DescribeEvidence {
    /// Which.
    pub id: EvidenceId,
}

impl View for DescribeEvidence {
    const NAME: &'static str = "evidence.describe";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    const IS_BRIEF: bool = true;
    type Output = Evidence;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Evidence, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        Evidence::open(cx.keys(), &row)
    }

    fn entry(&self, output: &Evidence) -> Note {
        note(output)
    }
}

/// One file as a target: whose it is, and who works with them.
fn target(tx: &mut Read<'_>, id: EvidenceId) -> Result<Target, Fault> {
    let row = rows::one(tx, id)?.ok_or_else(Problem::not_found)?;
    let enrolment = enrolments::rows::one(tx, row.enrolment)?.ok_or_else(Problem::not_found)?;
    Ok(enrolment.target("Evidence", id.uuid()))
}

fn note(evidence: &Evidence) -> Note {
    let note = Note::on("Evidence", evidence.id.uuid()).and("Enrolment", evidence.enrolment.uuid());
    note.about(evidence.learner).category("evidence")
}

/// Reads the content of a file, or a part of it. The answer leaves the door after its entry is durable; the bytes come after
/// that. Each part is an access and leaves an entry of its own: whoever plays a video asks a few times, and the log says so.
#[derive(Clone, Debug)]
pub struct ReadEvidence {
    /// Which.
    pub id: EvidenceId,
    /// What of it; none for all.
    pub wanted: Option<Wanted>,
    /// Where the files are.
    pub files: FileStore,
}

/// A file with its content.
#[derive(Debug)]
pub struct Download {
    /// What it is.
    pub evidence: Evidence,
    /// What of it is given.
    pub part: Part,
    /// Those bytes, to be read once; none if there are no such bytes.
    pub content: Option<Content>,
}

impl View for ReadEvidence {
    const NAME: &'static str = "evidence.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Download;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Download, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let hash = <[u8; 32]>::try_from(row.sha256.as_slice()).map_err(|_| CellError::Damaged("a hash of evidence"))?;
        let evidence = Evidence::open(cx.keys(), &row)?;
        let size = u64::try_from(row.size).map_err(|_| CellError::Damaged("a size of evidence"))?;
        let part = Part::of(self.wanted.as_ref(), size, &evidence.sha256);
        let content = match &part {
            Part::Whole => Some(self.files.content(cx.keys(), row.id, hash)?),
            Part::Some(range) => Some(self.files.part_of(cx.keys(), row.id, size, range.clone())?),
            Part::Beyond => None,
        };
        Ok(Download {
            evidence,
            part,
            content,
        })
    }

    fn entry(&self, output: &Download) -> Note {
        note(&output.evidence)
    }
}
