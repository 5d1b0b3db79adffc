//! Signing in and out, confirming that it is still you; and what happens when that is needed in the middle of something.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{CellId, PersonId, Problem, SessionId};
use skillsyms_door::Owes;
use skillsyms_people::factors::PASSKEY_WRONG;
use skillsyms_people::factors::passkey::ANSWER_MAX_BYTES;
use skillsyms_people::sessions::{CloseSession, EndAll, OpenByPasskey, OpenSession, Opened, StepUp};
use skillsyms_people::sign_in::{SignInInput, StepUpInput};
use skillsyms_vault::Secret;

use super::factors;
use super::kit::asked::Session;
use super::kit::carry::Parcel;
use super::kit::form::new_token;
use super::kit::{Asked, Form, FormView, Layout, OpenForm, Place, SignedIn, cookie, html, html_with, see};
use crate::extract::{Empty, Id, Visitor};
use crate::problem::{Answer, NO_ROUTE};
use crate::routes::Route;

/// What a browser forgets of this site when somebody signs out.
const CLEAR: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"storage\""),
);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/sign-in", sign_in_page)
            .public()
            .about("The form to sign in"),
        Route::form("/t/{slug}/sign-in", sign_in)
            .act::<OpenSession>("Sign in")
            .public()
            .takes_credentials()
            .carries(),
        Route::page("/t/{slug}/sign-in/passkey", question)
            .public()
            .about("The question for a passkey, before anybody is signed in; the script of the page reads it"),
        Route::form("/t/{slug}/sign-in/passkey", sign_in_by_passkey)
            .act::<OpenByPasskey>("Sign in with a passkey")
            .public()
            .takes_credentials()
            .carries(),
        Route::form("/t/{slug}/sign-out", sign_out).act::<CloseSession>("Sign out"),
        Route::page("/t/{slug}/step-up", step_up_page).view::<skillsyms_people::sessions::ReadMe>(
            "The question for the second factor or the password, before what is sensitive",
        ),
        Route::form("/t/{slug}/step-up", step_up)
            .act::<StepUp>("Confirm that it is still you")
            .takes_credentials()
            .carries(),
        Route::form("/t/{slug}/sessions/end-all", end_all).act::<EndAll>("Sign out everywhere"),
        Route::form("/t/{slug}/sessions/{id}/end", end_one).act::<CloseSession>("End one of your sessions"),
    ]
}

/// The same for operators: the address says which cookie is read, and all else follows from that.
pub(super) fn of_platform() -> Vec<Route> {
    vec![
        Route::page("/platform/sign-in", sign_in_page)
            .public()
            .about("The form to sign in as an operator"),
        Route::form("/platform/sign-in", sign_in)
            .act::<OpenSession>("Sign in as an operator")
            .public()
            .takes_credentials()
            .carries(),
        Route::page("/platform/sign-in/passkey", question)
            .public()
            .about("The question for an operator's passkey; the script of the page reads it"),
        Route::form("/platform/sign-in/passkey", sign_in_by_passkey)
            .act::<OpenByPasskey>("Sign in as an operator with a passkey")
            .public()
            .takes_credentials()
            .carries(),
        Route::form("/platform/sign-out", sign_out).act::<CloseSession>("Sign out"),
        Route::page("/platform/step-up", step_up_page).view::<skillsyms_people::sessions::ReadMe>(
            "The question for the second factor or the password, before what is sensitive",
        ),
        Route::form("/platform/step-up", step_up)
            .act::<StepUp>("Confirm that it is still you")
            .takes_credentials()
            .carries(),
        Route::form("/platform/sessions/end-all", end_all).act::<EndAll>("Sign out everywhere"),
        Route::form("/platform/sessions/{id}/end", end_one).act::<CloseSession>("End one of your sessions"),
    ]
}

/// Why somebody has to say who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// There is no session, or it is over.
    Expired,
    /// What they want needs a fresh confirmation.
    StepUp,
    /// The password was right, and the second factor is not shown yet.
    Factor,
    /// Their role takes a second factor, and they have none.
    Setup,
}

impl Why {
    /// The way to the form, and back to where one was.
    pub(crate) fn redirect(self, asked: &Asked, place: &Place) -> Response {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let back = asked.address();
        if asked.reads() && back != place.href("") && !back.starts_with(&place.href("factors/")) {
            query.append_pair("back", &back);
        }
        if self == Self::Expired && asked.session().is_some() {
            query.append_pair("why", "expired");
        }
        let page = match self {
            Self::Expired => "sign-in",
            Self::StepUp => "step-up",
            Self::Factor => "second-step",
            Self::Setup => "factors/new",
        };
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        see(&format!("{}{mark}{query}", place.href(page)))
    }
}

/// The form to sign in or to confirm, in place of the answer to a form that could not be taken yet; what was filled in goes along.
pub(crate) fn interrupted(asked: &Asked, why: Why, parcel: String, has_factor: Option<bool>) -> Response {
    let shown = match why {
        Why::Expired | Why::Factor | Why::Setup => {
            let form = FormView::default().fill("carried", parcel).fill("why", "expired");
            show_sign_in(asked, form, StatusCode::UNAUTHORIZED)
        }
        Why::StepUp => {
            let token = asked
                .session()
                .zip(asked.sent())
                .map(|(session, sent)| new_token(session, sent.person));
            let form = FormView::new(token.unwrap_or_default()).fill("carried", parcel);
            let layout = Layout::open(asked, asked.words().get("step-up-title"));
            show_step_up(layout, form, StatusCode::FORBIDDEN, has_factor)
        }
    };
    shown.unwrap_or_else(IntoResponse::into_response)
}

#[derive(Template)]
#[template(path = "sessions/sign_in.html")]
struct SignInPage {
    l: Layout,
    form: FormView,
    slug: Option<String>,
    said: Option<String>,
}

/// What the address of the form may say.
#[derive(Default, Deserialize)]
pub(super) struct Around {
    #[serde(default)]
    pub(super) back: String,
    #[serde(default)]
    why: String,
}

impl Around {
    pub(super) fn of(asked: &Asked) -> Self {
        serde_urlencoded::from_str(asked.query()).unwrap_or_default()
    }
}

async fn sign_in_page(asked: Asked, _: Empty) -> Answer {
    let around = Around::of(&asked);
    let form = FormView::default().fill("back", around.back).fill("why", around.why);
    show_sign_in(&asked, form, StatusCode::OK)
}

fn show_sign_in(asked: &Asked, form: FormView, status: StatusCode) -> Answer {
    let slug = match asked.place() {
        Some(Place::Tenant(slug)) => Some(slug.clone()),
        Some(Place::Platform) => None,
        None => return Err((&NO_ROUTE).into()),
    };
    let words = asked.words();
    let said = match (form.value("why"), form.value("carried").is_empty()) {
        ("expired", true) => Some("sign-in-expired"),
        ("expired", false) => Some("sign-in-expired-kept"),
        ("out", _) => Some("sign-in-out"),
        ("accepted", _) => Some("sign-in-accepted"),
        ("reset", _) => Some("sign-in-reset"),
        _ => None,
    };
    let mut l = Layout::open(asked, words.get("sign-in-title"));
    l.is_refused = !form.errors().is_empty();
    let said = said.filter(|_| !l.is_refused).map(|key| words.get(key));
    html_with(status, &SignInPage { l, form, slug, said })
}

/// What is typed to sign in.
#[derive(Deserialize)]
struct Typed {
    email: Secret<String>,
    password: Secret<String>,
    #[serde(default)]
    back: String,
    #[serde(default)]
    carried: String,
}

/// As over the API: with an unknown name, nobody tries to sign in to the platform, and the answer and the work are those of a
/// wrong password.
async fn sign_in(asked: Asked, visitor: Visitor, OpenForm { value, pairs }: OpenForm<Typed>) -> Answer {
    let Some(place) = asked.place() else {
        return Err((&NO_ROUTE).into());
    };
    let typed = SignInInput {
        email: value.email,
        password: value.password,
    };
    let service = visitor.house().sign_in();
    let platform = visitor.house().door().platform();
    let cell = asked.cell().unwrap_or(platform);
    let opened = match asked.cell() {
        Some(cell) => service.sign_in(&visitor.at(cell), typed).await,
        None => {
            service
                .sign_in_nowhere(&visitor.at(platform), place.name(), typed)
                .await
        }
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(problem) => {
            let form = FormView::default().filled(pairs).refused(problem, asked.words())?;
            return show_sign_in(&asked, form, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let around = (value.carried.as_str(), value.back.as_str());
    welcome(&asked, &visitor, (cell, place), &opened, around)
}

/// The question for a passkey. With an unknown name it is one of the platform's cell, which nobody's answer will fit.
async fn question(asked: Asked, visitor: Visitor, _: Empty) -> Answer {
    let cell = asked.cell().unwrap_or_else(|| visitor.house().door().platform());
    let question = visitor.house().sign_in().ask_passkey(&visitor.at(cell)).await?;
    Ok(axum::Json(question).into_response())
}

/// What the script of the page to sign in sends.
#[derive(Deserialize)]
struct ByPasskey {
    passkey: String,
    #[serde(default)]
    back: String,
    #[serde(default)]
    carried: String,
}

async fn sign_in_by_passkey(asked: Asked, visitor: Visitor, OpenForm { value, .. }: OpenForm<ByPasskey>) -> Answer {
    let Some(place) = asked.place() else {
        return Err((&NO_ROUTE).into());
    };
    let service = visitor.house().sign_in();
    let opened = match (asked.cell(), answer_of(&value.passkey)) {
        (Some(cell), Ok(answer)) => {
            let opened = service.sign_in_with_passkey(&visitor.at(cell), answer).await;
            opened.map(|opened| (cell, opened))
        }
        (_, Err(problem)) => Err(problem),
        // Nobody's passkey is of a provider that is not there.
        (None, Ok(_)) => Err(Problem::new(&PASSKEY_WRONG)),
    };
    match opened {
        Ok((cell, opened)) => {
            let around = (value.carried.as_str(), value.back.as_str());
            welcome(&asked, &visitor, (cell, place), &opened, around)
        }
        Err(problem) => {
            let form = FormView::default()
                .fill("back", value.back)
                .fill("carried", value.carried);
            let form = form.refused(problem, asked.words())?;
            show_sign_in(&asked, form, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// The answer of a passkey, as the script of our pages writes it into its field.
pub(super) fn answer_of<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    if text.len() > ANSWER_MAX_BYTES {
        return Err(Problem::new(&PASSKEY_WRONG));
    }
    serde_json::from_str(text).map_err(|_| Problem::new(&PASSKEY_WRONG))
}

/// After a sign-in: on to what is next, with the cookie of the session.
fn welcome(
    asked: &Asked,
    visitor: &Visitor,
    (cell, place): (CellId, &Place),
    opened: &Opened,
    (carried, back): (&str, &str),
) -> Answer {
    let now = visitor.house().door().clock().now();
    // What was sealed under the session that ended opens with its cookie, which came along once more.
    let parcel = asked
        .session()
        .and_then(|old| Parcel::open(carried, &old.carried(), opened.person, now));
    let mut answer = match (opened.owes, parcel) {
        (Some(Owes::Factor), parcel) => factors::asked_for(asked, place, parcel.as_ref(), opened, back)?,
        (Some(Owes::Enrol), _) => see(&factors::setup_href(place, back)),
        (None, Some(parcel)) => go_on(asked, &parcel, opened)?,
        (None, None) => see(place.back(back).unwrap_or(&place.href(""))),
    };
    let line = cookie::set_session(cell, opened.token.expose()).ok_or_else(Problem::internal)?;
    answer.headers_mut().append(header::SET_COOKIE, line);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "sessions/go_on.html")]
struct GoOnPage {
    l: Layout,
    path: String,
    token: String,
    parcel: String,
}

pub(super) fn go_on(asked: &Asked, parcel: &Parcel, opened: &Opened) -> Answer {
    let session = Session::of(opened.token.expose()).ok_or_else(Problem::internal)?;
    show_go_on(asked, parcel, &session, opened.person)
}

/// The page that sends on what was filled in: sealed anew, so that nothing of it stands in the page.
fn show_go_on(asked: &Asked, parcel: &Parcel, session: &Session, person: PersonId) -> Answer {
    html(&GoOnPage {
        l: Layout::open(asked, asked.words().get("go-on-title")),
        path: parcel.path.clone(),
        token: new_token(session, person),
        parcel: parcel.seal(&session.carried()).ok_or_else(Problem::internal)?,
    })
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(page: SignedIn, _: Form<Nothing>) -> Answer {
    let session = page.session()?;
    let act = CloseSession::of(&session.actor).ok_or(&UNAUTHENTICATED)?;
    match page.enter().run(act).await {
        // A session that is over already is what was wanted.
        Err(problem) if problem.code != &UNAUTHENTICATED => return Err(problem.into()),
        _ => {}
    }
    Ok(leave(&page, session))
}

/// Away, without the cookie and without what the browser kept.
fn leave(page: &SignedIn, session: &Session) -> Response {
    page.caller().house().known().forget(&session.hash);
    let mut answer = see(&page.href("sign-in?why=out"));
    if let Some(line) = cookie::end_session(session.actor.cell()) {
        answer.headers_mut().append(header::SET_COOKIE, line);
    }
    answer.headers_mut().insert(CLEAR.0, CLEAR.1);
    answer
}

async fn end_all(page: SignedIn, _: Form<Nothing>) -> Answer {
    page.enter().run(EndAll).await?;
    Ok(leave(&page, page.session()?))
}

async fn end_one(page: SignedIn, Id(id): Id<SessionId>, _: Form<Nothing>) -> Answer {
    page.enter().run(CloseSession::by_id(id)).await?;
    Ok(see(&page.href("account?done=session-ended")))
}

#[derive(Template)]
#[template(path = "sessions/step_up.html")]
struct StepUpPage {
    l: Layout,
    form: FormView,
    /// Whether there is a second factor, if that is known.
    has_factor: Option<bool>,
}

async fn step_up_page(page: SignedIn, _: Empty) -> Answer {
    let layout = page.layout(page.words().get("step-up-title")).await?;
    let form = SignedIn::form(&layout).fill("back", Around::of(page.asked()).back);
    let has_factor = layout.has_factor();
    show_step_up(layout, form, StatusCode::OK, has_factor)
}

fn show_step_up(mut l: Layout, form: FormView, status: StatusCode, has_factor: Option<bool>) -> Answer {
    l.is_refused = !form.errors().is_empty();
    html_with(status, &StepUpPage { l, form, has_factor })
}

/// What is typed to confirm.
#[derive(Deserialize)]
struct Confirmed {
    #[serde(default)]
    password: Option<Secret<String>>,
    #[serde(default)]
    code: Option<Secret<String>>,
    #[serde(default)]
    passkey: Option<String>,
    #[serde(default)]
    back: String,
    #[serde(default)]
    carried: String,
}

async fn step_up(page: SignedIn, form: Form<Confirmed>) -> Answer {
    let caller = page.caller();
    let done = match form.value.passkey.as_deref().map(answer_of).transpose() {
        Ok(passkey) => {
            let input = StepUpInput {
                password: form.value.password,
                code: form.value.code,
                passkey,
            };
            caller.house().sign_in().step_up(&caller.at_sign_in(), input).await
        }
        Err(problem) => Err(problem),
    };
    let layout = page.layout(page.words().get("step-up-title")).await?;
    if let Err(problem) = done {
        let form = factors::refused(SignedIn::form(&layout).filled(form.pairs), problem, page.words())?;
        let has_factor = layout.has_factor();
        return show_step_up(layout, form, StatusCode::UNPROCESSABLE_ENTITY, has_factor);
    }
    let session = page.session()?;
    let now = caller.door().clock().now();
    let person = page
        .asked()
        .sent()
        .map(|sent| sent.person)
        .ok_or_else(Problem::internal)?;
    match Parcel::open(&form.value.carried, &session.carried(), person, now) {
        Some(parcel) => show_go_on(page.asked(), &parcel, session, person),
        None => Ok(see(page.place().back(&form.value.back).unwrap_or(&page.href("")))),
    }
}
