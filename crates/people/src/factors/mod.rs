//! Second factors: an authenticator app on a phone, a passkey, and recovery codes for the day when both are lost.
//!
//! What holds here:
//! - some roles take a second factor ([`FactorRule`]), and everybody else may have one. Who has one shows it after the password, and
//!   until then their session does nothing but that; who needs one and has none sets one up before anything else. It is the policies
//!   that say so (`common.factor_owed`), in every act;
//! - a passkey verifies its owner by itself, so it also opens a session without a password ([`passkey`]);
//! - the secret of an app is sealed, shown once, and counts after its first right code;
//! - a code is good for its half minute and the ones beside it, and once: the step that was used is remembered, and no earlier one is
//!   taken again. A recovery code is good once; the cell keeps a keyed index of it;
//! - showing a factor renews the session's token, so that a token that was seen before it opens nothing;
//! - a new factor, one that is taken away and an administrator who takes all away end the other sessions, and the owner is told by mail;
//! - wrong codes wait like wrong passwords, apart from them (`crate::throttle`).
//!
//! [`enrol`] sets one up, [`show`] takes a code, [`list`] shows what one has, [`remove`] and [`reset`] take away, [`recovery`] makes codes.

use skillsyms_cells::CellError;
use skillsyms_core::{Code, Role};

pub mod ask;
pub mod enrol;
pub mod list;
pub mod passkey;
pub mod recovery;
pub mod remove;
pub mod reset;
pub(crate) mod rows;
pub mod show;
pub mod totp;

pub use ask::AskPasskey;
pub use enrol::{BeginFactor, Begun, ConfirmFactor, Confirmed, FactorShown};
pub use list::{FactorView, Factors, ListFactors};
pub use passkey::{Ceremony, PasskeyAnswer, Passkeys};
pub use recovery::{RenewCodes, Renewed};
pub use remove::{RemoveFactor, Removed};
pub use reset::{FactorsReset, ResetFactors};
pub use show::ShowFactor;

/// Second factors that one person may have: a phone, a tablet, and a few more.
pub const FACTORS_MAX: usize = 5;
/// Seconds within which an authenticator that was begun is confirmed.
pub const BEGUN_SECONDS: i64 = 15 * 60;

/// The code is not the one of the moment, or was used.
pub static CODE_WRONG: Code = Code::new(
    "factor.code",
    403,
    "That code does not fit, or was used already. Wait for the next one in your app, or use a recovery code.",
);
/// The first code of an authenticator is not the one of the moment.
pub static FIRST_CODE_WRONG: Code = Code::new(
    "factor.first_code",
    403,
    "That code does not fit. Wait for the next one in your app; if none fits, set the app's clock right, or begin again.",
);
/// The answer of a passkey does not fit, is too late, or was given before.
pub static PASSKEY_WRONG: Code = Code::new(
    "factor.passkey",
    403,
    "That passkey could not be taken: it is of another account, it came too late, or it was removed here. Try again, or go another way.",
);
/// What an authenticator made is no passkey for this site and account.
pub static FIRST_PASSKEY_WRONG: Code = Code::new(
    "factor.first_passkey",
    403,
    "That passkey could not be taken. Begin again; if it fails again, use another device or an authenticator app.",
);
/// There are no passkeys here.
pub static NO_PASSKEYS: Code = Code::new(
    "factor.no_passkeys",
    409,
    "There are no passkeys on this site: its address is not set. Use an authenticator app.",
);
/// There is a second factor, so a password is not enough.
pub static CODE_MISSING: Code = Code::new(
    "factor.code_missing",
    422,
    "Your account has a second factor. Give the code of your authenticator app, a passkey, or a recovery code.",
);
/// Nothing waits to be confirmed under this id.
pub static NOT_BEGUN: Code = Code::new(
    "factor.not_begun",
    410,
    "This was not confirmed within 15 minutes, or another one was begun. Begin again.",
);
/// There are as many as there may be.
pub static TOO_MANY: Code = Code::new(
    "factor.too_many",
    409,
    "You have five second factors. Remove one that you do not use.",
);
/// The last one of somebody whose role takes one.
pub static LAST: Code = Code::new(
    "factor.last",
    409,
    "Your role takes a second factor, and this is your only one. Set up another first.",
);
/// There is none.
pub static NONE: Code = Code::new(
    "factor.none",
    409,
    "There is no second factor to do this with. Set one up first.",
);

/// A row that no version of ours wrote.
const UNKNOWN_KIND: CellError = CellError::Damaged("a kind of second factor that is not one of ours");

/// Which roles take a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactorRule(&'static [Role]);

impl FactorRule {
    /// Those who decide about records or people.
    pub const DEFAULT: Self = Self(&[Role::Admin, Role::Operator, Role::Assessor, Role::Moderator]);
    /// Nobody has to; everybody may.
    pub const NOBODY: Self = Self(&[]);

    /// Whether somebody with these roles has to have one.
    #[must_use]
    pub fn demands(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.0.contains(role))
    }
}

impl Default for FactorRule {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What kind of factor it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FactorKind {
    /// An authenticator app: one-time codes by time, RFC 6238.
    #[default]
    Totp,
    /// A passkey or security key, WebAuthn.
    Passkey,
}

impl FactorKind {
    /// The word, as SQL and JSON keep it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }

    /// Reads its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Totp, Self::Passkey]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_decide_take_a_second_factor() {
        let rule = FactorRule::DEFAULT;
        for role in Role::ALL {
            let decides = matches!(role, Role::Admin | Role::Operator | Role::Assessor | Role::Moderator);
            assert_eq!(rule.demands(&[*role]), decides, "{}", role.as_str());
        }
        assert!(rule.demands(&[Role::Learner, Role::Assessor]));
        assert!(!rule.demands(&[]));
        assert!(!FactorRule::NOBODY.demands(Role::ALL));
    }
}
