//! Views: the people of a cell, and one of them.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::person::fold;
use skillsyms_core::{Instant, LearnerId, PersonId, Problem, RegistrationId, Role};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_vault::{Keyring, Secret};
use uuid::Uuid;

use super::PersonState;
use super::register::RegistrationKind;
use super::rows::{self, Held, PersonRow, RegistrationTuple, Window};
use crate::field::{Email, MaskedText, roles_text};
use crate::page::{ByName, Cursor, Page, PageAsk};

/// After every letter in the order of folded names.
const LAST_LETTER: char = '\u{10ffff}';
/// Most registrations that are shown with one page of people: six for each of the hundred.
const REGISTRATIONS_MAX: i64 = 600;

/// One account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PersonView {
    /// Its id.
    pub id: PersonId,
    /// E-mail address.
    pub email: Email,
    /// Name.
    pub name: MaskedText,
    /// The learner's record that is their own.
    pub learner: Option<LearnerId>,
    /// Whether they may sign in.
    pub state: PersonState,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Their registrations as assessor or moderator.
    pub registrations: Vec<RegistrationView>,
    /// Version, for changes that must not overwrite somebody else's.
    pub version: i64,
    /// When they were invited.
    pub created_at: Instant,
    /// When the account last changed.
    pub changed_at: Instant,
}

/// A registration with a quality assurance body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RegistrationView {
    /// Its id.
    pub id: RegistrationId,
    /// As what.
    pub kind: RegistrationKind,
    /// Number.
    pub number: MaskedText,
    /// The body that registered them.
    pub body: String,
    /// From when it is valid.
    pub valid_from: Instant,
    /// Until when.
    pub valid_until: Instant,
}

/// Lists the people of the cell by their last names, from A to Z or back.
#[derive(Clone, Debug, Default)]
pub struct ListPeople {
    /// Which page.
    pub page: PageAsk,
    /// In which order.
    pub sort: ByName,
    /// Of those in this state only.
    pub state: Option<PersonState>,
    /// Of those with this role only.
    pub role: Option<Role>,
    /// Of those whose last name begins like this, whose name is this, or who have this e-mail address.
    pub search: Option<Secret<String>>,
}

impl ListPeople {
    fn find(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Vec<PersonRow>, Fault> {
        let searched = self
            .search
            .as_ref()
            .map(|text| text.expose().trim())
            .unwrap_or_default();
        if searched.contains('@') {
            let Ok(email) = Email::parse(&Secret::new(searched.to_owned())) else {
                return Ok(Vec::new());
            };
            let found = rows::by_email(tx, email.index(cx.keys()))?;
            return Ok(found.into_iter().filter(|person| self.shows(person)).collect());
        }
        let mut found = self.begin_with(tx, fold(searched))?;
        if found.is_empty() && self.page.cursor.is_none() && searched.contains(' ') {
            // A whole name, as it is spoken.
            found = self.begin_with(tx, rows::folded(searched))?;
        }
        Ok(found)
    }

    fn begin_with(&self, tx: &mut Read<'_>, prefix: String) -> Result<Vec<PersonRow>, Fault> {
        let end = format!("{prefix}{LAST_LETTER}");
        let last = self.page.cursor.map(Cursor::id).transpose()?.map(PersonId::new);
        let name = last.map(|last| rows::fold_of(tx, last)).transpose()?.flatten();
        let (from, until, beyond) = match (self.sort, last) {
            (ByName::Up, None) => (prefix, end, PersonId::new(Uuid::nil())),
            (ByName::Down, None) => (prefix, end, PersonId::new(Uuid::max())),
            (ByName::Up, Some(last)) => (name.unwrap_or_default().max(prefix), end, last),
            (ByName::Down, Some(last)) => (prefix, name.unwrap_or_default().min(end), last),
        };
        let window = Window {
            sort: self.sort,
            from,
            until,
            beyond,
            states: self.states(),
            roles: self.role.map_or(Held::Any, held),
            rows: self.page.limit.rows(),
        };
        Ok(rows::page(tx, &window)?)
    }

    fn states(&self) -> Vec<&'static str> {
        let all = [PersonState::Invited, PersonState::Active, PersonState::Suspended];
        let chosen = all
            .into_iter()
            .filter(|state| self.state.is_none_or(|only| only == *state));
        chosen.map(PersonState::as_str).collect()
    }

    fn shows(&self, person: &PersonRow) -> bool {
        self.state.is_none_or(|state| state == person.state)
            && self.role.is_none_or(|role| person.roles.contains(&role))
    }
}

/// Every set of roles with this one in it, as the column has it. There are 2 to the power of 7 sets.
fn held(role: Role) -> Held {
    if role == Role::Learner {
        return Held::Learner;
    }
    let sets = (0_u32..1 << Role::ALL.len()).map(|bits| {
        let chosen = Role::ALL.iter().enumerate().filter(|(at, _)| (bits >> at) & 1 == 1);
        chosen.map(|(_, role)| *role).collect::<Vec<_>>()
    });
    Held::Sets(
        sets.filter(|set| set.contains(&role))
            .map(|set| roles_text(&set))
            .collect(),
    )
}

impl View for ListPeople {
    const NAME: &'static str = "person.list";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<PersonView>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Person"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<PersonView>, Fault> {
        let limit = self.page.limit;
        let found = match cx.scope() {
            Scope::All => self.find(cx, tx)?,
            // Accounts are assigned to nobody, and one's own is read by itself.
            _ => Vec::new(),
        };
        let page = Page::cut(found, limit, |last| Cursor::after_id(last.id.uuid()));
        let ids: Vec<PersonId> = page.items.iter().map(|person| person.id).collect();
        let registered = rows::registrations_of(tx, &ids, REGISTRATIONS_MAX)?;
        page.try_map(|person| view(cx.keys(), person, &registered))
    }

    fn entry(&self, output: &Page<PersonView>) -> Note {
        let mut note = Note::none().about_all(output.items.iter().filter_map(|person| person.learner));
        note.on = output.items.iter().map(|person| ("Person", person.id.uuid())).collect();
        note.category("contact")
    }
}

/// Reads one account.
#[derive(Clone, Copy, Debug)]
pub struct ReadPerson {
    /// Which.
    pub person: PersonId,
}

impl View for ReadPerson {
    const NAME: &'static str = "person.read";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = PersonView;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of(tx, self.person)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<PersonView, Fault> {
        read(cx.keys(), tx, self.person)
    }

    fn entry(&self, output: &PersonView) -> Note {
        let note = Note::on("Person", output.id.uuid()).category("contact");
        match output.learner {
            Some(learner) => note.about(learner),
            None => note,
        }
    }
}

/// The account as a target of the policies.
///
/// # Errors
/// [`Problem::not_found`] if there is none.
pub(crate) fn target_of(tx: &mut Read<'_>, person: PersonId) -> Result<Target, Fault> {
    if !rows::exists(tx, person)? {
        return Err(Problem::not_found().into());
    }
    Ok(Target::of("Person", person.uuid()).of_person(person))
}

/// Reads and opens one account.
pub(crate) fn read(keys: &Keyring, tx: &mut Read<'_>, id: PersonId) -> Result<PersonView, Fault> {
    let person = rows::person(tx, id)?.ok_or_else(Problem::not_found)?;
    let registered = rows::registrations_of(tx, &[id], REGISTRATIONS_MAX)?;
    view(keys, person, &registered)
}

fn view(keys: &Keyring, person: PersonRow, registered: &[RegistrationTuple]) -> Result<PersonView, Fault> {
    let email = person.email.open(keys, Email::place(person.id))?;
    let own = registered.iter().filter(|registration| registration.1 == person.id);
    Ok(PersonView {
        id: person.id,
        email: Email::kept(email),
        name: MaskedText::kept(person.name),
        learner: person.learner,
        state: person.state,
        roles: person.roles,
        registrations: own.map(registration_view).collect::<Result<_, CellError>>()?,
        version: person.version,
        created_at: person.created_at,
        changed_at: person.changed_at,
    })
}

fn registration_view(row: &RegistrationTuple) -> Result<RegistrationView, CellError> {
    let (id, _, kind, number, body, valid_from, valid_until) = row;
    let kind =
        RegistrationKind::parse(kind).ok_or(CellError::Damaged("a kind of registration that is not one of ours"))?;
    Ok(RegistrationView {
        id: *id,
        kind,
        number: MaskedText::kept(number.clone()),
        body: body.clone(),
        valid_from: *valid_from,
        valid_until: *valid_until,
    })
}
