//! Second factors: showing one after the password, setting one up, and looking after what one has.

use askama::Template;
use axum::response::Response;
use fast_qr::{ECL, QRBuilder};
use http::{StatusCode, header};
use serde::Deserialize;
use skillsyms_core::{FactorId, PersonId, Problem};
use skillsyms_people::factors::{
    BeginFactor, Begun, CODE_MISSING, CODE_WRONG, ConfirmFactor, FIRST_CODE_WRONG, ListFactors, NONE, RemoveFactor,
    RenewCodes, ShowFactor,
};
use skillsyms_people::sessions::{Opened, ReadMe};
use skillsyms_people::sign_in::CodeInput;
use skillsyms_people::token::OneTimeText;
use skillsyms_vault::{Secret, Zeroizing};
use uuid::Uuid;

use super::kit::asked::Session;
use super::kit::carry::Parcel;
use super::kit::form::{new_token, problem_text};
use super::kit::{Asked, Form, FormView, Layout, Place, SignedIn, Words, cookie, html, html_with, see};
use super::sessions::{Around, go_on};
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Modules of white around a QR code, so that a camera finds it (ISO/IEC 18004, section 6.3.8).
const QUIET: usize = 4;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/second-step", second_step_page)
            .public()
            .about("The question for the second factor, after the password"),
        Route::form("/t/{slug}/second-step", second_step)
            .act::<ShowFactor>("Show your second factor")
            .takes_credentials()
            .carries(),
        Route::page("/t/{slug}/factors/new", new).view::<ReadMe>("The way to set up an authenticator app"),
        Route::form("/t/{slug}/factors", begin).act::<BeginFactor>("Begin to set up an authenticator app"),
        Route::form("/t/{slug}/factors/{id}/confirm", confirm)
            .act::<ConfirmFactor>("Confirm an authenticator app with its first code")
            .takes_credentials(),
        Route::page("/t/{slug}/factors/{id}/remove", ask_remove)
            .view::<ListFactors>("What removing a second factor does"),
        Route::form("/t/{slug}/factors/{id}/remove", remove).act::<RemoveFactor>("Remove one of your second factors"),
        Route::page("/t/{slug}/factors/codes", ask_codes).view::<ListFactors>("What new recovery codes do"),
        Route::form("/t/{slug}/factors/codes", codes).act::<RenewCodes>("Make new recovery codes"),
    ]
}

/// The same for operators.
pub(super) fn of_platform() -> Vec<Route> {
    vec![
        Route::page("/platform/second-step", second_step_page)
            .public()
            .about("The question for an operator's second factor, after the password"),
        Route::form("/platform/second-step", second_step)
            .act::<ShowFactor>("Show your second factor")
            .takes_credentials()
            .carries(),
        Route::page("/platform/factors/new", new).view::<ReadMe>("The way to set up an authenticator app"),
        Route::form("/platform/factors", begin).act::<BeginFactor>("Begin to set up an authenticator app"),
        Route::form("/platform/factors/{id}/confirm", confirm)
            .act::<ConfirmFactor>("Confirm an authenticator app with its first code")
            .takes_credentials(),
        Route::page("/platform/factors/{id}/remove", ask_remove)
            .view::<ListFactors>("What removing a second factor does"),
        Route::form("/platform/factors/{id}/remove", remove).act::<RemoveFactor>("Remove one of your second factors"),
        Route::page("/platform/factors/codes", ask_codes).view::<ListFactors>("What new recovery codes do"),
        Route::form("/platform/factors/codes", codes).act::<RenewCodes>("Make new recovery codes"),
    ]
}

/// The address of a page of this place that leads on to where somebody wanted to go.
fn on_the_way(place: &Place, page: &str, back: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(back) = place.back(back).filter(|back| **back != place.href("")) {
        query.append_pair("back", back);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{query}", place.href(page))
}

/// Where somebody sets up the factor that their role takes.
pub(super) fn setup_href(place: &Place, back: &str) -> String {
    on_the_way(place, "factors/new", back)
}

/// Whose forms these are is not known before the factor was shown.
const NOBODY_YET: PersonId = PersonId::new(Uuid::nil());

#[derive(Template)]
#[template(path = "factors/second_step.html")]
struct SecondStepPage {
    l: Layout,
    form: FormView,
}

async fn second_step_page(asked: Asked, _: Empty) -> Answer {
    let Some(place) = asked.place() else {
        return Err((&crate::problem::NO_ROUTE).into());
    };
    let Some(session) = asked.session() else {
        return Ok(see(&place.href("sign-in")));
    };
    let form = FormView::new(new_token(session, NOBODY_YET)).fill("back", Around::of(&asked).back);
    show_second_step(&asked, form, StatusCode::OK)
}

fn show_second_step(asked: &Asked, form: FormView, status: StatusCode) -> Answer {
    let mut l = Layout::open(asked, asked.words().get("second-step-title"));
    let own = l.href("second-step");
    l = l.read_at(own);
    l.is_refused = !form.errors().is_empty();
    html_with(status, &SecondStepPage { l, form })
}

/// After the right password: the way to the second step, or that step at once if a form waits to be sent on.
pub(super) fn asked_for(asked: &Asked, place: &Place, parcel: Option<&Parcel>, opened: &Opened, back: &str) -> Answer {
    let Some(parcel) = parcel else {
        return Ok(see(&on_the_way(place, "second-step", back)));
    };
    let session = Session::of(opened.token.expose()).ok_or_else(Problem::internal)?;
    let carried = parcel.seal(&session.carried()).ok_or_else(Problem::internal)?;
    let form = FormView::new(new_token(&session, NOBODY_YET)).fill("carried", carried);
    show_second_step(asked, form, StatusCode::OK)
}

#[derive(Deserialize)]
struct Shown {
    code: Secret<String>,
    #[serde(default)]
    back: String,
    #[serde(default)]
    carried: String,
}

async fn second_step(page: SignedIn, form: Form<Shown>) -> Answer {
    let (caller, session) = (page.caller(), page.session()?);
    let input = CodeInput { code: form.value.code };
    let shown = caller.house().sign_in().show_factor(&caller.at_sign_in(), input).await;
    let opened = match shown {
        Ok(opened) => opened,
        // A session that waits for nothing: the page was reached by going back.
        Err(problem) if problem.code == &NONE => {
            return Ok(see(page.place().back(&form.value.back).unwrap_or(&page.href(""))));
        }
        Err(problem) => {
            let again = FormView::new(new_token(session, NOBODY_YET))
                .fill("back", form.value.back)
                .fill("carried", form.value.carried);
            let again = refused(again, problem, page.words())?;
            return show_second_step(page.asked(), again, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let now = caller.door().clock().now();
    let parcel = Parcel::open(&form.value.carried, &session.carried(), opened.person, now);
    let answer = match parcel {
        Some(parcel) => go_on(page.asked(), &parcel, &opened)?,
        None => see(page.place().back(&form.value.back).unwrap_or(&page.href(""))),
    };
    with_token(&page, answer, &opened.token)
}

/// A form with a code that was not taken: what is wrong stands beside the field.
pub(super) fn refused(form: FormView, problem: Problem, words: Words) -> Result<FormView, Refused> {
    let codes = [&CODE_WRONG, &FIRST_CODE_WRONG, &CODE_MISSING];
    if codes.iter().any(|code| *problem.code == **code) {
        return Ok(form.wrong("code", problem_text(words, problem.code)));
    }
    form.refused(problem, words)
}

/// The session has a new token: the old one is over.
fn with_token(page: &SignedIn, mut answer: Response, token: &OneTimeText) -> Answer {
    let session = page.session()?;
    page.caller().house().known().forget(&session.hash);
    let line = cookie::set_session(session.actor.cell(), token.expose()).ok_or_else(Problem::internal)?;
    answer.headers_mut().append(header::SET_COOKIE, line);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "factors/new.html")]
struct NewPage {
    l: Layout,
    form: FormView,
}

async fn new(page: SignedIn, _: Empty) -> Answer {
    let l = below(&page, page.words().get("factor-new-title")).await?;
    let form = SignedIn::form(&l)
        .fill("back", Around::of(page.asked()).back)
        .fill("name", page.words().get("factor-name-default"));
    html(&NewPage { l, form })
}

async fn below(page: &SignedIn, title: String) -> Result<Layout, Refused> {
    let l = page.layout(title).await?;
    if l.owes() {
        return Ok(l);
    }
    Ok(l.crumb("account", page.words().get("account-title")))
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: Secret<String>,
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "factors/begun.html")]
struct BegunPage {
    l: Layout,
    form: FormView,
    id: FactorId,
    /// Secret and picture; gone when a first code was wrong.
    shown: Option<Picture>,
}

/// The secret as it is typed, and as a camera reads it.
struct Picture {
    secret: Zeroizing<String>,
    uri: Zeroizing<String>,
    size: usize,
    path: Zeroizing<String>,
}

async fn begin(page: SignedIn, form: Form<Named>) -> Answer {
    let caller = page.caller();
    let issuer = caller.house().issuer(caller.actor().cell()).await?;
    let act = BeginFactor {
        name: form.value.name,
        issuer,
    };
    let done = page.enter().run(act).await;
    let l = below(&page, page.words().get("factor-new-title")).await?;
    let again = SignedIn::form(&l).fill("back", form.value.back.clone());
    match done {
        Ok(begun) => {
            let l = l.read_at(page.href("factors/new"));
            let shown = Some(picture(&begun)?);
            html(&BegunPage {
                l,
                form: again,
                id: begun.id,
                shown,
            })
        }
        Err(problem) => {
            let form = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
            let l = l.refused();
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { l, form })
        }
    }
}

/// The address of an authenticator as a QR code: one path of black squares on white, in either theme.
fn picture(begun: &Begun) -> Result<Picture, Problem> {
    // On a screen nothing is smudged: few corrections, larger squares.
    let code = QRBuilder::new(begun.uri.expose())
        .ecl(ECL::L)
        .build()
        .map_err(|error| {
            tracing::error!(%error, "a QR code");
            Problem::internal()
        })?;
    let mut path = Zeroizing::new(String::new());
    for row in 0..code.size {
        for (column, module) in code[row].iter().enumerate() {
            if module.value() {
                let (x, y) = (column.saturating_add(QUIET), row.saturating_add(QUIET));
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    // In groups of four, as people read it out.
    let secret = begun.secret.expose().as_bytes().chunks(4);
    let groups: Vec<&str> = secret.filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(Picture {
        secret: Zeroizing::new(groups.join(" ")),
        uri: Zeroizing::new(begun.uri.expose().to_owned()),
        size: code.size.saturating_add(QUIET * 2),
        path,
    })
}

#[derive(Deserialize)]
struct FirstCode {
    code: Secret<String>,
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "factors/codes.html")]
struct CodesPage {
    l: Layout,
    codes: Vec<OneTimeText>,
    next: String,
}

async fn confirm(page: SignedIn, Id(id): Id<FactorId>, form: Form<FirstCode>) -> Answer {
    let caller = page.caller();
    let input = CodeInput { code: form.value.code };
    let service = caller.house().sign_in();
    let l = below(&page, page.words().get("factor-new-title")).await?;
    let confirmed = match service.confirm_factor(&caller.at_sign_in(), id, input).await {
        Ok(confirmed) => confirmed,
        Err(problem) => {
            let form = refused(SignedIn::form(&l).fill("back", form.value.back), problem, page.words())?;
            let l = l.refused().read_at(page.href("factors/new"));
            let shown = None;
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &BegunPage { l, form, id, shown });
        }
    };
    let next = page.place().back(&form.value.back).map(ToOwned::to_owned);
    let answer = match confirmed.recovery_codes {
        Some(codes) => {
            let mut l = l.read_at(page.href("account"));
            l.title = l.get("codes-title");
            // The forms of this page belong to the session with its new token.
            let session = Session::of(confirmed.token.expose()).ok_or_else(Problem::internal)?;
            l.token = new_token(&session, confirmed.person);
            let next = next.unwrap_or_else(|| page.href(""));
            html(&CodesPage { l, codes, next })?
        }
        None => see(&page.href("account?done=factor-added")),
    };
    with_token(&page, answer, &confirmed.token)
}

#[derive(Template)]
#[template(path = "factors/ask.html")]
struct AskPage {
    l: Layout,
    text: String,
    button: String,
    path: String,
    tone: &'static str,
}

async fn ask_remove(page: SignedIn, Id(id): Id<FactorId>, _: Empty) -> Answer {
    let rule = page.caller().house().sign_in().rule();
    let factors = page.enter().view(ListFactors { rule }).await?;
    let factor = factors.items.iter().find(|factor| factor.id == id);
    let factor = factor.ok_or_else(Problem::not_found)?;
    let title = page.words().with("factor-remove-title", "name", factor.name.as_str());
    let l = below(&page, title).await?;
    html(&AskPage {
        text: l.get("factor-remove-text"),
        button: l.get("factor-remove"),
        path: l.href(&format!("factors/{id}/remove")),
        tone: "danger",
        l,
    })
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

async fn remove(page: SignedIn, Id(id): Id<FactorId>, _: Form<Nothing>) -> Answer {
    let service = page.caller().house().sign_in();
    let act = RemoveFactor {
        id,
        rule: service.rule(),
        sending: service.sending(),
    };
    page.enter().run(act).await?;
    // Whether there is one left decides what is asked for next.
    page.caller().house().known().forget(&page.session()?.hash);
    Ok(see(&page.href("account?done=factor-removed")))
}

async fn ask_codes(page: SignedIn, _: Empty) -> Answer {
    let rule = page.caller().house().sign_in().rule();
    page.enter().view(ListFactors { rule }).await?;
    let l = below(&page, page.words().get("codes-new-title")).await?;
    html(&AskPage {
        text: l.get("codes-new-text"),
        button: l.get("codes-new"),
        path: l.href("factors/codes"),
        tone: "",
        l,
    })
}

async fn codes(page: SignedIn, _: Form<Nothing>) -> Answer {
    let sending = page.caller().house().sign_in().sending();
    let renewed = page.enter().run(RenewCodes { sending }).await?;
    let l = below(&page, page.words().get("codes-title")).await?;
    let next = page.href("account");
    html(&CodesPage {
        l: l.read_at(page.href("account")),
        codes: renewed.recovery_codes,
        next,
    })
}
