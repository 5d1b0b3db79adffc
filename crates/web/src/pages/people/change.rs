//! Changes of an account: each is confirmed on a page that says what will happen.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::{PersonId, Problem, Role};
use skillsyms_door::Act as _;
use skillsyms_people::accounts::register::RegistrationInput;
use skillsyms_people::accounts::{
    PersonView, ReadPerson, Register, Registered, RegistrationKind, Restore, SetRoles, Suspend,
};
use skillsyms_people::factors::ResetFactors;
use skillsyms_people::sessions::EndSessions;
use skillsyms_vault::Secret;

use super::{STAFF, choices, role_word};
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, html, html_with, see};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/people/{id}/suspend", ask_suspend).view::<ReadPerson>("What suspending an account does"),
        Route::form("/t/{slug}/people/{id}/suspend", suspend).act::<Suspend>("Suspend an account"),
        Route::page("/t/{slug}/people/{id}/restore", ask_restore).view::<ReadPerson>("What restoring an account does"),
        Route::form("/t/{slug}/people/{id}/restore", restore).act::<Restore>("Restore an account"),
        Route::page("/t/{slug}/people/{id}/end-sessions", ask_end)
            .view::<ReadPerson>("What ending somebody's sessions does"),
        Route::form("/t/{slug}/people/{id}/end-sessions", end).act::<EndSessions>("End somebody's sessions"),
        Route::page("/t/{slug}/people/{id}/reset-factors", ask_reset_factors)
            .view::<ReadPerson>("What taking somebody's second factors away does"),
        Route::form("/t/{slug}/people/{id}/reset-factors", reset_factors)
            .act::<ResetFactors>("Take somebody's second factors away"),
        Route::page("/t/{slug}/people/{id}/roles", roles_page).view::<ReadPerson>("The form for somebody's roles"),
        Route::form("/t/{slug}/people/{id}/roles", set_roles)
            .act::<SetRoles>("Change somebody's roles")
            .then_view::<ReadPerson>(),
        Route::page("/t/{slug}/people/{id}/register", register_page)
            .view::<ReadPerson>("The form for somebody's registration"),
        Route::form("/t/{slug}/people/{id}/register", register)
            .act::<Register>("Enter somebody's registration as an assessor or moderator")
            .then_view::<ReadPerson>(),
    ]
}

/// What is about to be done to an account.
pub(in crate::pages) struct What {
    pub(in crate::pages) act: &'static str,
    pub(in crate::pages) title: &'static str,
    pub(in crate::pages) text: &'static str,
    pub(in crate::pages) button: &'static str,
    pub(in crate::pages) path: &'static str,
    pub(in crate::pages) tone: &'static str,
}

const SUSPEND: What = What {
    act: Suspend::NAME,
    title: "suspend-title",
    text: "suspend-text",
    button: "suspend",
    path: "suspend",
    tone: "danger",
};
const RESTORE: What = What {
    act: Restore::NAME,
    title: "restore-title",
    text: "restore-text",
    button: "restore",
    path: "restore",
    tone: "",
};
const END: What = What {
    act: EndSessions::NAME,
    title: "end-sessions-title",
    text: "end-sessions-text",
    button: "end-sessions",
    path: "end-sessions",
    tone: "danger",
};

const RESET_FACTORS: What = What {
    act: ResetFactors::NAME,
    title: "person-factors-title",
    text: "person-factors-text",
    button: "person-factors",
    path: "reset-factors",
    tone: "danger",
};

#[derive(Template)]
#[template(path = "people/confirm.html")]
struct ConfirmPage {
    l: Layout,
    /// Where the account is.
    back: String,
    version: i64,
    text: String,
    button: String,
    path: &'static str,
    tone: &'static str,
}

async fn confirm(page: &SignedIn, person: PersonId, what: &What) -> Answer {
    let person = page.enter().view(ReadPerson { person }).await?;
    let words = page.words();
    let title = words.with(what.title, "name", person.name.as_str());
    let l = layout_for(page, what.act, &person, title).await?;
    let back = page.href(&format!("people/{}", person.id));
    confirm_shown(l, (back, person.version), what)
}

/// What will happen to an account, and the button that does it.
pub(in crate::pages) fn confirm_shown(l: Layout, (back, version): (String, i64), what: &What) -> Answer {
    html(&ConfirmPage {
        back,
        version,
        text: l.get(what.text),
        button: l.get(what.button),
        path: what.path,
        tone: what.tone,
        l,
    })
}

/// The layout of a page with the form of an act, for those whose roles may do it: everybody may read their own account.
pub(super) async fn layout_for(
    page: &SignedIn,
    act: &'static str,
    person: &PersonView,
    title: String,
) -> Result<Layout, Refused> {
    Ok(below(page, page.layout_for(act, title).await?, person))
}

/// The layout of what follows such a form.
pub(super) async fn layout(page: &SignedIn, person: &PersonView, title: String) -> Result<Layout, Refused> {
    Ok(below(page, page.layout(title).await?, person))
}

fn below(page: &SignedIn, l: Layout, person: &PersonView) -> Layout {
    let l = l.crumb("people", page.words().get("people-title"));
    l.crumb(&format!("people/{}", person.id), person.name.as_str())
}

fn back(page: &SignedIn, id: PersonId, done: &str) -> axum::response::Response {
    see(&page.href(&format!("people/{id}?done={done}")))
}

/// The version on which it was confirmed.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: Option<i64>,
}

async fn ask_suspend(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &SUSPEND).await
}

async fn suspend(page: SignedIn, Id(person): Id<PersonId>, form: Form<Version>) -> Answer {
    let expected = form.value.version;
    page.make(Suspend { person, expected }, &form, |done| Some(done.id.uuid()))
        .await?;
    Ok(back(&page, person, "suspended"))
}

async fn ask_reset_factors(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &RESET_FACTORS).await
}

async fn reset_factors(page: SignedIn, Id(person): Id<PersonId>, form: Form<Version>) -> Answer {
    let sending = page.caller().house().sign_in().sending();
    page.make(ResetFactors { person, sending }, &form, |done| Some(done.id.uuid()))
        .await?;
    Ok(back(&page, person, "factors-reset"))
}

async fn ask_restore(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &RESTORE).await
}

async fn restore(page: SignedIn, Id(person): Id<PersonId>, form: Form<Version>) -> Answer {
    let expected = form.value.version;
    page.make(Restore { person, expected }, &form, |done| Some(done.id.uuid()))
        .await?;
    Ok(back(&page, person, "restored"))
}

async fn ask_end(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    confirm(&page, id, &END).await
}

async fn end(page: SignedIn, Id(person): Id<PersonId>, _: Form<Version>) -> Answer {
    page.enter().run(EndSessions { person }).await?;
    Ok(back(&page, person, "ended"))
}

#[derive(Template)]
#[template(path = "people/roles.html")]
struct RolesPage {
    l: Layout,
    id: PersonId,
    form: FormView,
    roles: Vec<(String, String)>,
}

fn offered(person: &PersonView) -> Vec<Role> {
    let own = person.learner.map(|_| Role::Learner);
    STAFF.into_iter().chain(own).collect()
}

async fn roles_page(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let title = page.words().with("roles-title", "name", person.name.as_str());
    let l = layout_for(&page, SetRoles::NAME, &person, title).await?;
    let mut form = SignedIn::form(&l).fill("version", person.version.to_string());
    for role in &person.roles {
        form = form.fill("roles", role.as_str());
    }
    html(&RolesPage {
        id,
        roles: choices(page.words(), &offered(&person)),
        form,
        l,
    })
}

async fn set_roles(page: SignedIn, Id(id): Id<PersonId>, form: Form<Version>) -> Answer {
    let act = SetRoles {
        person: id,
        roles: form.all("roles").filter_map(Role::parse).collect(),
        expected: form.value.version,
    };
    let Err(Refused(problem)) = page.make(act, &form, |done| Some(done.id.uuid())).await else {
        return Ok(back(&page, id, "roles"));
    };
    let mut checked = FormView::default().filled(form.pairs).refused(problem, page.words())?;
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let title = page.words().with("roles-title", "name", person.name.as_str());
    let l = layout(&page, &person, title).await?.refused();
    checked.token.clone_from(&l.token);
    let form = checked;
    let roles = choices(page.words(), &offered(&person));
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &RolesPage { id, roles, form, l })
}

#[derive(Template)]
#[template(path = "people/register.html")]
struct RegisterPage {
    l: Layout,
    id: PersonId,
    form: FormView,
    kinds: Vec<(String, String)>,
}

fn kinds(page: &SignedIn) -> Vec<(String, String)> {
    [Role::Assessor, Role::Moderator]
        .into_iter()
        .map(|role| (role.as_str().to_owned(), role_word(page.words(), role)))
        .collect()
}

async fn register_page(page: SignedIn, Id(id): Id<PersonId>, _: Empty) -> Answer {
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let title = page.words().with("register-of", "name", person.name.as_str());
    let l = layout_for(&page, Register::NAME, &person, title).await?;
    let form = SignedIn::form(&l);
    html(&RegisterPage {
        id,
        kinds: kinds(&page),
        form,
        l,
    })
}

#[derive(Deserialize)]
struct Registration {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    valid_until: String,
}

impl Registration {
    fn read(&self) -> Result<RegistrationInput, Problem> {
        let kind = RegistrationKind::parse(&self.kind);
        Ok(RegistrationInput {
            kind: kind.ok_or_else(|| Problem::field("kind", "registration.kind", "Choose assessor or moderator."))?,
            number: Secret::new(self.number.clone()),
            body: Secret::new(self.body.clone()),
            valid_from: self.valid_from.clone(),
            valid_until: self.valid_until.clone(),
        })
    }
}

async fn register(page: SignedIn, Id(id): Id<PersonId>, form: Form<Registration>) -> Answer {
    let problem = match form.value.read() {
        Err(problem) => problem,
        Ok(registration) => {
            let act = Register {
                person: id,
                registration,
            };
            match page.make(act, &form, |done: &Registered| Some(done.id.uuid())).await {
                Ok(_) => return Ok(back(&page, id, "registered")),
                Err(Refused(problem)) => problem,
            }
        }
    };
    let mut checked = FormView::default().filled(form.pairs).refused(problem, page.words())?;
    let person = page.enter().view(ReadPerson { person: id }).await?;
    let title = page.words().with("register-of", "name", person.name.as_str());
    let l = layout(&page, &person, title).await?.refused();
    checked.token.clone_from(&l.token);
    let form = checked;
    let kinds = kinds(&page);
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &RegisterPage { id, kinds, form, l })
}
