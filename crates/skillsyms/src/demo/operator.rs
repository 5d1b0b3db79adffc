//! The operator of the demo's platform.

use serde_json::json;
use skillsyms_vault::{SystemRng, token};

use super::authenticator::Authenticator;
use super::client::Server;
use super::play::{PASSWORD_BYTES, text};

/// An operator of the platform who can sign in.
pub struct Operator {
    /// Their e-mail address.
    pub email: &'static str,
    /// Their password, shown once.
    pub password: String,
    /// Their authenticator app.
    pub authenticator: Authenticator,
}

impl Operator {
    /// Accepts the console's invitation, signs in, sets up an authenticator app, and looks at the platform.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn begin(server: &Server, email: &'static str, invitation: &str) -> anyhow::Result<Self> {
        let password = token(&SystemRng, PASSWORD_BYTES);
        let mut nobody = server.connect().await?;
        let body = json!({ "token": invitation, "password": password });
        nobody.post("/api/v1/invitations/accept", &body).await?.ok()?;
        let body = json!({ "email": email, "password": password });
        let opened = nobody.post("/api/v1/platform/sessions", &body).await?.ok()?;
        let mut operator = server.connect().await?.with_bearer(&text(&opened, "token")?);
        let (authenticator, session) = Authenticator::set_up(&mut operator, &opened, &password).await?;
        let mut operator = server.connect().await?.with_bearer(&session);
        operator.get("/api/v1/platform").await?.ok()?;
        Ok(Self {
            email,
            password,
            authenticator,
        })
    }
}
