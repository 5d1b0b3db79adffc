//! The API keys of a cell: list them, revoke one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::person::fold;
use skillsyms_core::{ApiKeyId, Instant, PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Scope, Target, View};
use uuid::Uuid;

use super::ending;
use super::networks::Networks;
use super::rows::{self, KeyRow};
use super::scopes;
use crate::page::{ByAge, Page, PageAsk};

/// One API key. The key itself is nowhere to be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiKeyView {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: PersonId,
    /// When it was made.
    pub created_at: Instant,
    /// When it stops working.
    pub expires_at: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub used_at: Option<Instant>,
    /// From which networks it may be used; none named: from everywhere.
    pub networks: Vec<String>,
    /// When it was last refused because it came from elsewhere, to the hour.
    pub strayed_at: Option<Instant>,
    /// The key whose place it took.
    pub rotated_from: Option<ApiKeyId>,
    /// The key that took its place.
    pub rotated_to: Option<ApiKeyId>,
    /// Whether it works, ends within 14 days, and has nothing in its place.
    pub expires_soon: bool,
    /// Whether it works now.
    pub is_working: bool,
}

/// The states of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It works.
    Working,
    /// Its time is over.
    Over,
    /// Somebody revoked it.
    Revoked,
}

impl KeyState {
    /// Reads its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "working" => Some(Self::Working),
            "over" => Some(Self::Over),
            "revoked" => Some(Self::Revoked),
            _ => None,
        }
    }

    fn of(row: &KeyRow, now: Instant) -> Self {
        match row.revoked_at {
            Some(_) => Self::Revoked,
            None if row.is_working(now) => Self::Working,
            None => Self::Over,
        }
    }
}

/// Lists the API keys of the cell, those that no longer work too.
#[derive(Clone, Debug, Default)]
pub struct ListApiKeys {
    /// A part of the name; accents and case do not matter.
    pub search: Option<String>,
    /// In this state only.
    pub state: Option<KeyState>,
    /// In which order; the oldest first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListApiKeys {
    const NAME: &'static str = "api_key.list";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<ApiKeyView>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("ApiKey"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<ApiKeyView>, Fault> {
        let limit = self.page.limit;
        let found = match cx.scope() {
            Scope::All => {
                let sort = self.sort.unwrap_or(ByAge::Oldest);
                let wanted = fold(self.search.as_deref().unwrap_or_default());
                let passes = |row: &KeyRow| {
                    let is_found = wanted.is_empty() || fold(&row.name).contains(&wanted);
                    is_found && self.state.is_none_or(|state| state == KeyState::of(row, cx.now()))
                };
                let after = |beyond, rows| rows::page(tx, (sort, ApiKeyId::new(beyond)), rows);
                Page::sift(limit, self.page.beyond(sort)?, |row| row.id.uuid(), after, passes)?
            }
            // Keys are assigned to nobody and belong to the provider.
            _ => Page {
                items: Vec::new(),
                next: None,
            },
        };
        Ok(found.try_map(|row| view(row, cx.now()))?)
    }

    fn entry(&self, output: &Page<ApiKeyView>) -> Note {
        Note {
            on: output.items.iter().map(|key| ("ApiKey", key.id.uuid())).collect(),
            ..Note::none()
        }
    }
}

fn view(row: KeyRow, now: Instant) -> Result<ApiKeyView, CellError> {
    let is_working = row.is_working(now);
    let maker = Uuid::from_slice(&row.created_by).map_err(|_| CellError::Damaged("an id of the wrong length"))?;
    Ok(ApiKeyView {
        id: row.id,
        name: row.name,
        scopes: scopes::of(&row.scopes),
        created_by: PersonId::new(maker),
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        used_at: row.used_at,
        networks: Networks::of(&row.networks)?.words(),
        strayed_at: row.strayed_at,
        rotated_from: row.rotated_from,
        rotated_to: row.rotated_to,
        expires_soon: is_working && row.rotated_to.is_none() && ending::is_soon(row.expires_at, now),
        is_working,
    })
}

/// Revokes an API key, at once and for good. Doing it again changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct RevokeApiKey {
    /// Which.
    pub key: ApiKeyId,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Revoked {
    /// The key.
    pub id: ApiKeyId,
    /// Since when it does not work.
    pub revoked_at: Instant,
}

impl Act for RevokeApiKey {
    const NAME: &'static str = "api_key.revoke";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Revoked;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        rows::revoked_at(tx, self.key)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("ApiKey", self.key.uuid()))
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Revoked, Fault> {
        let before = rows::revoked_at(&mut tx.read(), self.key)?.ok_or_else(Problem::not_found)?;
        if let Some(revoked_at) = before {
            return Ok(Revoked {
                id: self.key,
                revoked_at,
            });
        }
        rows::revoke(tx, self.key, cx.now())?;
        Ok(Revoked {
            id: self.key,
            revoked_at: cx.now(),
        })
    }

    fn entry(&self, output: &Revoked) -> Note {
        Note::on("ApiKey", output.id.uuid())
    }
}
