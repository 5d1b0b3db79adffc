//! What takes more than one step through the door, with a password hashed or checked between them: accepting an
//! invitation, signing in, stepping up.
//!
//! Hashing takes tens of milliseconds and must not hold the cell's writer, so it stands between a look-up and an act; the act
//! sees in its own transaction that what was looked up still holds. Every way to fail does the same work as success
//! does: an unknown address is looked up, hashed for and refused by the act like a wrong password.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{CellId, Problem, Reference};
use skillsyms_door::{Actor, Door, Entrance};
use skillsyms_vault::Secret;

use crate::accounts::{Accept, Accepted, INVITATION};
use crate::field::Email;
use crate::password::{Challenge, Hasher, NewPassword};
use crate::sessions::challenge::About;
use crate::sessions::{OpenSession, Opened, ReadChallenge, SessionPolicy, StepUp, SteppedUp};
use crate::token::{Named, TokenKind};

/// Who comes to the door, and from where.
#[derive(Clone, Copy)]
pub struct Caller<'d> {
    door: &'d Door,
    actor: Actor,
    from: Option<IpAddr>,
    reference: Option<Reference>,
}

impl<'d> Caller<'d> {
    /// Somebody at this door.
    #[must_use]
    pub const fn new(door: &'d Door, actor: Actor) -> Self {
        Self {
            door,
            actor,
            from: None,
            reference: None,
        }
    }

    /// Somebody without a credential, in this cell.
    #[must_use]
    pub const fn nobody(door: &'d Door, cell: CellId) -> Self {
        Self::new(door, Actor::Nobody(cell))
    }

    /// The caller's network address.
    #[must_use]
    pub const fn from(mut self, address: Option<IpAddr>) -> Self {
        self.from = address;
        self
    }

    /// The reference that the caller was given. All steps carry it.
    #[must_use]
    pub const fn reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    fn enter(&self) -> Entrance<'d> {
        let entrance = self.door.enter(self.actor).from(self.from);
        match self.reference {
            Some(reference) => entrance.reference(reference),
            None => entrance,
        }
    }
}

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
    /// Password.
    #[schemars(with = "String")]
    pub password: Secret<String>,
}

/// What somebody sends to accept an invitation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInput {
    /// The secret of the link.
    #[schemars(with = "String")]
    pub token: Secret<String>,
    /// The password that they choose: 12 to 128 characters.
    #[schemars(with = "String")]
    pub password: Secret<String>,
}

/// Signing in, with all that it takes.
#[derive(Clone, Debug)]
pub struct SignIn {
    hasher: Hasher,
    policy: SessionPolicy,
}

impl SignIn {
    /// With this hasher, for sessions that last as long as this. The directory must know the same policy.
    #[must_use]
    pub const fn new(hasher: Hasher, policy: SessionPolicy) -> Self {
        Self { hasher, policy }
    }

    /// Signs in to the caller's cell.
    ///
    /// # Errors
    /// `session.wrong` for an unknown address, a wrong password and an account that may not sign in alike; busy.
    pub async fn sign_in(&self, caller: &Caller<'_>, typed: SignInInput) -> Result<Opened, Problem> {
        // What is no address is nobody's: it is refused like an unknown one, after the same hash.
        let challenge = match Email::parse(&typed.email) {
            Ok(email) => caller.enter().view(ReadChallenge(About::Email(email))).await?,
            Err(_) => Challenge::NOBODY,
        };
        let checked = self.hasher.check(challenge, typed.password).await?;
        caller
            .enter()
            .run(OpenSession {
                checked,
                policy: self.policy,
            })
            .await
    }

    /// Confirms that the caller is still who signed in.
    ///
    /// # Errors
    /// `session.step_up_wrong`; `unauthenticated` or `forbidden` if the caller is not somebody signed in.
    pub async fn step_up(&self, caller: &Caller<'_>, typed: StepUpInput) -> Result<SteppedUp, Problem> {
        let challenge = caller.enter().view(ReadChallenge(About::Me)).await?;
        let checked = self.hasher.check(challenge, typed.password).await?;
        caller.enter().run(StepUp { checked }).await
    }

    /// Accepts an invitation, in the cell that its token names.
    ///
    /// # Errors
    /// `person.invitation` if the link does not work; `invalid` if the password will not do.
    pub async fn accept(&self, caller: &Caller<'_>, typed: AcceptInput) -> Result<Accepted, Problem> {
        let gone = || Problem::new(&INVITATION);
        let named = Named::parse(TokenKind::Invitation, typed.token.expose()).ok_or_else(gone)?;
        let caller = Caller {
            actor: Actor::Nobody(named.cell),
            ..*caller
        };
        // Nothing is hashed for a link that does not work: anybody could send those by the thousand.
        let challenge = caller.enter().view(ReadChallenge(About::Invitation(named.hash))).await;
        let challenge = challenge.map_err(|problem| {
            if problem.code == &UNAUTHENTICATED {
                gone()
            } else {
                problem
            }
        })?;
        if challenge.is_nobody() {
            return Err(gone());
        }
        let password = self.hasher.hash(NewPassword::parse(typed.password)?).await?;
        caller
            .enter()
            .run(Accept {
                token_hash: named.hash,
                password,
            })
            .await
    }
}
