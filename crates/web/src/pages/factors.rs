//! Second factors: showing one after the password, setting one up, and looking after what one has.

use askama::Template;
use axum::response::{IntoResponse, Response};
use fast_qr::{ECL, QRBuilder};
use http::{StatusCode, header};
use serde::Deserialize;
use skillsyms_core::{FactorId, PersonId, Problem};
use skillsyms_people::factors::{
    AskPasskey, BeginFactor, CODE_MISSING, CODE_WRONG, ConfirmFactor, FIRST_CODE_WRONG, FIRST_PASSKEY_WRONG,
    FactorKind, FactorShown, ListFactors, NONE, RemoveFactor, RenewCodes, ShowFactor,
};
use skillsyms_people::sessions::{Opened, ReadMe};
use skillsyms_people::sign_in::{FactorInput, FirstInput};
use skillsyms_people::token::OneTimeText;
use skillsyms_vault::{Secret, Zeroizing};
use uuid::Uuid;

use super::kit::asked::Session;
use super::kit::carry::Parcel;
use super::kit::form::{new_token, problem_text};
use super::kit::{Asked, Form, FormView, Layout, Place, SignedIn, Words, cookie, html, html_with, see};
use super::sessions::{Around, answer_of, go_on};
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
        Route::page("/t/{slug}/second-step/passkey", question)
            .view::<AskPasskey>("The question for one of your passkeys; the script of the page reads it"),
        Route::page("/t/{slug}/factors/new", new).view::<ReadMe>("The ways to set up a second factor"),
        Route::form("/t/{slug}/factors", begin).act::<BeginFactor>("Begin to set up an authenticator app or a passkey"),
        Route::form("/t/{slug}/factors/{id}/confirm", confirm)
            .act::<ConfirmFactor>("Confirm an authenticator app with its first code, or the passkey that was made")
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
        Route::page("/platform/second-step/passkey", question)
            .view::<AskPasskey>("The question for one of your passkeys; the script of the page reads it"),
        Route::page("/platform/factors/new", new).view::<ReadMe>("The ways to set up a second factor"),
        Route::form("/platform/factors", begin).act::<BeginFactor>("Begin to set up an authenticator app or a passkey"),
        Route::form("/platform/factors/{id}/confirm", confirm)
            .act::<ConfirmFactor>("Confirm an authenticator app with its first code, or the passkey that was made")
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

/// The question for one of one's own passkeys; nothing for whoever has none.
async fn question(page: SignedIn, _: Empty) -> Answer {
    let caller = page.caller();
    let question = caller.house().sign_in().ask_passkey(&caller.at_sign_in()).await?;
    Ok(axum::Json(question).into_response())
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    code: Option<Secret<String>>,
    #[serde(default)]
    passkey: Option<String>,
    #[serde(default)]
    back: String,
    #[serde(default)]
    carried: String,
}

async fn second_step(page: SignedIn, form: Form<Shown>) -> Answer {
    let (caller, session) = (page.caller(), page.session()?);
    let code = form.value.code;
    let shown = match form.value.passkey.as_deref().map(answer_of).transpose() {
        Ok(passkey) => {
            let input = FactorInput { code, passkey };
            caller.house().sign_in().show_factor(&caller.at_sign_in(), input).await
        }
        Err(problem) => Err(problem),
    };
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
    has_passkeys: bool,
    kinds: Vec<(String, String)>,
}

impl NewPage {
    fn new(page: &SignedIn, l: Layout, form: FormView) -> Self {
        let kinds = [
            (FactorKind::Totp, l.get("factor-kind-totp")),
            (FactorKind::Passkey, l.get("factor-kind-passkey")),
        ];
        let kinds = kinds.map(|(kind, text)| (kind.as_str().to_owned(), text));
        Self {
            has_passkeys: page.caller().house().sign_in().passkeys().is_some(),
            kinds: kinds.into(),
            l,
            form,
        }
    }
}

async fn new(page: SignedIn, _: Empty) -> Answer {
    let l = below(&page, page.words().get("factor-new-title")).await?;
    let form = SignedIn::form(&l)
        .fill("back", Around::of(page.asked()).back)
        .fill("kind", FactorKind::Totp.as_str())
        .fill("name", page.words().get("factor-name-default"));
    html(&NewPage::new(&page, l, form))
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
    kind: FactorKind,
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

#[derive(Template)]
#[template(path = "factors/made.html")]
struct MadePage {
    l: Layout,
    form: FormView,
    id: FactorId,
    /// What the browser asks the authenticator for; gone when the answer was wrong.
    options: Option<String>,
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
        kind: form.value.kind,
        issuer,
        passkeys: caller.house().sign_in().passkeys().cloned(),
    };
    let done = page.enter().run(act).await;
    let l = below(&page, page.words().get("factor-new-title")).await?;
    let again = SignedIn::form(&l).fill("back", form.value.back.clone());
    match done {
        Ok(begun) => {
            let (l, form, id) = (l.read_at(page.href("factors/new")), again, begun.id);
            match begun.shown {
                FactorShown::Totp { secret, uri } => {
                    let shown = Some(picture(&secret, &uri)?);
                    html(&BegunPage { l, form, id, shown })
                }
                FactorShown::Passkey { public_key } => {
                    let options = Some(public_key.to_string());
                    html(&MadePage { l, form, id, options })
                }
            }
        }
        Err(problem) => {
            let form = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
            let l = l.refused();
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage::new(&page, l, form))
        }
    }
}

/// The address of an authenticator as a QR code: one path of black squares on white, in either theme.
fn picture(secret: &OneTimeText, uri: &OneTimeText) -> Result<Picture, Problem> {
    // On a screen nothing is smudged: few corrections, larger squares.
    let code = QRBuilder::new(uri.expose()).ecl(ECL::L).build().map_err(|error| {
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
    let secret = secret.expose().as_bytes().chunks(4);
    let groups: Vec<&str> = secret.filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(Picture {
        secret: Zeroizing::new(groups.join(" ")),
        uri: Zeroizing::new(uri.expose().to_owned()),
        size: code.size.saturating_add(QUIET * 2),
        path,
    })
}

#[derive(Deserialize)]
struct First {
    #[serde(default)]
    code: Option<Secret<String>>,
    #[serde(default)]
    passkey: Option<String>,
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

async fn confirm(page: SignedIn, Id(id): Id<FactorId>, form: Form<First>) -> Answer {
    let caller = page.caller();
    let service = caller.house().sign_in();
    let l = below(&page, page.words().get("factor-new-title")).await?;
    let is_passkey = form.value.passkey.is_some();
    let done = match form.value.passkey.as_deref().map(answer_of).transpose() {
        Ok(passkey) => {
            let code = form.value.code;
            let input = FirstInput { code, passkey };
            service.confirm_factor(&caller.at_sign_in(), id, input).await
        }
        Err(_) => Err(Problem::new(&FIRST_PASSKEY_WRONG)),
    };
    let confirmed = match done {
        Ok(confirmed) => confirmed,
        Err(problem) => {
            let form = refused(SignedIn::form(&l).fill("back", form.value.back), problem, page.words())?;
            let l = l.refused().read_at(page.href("factors/new"));
            if is_passkey {
                let options = None;
                return html_with(StatusCode::UNPROCESSABLE_ENTITY, &MadePage { l, form, id, options });
            }
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
