//! The authenticator apps of those who are measured: signing in and confirming with a second factor, as the product demands it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use skillsyms_core::{Clock as _, SystemClock};
use skillsyms_people::factors::totp::{code_at, step_at};

use crate::house::{PASSWORD, text};
use crate::wire::Wire;

/// Somebody's app.
struct App {
    id: String,
    secret: String,
    /// The last step whose code was used.
    last: i64,
}

type Known = HashMap<String, App>;

/// By e-mail address: those of the bench are one person each.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Signs in with an address that takes this body, and shows or sets up the second factor. Answers the session's token.
pub async fn sign_in(wire: &mut Wire, path: &str, body: &Value) -> Result<String> {
    let email = text(body, "email")?;
    let opened = wire.post(path, None, body).await?;
    let token = text(&opened, "token")?;
    match opened.get("owes").and_then(Value::as_str) {
        Some("factor") => {
            let body = json!({ "code": code(&email).await? });
            let shown = wire
                .post("/api/v1/sessions/current/factor", Some(&token), &body)
                .await?;
            text(&shown, "token")
        }
        Some(_) => set_up(wire, &email, &token).await,
        None => Ok(token),
    }
}

async fn set_up(wire: &mut Wire, email: &str, token: &str) -> Result<String> {
    let begun = wire
        .post("/api/v1/factors", Some(token), &json!({ "name": "Bench" }))
        .await?;
    let app = App {
        id: text(&begun, "id")?,
        secret: text(&begun, "secret")?,
        last: 0,
    };
    known().insert(email.to_owned(), app);
    let path = format!("/api/v1/factors/{}/confirm", text(&begun, "id")?);
    let body = json!({ "code": code(email).await? });
    let confirmed = wire.post(&path, Some(token), &body).await?;
    text(&confirmed, "token")
}

/// What somebody confirms with: the code of their app, or without one their password.
pub async fn confirmation(email: &str) -> Result<Value> {
    if known().contains_key(email) {
        return Ok(json!({ "code": code(email).await? }));
    }
    Ok(json!({ "password": PASSWORD }))
}

/// The factor of somebody who has one.
pub fn factor(email: &str) -> Option<String> {
    known().get(email).map(|app| app.id.clone())
}

/// A code that was not used yet, as early as there is one: each is good once.
async fn code(email: &str) -> Result<String> {
    loop {
        let now = step_at(SystemClock.now());
        if let Some(found) = take(email, now) {
            return found.context("no code");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn take(email: &str, now: i64) -> Option<Option<String>> {
    let mut known = known();
    let app = known.get_mut(email)?;
    let step = app.last.saturating_add(1).max(now.saturating_sub(1));
    if step > now.saturating_add(1) {
        return None;
    }
    app.last = step;
    Some(code_at(&app.secret, step))
}

fn known() -> std::sync::MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}
