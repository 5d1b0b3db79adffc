//! One's own: the start page and the account.

use askama::Template;
use axum::extract::RawPathParams;
use serde::Deserialize;
use skillsyms_core::{FactorId, Instant, SessionId};
use skillsyms_door::View as _;
use skillsyms_people::factors::{FactorView, Factors, ListFactors};
use skillsyms_people::sessions::{ListSessions, ReadMe};
use skillsyms_records::dashboard::ReadDashboard;

use super::dashboard;
use super::kit::place::is_slug;
use super::kit::{Asked, Layout, OpenForm, Place, SignedIn, When, Words, cookie, html, place, see};
use crate::extract::Empty;
use crate::problem::{Answer, NO_ROUTE};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}", bare)
            .public()
            .about("The way to the start page"),
        Route::page("/t/{slug}/", home)
            .view::<ReadMe>("The start page: what one may do here, and for administrators the figures of the provider")
            .then_view::<ReadDashboard>()
            .nav("nav-home", 0),
        Route::page("/t/{slug}/account", account)
            .view::<ReadMe>("One's own account and sessions")
            .then_view::<ListSessions>()
            .then_view::<ListFactors>(),
        Route::form("/language", language).public().about("Choose a language"),
    ]
}

/// An operator's own account.
pub(super) fn of_platform() -> Vec<Route> {
    vec![
        Route::page("/platform/account", account)
            .view::<ReadMe>("An operator's own account and sessions")
            .then_view::<ListSessions>()
            .then_view::<ListFactors>(),
    ]
}

async fn bare(params: RawPathParams, _: Empty) -> Answer {
    let slug = params
        .iter()
        .find(|(name, _)| *name == "slug")
        .map_or("", |(_, slug)| slug);
    if !is_slug(slug) {
        return Err((&NO_ROUTE).into());
    }
    Ok(see(&Place::Tenant(slug.to_owned()).href("")))
}

#[derive(Template)]
#[template(path = "me/home.html")]
struct HomePage {
    l: Layout,
}

async fn home(page: SignedIn, _: Empty) -> Answer {
    let me = page.enter().view(ReadMe).await?;
    let known = page.caller().house().known();
    known.learn(page.caller().door(), page.session()?.hash, me).await?;
    let l = page.layout(page.words().get("home-title")).await?;
    if l.may(ReadDashboard::NAME) {
        return dashboard::show(&page, l).await;
    }
    html(&HomePage { l })
}

#[derive(Template)]
#[template(path = "me/account.html")]
struct AccountPage {
    l: Layout,
    name: String,
    email: String,
    roles: String,
    registrations: Vec<Registration>,
    factors: Vec<FactorLine>,
    codes_left: i64,
    sessions: Vec<SessionLine>,
}

struct FactorLine {
    id: FactorId,
    name: String,
    since: Option<When>,
    used: Option<When>,
    /// Not the only one of somebody whose role takes one.
    can_go: bool,
}

struct Registration {
    kind: String,
    number: String,
    body: String,
    until: When,
}

struct SessionLine {
    id: SessionId,
    opened: When,
    seen: When,
    ends: When,
    is_current: bool,
}

async fn account(page: SignedIn, _: Empty) -> Answer {
    let me = page.enter().view(ReadMe).await?;
    let sessions = page.enter().view(ListSessions).await?;
    let rule = page.caller().house().sign_in().rule();
    let factors = page.enter().view(ListFactors { rule }).await?;
    let mut l = page.layout(page.words().get("account-title")).await?;
    let done = match page.asked().query() {
        "done=session-ended" => Some("account-session-ended"),
        "done=factor-added" => Some("account-factor-added"),
        "done=factor-removed" => Some("account-factor-removed"),
        _ => None,
    };
    if let Some(key) = done {
        l = l.notice(page.words().get(key));
    }
    let l = l.crumb("", page.words().get("nav-home"));
    let person = me.person.as_ref();
    let words = l.words();
    let registrations = person
        .into_iter()
        .flat_map(|person| &person.registrations)
        .map(|registration| Registration {
            kind: words.get(&format!("role-{}", registration.kind.as_str())),
            number: registration.number.as_str().to_owned(),
            body: registration.body.clone(),
            until: registration.valid_until.into(),
        });
    let when = |at: Instant| When::from(at);
    let sessions = sessions.items.into_iter().map(|session| SessionLine {
        id: session.id,
        opened: when(session.created_at),
        seen: when(session.seen_at),
        ends: when(session.expires_at),
        is_current: session.is_current,
    });
    html(&AccountPage {
        name: person.map_or_else(String::new, |person| person.name.as_str().to_owned()),
        email: person.map_or_else(String::new, |person| person.email.as_str().to_owned()),
        roles: l.roles(),
        registrations: registrations.collect(),
        codes_left: factors.recovery_codes_left,
        factors: factor_lines(factors),
        sessions: sessions.collect(),
        l,
    })
}

fn factor_lines(factors: Factors) -> Vec<FactorLine> {
    let can_go = !factors.is_required || factors.items.len() > 1;
    let line = |factor: FactorView| FactorLine {
        id: factor.id,
        name: factor.name,
        since: factor.confirmed_at.map(When::from),
        used: factor.used_at.map(When::from),
        can_go,
    };
    factors.items.into_iter().map(line).collect()
}

#[derive(Deserialize)]
struct Chosen {
    language: String,
    #[serde(default)]
    back: String,
}

async fn language(_: Asked, OpenForm { value, .. }: OpenForm<Chosen>) -> Answer {
    let words = Words::named(&value.language).unwrap_or_default();
    let back = if place::is_local(&value.back) {
        value.back.as_str()
    } else {
        "/"
    };
    let mut answer = see(back);
    if let Some(line) = cookie::set_language(words.tag()) {
        answer.headers_mut().append(http::header::SET_COOKIE, line);
    }
    Ok(answer)
}
