//! What no caller can do: raw reads of a cell's columns, and changes behind the ledger's back. They go through the door
//! like everything else, under the name of an act that the console may do; there is no second way in, not even here.

use diesel::prelude::*;
use skillsyms_cells::schema::ledger_entries;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::CellId;
use skillsyms_door::{Act, Actor, Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_ledger::Entry;
use uuid::Uuid;

use crate::world::World;

type Look<T> = Box<dyn Fn(&mut Read<'_>) -> Result<T, CellError> + Send + Sync>;
type Change = Box<dyn Fn(&mut Tx<'_>) -> Result<(), CellError> + Send + Sync>;

/// A raw read.
struct Dig<T>(Look<T>);

impl<T: Send + 'static> View for Dig<T> {
    const NAME: &'static str = "ledger.checkpoint";
    const DISCLOSES: Disclosure = Disclosure::None;
    const LEAVES_ENTRY: bool = false;
    type Output = T;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<T, Fault> {
        Ok((self.0)(tx)?)
    }

    fn entry(&self, _: &T) -> Note {
        Note::none()
    }
}

/// A raw change.
struct Tamper(Change);

impl Act for Tamper {
    const NAME: &'static str = "import.begin";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ();

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<(), Fault> {
        Ok((self.0)(tx)?)
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}

impl World {
    /// Reads raw columns of a cell. Leaves no entry.
    ///
    /// # Panics
    /// If the cell fails.
    pub async fn dig<T: Send + 'static>(
        &self,
        cell: CellId,
        look: impl Fn(&mut Read<'_>) -> Result<T, CellError> + Send + Sync + 'static,
    ) -> T {
        self.door()
            .enter(Actor::Console(cell))
            .view(Dig(Box::new(look)))
            .await
            .expect("a raw read")
    }

    /// Changes a cell's tables as somebody could who has the file and its key.
    ///
    /// # Panics
    /// If the cell refuses.
    pub async fn tamper(
        &self,
        cell: CellId,
        change: impl Fn(&mut Tx<'_>) -> Result<(), CellError> + Send + Sync + 'static,
    ) {
        self.door()
            .enter(Actor::Console(cell))
            .run(Tamper(Box::new(change)))
            .await
            .expect("a raw change");
    }

    /// All entries of a cell's ledger, in order.
    pub async fn ledger(&self, cell: CellId) -> Vec<Entry> {
        let bodies = self.dig(cell, |tx| {
            tx.load::<Vec<u8>, _>(
                ledger_entries::table
                    .order(ledger_entries::leaf.asc())
                    .select(ledger_entries::body),
            )
        });
        bodies
            .await
            .iter()
            .map(|body| Entry::from_bytes(body).expect("an entry in its form"))
            .collect()
    }

    /// The entries that carry this reference: what one request left.
    pub async fn left_by(&self, cell: CellId, reference: Uuid) -> Vec<Entry> {
        let mut all = self.ledger(cell).await;
        all.retain(|entry| entry.reference.is_some_and(|mine| mine.uuid() == reference));
        all
    }
}
