//! Permissions as people read them: the matrix of roles and acts, and why somebody may do something.
//!
//! What holds here:
//! - the policies themselves are asked, so what is shown is what goes; nothing is written down a second time;
//! - the matrix tells nothing of anybody; why a person may do something tells their roles and registrations, and is for
//!   whoever may read their account.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{PersonId, Problem};
use skillsyms_door::{ActInfo, Cx, Disclosure, Fault, Note, Realm, Rulebook, Target, View};

use crate::accounts::list::target_of;
use crate::directory;

/// Reads the matrix: which role may do which act.
pub struct ReadPermissions {
    /// The policies and the acts.
    pub book: Rulebook,
}

/// What one act is, and who may do it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Permission {
    /// Name of the act.
    pub act: String,
    /// What it is, in words.
    pub title: String,
    /// Whether it changes something.
    pub changes: bool,
    /// What each role, an API key with the scope, and the console may do.
    pub may: Vec<May>,
}

/// What one column of the matrix says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct May {
    /// The role, or `key`, `console`, `system`, `nobody`.
    pub who: String,
    /// In which scope: `all`, `assigned`, `own`; `none` if not at all.
    pub reach: String,
    /// Whether it takes the password again.
    pub step_up: bool,
    /// Whether it takes a stated purpose.
    pub purpose: bool,
    /// Whether one of the two is enough.
    pub either: bool,
}

impl May {
    fn read(who: &'static str, cell: &str) -> Self {
        let reach = cell.trim_end_matches(['+', '!', '|']);
        let marks = cell.strip_prefix(reach).unwrap_or_default();
        let either = marks == "|";
        Self {
            who: who.to_owned(),
            reach: if reach == "-" { "none" } else { reach }.to_owned(),
            step_up: either || marks.contains('+'),
            purpose: either || marks.contains('!'),
            either,
        }
    }
}

impl View for ReadPermissions {
    const NAME: &'static str = "permission.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Vec<Permission>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, _: &mut Read<'_>) -> Result<Vec<Permission>, Fault> {
        // What operators do with the platform is no provider's business, and none of its people may.
        let acts = self.book.registry().all().filter(|info| info.realm != Realm::Platform);
        Ok(acts
            .map(|info| Permission {
                act: info.name.to_owned(),
                title: title(info),
                changes: info.changes,
                may: self
                    .book
                    .row(info)
                    .into_iter()
                    .map(|(who, cell)| May::read(who, &cell))
                    .collect(),
            })
            .collect())
    }

    fn entry(&self, _: &Vec<Permission>) -> Note {
        Note::none()
    }
}

/// Says why somebody may do an act, or may not: which policies decide.
pub struct ExplainPerson {
    /// The policies and the acts.
    pub book: Rulebook,
    /// Who.
    pub person: PersonId,
    /// Name of the act.
    pub act: String,
}

/// Why somebody may do an act, or may not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// Who.
    pub person: PersonId,
    /// Name of the act.
    pub act: String,
    /// What it is, in words.
    pub title: String,
    /// One for each way in which things may relate to them.
    pub rulings: Vec<RulingView>,
}

/// What the policies say for things that relate to somebody in one way.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RulingView {
    /// `all`: things that have nothing to do with them; `assigned`: things they are on the team of; `own`: their own.
    pub reach: String,
    /// Whether it is allowed, with what it takes.
    pub allowed: bool,
    /// Whether it takes the password again.
    pub step_up: bool,
    /// Whether it takes a stated purpose.
    pub purpose: bool,
    /// Whether one of the two is enough.
    pub either: bool,
    /// The policies that decided. None: no policy allows it.
    pub because: Vec<ReasonView>,
}

/// A policy that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonView {
    /// Its id.
    pub policy: String,
    /// Whether it forbids; else it permits.
    pub forbids: bool,
    /// What it says, in words.
    pub says: String,
}

impl View for ExplainPerson {
    const NAME: &'static str = "permission.explain";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Explanation;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Explanation, Fault> {
        let unknown = || Problem::field("act", "permission.act", "There is no such act. Choose one of the list.");
        let info = self.book.registry().get(&self.act);
        let info = info.filter(|info| info.realm != Realm::Platform).ok_or_else(unknown)?;
        let principal = directory::person(tx, self.person, cx.now())?.ok_or_else(Problem::not_found)?;
        let rulings = self.book.explain(info, &principal, cx.now()).into_iter();
        Ok(Explanation {
            person: self.person,
            act: info.name.to_owned(),
            title: title(info),
            rulings: rulings
                .map(|ruling| RulingView {
                    reach: ruling.reach.to_owned(),
                    allowed: ruling.allowed,
                    step_up: ruling.takes.contains(['+', '|']),
                    purpose: ruling.takes.contains(['!', '|']),
                    either: ruling.takes == "|",
                    because: ruling
                        .because
                        .into_iter()
                        .map(|reason| ReasonView {
                            policy: reason.id,
                            forbids: reason.forbids,
                            says: reason.says,
                        })
                        .collect(),
                })
                .collect(),
        })
    }

    fn entry(&self, output: &Explanation) -> Note {
        Note::on("Person", output.person.uuid())
    }
}

/// The title of an act, as a sentence begins.
fn title(info: &ActInfo) -> String {
    let mut letters = info.title.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_the_matrix_is_read() {
        let read = |cell| {
            let may = May::read("admin", cell);
            (may.reach, may.step_up, may.purpose, may.either)
        };
        assert_eq!(read("-"), ("none".to_owned(), false, false, false));
        assert_eq!(read("all"), ("all".to_owned(), false, false, false));
        assert_eq!(read("own+"), ("own".to_owned(), true, false, false));
        assert_eq!(read("all!"), ("all".to_owned(), false, true, false));
        assert_eq!(read("all+!"), ("all".to_owned(), true, true, false));
        assert_eq!(read("all|"), ("all".to_owned(), true, true, true));
    }
}
