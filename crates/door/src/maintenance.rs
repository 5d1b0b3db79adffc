//! Maintenance: the closed list of what is done to cells from below, without an act. Each thing returns no personal
//! data and, where it changes something, leaves an entry in the platform's ledger.

use diesel::prelude::*;
use skillsyms_cells::schema::tenants;
use skillsyms_cells::{Cell, CellError};
use skillsyms_core::{CellId, EntryId, Problem};
use skillsyms_ledger::entry::{Nonce, Word};
use skillsyms_ledger::{Entry, Finding, Head, Ledger, Who};
use skillsyms_vault::SystemRng;

use crate::act::Fault;
use crate::door::{Door, Inspect, below};
use crate::heads::{self, Outside};
use crate::platform::{STATE, Tenant, TenantState};
use crate::tenants::{check_names, reserve};

/// Entries that are sorted by learner before they go into the index: the more, the more rows share a page. As many as come
/// in the seconds between two rounds at the highest rate that was measured; their pairs and marks take about 10 MB.
const INDEX_SORTED: usize = 131_072;
/// Rows taken into the index by learner in one job: they hold the writer for about a millisecond.
const INDEX_ROWS: usize = 256;

impl Door {
    /// Creates a tenant: its row, its keys, its cell. A create that was interrupted is taken up again.
    ///
    /// # Errors
    /// A problem with the names; [`SLUG_TAKEN`](crate::platform::SLUG_TAKEN).
    pub async fn create_tenant(&self, slug: &str, name: &str) -> Result<Tenant, Problem> {
        check_names(slug, name)?;
        let new = self.draw_tenant()?;
        let (drawn, slug, name, now) = (new.id, slug.to_owned(), name.trim().to_owned(), self.clock().now());
        let entry = self.own_entry("tenant.create", "console");
        let reserved = self
            .0
            .platform
            .write(move |tx| match reserve(tx, &new, (&slug, &name), now) {
                Ok(id) => Ok((Ok(id), vec![entry.clone().on_tenant(id)])),
                Err(Fault::Problem(problem)) => Ok((Err(problem), Vec::new())),
                Err(Fault::Cell(error)) => Err(error),
            });
        let id = reserved.await.map_err(|error| below(&error, drawn.uuid()))??;
        self.settle_tenant(id).await
    }

    /// Makes the cell of a tenant whose row an act wrote, and lets it work. What was interrupted is taken up again.
    ///
    /// # Errors
    /// If the cell cannot be made: then the tenant stays as it was.
    pub async fn settle_tenant(&self, id: CellId) -> Result<Tenant, Problem> {
        let tenant = self.tenant_of(id).await?;
        if TenantState::parse(&tenant.state) != Some(TenantState::Creating) {
            return Ok(tenant);
        }
        self.open_new(id).await?;
        let (now, entry) = (
            self.clock().now(),
            self.own_entry("tenant.open", "system").on_tenant(id),
        );
        let opened = self.0.platform.write(move |tx| {
            let creating = tenants::table
                .filter(tenants::id.eq(id))
                .filter(tenants::state.eq(TenantState::Creating.as_str()));
            let rows = tx.execute(diesel::update(creating).set((
                tenants::state.eq(TenantState::Active.as_str()),
                tenants::changed_at.eq(now),
                tenants::version.eq(tenants::version + 1),
            )))?;
            let entries = if rows == 0 { Vec::new() } else { vec![entry.clone()] };
            Ok(((), entries))
        });
        opened.await.map_err(|error| below(&error, id.uuid()))?;
        self.refresh_tenant(id).await?;
        // The first checkpoints stand outside before anybody hears of the tenant: a server that is killed a moment later
        // would else find cells of which nothing is kept.
        self.publish_heads().await?;
        self.tenant_of(id).await
    }

    async fn open_new(&self, id: CellId) -> Result<(), Problem> {
        let mut spec = self.load_spec(id).await?;
        spec.is_new = true;
        let opened = self.0.cells.open(spec).await;
        opened.map(drop).map_err(|error| below(&error, id.uuid()))
    }

    /// Suspends a tenant: its people, keys and pages stop at once; nothing is deleted.
    ///
    /// # Errors
    /// [`Problem::not_found`]; [`STATE`] if it is still being made.
    pub async fn suspend_tenant(&self, slug: &str) -> Result<(), Problem> {
        let id = self.tenant(slug).await?;
        self.set_state(id, (TenantState::Active, TenantState::Suspended), "tenant.suspend")
            .await
    }

    /// Lets a suspended tenant work again.
    ///
    /// # Errors
    /// [`Problem::not_found`]; [`STATE`] if it is still being made.
    pub async fn restore_tenant(&self, slug: &str) -> Result<(), Problem> {
        let id = self.tenant(slug).await?;
        self.set_state(id, (TenantState::Suspended, TenantState::Active), "tenant.restore")
            .await
    }

    /// Nothing happens to a tenant that is there already, and nothing to one that is still being made.
    async fn set_state(
        &self,
        id: CellId,
        (from, to): (TenantState, TenantState),
        act: &'static str,
    ) -> Result<(), Problem> {
        let now = self.clock().now();
        let entry = self.own_entry(act, "console").on_tenant(id);
        let changed = self.0.platform.write(move |tx| {
            let there = tenants::table
                .filter(tenants::id.eq(id))
                .filter(tenants::state.eq(from.as_str()));
            let rows = tx.execute(diesel::update(there).set((
                tenants::state.eq(to.as_str()),
                tenants::changed_at.eq(now),
                tenants::version.eq(tenants::version + 1),
            )))?;
            let entries = if rows == 0 { Vec::new() } else { vec![entry.clone()] };
            Ok((rows, entries))
        });
        let rows = changed.await.map_err(|error| below(&error, id.uuid()))?;
        if rows == 0 && TenantState::parse(&self.tenant_of(id).await?.state) != Some(to) {
            return Err(Problem::new(&STATE));
        }
        self.refresh_tenant(id).await
    }

    fn own_entry(&self, act: &'static str, kind: &'static str) -> Entry {
        let id = EntryId::new(self.reference().uuid());
        let who = Who {
            kind: Word::Borrowed(kind),
            id: None,
            roles: Vec::new(),
        };
        Entry::new(
            id,
            Nonce::draw(&SystemRng),
            self.clock().now(),
            Word::Borrowed(act),
            who,
        )
    }

    /// Writes the last checkpoint of every open cell to its file outside, and of every open tenant to its row in the
    /// platform's cell.
    ///
    /// # Errors
    /// If the disk fails: the heads stay behind, which an alert must say.
    pub async fn publish_heads(&self) -> Result<(), Problem> {
        if self.0.inspect == Inspect::Yes {
            // Who inspects a damaged log must not put its head in the place of the one that shows the damage.
            return Ok(());
        }
        let door = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut all: Vec<_> = door.0.cells.all_open().iter().map(head_of).collect();
            all.push(head_of(&door.0.platform));
            door.0.published.publish(&all).map(|()| all)
        });
        match done.await {
            Ok(Ok(all)) => self.record_heads(all).await,
            Ok(Err(error)) => Err(below(&CellError::from(error), uuid::Uuid::nil())),
            Err(_) => Err(Problem::internal()),
        }
    }

    /// One write for all that moved. The platform's own head is not among them: kept in its own cell it would go back
    /// together with it.
    async fn record_heads(&self, mut all: Vec<(CellId, Head)>) -> Result<(), Problem> {
        all.retain(|(cell, _)| *cell != self.platform());
        let behind = self.0.published.unrecorded(all);
        if behind.is_empty() {
            return Ok(());
        }
        let sizes: Vec<_> = behind.iter().map(|(cell, head)| (*cell, head.tree.size)).collect();
        let now = self.clock().now();
        let written = self.0.platform.write(move |tx| {
            for (cell, head) in &behind {
                heads::record(tx, *cell, head, now)?;
            }
            Ok(((), Vec::new()))
        });
        written.await.map_err(|error| below(&error, uuid::Uuid::nil()))?;
        self.0.published.note_recorded(&sizes);
        Ok(())
    }

    /// Holds the files of `heads/` against the rows of the platform's cell: cells whose checkpoint is missing in its
    /// file, or older there, and what is wrong with each.
    ///
    /// # Errors
    /// If the platform's cell or the folder cannot be read.
    pub async fn check_heads(&self) -> Result<Vec<(CellId, Finding)>, Problem> {
        let failed = |error: CellError| below(&error, uuid::Uuid::nil());
        let rows = self.0.platform.read(heads::all_recorded).await;
        let rows = rows.and_then(|rows| rows).map_err(failed)?;
        let mut found = Vec::new();
        for (cell, note) in rows {
            let outside = Outside {
                file: self
                    .0
                    .published
                    .note_in_file(cell)
                    .map_err(|error| failed(error.into()))?,
                recorded: Some(note),
            };
            found.extend(outside.finding().map(|finding| (cell, finding)));
        }
        Ok(found)
    }

    /// Takes new entries into the index by learner ("who looked"), for every open cell.
    ///
    /// # Errors
    /// If a cell fails.
    pub async fn index_subjects(&self) -> Result<(), Problem> {
        for cell in self.0.cells.all_open() {
            while self
                .index_some(&cell)
                .await
                .map_err(|error| below(&error, cell.id().uuid()))?
            {}
        }
        Ok(())
    }

    /// Answers whether there may be more to take. A crash between the rows and the note takes them again.
    async fn index_some(&self, cell: &Cell<Ledger>) -> Result<bool, CellError> {
        let found = cell.read(|tx| skillsyms_ledger::unindexed(tx, INDEX_SORTED)).await??;
        let Some(until) = found.until else { return Ok(false) };
        for some in found.pairs.chunks(INDEX_ROWS) {
            let some = some.to_vec();
            cell.write(move |tx| Ok((skillsyms_ledger::index(tx, &some)?, Vec::new())))
                .await?;
        }
        for some in found.marks.chunks(INDEX_ROWS) {
            let some = some.to_vec();
            cell.write(move |tx| Ok((skillsyms_ledger::mark(tx, &some)?, Vec::new())))
                .await?;
        }
        cell.write(move |tx| Ok((skillsyms_ledger::indexed_until(tx, until)?, Vec::new())))
            .await?;
        Ok(found.is_full)
    }

    /// Reads a cell's whole ledger and holds it against the checkpoint kept outside. `progress` hears how many
    /// entries were read, of how many.
    ///
    /// # Errors
    /// If the cell cannot be read at all; what is wrong with the ledger is in the report.
    pub async fn verify_ledger(
        &self,
        id: CellId,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<skillsyms_ledger::Report, Problem> {
        let cell = self.tenant_cell(id).await?;
        let outside = self.outside(id).await.map_err(|error| below(&error, id.uuid()))?;
        let finding = outside.finding();
        let verifier = cell.handle().verifier().clone();
        let mut progress = progress;
        let report = cell.read(move |tx| skillsyms_ledger::verify(tx, outside.larger(), &verifier, &mut progress));
        let report = report.await.map_err(|error| below(&error, id.uuid()))?;
        let mut report = report.map_err(|error| below(&CellError::from(error), id.uuid()))?;
        if let Some(finding) = finding {
            report.ok = false;
            report.findings.insert(0, finding);
        }
        Ok(report)
    }

    /// Reads a cell's ledger and holds it against a checkpoint that says something else than the one kept outside: what
    /// must be found. Shows that a verification can fail.
    ///
    /// # Errors
    /// If the cell cannot be read at all.
    pub async fn verify_ledger_wrongly(&self, id: CellId) -> Result<skillsyms_ledger::Report, Problem> {
        let cell = self.tenant_cell(id).await?;
        let forged = cell.head().checkpoint.replacen('\n', "x\n", 1);
        let verifier = cell.handle().verifier().clone();
        let report = cell.read(move |tx| skillsyms_ledger::verify(tx, Some(&forged), &verifier, &mut |_, _| {}));
        let report = report.await.map_err(|error| below(&error, id.uuid()))?;
        report.map_err(|error| below(&CellError::from(error), id.uuid()))
    }

    /// The cells that are open, each with the number of entries in its ledger: what has not grown since somebody looked holds nothing new.
    #[must_use]
    pub fn open_cells(&self) -> Vec<(CellId, u64)> {
        let open = self.0.cells.all_open();
        open.iter().map(|cell| (cell.id(), cell.head().tree.size)).collect()
    }

    /// Whether what opens one cell also reaches another: its key the other's file, its login the other's schema.
    ///
    /// # Errors
    /// If the engine cannot be asked.
    pub async fn reaches(&self, from: CellId, to: CellId) -> Result<bool, Problem> {
        let spec = self.load_spec(from).await?;
        let door = self.clone();
        let asked = tokio::task::spawn_blocking(move || door.0.cells.reaches(&spec, to));
        let reached = asked.await.map_err(|_| Problem::internal())?;
        reached.map_err(|error| below(&error, from.uuid()))
    }

    /// Keeps heads published and the index by learner current until the handle is dropped or aborted.
    pub fn keep_house(&self) -> tokio::task::JoinHandle<()> {
        /// Half of the second that a head may be behind.
        const HEADS_EVERY: std::time::Duration = std::time::Duration::from_millis(500);
        /// A tenth of the minute that the index may be behind: every twelfth round.
        const INDEX_ROUNDS: u32 = 12;
        let door = self.clone();
        tokio::spawn(async move {
            let mut rounds = 0_u32;
            loop {
                tokio::time::sleep(HEADS_EVERY).await;
                rounds = rounds.wrapping_add(1);
                if let Err(problem) = door.publish_heads().await {
                    tracing::error!(code = problem.code.name, "the heads are not published");
                }
                if !rounds.is_multiple_of(INDEX_ROUNDS) {
                    continue;
                }
                if let Err(problem) = door.index_subjects().await {
                    tracing::error!(code = problem.code.name, "the index by learner is behind");
                }
            }
        })
    }
}

fn head_of(cell: &Cell<Ledger>) -> (CellId, Head) {
    (cell.id(), cell.head())
}

trait OnTenant {
    fn on_tenant(self, id: CellId) -> Self;
}

impl OnTenant for Entry {
    fn on_tenant(mut self, id: CellId) -> Self {
        self.on.push((Word::Borrowed("Tenant"), id.uuid()));
        self
    }
}
