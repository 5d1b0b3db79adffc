//! What goes through the door: [`Act`], which changes something, and [`View`], which only looks.

use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{LearnerId, Problem};
use uuid::Uuid;

use crate::cx::Cx;
use crate::target::Target;

/// How much of a person an act lets its actor see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disclosure {
    /// Nothing of a learner.
    None,
    /// Names and results; ID numbers masked.
    Masked,
    /// Unmasked ID numbers. The closed list of such acts stands in `registry.rs`.
    Full,
}

/// A change. It runs in one transaction on the cell's writer and leaves one entry in the cell's ledger.
pub trait Act: Send + Sync + 'static {
    /// Name of the Cedar action, the API-key scope and the ledger entry: `slice.verb`.
    const NAME: &'static str;
    /// How much it discloses.
    const DISCLOSES: Disclosure;
    /// What [`Act::prepare`] makes: sealed fields, hashes. `()` for most.
    type Ready: Send + Sync + 'static;
    /// What the actor gets.
    type Output: Send + 'static;

    /// Parses, seals and hashes: all that needs no database. The actor is not known yet.
    ///
    /// # Errors
    /// A problem with what was sent.
    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault>;

    /// Loads what the policy must know of the target.
    ///
    /// # Errors
    /// [`Problem::not_found`] if it is absent.
    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault>;

    /// Does it. May be run again with the same `cx`, and must then do the same; has no effect outside `tx`.
    ///
    /// # Errors
    /// A problem undoes everything that this run wrote.
    fn run(&self, cx: &Cx, ready: &Self::Ready, tx: &mut Tx<'_>) -> Result<Self::Output, Fault>;

    /// What the ledger says of it: ids, never values.
    fn entry(&self, output: &Self::Output) -> Note;

    /// What the ledger says of it when it failed: ids, never values. Nothing for most.
    fn failed(&self) -> Note {
        Note::none()
    }
}

/// A read. It runs on a reader's snapshot and cannot write; its entry is durable before the answer leaves.
pub trait View: Send + Sync + 'static {
    /// Name of the Cedar action, the API-key scope and the ledger entry: `slice.verb`.
    const NAME: &'static str;
    /// How much it discloses.
    const DISCLOSES: Disclosure;
    /// False only for three looks that show nobody anything: those that precede a password or a passkey, and the one for mail that waits.
    /// What follows them is an act.
    const LEAVES_ENTRY: bool = true;
    /// True if it reads a few rows by their keys, however many there are: it then shares the writer's transaction
    /// on SQLite, or a snapshot on PostgreSQL, with others that wait. A list or a search would hold them up.
    const IS_BRIEF: bool = false;
    /// What the actor gets.
    type Output: Send + 'static;

    /// Loads what the policy must know of the target.
    ///
    /// # Errors
    /// [`Problem::not_found`] if it is absent.
    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault>;

    /// Reads. A list takes its scope from [`Cx::scope`].
    ///
    /// # Errors
    /// A problem instead of an answer.
    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Self::Output, Fault>;

    /// What the ledger says of it: ids, never values.
    fn entry(&self, output: &Self::Output) -> Note;
}

/// Why an act did not happen: a problem for the caller, or a failure below that is logged and not told.
#[derive(Debug)]
pub enum Fault {
    /// For the caller.
    Problem(Problem),
    /// For the log. The group may rerun the act.
    Cell(CellError),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<CellError> for Fault {
    fn from(error: CellError) -> Self {
        Self::Cell(error)
    }
}

impl From<skillsyms_vault::SealError> for Fault {
    fn from(error: skillsyms_vault::SealError) -> Self {
        tracing::error!(%error, "sealing");
        Self::Cell(CellError::Damaged("a sealed value does not open"))
    }
}

impl Fault {
    /// Turns the refusal of one unique index into a problem; leaves every other fault as it is.
    #[must_use]
    pub fn on_unique(self, index: &str, problem: Problem) -> Self {
        match self {
            Self::Cell(CellError::Unique { on }) if on == index => Self::Problem(problem),
            other => other,
        }
    }
}

/// What an act tells the ledger: on whom, and which categories of data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Kinds and ids of the things concerned, at most 1,000.
    pub on: Vec<(&'static str, Uuid)>,
    /// Learners whose record was seen or changed; they can see the entry.
    pub learners: Vec<LearnerId>,
    /// Categories of data, in the words of the data inventory.
    pub categories: Vec<&'static str>,
    /// How many things a list or an import touched.
    pub count: Option<u64>,
}

impl Note {
    /// Nothing in particular.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One thing.
    #[must_use]
    pub fn on(kind: &'static str, id: Uuid) -> Self {
        Self {
            on: vec![(kind, id)],
            ..Self::default()
        }
    }

    /// One more thing.
    #[must_use]
    pub fn and(mut self, kind: &'static str, id: Uuid) -> Self {
        self.on.push((kind, id));
        self
    }

    /// A learner whose record was seen or changed.
    #[must_use]
    pub fn about(mut self, learner: LearnerId) -> Self {
        self.learners.push(learner);
        self
    }

    /// Learners whose records were seen or changed, for a list.
    #[must_use]
    pub fn about_all(mut self, learners: impl IntoIterator<Item = LearnerId>) -> Self {
        self.learners.extend(learners);
        self
    }

    /// A category of data that was seen or changed.
    #[must_use]
    pub fn category(mut self, name: &'static str) -> Self {
        self.categories.push(name);
        self
    }

    /// How many things were touched.
    #[must_use]
    pub const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}
