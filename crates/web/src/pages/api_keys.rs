//! API keys: the list, making one, revoking one. A key is shown once.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{ApiKeyId, Problem};
use skillsyms_door::Once;
use skillsyms_people::api_keys::create::DAYS_DEFAULT;
use skillsyms_people::api_keys::rotate::OVERLAP_HOURS_DEFAULT;
use skillsyms_people::api_keys::{
    ApiKeyView, CreateApiKey, Created, KEY_SCOPES, KeyState, ListApiKeys, RevokeApiKey, RotateApiKey, RotateInput,
};
use skillsyms_people::sessions::ReadMe;
use skillsyms_people::{ByAge, Limit, PageAsk};
use skillsyms_vault::Secret;

use super::kit::list::by_age;
use super::kit::{Address, Choice, Form, FormView, Layout, Pager, SignedIn, When, Words, csv, html, html_with, see};
use super::ledger::capital;
use super::permissions::slice_word;
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/api-keys", list)
            .view::<ListApiKeys>("API keys")
            .nav("nav-api-keys", 85),
        Route::page("/t/{slug}/api-keys/new", new).view::<ReadMe>("The form for an API key"),
        Route::form("/t/{slug}/api-keys/new", create).act::<CreateApiKey>("Make an API key"),
        Route::form("/t/{slug}/api-keys/{id}/rotate", rotate).act::<RotateApiKey>("Rotate an API key"),
        Route::form("/t/{slug}/api-keys/{id}/revoke", revoke).act::<RevokeApiKey>("Revoke an API key"),
    ]
}

#[derive(Template)]
#[template(path = "api_keys/list.html")]
struct ListPage {
    l: Layout,
    q: String,
    goes_on: bool,
    states: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    lines: Vec<Line>,
    overlap: i64,
    pager: Pager,
}

struct Line {
    id: String,
    name: String,
    state: String,
    tone: &'static str,
    is_working: bool,
    scopes: Vec<String>,
    created: When,
    expires: When,
    used: Option<When>,
    revoked: Option<When>,
    networks: Vec<String>,
    strayed: Option<When>,
    may_rotate: bool,
    expires_soon: bool,
    is_rotated: bool,
    is_new: bool,
}

fn line(words: Words, key: ApiKeyView) -> Line {
    let (state, tone) = match (key.is_working, key.revoked_at) {
        (true, _) => ("key-working", "good"),
        (false, Some(_)) => ("key-revoked", "bad"),
        (false, None) => ("key-over", "calm"),
    };
    Line {
        id: key.id.to_string(),
        name: key.name,
        state: words.get(state),
        tone,
        is_working: key.is_working,
        scopes: key.scopes,
        created: key.created_at.into(),
        expires: key.expires_at.into(),
        used: key.used_at.map(When::from),
        revoked: key.revoked_at.map(When::from),
        networks: key.networks,
        strayed: key.strayed_at.map(When::from),
        may_rotate: key.is_working && key.rotated_to.is_none(),
        expires_soon: key.expires_soon,
        is_rotated: key.rotated_to.is_some(),
        is_new: key.rotated_from.is_some(),
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let (words, address) = (page.words(), Address::of(page.asked()));
    let wanted = KeyState::parse(address.get("state"));
    let q = address.get("q").trim();
    let of = |page: PageAsk| ListApiKeys {
        search: Some(q.to_owned()),
        state: wanted,
        sort: address.age(),
        page,
    };
    if address.wants_csv() {
        return file(&page, of).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let pager = Pager::new(&address, found.next.as_ref(), words);
    let found_next = found.next.is_some();
    let lines: Vec<Line> = found.items.into_iter().map(|key| line(words, key)).collect();
    let states = [
        ("working", "key-working"),
        ("over", "key-over"),
        ("revoked", "key-revoked"),
    ];
    let states = states.map(|(value, key)| Choice::of(&address, "state", value, words.get(key)));
    let mut l = page
        .layout(words.get("keys-title"))
        .await?
        .crumb("", words.get("nav-home"));
    if address.get("done") == "revoked" {
        l = l.notice(words.get("key-was-revoked"));
    }
    html(&ListPage {
        q: q.to_owned(),
        goes_on: found_next,
        states: Choice::any(&address, "state", words.get("filter-any"), states),
        orders: by_age(&address, ByAge::Oldest, words),
        is_filtered: address.is_filtered(),
        l,
        lines,
        overlap: OVERLAP_HOURS_DEFAULT,
        pager,
    })
}

async fn file(page: &SignedIn, of: impl Fn(PageAsk) -> ListApiKeys + Send) -> Answer {
    let words = page.words();
    let heads = [
        "key-name",
        "key-state",
        "key-scopes",
        "key-created",
        "key-expires",
        "key-used",
        "key-networks",
    ];
    let rows = |key: ApiKeyView| {
        let line = line(words, key);
        let used = line.used.map(|used| used.iso()).unwrap_or_default();
        let scopes = line.scopes.join(" ");
        vec![vec![
            line.name,
            line.state,
            scopes,
            line.created.iso(),
            line.expires.iso(),
            used,
            line.networks.join(" "),
        ]]
    };
    csv::whole(page, ("api-keys", &heads), of, rows).await
}

#[derive(Template)]
#[template(path = "api_keys/new.html")]
struct NewPage {
    l: Layout,
    form: FormView,
    slices: Vec<Slice>,
}

/// The scopes of one slice.
struct Slice {
    title: String,
    scopes: Vec<Scope>,
}

struct Scope {
    name: &'static str,
    title: String,
    is_first: bool,
}

fn slices(page: &SignedIn) -> Vec<Slice> {
    let registry = page.caller().door().registry();
    let mut slices: Vec<Slice> = Vec::new();
    for name in KEY_SCOPES {
        let scope = Scope {
            name,
            title: registry
                .get(name)
                .map_or_else(|| (*name).to_owned(), |info| capital(info.title)),
            is_first: slices.is_empty(),
        };
        let title = slice_word(page.words(), name);
        match slices.last_mut().filter(|slice| slice.title == title) {
            Some(slice) => slice.scopes.push(Scope {
                is_first: false,
                ..scope
            }),
            None => slices.push(Slice {
                title,
                scopes: vec![scope],
            }),
        }
    }
    slices
}

async fn new(page: SignedIn, _: Empty) -> Answer {
    page.enter().view(ReadMe).await?;
    let words = page.words();
    let l = page
        .layout(words.get("key-new-title"))
        .await?
        .crumb("api-keys", words.get("keys-title"));
    if !l.may("api_key.create") {
        return Err((&FORBIDDEN).into());
    }
    let form = SignedIn::form(&l).fill("days", DAYS_DEFAULT.to_string());
    html(&NewPage {
        slices: slices(&page),
        form,
        l,
    })
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    networks: String,
}

/// Networks as they are typed: one in a line, or with commas or spaces between.
fn typed_networks(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c == ',' || c.is_whitespace());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[derive(Template)]
#[template(path = "api_keys/created.html")]
struct CreatedPage {
    l: Layout,
    key: Option<Secret<String>>,
    until: Option<When>,
}

async fn create(page: SignedIn, form: Form<Typed>) -> Answer {
    let words = page.words();
    let made = match form.value.days.trim().parse() {
        Err(_) => Err(Problem::field("days", "api_key.days", "A key works for 1 to 366 days.").into()),
        Ok(days) => {
            let act = CreateApiKey {
                name: Secret::new(form.value.name.clone()),
                scopes: form.all("scopes").map(str::to_owned).collect(),
                days,
                networks: typed_networks(&form.value.networks),
            };
            page.make(act, &form, |created: &Created| Some(created.id.uuid())).await
        }
    };
    let l = page
        .layout(words.get("key-new-title"))
        .await?
        .crumb("api-keys", words.get("keys-title"));
    match made {
        Ok(once) => shown(l, once),
        Err(Refused(problem)) => {
            let l = l.refused();
            let form = SignedIn::form(&l).filled(form.pairs).refused(problem, words)?;
            let slices = slices(&page);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { l, form, slices })
        }
    }
}

/// The key is in this answer and nowhere else. Sent again, the form makes no second one, and this one is gone.
fn shown(mut l: Layout, once: Once<Created>) -> Answer {
    l.title = l.get("key-made-title");
    let (key, until) = match once {
        Once::Done(created) => (
            Some(Secret::new(created.key.expose().to_owned())),
            Some(created.expires_at.into()),
        ),
        Once::Before { .. } => (None, None),
    };
    html(&CreatedPage { l, key, until })
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

async fn revoke(page: SignedIn, Id(key): Id<ApiKeyId>, _: Form<Nothing>) -> Answer {
    page.enter().run(RevokeApiKey { key }).await?;
    Ok(see(&page.href("api-keys?done=revoked")))
}

#[derive(Deserialize)]
struct Overlap {
    #[serde(default)]
    overlap_hours: String,
}

async fn rotate(page: SignedIn, Id(key): Id<ApiKeyId>, form: Form<Overlap>) -> Answer {
    // What is no number is no time that there is.
    let overlap_hours = form.value.overlap_hours.trim().parse().unwrap_or(-1);
    let input = RotateInput { overlap_hours };
    let made = page
        .make(RotateApiKey { key, input }, &form, |created: &Created| {
            Some(created.id.uuid())
        })
        .await?;
    let words = page.words();
    let l = page
        .layout(words.get("key-made-title"))
        .await?
        .crumb("api-keys", words.get("keys-title"));
    shown(l, made)
}
