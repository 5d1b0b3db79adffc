//! Views: one learner, and the list of them, masked.

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_cells::Read;
use skillsyms_core::person::fold;
use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{LearnerId, Problem, Role};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_people::page::{Cursor, Page, PageAsk};
use uuid::Uuid;

use super::rows::{self, OfTeam, Row, Window};
use super::shown::{self, Learner};
use super::{ENTITY, category};

/// Above every letter that a name may hold.
const LAST_LETTER: char = char::MAX;

/// Sees one learner.
#[derive(Clone, Copy, Debug)]
pub struct ReadLearner {
    /// Which.
    pub id: LearnerId,
}

impl View for ReadLearner {
    const NAME: &'static str = "learner.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    const IS_BRIEF: bool = true;
    type Output = Learner;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        shown::target(tx, self.id)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Learner, Fault> {
        let row = rows::by_id(tx, self.id)?.ok_or_else(Problem::not_found)?;
        shown::masked(cx, row)
    }

    fn entry(&self, output: &Learner) -> Note {
        let note = Note::on(ENTITY, output.id.uuid()).about(output.id);
        note.category(category::IDENTITY)
    }
}

/// In which order learners are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// By last name.
    #[default]
    Name,
    /// The latest registered first.
    Newest,
}

/// On which side of the cursor a page lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// After it.
    #[default]
    After,
    /// Before it: `next` then leads further back.
    Before,
}

/// Sees the list of learners.
#[derive(Clone, Default)]
pub struct ListLearners {
    /// Which page.
    pub page: PageAsk,
    /// The beginning of a last name; accents and case do not matter. It goes with the order by name.
    pub search: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// The page after the cursor, or the one before it.
    pub side: Side,
}

impl fmt::Debug for ListLearners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListLearners")
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}

impl View for ListLearners {
    const NAME: &'static str = "learner.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Learner>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list(ENTITY))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Learner>, Fault> {
        let mut rows = match self.sort {
            Sort::Name => self.by_name(cx, tx)?,
            Sort::Newest => self.by_age(cx, tx)?,
        };
        // Backwards the nearest rows come first: those are kept, and shown in the order of the list.
        let page = match self.side {
            Side::After => Page::cut(rows, self.page.limit, |row| Cursor::after_id(row.id.uuid())),
            Side::Before => {
                let most = usize::try_from(self.page.limit.get()).unwrap_or(usize::MAX);
                let more = rows.len() > most;
                rows.truncate(most);
                rows.reverse();
                let first = rows.first().filter(|_| more);
                Page {
                    next: first.map(|row| Cursor::after_id(row.id.uuid())),
                    items: rows,
                }
            }
        };
        page.try_map(|row| shown::masked(cx, row))
    }

    fn entry(&self, output: &Page<Learner>) -> Note {
        let ids = output.items.iter().map(|learner| learner.id);
        let count = u64::try_from(output.items.len()).unwrap_or(0);
        Note::none().about_all(ids).count(count).category(category::IDENTITY)
    }
}

/// The own record of somebody on the team who is a learner as well: the single read of it is allowed, so it is listed.
fn own(cx: &Cx) -> Option<LearnerId> {
    let is_learner = cx.actor().roles.contains(&Role::Learner);
    cx.actor().learner.filter(|_| is_learner)
}

/// Puts the own record of somebody on the team among the learners of the team, if it belongs to this page.
fn with_own(
    cx: &Cx,
    tx: &mut Read<'_>,
    mut found: Vec<OfTeam>,
    (rows_wanted, belongs): (i64, impl Fn(LearnerId, &str) -> bool),
    before: impl Fn(&OfTeam, &OfTeam) -> Ordering,
) -> Result<Vec<Row>, Fault> {
    if let Some(id) = own(cx)
        && !found.iter().any(|(row, _)| row.id == id)
        && let (Some(row), Some(fold)) = (rows::by_id(tx, id)?, rows::fold_of(tx, id)?)
        && belongs(id, &fold)
    {
        found.push((row, fold));
        found.sort_by(before);
        found.truncate(usize::try_from(rows_wanted).unwrap_or(0));
    }
    Ok(found.into_iter().map(|(row, _)| row).collect())
}

/// The order of the list by name.
fn in_order((one, fold): &OfTeam, (other, other_fold): &OfTeam) -> Ordering {
    fold.cmp(other_fold).then(one.id.cmp(&other.id))
}

impl ListLearners {
    fn by_name(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Vec<Row>, Fault> {
        let window = self.window(tx)?;
        Ok(match (cx.scope(), self.side) {
            (Scope::All, Side::After) => rows::page(tx, &window)?,
            (Scope::All, Side::Before) => rows::page_before(tx, &window)?,
            (Scope::Assigned, Side::After) => {
                let found = rows::page_of_team(tx, cx.person()?, &window)?;
                let belongs = |id, fold: &str| window.has(fold, id);
                with_own(cx, tx, found, (window.rows, belongs), in_order)?
            }
            (Scope::Assigned, Side::Before) => {
                let found = rows::page_of_team_before(tx, cx.person()?, &window)?;
                let belongs = |id, fold: &str| window.has_before(fold, id);
                with_own(cx, tx, found, (window.rows, belongs), |one, other| in_order(other, one))?
            }
            (Scope::Own, Side::After) => rows::page_of_own(tx, mine(cx)?, &window)?,
            // One's own record is one page.
            (Scope::Own, Side::Before) => Vec::new(),
        })
    }

    /// Ids are UUIDv7: their order is that of registration.
    fn by_age(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Vec<Row>, Fault> {
        if self.search.as_deref().is_some_and(|text| !text.trim().is_empty()) {
            let message = "A search by name is listed by name. Leave out the order, or the name.";
            return Err(Problem::field("sort", "learner.sort", message).into());
        }
        let edge = match (self.page.cursor, self.side) {
            (None, Side::After) => Uuid::max(),
            (cursor, _) => cursor.map_or(Ok(Uuid::nil()), Cursor::id)?,
        };
        let (edge, limit) = (LearnerId::new(edge), self.page.limit.rows());
        Ok(match (cx.scope(), self.side) {
            (Scope::All, Side::After) => rows::older(tx, edge, limit)?,
            (Scope::All, Side::Before) => rows::newer(tx, edge, limit)?,
            (Scope::Assigned, Side::After) => {
                let found = rows::older_of_team(tx, cx.person()?, (edge, limit))?;
                let belongs = |id, _: &str| id < edge;
                with_own(cx, tx, found, (limit, belongs), |one, other| other.0.id.cmp(&one.0.id))?
            }
            (Scope::Assigned, Side::Before) => {
                let found = rows::newer_of_team(tx, cx.person()?, (edge, limit))?;
                let belongs = |id, _: &str| id > edge;
                with_own(cx, tx, found, (limit, belongs), |one, other| one.0.id.cmp(&other.0.id))?
            }
            (Scope::Own, Side::After) => {
                let row = rows::by_id(tx, mine(cx)?)?;
                row.into_iter().filter(|row| row.id < edge).collect()
            }
            (Scope::Own, Side::Before) => Vec::new(),
        })
    }

    /// A cursor holds the id of one learner only; where they stand in the order of names is read from their row.
    fn window(&self, tx: &mut Read<'_>) -> Result<Window, Fault> {
        let prefix = self.search.as_deref().map(fold).unwrap_or_default();
        let until = format!("{prefix}{LAST_LETTER}");
        let at = LearnerId::new(self.page.after_id()?);
        let fold = match self.page.cursor {
            Some(_) => rows::fold_of(tx, at)?.unwrap_or_default().max(prefix.clone()),
            None => prefix.clone(),
        };
        let (from, until) = match self.side {
            Side::After => (fold, until),
            Side::Before => (prefix, fold),
        };
        Ok(Window {
            from,
            at,
            until,
            rows: self.page.limit.rows(),
        })
    }
}

/// The record of whoever sees no other.
fn mine(cx: &Cx) -> Result<LearnerId, Fault> {
    Ok(cx.actor().learner.ok_or_else(|| Problem::new(&FORBIDDEN))?)
}
