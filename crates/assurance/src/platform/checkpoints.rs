//! View: the newest signed head of every log. They are hashes: an auditor may keep them, and later hold a log against them.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::{CellId, Instant};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_ledger::{Checkpoint, note, read};
use skillsyms_people::{Cursor, Page, PageAsk};

use super::{ENTITY, rows};

/// Takes the signed heads of the providers' logs, in the order of their short names; with the platform's own first.
#[derive(Clone, Debug, Default)]
pub struct ListCheckpoints {
    /// Which page.
    pub page: PageAsk,
    /// Of this cell only.
    pub only: Option<CellId>,
}

/// The signed head of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckpointView {
    /// Whose cell.
    pub cell: CellId,
    /// The provider's short name; none for the platform itself.
    pub slug: Option<String>,
    /// Which log: the first line of the note, and the name of the key that signs.
    pub origin: String,
    /// How many entries it covers.
    pub size: u64,
    /// The root hash, in base64.
    pub root: String,
    /// When it was kept; none for the platform's own, which is as of now.
    pub at: Option<Instant>,
    /// The signed note (C2SP tlog-checkpoint), as it is to be kept.
    pub note: String,
}

/// A page of heads.
pub type Checkpoints = Page<CheckpointView>;

/// What a signed note says. One that does not read is shown by nobody: `ledger verify` tells what is wrong.
pub(super) fn checkpoint(cell: CellId, slug: &str, note: String, at: Option<Instant>) -> Option<CheckpointView> {
    let parsed = note::Note::parse(&note).ok()?;
    let head = Checkpoint::parse(parsed.unverified_text()).ok()?;
    Some(CheckpointView {
        cell,
        slug: Some(slug.to_owned()).filter(|slug| !slug.is_empty()),
        origin: head.origin,
        size: head.tree.size,
        root: head.tree.root.to_string(),
        at,
        note,
    })
}

impl ListCheckpoints {
    fn all(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Vec<(CellId, String)>, CellError> {
        let own = (cx.cell(), String::new());
        let tenants = rows::all(tx)?.into_iter().map(|row| (row.id, row.slug));
        let all = [own].into_iter().chain(tenants);
        Ok(all.filter(|(id, _)| self.only.is_none_or(|only| only == *id)).collect())
    }
}

impl View for ListCheckpoints {
    const NAME: &'static str = "platform.checkpoints";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Checkpoints;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Checkpoints, Fault> {
        let mut all = self.all(cx, tx)?;
        if let Some(cursor) = self.page.cursor {
            let last = cursor.id()?;
            let after = all.iter().position(|(id, _)| id.uuid() == last);
            all = all.split_off(after.map_or(all.len(), |at| at.saturating_add(1)));
        }
        let page = Page::cut(all, self.page.limit, |(id, _)| Cursor::after_id(id.uuid()));
        let mut found = HashMap::new();
        for (id, _) in &page.items {
            let kept = if *id == cx.cell() {
                Some((read::checkpoint(tx).map_err(CellError::from)?, None))
            } else {
                rows::head(tx, *id)?.map(|(note, at)| (note, Some(at)))
            };
            found.extend(kept.map(|kept| (*id, kept)));
        }
        let items = page.items.into_iter().filter_map(|(id, slug)| {
            let (note, at) = found.remove(&id)?;
            checkpoint(id, &slug, note, at)
        });
        Ok(Page {
            items: items.collect(),
            next: page.next,
        })
    }

    fn entry(&self, output: &Checkpoints) -> Note {
        Note::none().count(u64::try_from(output.items.len()).unwrap_or(u64::MAX))
    }
}
