//! What somebody types or sends on the way in.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use skillsyms_vault::Secret;

use crate::factors::PasskeyAnswer;

/// What somebody types to sign in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInInput {
    /// E-mail address.
    #[schemars(with = "String")]
    pub email: Secret<String>,
    /// Password.
    #[schemars(with = "String")]
    pub password: Secret<String>,
}

/// What somebody types to confirm that it is still them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpInput {
    /// The password, of somebody without a second factor.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<Secret<String>>,
    /// The code of the second factor, or a recovery code.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<Secret<String>>,
    /// The answer of a passkey, in the place of a code.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// A second factor: a code, or the answer of a passkey.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorInput {
    /// The six digits that the authenticator app shows, or a recovery code.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<Secret<String>>,
    /// The answer of a passkey.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// What confirms a factor: the first code of an authenticator app, or the passkey that was made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstInput {
    /// The six digits that the authenticator app shows.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<Secret<String>>,
    /// What `navigator.credentials.create` gave, with bytes in URL-safe base64.
    #[serde(default)]
    pub passkey: Option<Value>,
}

/// What somebody sends to accept an invitation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInput {
    /// The secret of the link.
    #[schemars(with = "String")]
    pub token: Secret<String>,
    /// The password that they choose: 15 to 128 characters, or 12 to 128 beside a second factor.
    #[schemars(with = "String")]
    pub password: Secret<String>,
}

/// What somebody types to ask for a link to a new password.
#[derive(Debug)]
pub struct RequestInput {
    /// E-mail address.
    pub email: Secret<String>,
    /// The language of the mail.
    pub language: &'static str,
}

/// What somebody sends to choose a new password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetInput {
    /// The secret of the link.
    #[schemars(with = "String")]
    pub token: Secret<String>,
    /// The password that they choose: 15 to 128 characters, or 12 to 128 beside a second factor.
    #[schemars(with = "String")]
    pub password: Secret<String>,
}
