//! The authenticator app of somebody in the demo: set up over the API, as they would with their phone.

use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::{Value, json};
use skillsyms_core::{Clock as _, SystemClock};
use skillsyms_people::factors::totp::{code_at, step_at};

use super::client::Client;
use super::play::text;

/// Their second factor.
pub struct Authenticator {
    /// What the app makes its codes from, in base 32.
    pub secret: String,
    /// Recovery codes that were not used yet. The demo confirms with these, so that no code of the app is used up when it ends.
    codes: Mutex<Vec<String>>,
}

impl Authenticator {
    /// Sets one up in a session that was just opened with this password. Answers the session's new token, too.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn set_up(client: &mut Client, opened: &Value, password: &str) -> anyhow::Result<(Self, String)> {
        if opened.get("owes").is_none() {
            let body = json!({ "password": password });
            client.post("/api/v1/sessions/current/step-up", &body).await?.ok()?;
        }
        let begun = client.post("/api/v1/factors", &json!({ "name": "Demo" })).await?.ok()?;
        let secret = text(&begun, "secret")?;
        // The code of the step before is good, too: that of now stays for whoever signs in first.
        let step = step_at(SystemClock.now()).saturating_sub(1);
        let code = code_at(&secret, step).context("no code")?;
        let path = format!("/api/v1/factors/{}/confirm", text(&begun, "id")?);
        let confirmed = client.post(&path, &json!({ "code": code })).await?.ok()?;
        let codes = confirmed.get("recovery_codes").and_then(Value::as_array);
        let codes = codes.context("no recovery codes")?.iter().filter_map(Value::as_str);
        let own = Self {
            secret,
            codes: Mutex::new(codes.map(str::to_owned).collect()),
        };
        Ok((own, text(&confirmed, "token")?))
    }

    /// A recovery code that was not used yet.
    ///
    /// # Errors
    /// If all are used.
    pub fn recovery_code(&self) -> anyhow::Result<String> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.pop().context("every recovery code was used")
    }
}
