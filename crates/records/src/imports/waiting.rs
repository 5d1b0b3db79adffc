//! Acts and views: a file of learners waits until somebody says what its columns mean, and then it is imported or given up.
//!
//! Only whoever sent a file looks at it, starts it or gives it up: the same person goes on with the import.

use std::fmt;

use jiff::civil::Date;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::{ImportId, PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_vault::Sealed;

use super::begin::sealed_name;
use super::header::Columns;
use super::held::{self, Content, HELD_MAX, HELD_SECONDS, Held, Incoming};
use super::parse::Rows;
use super::read::{self, ImportSummary};
use super::{ENTITY, ImportState, NOT_WAITING, TOO_MANY, rows};
use crate::evidence::FileStore;
use crate::learners::category;

/// Asks to send a file of learners that waits: the policy is asked before the first byte is read.
#[derive(Clone, Debug)]
pub struct ReceiveImport {
    /// Where the files are.
    pub files: FileStore,
}

impl View for ReceiveImport {
    const NAME: &'static str = "import.receive";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Incoming;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Incoming, Fault> {
        check_room(cx, tx)?;
        let id = ImportId::new(cx.fresh());
        Ok(Incoming::begin(&self.files, cx.keys(), id, cx.rng())?)
    }

    fn entry(&self, _: &Incoming) -> Note {
        Note::none()
    }
}

/// Names a file that is durable as one that waits.
#[derive(Clone)]
pub struct HoldImport {
    /// The file.
    pub held: Held,
    /// Its name, to recognise it by. It may name a person, so it is sealed.
    pub file_name: String,
}

impl fmt::Debug for HoldImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HoldImport")
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

impl Act for HoldImport {
    const NAME: &'static str = "import.hold";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Sealed<String>;
    type Output = ImportSummary;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        sealed_name(cx, self.held.id, &self.file_name)
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, file_name: &Self::Ready, tx: &mut Tx<'_>) -> Result<ImportSummary, Fault> {
        check_room(cx, &mut tx.read())?;
        let row = rows::Row::new(cx, self.held.id, ImportState::Waiting, file_name.clone());
        rows::insert(tx, &row)?;
        read::shown(cx, row)
    }

    fn entry(&self, output: &ImportSummary) -> Note {
        Note::on(ENTITY, output.id.uuid())
    }
}

/// Looks into a file that waits. The answer leaves the door after its entry is durable; the rows are read after that.
#[derive(Clone, Debug)]
pub struct PreviewImport {
    /// Which.
    pub id: ImportId,
    /// What somebody says that its columns mean; none for what its first line says.
    pub columns: Option<Vec<String>>,
    /// Where the files are.
    pub files: FileStore,
}

/// A file that waits, with its content.
#[derive(Debug)]
pub struct Waiting {
    /// What it is.
    pub summary: ImportSummary,
    /// Its bytes.
    pub content: Content,
    /// What its columns mean, if somebody said so.
    pub columns: Option<Columns>,
    /// The day on which its rows are held against the rules.
    pub today: Date,
}

impl View for PreviewImport {
    const NAME: &'static str = "import.preview";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Waiting;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Waiting, Fault> {
        let row = waiting(cx, tx, self.id)?;
        Ok(Waiting {
            columns: self.columns.as_deref().map(Columns::parse).transpose()?,
            content: held::open(&self.files, cx.keys(), self.id)?,
            summary: read::shown(cx, row)?,
            today: cx.today(),
        })
    }

    fn entry(&self, _: &Waiting) -> Note {
        Note::on(ENTITY, self.id.uuid())
            .category(category::IDENTITY)
            .category(category::CONTACT)
            .category(category::PROFILE)
    }
}

/// Begins to import a file that waited.
#[derive(Clone, Debug)]
pub struct StartImport {
    /// Which.
    pub id: ImportId,
    /// What its columns mean.
    pub columns: Vec<String>,
    /// Where the files are.
    pub files: FileStore,
}

impl Act for StartImport {
    const NAME: &'static str = "import.start";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Columns;
    type Output = Waiting;

    fn prepare(&self, _: &Cx) -> Result<Columns, Fault> {
        Ok(Columns::parse(&self.columns)?)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.id)
    }

    /// The first line of the file is read here: columns that it does not have leave it waiting.
    fn run(&self, cx: &Cx, columns: &Columns, tx: &mut Tx<'_>) -> Result<Waiting, Fault> {
        let mut row = waiting(cx, &mut tx.read(), self.id)?;
        let open = || held::open(&self.files, cx.keys(), self.id);
        Rows::said(open()?, columns).map_err(|fault| fault.problem())?;
        rows::start(tx, self.id)?;
        row.state = ImportState::Running.as_str().to_owned();
        Ok(Waiting {
            columns: Some(columns.clone()),
            content: open()?,
            summary: read::shown(cx, row)?,
            today: cx.today(),
        })
    }

    fn entry(&self, _: &Waiting) -> Note {
        Note::on(ENTITY, self.id.uuid())
    }
}

/// Gives up a file that waits.
#[derive(Clone, Copy, Debug)]
pub struct GiveUpImport {
    /// Which.
    pub id: ImportId,
}

impl Act for GiveUpImport {
    const NAME: &'static str = "import.give_up";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ImportSummary;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        super::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<ImportSummary, Fault> {
        let mut row = waiting(cx, &mut tx.read(), self.id)?;
        rows::end(tx, self.id, ImportState::GivenUp.as_str(), cx.now())?;
        row.state = ImportState::GivenUp.as_str().to_owned();
        row.finished_at = Some(cx.now());
        read::shown(cx, row)
    }

    fn entry(&self, output: &ImportSummary) -> Note {
        Note::on(ENTITY, output.id.uuid())
    }
}

/// The import, if its file waits and this actor sent it.
fn waiting(cx: &Cx, read: &mut Read<'_>, id: ImportId) -> Result<rows::Row, Fault> {
    let row = rows::by_id(read, id)?.ok_or_else(Problem::not_found)?;
    if row.created_by.map(PersonId::uuid) != cx.actor().id() {
        return Err(Problem::not_found().into());
    }
    if row.state != ImportState::Waiting.as_str() {
        return Err(Problem::new(&NOT_WAITING).into());
    }
    Ok(row)
}

/// Files wait for a day, and take their place on the disk meanwhile.
fn check_room(cx: &Cx, read: &mut Read<'_>) -> Result<(), Fault> {
    let since = cx.now().plus_seconds(-HELD_SECONDS);
    if rows::waiting_since(read, since, HELD_MAX)? >= HELD_MAX {
        return Err(Problem::new(&TOO_MANY).into());
    }
    Ok(())
}
