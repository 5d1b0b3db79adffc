//! Passkeys, as somebody would who has another one, an old answer, or a copy.

use serde_json::{Value, json};
use skillsyms_door::Owes;

use super::authenticator::Authenticator;
use super::*;
use crate::factors::passkey::CEREMONY_SECONDS;
use crate::factors::*;

const SITE: &str = "https://records.example";

async fn app_with_passkeys() -> App {
    let mut app = app().await;
    let passkeys = Passkeys::of(SITE).unwrap();
    app.sign_in = app.sign_in.with_factors(FactorRule::DEFAULT).with_passkeys(passkeys);
    app
}

impl App {
    async fn begin_passkey(&self, actor: Actor) -> Result<(skillsyms_core::FactorId, Value), Problem> {
        let act = BeginFactor {
            name: secret("My laptop"),
            kind: FactorKind::Passkey,
            issuer: "Karoo Skills".to_owned(),
            passkeys: self.sign_in.passkeys().cloned(),
        };
        let begun = self.door.enter(actor).run(act).await?;
        match begun.shown {
            FactorShown::Passkey { public_key } => Ok((begun.id, public_key)),
            FactorShown::Totp { .. } => panic!("a passkey was begun"),
        }
    }

    async fn confirm_passkey(
        &self,
        actor: Actor,
        id: skillsyms_core::FactorId,
        answer: Value,
    ) -> Result<Confirmed, Problem> {
        let typed = FirstInput {
            code: None,
            passkey: Some(answer),
        };
        let caller = Caller::new(&self.door, actor);
        self.sign_in.confirm_factor(&caller, id, typed).await
    }

    /// Gives somebody a passkey; answers their session, its token renewed.
    async fn give_passkey(&self, actor: Actor, key: &mut Authenticator) -> Actor {
        let (id, options) = self.begin_passkey(actor).await.unwrap();
        let confirmed = self.confirm_passkey(actor, id, key.create(&options)).await.unwrap();
        Credential::parse(confirmed.token.expose()).unwrap()
    }

    /// Somebody whom this administrator invited, signed in with a password.
    async fn person_by(&self, admin: Actor, email: &str, roles: &[Role]) -> (PersonId, Actor) {
        let invited = self.door.enter(admin).run(invite(email, roles)).await.unwrap();
        let token = invited.token.unwrap();
        let id = self.accept(token.expose(), PASSWORD).await.unwrap();
        (id, self.actor(email).await)
    }

    async fn question(&self, actor: Actor) -> Ceremony {
        let caller = Caller::new(&self.door, actor);
        self.sign_in.ask_passkey(&caller).await.unwrap().unwrap()
    }

    async fn answer(&self, actor: Actor, key: &mut Authenticator) -> PasskeyAnswer {
        let asked = self.question(actor).await;
        PasskeyAnswer {
            credential: key.get(&asked.public_key),
            ceremony: asked.ceremony,
        }
    }

    async fn by_passkey(&self, cell: CellId, answer: PasskeyAnswer) -> Result<Opened, Problem> {
        let caller = Caller::nobody(&self.door, cell);
        self.sign_in.sign_in_with_passkey(&caller, answer).await
    }

    async fn open_by(&self, key: &mut Authenticator) -> Result<Opened, Problem> {
        let answer = self.answer(Actor::Nobody(self.cell), key).await;
        self.by_passkey(self.cell, answer).await
    }

    async fn step_up_by(&self, actor: Actor, answer: PasskeyAnswer) -> Result<SteppedUp, Problem> {
        let typed = StepUpInput {
            password: None,
            code: None,
            passkey: Some(answer),
        };
        self.sign_in.step_up(&Caller::new(&self.door, actor), typed).await
    }

    async fn show_by(&self, actor: Actor, answer: PasskeyAnswer) -> Result<Opened, Problem> {
        let typed = FactorInput {
            code: None,
            passkey: Some(answer),
        };
        self.sign_in.show_factor(&Caller::new(&self.door, actor), typed).await
    }
}

fn again(answer: &PasskeyAnswer) -> PasskeyAnswer {
    PasskeyAnswer {
        ceremony: answer.ceremony.clone(),
        credential: answer.credential.clone(),
    }
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_a_step_up_and_a_way_in() {
    let app = app_with_passkeys().await;
    let (person, actor) = app.person(ADMIN, &[Role::Admin]).await;
    assert_eq!(app.me(actor).await.unwrap().owes, Some(Owes::Enrol));
    let mut key = Authenticator::new(b"one");
    let actor = app.give_passkey(actor, &mut key).await;
    // Setting it up confirmed nothing.
    refused(app.key(actor, &["me.read"]).await, &STEP_UP);
    let answer = app.answer(actor, &mut key).await;
    app.step_up_by(actor, answer).await.unwrap();
    app.key(actor, &["me.read"]).await.unwrap();
    // After the password.
    let opened = app.open(ADMIN, PASSWORD).await.unwrap();
    assert_eq!(opened.owes, Some(Owes::Factor));
    let waiting = Credential::parse(opened.token.expose()).unwrap();
    let answer = app.answer(waiting, &mut key).await;
    let shown = app.show_by(waiting, answer).await.unwrap();
    assert_eq!((shown.person, shown.owes), (person, None));
    // And without one.
    let opened = app.open_by(&mut key).await.unwrap();
    assert_eq!((opened.person, opened.owes), (person, None));
    let alone = Credential::parse(opened.token.expose()).unwrap();
    app.key(alone, &["me.read"]).await.unwrap();
}

#[tokio::test]
async fn a_question_is_answered_once_and_not_for_long() {
    let app = app_with_passkeys().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let mut key = Authenticator::new(b"one");
    app.give_passkey(actor, &mut key).await;
    let answer = app.answer(Actor::Nobody(app.cell), &mut key).await;
    app.by_passkey(app.cell, again(&answer)).await.unwrap();
    refused(app.by_passkey(app.cell, again(&answer)).await, &PASSKEY_WRONG);
    // A later answer to the same question, with a counter that rose, is one too many as well.
    let asked = app.question(Actor::Nobody(app.cell)).await;
    let mut twice = || PasskeyAnswer {
        ceremony: asked.ceremony.clone(),
        credential: key.get(&asked.public_key),
    };
    let (first, second) = (twice(), twice());
    app.by_passkey(app.cell, first).await.unwrap();
    refused(app.by_passkey(app.cell, second).await, &PASSKEY_WRONG);
    let late = app.answer(Actor::Nobody(app.cell), &mut key).await;
    app.clock.advance_seconds(CEREMONY_SECONDS);
    refused(app.by_passkey(app.cell, late).await, &PASSKEY_WRONG);
    app.open_by(&mut key).await.unwrap();
}

#[tokio::test]
async fn an_answer_is_for_its_session_its_cell_and_its_question() {
    let app = app_with_passkeys().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let mut key = Authenticator::new(b"one");
    let actor = app.give_passkey(actor, &mut key).await;
    let waiting = app.actor(ADMIN).await;
    let (nobody, here) = (Actor::Nobody(app.cell), app.cell);
    // What was asked for in one session lifts no other, nor opens one.
    let answer = app.answer(waiting, &mut key).await;
    refused(app.step_up_by(actor, again(&answer)).await, &PASSKEY_WRONG);
    refused(app.by_passkey(here, again(&answer)).await, &PASSKEY_WRONG);
    app.show_by(waiting, answer).await.unwrap();
    let answer = app.answer(nobody, &mut key).await;
    refused(app.step_up_by(actor, again(&answer)).await, &PASSKEY_WRONG);
    refused(app.by_passkey(app.other, again(&answer)).await, &PASSKEY_WRONG);
    app.by_passkey(here, answer).await.unwrap();
    // The signature is over another question.
    let (one, other) = (app.question(nobody).await, app.question(nobody).await);
    let mixed = PasskeyAnswer {
        ceremony: one.ceremony,
        credential: key.get(&other.public_key),
    };
    refused(app.by_passkey(here, mixed).await, &PASSKEY_WRONG);
    for ceremony in ["", "AAAA", &"A".repeat(100), &"A".repeat(100_000)] {
        let made_up = PasskeyAnswer {
            ceremony: ceremony.to_owned(),
            credential: json!({}),
        };
        refused(app.by_passkey(here, made_up).await, &PASSKEY_WRONG);
    }
}

#[tokio::test]
async fn what_is_of_another_site_or_not_verified_is_no_answer() {
    let app = app_with_passkeys().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let mut key = Authenticator::new(b"one");
    app.give_passkey(actor, &mut key).await;
    for origin in [
        "https://records.example.evil.example",
        "http://records.example",
        "https://records.example:8443",
    ] {
        key.origin = origin.to_owned();
        refused(app.open_by(&mut key).await, &PASSKEY_WRONG);
    }
    key.origin = SITE.to_owned();
    key.rp = "evil.example".to_owned();
    refused(app.open_by(&mut key).await, &PASSKEY_WRONG);
    key.rp = "records.example".to_owned();
    key.verifies = false;
    refused(app.open_by(&mut key).await, &PASSKEY_WRONG);
    key.verifies = true;
    app.open_by(&mut key).await.unwrap();
}

#[tokio::test]
async fn a_copy_of_a_key_is_found_by_its_counter() {
    let app = app_with_passkeys().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let mut key = Authenticator::new(b"one");
    app.give_passkey(actor, &mut key).await;
    key.counter = 10;
    app.open_by(&mut key).await.unwrap();
    for before in [0, 9, 10] {
        key.counter = before;
        refused(app.open_by(&mut key).await, &PASSKEY_WRONG);
    }
    key.counter = 20;
    app.open_by(&mut key).await.unwrap();
}

#[tokio::test]
async fn a_key_of_somebody_else_is_nobodys() {
    let app = app_with_passkeys().await;
    let (_, admin) = app.person(ADMIN, &[Role::Admin]).await;
    let mut mine = Authenticator::new(b"mine");
    let admin = app.give_passkey(admin, &mut mine).await;
    let answer = app.answer(admin, &mut mine).await;
    app.step_up_by(admin, answer).await.unwrap();
    let (other, colleague) = app.person_by(admin, "assessor@karoo.example", &[Role::Assessor]).await;
    let mut theirs = Authenticator::new(b"theirs");
    app.give_passkey(colleague, &mut theirs).await;
    // In a session of mine, an answer of theirs.
    let asked = app.question(admin).await;
    let answer = PasskeyAnswer {
        credential: theirs.get(&asked.public_key),
        ceremony: asked.ceremony,
    };
    refused(app.step_up_by(admin, answer).await, &PASSKEY_WRONG);
    // A handle that says it is another's, or nobody's.
    for user in [other.uuid().as_bytes().to_vec(), b"x".to_vec(), Vec::new()] {
        let right = std::mem::replace(&mut mine.user, user);
        refused(app.open_by(&mut mine).await, &PASSKEY_WRONG);
        mine.user = right;
    }
    // A name that is taken is given to no second key.
    let waiting = app.open_by(&mut theirs).await.unwrap();
    let actor = Credential::parse(waiting.token.expose()).unwrap();
    let (id, options) = app.begin_passkey(actor).await.unwrap();
    let mut copy = Authenticator::new(b"mine");
    refused(
        app.confirm_passkey(actor, id, copy.create(&options)).await,
        &FIRST_PASSKEY_WRONG,
    );
    // One that nobody knows.
    let mut stranger = Authenticator::new(b"stranger");
    stranger.user = mine.user.clone();
    refused(app.open_by(&mut stranger).await, &PASSKEY_WRONG);
    app.open_by(&mut mine).await.unwrap();
}

#[tokio::test]
async fn a_passkey_is_over_with_its_account_and_when_it_is_removed() {
    let app = app_with_passkeys().await;
    let (_, admin) = app.person(ADMIN, &[Role::Admin]).await;
    let mut mine = Authenticator::new(b"mine");
    let admin = app.give_passkey(admin, &mut mine).await;
    let answer = app.answer(admin, &mut mine).await;
    app.step_up_by(admin, answer).await.unwrap();
    let (other, colleague) = app.person_by(admin, "assessor@karoo.example", &[Role::Assessor]).await;
    let mut theirs = Authenticator::new(b"theirs");
    app.give_passkey(colleague, &mut theirs).await;
    app.open_by(&mut theirs).await.unwrap();
    let expected = None;
    let suspend = Suspend {
        person: other,
        expected,
    };
    app.door.enter(admin).run(suspend).await.unwrap();
    refused(app.open_by(&mut theirs).await, &PASSKEY_WRONG);
    let restore = Restore {
        person: other,
        expected,
    };
    app.door.enter(admin).run(restore).await.unwrap();
    app.open_by(&mut theirs).await.unwrap();
    let reset = ResetFactors {
        person: other,
        sending: Sending::Off,
    };
    app.door.enter(admin).run(reset).await.unwrap();
    refused(app.open_by(&mut theirs).await, &PASSKEY_WRONG);
}

#[tokio::test]
async fn what_is_made_for_another_site_or_question_is_not_kept() {
    let app = app_with_passkeys().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let mut key = Authenticator::new(b"one");
    let (id, options) = app.begin_passkey(actor).await.unwrap();
    let mut other = options.clone();
    other["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    key.verifies = false;
    let unverified = key.create(&options);
    key.verifies = true;
    key.origin = "https://evil.example".to_owned();
    let elsewhere = key.create(&options);
    key.origin = SITE.to_owned();
    for wrong in [key.create(&other), unverified, elsewhere, json!({}), json!("x")] {
        refused(app.confirm_passkey(actor, id, wrong).await, &FIRST_PASSKEY_WRONG);
    }
    // The first code of an app confirms no passkey.
    let typed = FirstInput {
        code: Some(secret("000000")),
        passkey: None,
    };
    let caller = Caller::new(&app.door, actor);
    refused(
        app.sign_in.confirm_factor(&caller, id, typed).await,
        &FIRST_PASSKEY_WRONG,
    );
    app.confirm_passkey(actor, id, key.create(&options)).await.unwrap();
}

#[tokio::test]
async fn without_a_site_there_are_no_passkeys() {
    let app = app().await;
    let (_, actor) = app.admin().await;
    refused(app.begin_passkey(actor).await, &NO_PASSKEYS);
    let caller = Caller::nobody(&app.door, app.cell);
    assert!(app.sign_in.ask_passkey(&caller).await.unwrap().is_none());
    let answer = PasskeyAnswer {
        ceremony: String::new(),
        credential: json!({}),
    };
    refused(app.by_passkey(app.cell, answer).await, &NO_PASSKEYS);
}
