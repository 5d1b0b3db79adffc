//! Views: one learner, and the list of them, masked.

use std::fmt;

use skillsyms_cells::Read;
use skillsyms_core::person::fold;
use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{LearnerId, Problem, Role};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_people::page::{Cursor, Page, PageAsk};
use uuid::Uuid;

use super::rows::{self, Window};
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

/// Sees the list of learners, by last name.
#[derive(Clone, Default)]
pub struct ListLearners {
    /// Which page.
    pub page: PageAsk,
    /// The beginning of a last name; accents and case do not matter.
    pub search: Option<String>,
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
        let window = self.window(tx)?;
        let rows = match cx.scope() {
            Scope::All => rows::page(tx, &window)?,
            Scope::Assigned => rows::page_of_team(tx, cx.person()?, own(cx), &window)?,
            Scope::Own => {
                let own = cx.actor().learner.ok_or_else(|| Problem::new(&FORBIDDEN))?;
                rows::page_of_own(tx, own, &window)?
            }
        };
        let page = Page::cut(rows, self.page.limit, |row| Cursor::after_id(row.id.uuid()));
        page.try_map(|row| shown::masked(cx, row))
    }

    fn entry(&self, output: &Page<Learner>) -> Note {
        let ids = output.items.iter().map(|learner| learner.id);
        let count = u64::try_from(output.items.len()).unwrap_or(0);
        Note::none().about_all(ids).count(count).category(category::IDENTITY)
    }
}

/// The own record of somebody on the team who is a learner as well: the single read of it is allowed, so it is listed.
fn own(cx: &Cx) -> LearnerId {
    let is_learner = cx.actor().roles.contains(&Role::Learner);
    let own = cx.actor().learner.filter(|_| is_learner);
    own.unwrap_or_else(|| LearnerId::new(Uuid::nil()))
}

impl ListLearners {
    /// A cursor holds the last learner's id only; where they stand in the order of names is read from their row.
    fn window(&self, tx: &mut Read<'_>) -> Result<Window, Fault> {
        let prefix = self.search.as_deref().map(fold).unwrap_or_default();
        let until = format!("{prefix}{LAST_LETTER}");
        let after = LearnerId::new(self.page.after_id()?);
        let from = match self.page.cursor {
            Some(_) => rows::fold_of(tx, after)?.unwrap_or_default().max(prefix),
            None => prefix,
        };
        Ok(Window {
            from,
            after,
            until,
            rows: self.page.limit.rows(),
        })
    }
}
