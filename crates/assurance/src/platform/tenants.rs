//! Views: the providers, one of them, and how many there are.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::{CellId, Instant, Problem};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Quotas, Target, TenantState, View};
use skillsyms_people::{Cursor, Page, PageAsk};

use super::checkpoints::{CheckpointView, checkpoint};
use super::rows::{self, TenantRow};
use super::{ENTITY, NOTED};

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    #[default]
    Slug,
    Name,
    Created,
    Activity,
}

/// In which order a list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    by: By,
    is_down: bool,
}

impl Sort {
    /// Reads `slug`, `name`, `created` or `activity`; with `-` before it, the other way round.
    ///
    /// # Errors
    /// A problem with the field `sort`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (word, is_down) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let by = match word {
            "" | "slug" => By::Slug,
            "name" => By::Name,
            "created" => By::Created,
            "activity" => By::Activity,
            _ => {
                let message = "Sort by slug, name, created or activity; with a hyphen before it, the other way round.";
                return Err(Problem::field("sort", "tenant.sort", message));
            }
        };
        Ok(Self { by, is_down })
    }

    fn order(self, found: &mut [TenantView]) {
        // Equal ones stay in the order of their short names.
        match self.by {
            By::Slug => {}
            By::Name => found.sort_by_key(|tenant| tenant.name.to_lowercase()),
            By::Created => found.sort_by_key(|tenant| tenant.created_at),
            By::Activity => found.sort_by_key(|tenant| tenant.active_at),
        }
        if self.is_down {
            found.reverse();
        }
    }
}

/// What the platform knows of a provider: nothing of its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TenantView {
    /// Its cell.
    pub id: CellId,
    /// Its short name in addresses.
    pub slug: String,
    /// Its registered name.
    pub name: String,
    /// `creating`, `active` or `suspended`.
    pub state: String,
    /// What it may use at most.
    pub quotas: Quotas,
    /// Entries in its log, as of its last head that was kept.
    pub entries: Option<i64>,
    /// When its log last grew, to the second.
    pub active_at: Option<Instant>,
    /// Bytes on disk: its cell and its files. Measured every five minutes at most; none if it could not be measured.
    pub bytes: Option<u64>,
    /// Version, for changes that must not overwrite somebody else's.
    pub version: i64,
    /// Since when there is this provider.
    pub created_at: Instant,
    /// When its state or quotas last changed.
    pub changed_at: Instant,
}

fn view(row: TenantRow, activity: Option<&(i64, Instant)>) -> TenantView {
    TenantView {
        quotas: row.quotas(),
        id: row.id,
        slug: row.slug,
        name: row.name,
        state: row.state,
        entries: activity.map(|(size, _)| *size),
        active_at: activity.map(|(_, at)| *at),
        bytes: None,
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}

fn everything(tx: &mut Read<'_>) -> Result<Vec<TenantView>, CellError> {
    let activity: HashMap<CellId, (i64, Instant)> = rows::activity(tx)?
        .into_iter()
        .map(|(cell, size, at)| (cell, (size, at)))
        .collect();
    let all = rows::all(tx)?.into_iter();
    Ok(all
        .map(|row| {
            let active = activity.get(&row.id);
            view(row, active)
        })
        .collect())
}

/// Lists the providers. There are ten thousand at most, in rows of some hundred bytes: they are searched and sorted here.
#[derive(Clone, Debug, Default)]
pub struct ListTenants {
    /// Which page.
    pub page: PageAsk,
    /// In this state only.
    pub state: Option<TenantState>,
    /// Whose short or registered name has this in it.
    pub search: String,
    /// In which order.
    pub sort: Sort,
}

impl ListTenants {
    fn shows(&self, tenant: &TenantView) -> bool {
        let searched = self.search.trim().to_lowercase();
        let is_found = tenant.slug.contains(&searched) || tenant.name.to_lowercase().contains(&searched);
        is_found && self.state.is_none_or(|state| state.as_str() == tenant.state)
    }
}

impl View for ListTenants {
    const NAME: &'static str = "tenant.list";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<TenantView>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Page<TenantView>, Fault> {
        let mut found = everything(tx)?;
        found.retain(|tenant| self.shows(tenant));
        self.sort.order(&mut found);
        if let Some(cursor) = self.page.cursor {
            let last = cursor.id()?;
            // One that went out of the list since is the end of it: the first page is a link away.
            let after = found.iter().position(|tenant| tenant.id.uuid() == last);
            found = found.split_off(after.map_or(found.len(), |at| at.saturating_add(1)));
        }
        Ok(Page::cut(found, self.page.limit, |last| {
            Cursor::after_id(last.id.uuid())
        }))
    }

    fn entry(&self, output: &Page<TenantView>) -> Note {
        Note {
            on: output.items.iter().map(|tenant| (NOTED, tenant.id.uuid())).collect(),
            ..Note::none()
        }
    }
}

/// Reads what is known of one provider.
#[derive(Clone, Copy, Debug)]
pub struct ReadTenant {
    /// Which.
    pub id: CellId,
}

/// One provider.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OneTenant {
    /// What is known of it.
    pub tenant: TenantView,
    /// The newest head of its log that was kept.
    pub checkpoint: Option<CheckpointView>,
}

impl View for ReadTenant {
    const NAME: &'static str = "tenant.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = OneTenant;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.id)
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<OneTenant, Fault> {
        let row = rows::one(tx, self.id)?.ok_or_else(Problem::not_found)?;
        let kept = rows::head(tx, self.id)?;
        let checkpoint = kept.and_then(|(note, at)| checkpoint(self.id, &row.slug, note, Some(at)));
        let active = checkpoint
            .as_ref()
            .and_then(|head| Some((i64::try_from(head.size).ok()?, head.at?)));
        Ok(OneTenant {
            tenant: view(row, active.as_ref()),
            checkpoint,
        })
    }

    fn entry(&self, output: &OneTenant) -> Note {
        Note::on(NOTED, output.tenant.id.uuid())
    }
}

/// The provider as a target of the policies.
///
/// # Errors
/// [`Problem::not_found`] if there is none.
pub(super) fn target_of(tx: &mut Read<'_>, id: CellId) -> Result<Target, Fault> {
    if rows::one(tx, id)?.is_none() {
        return Err(Problem::not_found().into());
    }
    Ok(Target::of(ENTITY, id.uuid()))
}

/// Reads how many providers there are.
#[derive(Clone, Copy, Debug)]
pub struct ReadPlatform;

/// How many providers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Platform {
    /// At work.
    pub active: usize,
    /// Suspended.
    pub suspended: usize,
    /// Being made.
    pub creating: usize,
}

impl View for ReadPlatform {
    const NAME: &'static str = "platform.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Platform;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Platform, Fault> {
        let all = rows::all(tx)?;
        let count = |state: TenantState| all.iter().filter(|row| row.state == state.as_str()).count();
        Ok(Platform {
            active: count(TenantState::Active),
            suspended: count(TenantState::Suspended),
            creating: count(TenantState::Creating),
        })
    }

    fn entry(&self, _: &Platform) -> Note {
        Note::none()
    }
}
