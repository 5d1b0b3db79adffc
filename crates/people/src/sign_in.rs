//! What takes more than one step through the door, with a password hashed or checked between them: accepting an
//! invitation, signing in, stepping up, choosing a new password.
//!
//! Hashing takes tens of milliseconds and must not hold the cell's writer, so it stands between a look-up and an act; the act
//! sees in its own transaction that what was looked up still holds. Every way to fail does the same work as success
//! does: an unknown address is looked up, hashed for and refused by the act like a wrong password.

use std::sync::Arc;
use std::time::Duration;

use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{Code, FactorId, PersonId, Problem};
use skillsyms_door::{Act, Actor};
use skillsyms_vault::{Secret, Zeroizing};

use crate::accounts::{Accept, Accepted, INVITATION};
use crate::api_keys::leaked::LeakedKeys;
pub use crate::caller::Caller;
use crate::factors::enrol::FirstProof;
use crate::factors::show::Proof as Shown;
use crate::factors::{
    AskPasskey, CODE_MISSING, CODE_WRONG, Ceremony, ConfirmFactor, Confirmed, FIRST_CODE_WRONG, FactorRule,
    NO_PASSKEYS, PasskeyAnswer, Passkeys, ShowFactor,
};
use crate::field::Email;
use crate::mail::Sending;
use crate::password::{Beside, Challenge, Hasher, NewPassword, PasswordHash};
use crate::reset::pace::Asking;
use crate::reset::{LINK, NO_MAIL, RequestReset, ResetPassword};
use crate::sessions::challenge::About;
use crate::sessions::step_up::Proof;
use crate::sessions::{
    OpenByPasskey, OpenSession, Opened, ReadChallenge, STEP_UP_WRONG, SessionPolicy, StepUp, SteppedUp, WAIT, WRONG,
};
use crate::throttle::{Key, Throttle, Turn};
use crate::token::{Named, TokenKind};

mod input;

pub use input::{AcceptInput, FactorInput, FirstInput, RequestInput, ResetInput, SignInInput, StepUpInput};

/// How long it takes to answer somebody who asks for a link to a new password, whatever is done for it meanwhile: longer than that takes
/// on a machine that is not overloaded. Else the time would tell whether there is such a provider.
const ASKED_ANSWER: Duration = Duration::from_millis(500);

/// Signing in, with all that it takes.
#[derive(Clone, Debug)]
pub struct SignIn {
    hasher: Hasher,
    policy: SessionPolicy,
    rule: FactorRule,
    passkeys: Option<Passkeys>,
    sending: Sending,
    throttle: Arc<Throttle>,
    asking: Arc<Asking>,
    leaked: LeakedKeys,
}

impl SignIn {
    /// With this hasher, for sessions that last as long as this. The directory must know the same policy.
    #[must_use]
    pub fn new(hasher: Hasher, policy: SessionPolicy) -> Self {
        Self {
            hasher,
            policy,
            rule: FactorRule::DEFAULT,
            passkeys: None,
            sending: Sending::Off,
            throttle: Arc::default(),
            asking: Arc::default(),
            leaked: LeakedKeys::default(),
        }
    }

    /// With mail, or without.
    #[must_use]
    pub const fn with_mail(mut self, sending: Sending) -> Self {
        self.sending = sending;
        self
    }

    /// With another rule for who takes a second factor.
    #[must_use]
    pub const fn with_factors(mut self, rule: FactorRule) -> Self {
        self.rule = rule;
        self
    }

    /// With passkeys for this site.
    #[must_use]
    pub fn with_passkeys(mut self, passkeys: Passkeys) -> Self {
        self.passkeys = Some(passkeys);
        self
    }

    /// The site to which passkeys are bound, if there is one.
    #[must_use]
    pub const fn passkeys(&self) -> Option<&Passkeys> {
        self.passkeys.as_ref()
    }

    /// Which roles take a second factor.
    #[must_use]
    pub const fn rule(&self) -> FactorRule {
        self.rule
    }

    /// Whether there is mail.
    #[must_use]
    pub const fn sending(&self) -> Sending {
        self.sending
    }

    /// Signs in to the caller's cell.
    ///
    /// # Errors
    /// `session.wrong` for an unknown address, a wrong password and an account that may not sign in alike; busy.
    pub async fn sign_in(&self, caller: &Caller<'_>, typed: SignInInput) -> Result<Opened, Problem> {
        let email = Email::parse(&typed.email).ok();
        let key = self
            .throttle
            .key(caller.actor.cell(), email.as_ref().map_or("", Email::as_str));
        self.tried(caller, key, email, typed.password).await
    }

    /// Signs in where there is nothing, by this name: never with success, and with the work and the waits of a wrong password.
    ///
    /// # Errors
    /// As [`SignIn::sign_in`].
    pub async fn sign_in_nowhere(
        &self,
        caller: &Caller<'_>,
        name: &str,
        typed: SignInInput,
    ) -> Result<Opened, Problem> {
        let email = Email::parse(&typed.email).ok();
        let whose = Zeroizing::new(format!("{name} {}", email.as_ref().map_or("", Email::as_str)));
        let key = self.throttle.key(caller.actor.cell(), &whose);
        self.tried(caller, key, None, typed.password).await
    }

    async fn tried(
        &self,
        caller: &Caller<'_>,
        key: Key,
        email: Option<Email>,
        password: Secret<String>,
    ) -> Result<Opened, Problem> {
        let turn = self.turn(caller, key).await?;
        // What is no address is nobody's: it is refused like an unknown one, after the same hash.
        let challenge = match email {
            Some(email) => caller.enter().view(ReadChallenge(About::Email(email))).await?,
            None => Challenge::NOBODY,
        };
        let checked = self.hasher.check(challenge, password).await?;
        let act = OpenSession {
            checked,
            policy: self.policy,
            rule: self.rule,
        };
        let opened = caller.enter().run(act).await;
        turn.ended(&opened, &WRONG, caller.door.clock().now());
        opened
    }

    /// A turn at this account, after its wait.
    async fn turn(&self, caller: &Caller<'_>, key: Key) -> Result<Turn<'_>, Problem> {
        let wait = || Problem::new(&WAIT);
        let turn = self.throttle.enter(key, caller.from, caller.door.clock().now());
        let turn = turn.ok_or_else(wait)?;
        tokio::time::sleep(turn.wait()).await;
        if turn.comes_up() { Ok(turn) } else { Err(wait()) }
    }

    /// Asks for a link to a new password, in the caller's cell. What comes of it is not told, nor by the time that it takes.
    ///
    /// # Errors
    /// `reset.no_mail` if there is no mail.
    pub async fn request_reset(&self, caller: &Caller<'_>, typed: RequestInput) -> Result<(), Problem> {
        self.asked(async {
            let act = RequestReset {
                email: Email::parse(&typed.email).ok(),
                language: typed.language,
            };
            let (cell, from) = (caller.actor.cell(), caller.from);
            if !self.asking.admit(cell, from, caller.door.clock().now()) {
                metrics::counter!("skillsyms_resets_not_made_total").increment(1);
                return;
            }
            let (door, actor, reference) = (caller.door.clone(), caller.actor, caller.reference);
            // Apart: it goes on when the answer has left, and when nobody waits for it.
            let made = tokio::spawn(async move {
                let door = &door;
                let caller = Caller {
                    door,
                    actor,
                    from,
                    reference,
                };
                if let Err(problem) = caller.enter().run(act).await {
                    tracing::warn!(%cell, code = problem.code.name, "a link to a new password was not made");
                }
            });
            let _ = made.await;
        })
        .await
    }

    /// Asks where there is nothing by that name: nothing is done, and the answer and its time are the same.
    ///
    /// # Errors
    /// As [`SignIn::request_reset`].
    pub async fn request_reset_nowhere(&self) -> Result<(), Problem> {
        self.asked(std::future::ready(())).await
    }

    async fn asked(&self, work: impl Future<Output = ()>) -> Result<(), Problem> {
        if self.sending == Sending::Off {
            return Err(Problem::new(&NO_MAIL));
        }
        let answer_at = tokio::time::Instant::now() + ASKED_ANSWER;
        // Work that is not done by then goes on by itself.
        let _ = tokio::time::timeout_at(answer_at, work).await;
        tokio::time::sleep_until(answer_at).await;
        Ok(())
    }

    /// Ends API keys that somebody found in the open. The answer and its time are the same whether or not one is ours.
    ///
    /// # Errors
    /// `busy` if too many reports are worked on; `invalid` for no key or too many.
    pub async fn report_leaked(&self, caller: &Caller<'_>, keys: &[Secret<String>]) -> Result<(), Problem> {
        self.leaked.report(caller, keys, self.sending).await
    }

    /// Chooses a new password, in the cell that the link names.
    ///
    /// # Errors
    /// `reset.link` if the link does not work; `invalid` if the password will not do.
    pub async fn reset(&self, caller: &Caller<'_>, typed: ResetInput, language: &'static str) -> Result<(), Problem> {
        let named = Named::parse(TokenKind::Reset, typed.token.expose()).ok_or_else(|| Problem::new(&LINK))?;
        let caller = Caller {
            actor: Actor::Nobody(named.cell),
            ..*caller
        };
        let password = self
            .choose(&caller, About::Reset(named.hash), typed.password, &LINK)
            .await?;
        let act = ResetPassword {
            token_hash: named.hash,
            password,
            sending: self.sending,
            language,
        };
        caller.enter().run(act).await.map(|_| ())
    }

    /// Hashes what somebody with a link chose. Nothing is hashed for a link that does not work: anybody could send those by the
    /// thousand.
    async fn choose(
        &self,
        caller: &Caller<'_>,
        about: About,
        password: Secret<String>,
        gone: &'static Code,
    ) -> Result<PasswordHash, Problem> {
        let challenge = caller.enter().view(ReadChallenge(about)).await;
        let challenge = challenge.map_err(|problem| {
            if problem.code == &UNAUTHENTICATED {
                Problem::new(gone)
            } else {
                problem
            }
        })?;
        if challenge.is_nobody() {
            return Err(Problem::new(gone));
        }
        let beside = if challenge.has_factor || self.rule.demands(&challenge.roles) {
            Beside::Factor
        } else {
            Beside::Nothing
        };
        let password = NewPassword::parse(password, beside)?;
        let mut names = challenge.names;
        // The platform's own cell is no tenant's, and has no name.
        if let Ok(tenant) = caller.door.tenant_of(caller.actor.cell()).await {
            names.extend([Zeroizing::new(tenant.slug), Zeroizing::new(tenant.name)]);
        }
        self.hasher.hash(password, names).await
    }

    /// Confirms that the caller is still who signed in. Whoever guesses with a session that is not theirs is slowed as at the sign-in,
    /// and apart from it: what strangers guess there does not slow the owner here.
    ///
    /// # Errors
    /// `session.step_up_wrong`, `factor.code`, `factor.code_missing`; `session.wait`; `unauthenticated` or `forbidden` if the caller is not
    /// somebody signed in.
    pub async fn step_up(&self, caller: &Caller<'_>, typed: StepUpInput) -> Result<SteppedUp, Problem> {
        let challenge = caller.enter().view(ReadChallenge(About::Me)).await?;
        let person = challenge.person.ok_or_else(|| Problem::new(&UNAUTHENTICATED))?;
        if challenge.has_factor {
            let session = challenge.session.ok_or_else(|| Problem::new(&UNAUTHENTICATED))?;
            let shown = self.shown(typed.code, typed.passkey)?;
            let is_passkey = matches!(shown, Some(Shown::Passkey(..)));
            let act = StepUp {
                proof: Proof::Factor(session, shown),
            };
            if is_passkey {
                return caller.enter().run(act).await;
            }
            return self.with_code(caller, person, act, ("step-up", &CODE_WRONG)).await;
        }
        let password = typed.password.unwrap_or_default();
        // The space keeps it apart from the keys of addresses.
        let key = self.throttle.key(caller.actor.cell(), &format!("step-up {person}"));
        let turn = self.turn(caller, key).await?;
        let checked = self.hasher.check(challenge, password).await?;
        // A password that was changed during the wait is seen by the act: the session ended with it.
        let proof = Proof::Password(checked);
        let stepped = caller.enter().run(StepUp { proof }).await;
        turn.ended(&stepped, &STEP_UP_WRONG, caller.door.clock().now());
        stepped
    }

    /// Shows the second factor, in a session that waits for it.
    ///
    /// # Errors
    /// `factor.code`, `factor.passkey`, `factor.code_missing`; `session.wait`; `factor.none` if the session waits for nothing.
    pub async fn show_factor(&self, caller: &Caller<'_>, typed: FactorInput) -> Result<Opened, Problem> {
        let proof = self.shown(typed.code, typed.passkey)?;
        let proof = proof.ok_or_else(|| Problem::new(&CODE_MISSING))?;
        let is_passkey = matches!(proof, Shown::Passkey(..));
        let act = ShowFactor {
            proof,
            policy: self.policy,
        };
        // The answer of a passkey cannot be guessed: there is nothing to wait for.
        if is_passkey {
            return caller.enter().run(act).await;
        }
        let person = self.somebody(caller).await?;
        self.with_code(caller, person, act, ("factor", &CODE_WRONG)).await
    }

    /// What was shown as a second factor, a passkey before a code.
    fn shown(&self, code: Option<Secret<String>>, passkey: Option<PasskeyAnswer>) -> Result<Option<Shown>, Problem> {
        match passkey {
            Some(answer) => Ok(Some(Shown::Passkey(self.passkeys_here()?, answer))),
            None => Ok(code.map(Shown::Code)),
        }
    }

    fn passkeys_here(&self) -> Result<Passkeys, Problem> {
        self.passkeys.clone().ok_or_else(|| Problem::new(&NO_PASSKEYS))
    }

    /// The question that a passkey of the caller answers, or before a sign-in any passkey; none if the caller has no passkey, or there are
    /// none here.
    ///
    /// # Errors
    /// `forbidden` for keys.
    pub async fn ask_passkey(&self, caller: &Caller<'_>) -> Result<Option<Ceremony>, Problem> {
        let passkeys = self.passkeys.clone();
        caller.enter().view(AskPasskey { passkeys }).await
    }

    /// Signs in to the caller's cell with a passkey and nothing else.
    ///
    /// # Errors
    /// `factor.passkey` for whatever is wrong with it, an account that may not sign in included.
    pub async fn sign_in_with_passkey(&self, caller: &Caller<'_>, answer: PasskeyAnswer) -> Result<Opened, Problem> {
        let act = OpenByPasskey {
            passkeys: self.passkeys_here()?,
            answer,
            policy: self.policy,
        };
        caller.enter().run(act).await
    }

    /// Confirms an authenticator app with its first code, or a passkey with the key that was made.
    ///
    /// # Errors
    /// `factor.first_code`, `factor.first_passkey`, `factor.code_missing`; `session.wait`; `factor.not_begun`.
    pub async fn confirm_factor(
        &self,
        caller: &Caller<'_>,
        id: FactorId,
        typed: FirstInput,
    ) -> Result<Confirmed, Problem> {
        let proof = match (typed.passkey, typed.code) {
            (Some(answer), _) => FirstProof::Passkey(self.passkeys_here()?, answer),
            (None, Some(code)) => FirstProof::Code(code),
            (None, None) => return Err(Problem::new(&CODE_MISSING)),
        };
        let person = self.somebody(caller).await?;
        let act = ConfirmFactor {
            id,
            proof,
            policy: self.policy,
            sending: self.sending,
        };
        self.with_code(caller, person, act, ("enrol", &FIRST_CODE_WRONG)).await
    }

    /// Who is signed in here.
    async fn somebody(&self, caller: &Caller<'_>) -> Result<PersonId, Problem> {
        let challenge = caller.enter().view(ReadChallenge(About::Me)).await?;
        challenge.person.ok_or_else(|| Problem::new(&UNAUTHENTICATED))
    }

    /// Does an act that takes a code. Wrong codes wait, apart from wrong passwords, since whoever tries codes knows the password; and those
    /// at the sign-in apart from those in a whole session, so that strangers do not slow its owner there.
    async fn with_code<A: Act>(
        &self,
        caller: &Caller<'_>,
        person: PersonId,
        act: A,
        (what, wrong): (&str, &'static Code),
    ) -> Result<A::Output, Problem> {
        // The space keeps it apart from the keys of addresses.
        let key = self.throttle.key(caller.actor.cell(), &format!("{what} {person}"));
        let turn = self.turn(caller, key).await?;
        let done = caller.enter().run(act).await;
        turn.ended(&done, wrong, caller.door.clock().now());
        done
    }

    /// Accepts an invitation, in the cell that its token names.
    ///
    /// # Errors
    /// `person.invitation` if the link does not work; `invalid` if the password will not do.
    pub async fn accept(&self, caller: &Caller<'_>, typed: AcceptInput) -> Result<Accepted, Problem> {
        let named = Named::parse(TokenKind::Invitation, typed.token.expose());
        let named = named.ok_or_else(|| Problem::new(&INVITATION))?;
        let caller = Caller {
            actor: Actor::Nobody(named.cell),
            ..*caller
        };
        let password = self
            .choose(&caller, About::Invitation(named.hash), typed.password, &INVITATION)
            .await?;
        caller
            .enter()
            .run(Accept {
                token_hash: named.hash,
                password,
            })
            .await
    }
}
