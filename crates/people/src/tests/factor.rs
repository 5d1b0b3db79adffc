//! Second factors, as somebody would who has the password and not the phone.

use skillsyms_core::Clock as _;
use skillsyms_core::problem::{SECOND_FACTOR, SECOND_FACTOR_SETUP};
use skillsyms_door::Owes;

use super::*;
use crate::factors::totp::{STEP_SECONDS, code_at, step_at};
use crate::factors::*;

const ASSESSOR: &str = "assessor@karoo.example";

/// Somebody with an authenticator app, and their recovery codes.
struct Phone {
    actor: Actor,
    id: skillsyms_core::FactorId,
    secret: String,
    codes: Vec<String>,
}

async fn strict() -> App {
    let mut app = app().await;
    app.sign_in = app.sign_in.with_factors(FactorRule::DEFAULT);
    app
}

fn begin_named(name: &str) -> BeginFactor {
    BeginFactor {
        name: secret(name),
        kind: FactorKind::Totp,
        issuer: "Karoo Skills".to_owned(),
        passkeys: None,
    }
}

fn secret_of(begun: &Begun) -> &str {
    match &begun.shown {
        FactorShown::Totp { secret, .. } => secret.expose(),
        FactorShown::Passkey { .. } => panic!("an app was begun"),
    }
}

impl App {
    fn code(&self, secret: &str, steps: i64) -> String {
        code_at(secret, step_at(self.clock.now()) + steps).unwrap()
    }

    async fn show(&self, actor: Actor, code: &str) -> Result<Opened, Problem> {
        let typed = FactorInput {
            code: Some(secret(code)),
            passkey: None,
        };
        self.sign_in.show_factor(&Caller::new(&self.door, actor), typed).await
    }

    async fn confirm(&self, actor: Actor, id: skillsyms_core::FactorId, code: &str) -> Result<Confirmed, Problem> {
        let typed = FirstInput {
            code: Some(secret(code)),
            passkey: None,
        };
        let caller = Caller::new(&self.door, actor);
        self.sign_in.confirm_factor(&caller, id, typed).await
    }

    async fn confirm_with(&self, actor: Actor, code: &str) -> Result<SteppedUp, Problem> {
        let typed = StepUpInput {
            password: None,
            code: Some(secret(code)),
            passkey: None,
        };
        self.sign_in.step_up(&Caller::new(&self.door, actor), typed).await
    }

    /// Sets an app up in a session that may.
    async fn phone(&self, actor: Actor) -> Phone {
        let begun = self.door.enter(actor).run(begin_named("A phone")).await.unwrap();
        let secret = secret_of(&begun).to_owned();
        let confirmed = self.confirm(actor, begun.id, &self.code(&secret, -1)).await.unwrap();
        let codes = confirmed.recovery_codes.unwrap_or_default();
        Phone {
            actor: Credential::parse(confirmed.token.expose()).unwrap(),
            id: begun.id,
            secret,
            codes: codes.iter().map(|code| code.expose().to_owned()).collect(),
        }
    }

    /// The first administrator, with an app.
    async fn admin_with_phone(&self) -> (PersonId, Phone) {
        let (id, actor) = self.person(ADMIN, &[Role::Admin]).await;
        (id, self.phone(actor).await)
    }

    async fn list_factors(&self, actor: Actor) -> Result<Factors, Problem> {
        let rule = FactorRule::DEFAULT;
        self.door.enter(actor).view(ListFactors { rule }).await
    }
}

#[tokio::test]
async fn whoever_needs_a_factor_does_nothing_before_it_is_set_up() {
    let app = strict().await;
    let (id, actor) = app.person(ADMIN, &[Role::Admin]).await;
    assert_eq!(app.me(actor).await.unwrap().owes, Some(Owes::Enrol));
    refused(
        app.door.enter(actor).view(ReadPerson { person: id }).await,
        &SECOND_FACTOR_SETUP,
    );
    refused(app.door.enter(actor).run(EndAll).await, &SECOND_FACTOR_SETUP);
    refused(app.step_up(actor, PASSWORD).await, &SECOND_FACTOR_SETUP);
    let phone = app.phone(actor).await;
    // The token that the password gave is over.
    refused(app.me(actor).await, &UNAUTHENTICATED);
    let me = app.me(phone.actor).await.unwrap();
    assert!(me.owes.is_none() && me.has_factor && me.step_up_until.is_none());
    refused(app.key(phone.actor, &["me.read"]).await, &STEP_UP);
    assert_eq!(phone.codes.len(), 10);
}

#[tokio::test]
async fn a_password_alone_opens_nothing_once_there_is_a_factor() {
    let app = strict().await;
    let (id, phone) = app.admin_with_phone().await;
    let opened = app.open(ADMIN, PASSWORD).await.unwrap();
    assert_eq!(opened.owes, Some(Owes::Factor));
    let waiting = Credential::parse(opened.token.expose()).unwrap();
    refused(app.me(waiting).await, &SECOND_FACTOR);
    refused(
        app.door.enter(waiting).view(ReadPerson { person: id }).await,
        &SECOND_FACTOR,
    );
    refused(
        app.door.enter(waiting).run(begin_named("mine now")).await,
        &SECOND_FACTOR,
    );
    refused(app.list_factors(waiting).await, &SECOND_FACTOR);
    refused(
        app.confirm_with(waiting, &app.code(&phone.secret, 0)).await,
        &SECOND_FACTOR,
    );
    let shown = app.show(waiting, &app.code(&phone.secret, 0)).await.unwrap();
    refused(app.me(waiting).await, &UNAUTHENTICATED);
    let actor = Credential::parse(shown.token.expose()).unwrap();
    assert_eq!(shown.id, opened.id);
    // Showing it counts as a confirmation.
    app.key(actor, &["me.read"]).await.unwrap();
    // A session that waits for nothing takes no factor.
    refused(app.show(actor, &app.code(&phone.secret, 1)).await, &NONE);
}

#[tokio::test]
async fn a_code_is_taken_once_and_no_earlier_one_after_it() {
    let app = strict().await;
    let (_, phone) = app.admin_with_phone().await;
    let [before, now, next, late] = [-1, 0, 1, 2].map(|steps| app.code(&phone.secret, steps));
    let waiting = app.actor(ADMIN).await;
    // The one with which it was confirmed, and one that is too early.
    for code in [&before, &late] {
        refused(app.show(waiting, code).await, &CODE_WRONG);
    }
    let shown = app.show(waiting, &next).await.unwrap();
    let actor = Credential::parse(shown.token.expose()).unwrap();
    let second = app.actor(ADMIN).await;
    for code in [&next, &now] {
        refused(app.show(second, code).await, &CODE_WRONG);
        refused(app.confirm_with(actor, code).await, &CODE_WRONG);
    }
    app.clock.advance_seconds(STEP_SECONDS);
    app.confirm_with(actor, &late).await.unwrap();
}

#[tokio::test]
async fn codes_of_others_are_none() {
    let app = strict().await;
    let (_, admin) = app.admin_with_phone().await;
    app.clock.advance_seconds(60);
    app.confirm_with(admin.actor, &app.code(&admin.secret, 0))
        .await
        .unwrap();
    let invited = app
        .door
        .enter(admin.actor)
        .run(invite(ASSESSOR, &[Role::Assessor]))
        .await;
    app.accept(invited.unwrap().token.unwrap().expose(), PASSWORD)
        .await
        .unwrap();
    let assessor = app.phone(app.actor(ASSESSOR).await).await;
    let waiting = app.actor(ASSESSOR).await;
    app.clock.advance_seconds(60);
    refused(app.show(waiting, &app.code(&admin.secret, 0)).await, &CODE_WRONG);
    refused(app.show(waiting, &admin.codes[0]).await, &CODE_WRONG);
    // A factor of somebody else is not there.
    app.confirm_with(admin.actor, &app.code(&admin.secret, 0))
        .await
        .unwrap();
    let theirs = RemoveFactor {
        id: assessor.id,
        rule: FactorRule::DEFAULT,
        sending: Sending::Off,
    };
    refused(app.door.enter(admin.actor).run(theirs).await, &NOT_FOUND);
    refused(
        app.confirm(admin.actor, assessor.id, &app.code(&assessor.secret, 1))
            .await,
        &NOT_FOUND,
    );
    assert_eq!(app.list_factors(admin.actor).await.unwrap().items.len(), 1);
    app.show(waiting, &app.code(&assessor.secret, 0)).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_is_good_once_and_new_ones_end_the_old() {
    let app = strict().await;
    let (_, phone) = app.admin_with_phone().await;
    let waiting = app.actor(ADMIN).await;
    let typed = phone.codes[0].to_lowercase().replace('-', " ");
    let shown = app.show(waiting, &typed).await.unwrap();
    let actor = Credential::parse(shown.token.expose()).unwrap();
    assert_eq!(app.list_factors(actor).await.unwrap().recovery_codes_left, 9);
    let second = app.actor(ADMIN).await;
    refused(app.show(second, &phone.codes[0]).await, &CODE_WRONG);
    let renew = RenewCodes { sending: Sending::Off };
    let renewed = app.door.enter(actor).run(renew).await.unwrap();
    assert_eq!(app.list_factors(actor).await.unwrap().recovery_codes_left, 10);
    refused(app.show(second, &phone.codes[1]).await, &CODE_WRONG);
    app.show(second, renewed.recovery_codes[1].expose()).await.unwrap();
    for none in ["", "0", "00000000000", &"x".repeat(1_000), "000000\n000000", "'; --"] {
        let third = app.actor(ADMIN).await;
        refused(app.show(third, none).await, &CODE_WRONG);
    }
}

#[tokio::test]
async fn a_password_confirms_nothing_for_somebody_with_a_factor() {
    let app = strict().await;
    let (_, phone) = app.admin_with_phone().await;
    refused(app.step_up(phone.actor, PASSWORD).await, &CODE_MISSING);
    refused(app.key(phone.actor, &["me.read"]).await, &STEP_UP);
    app.confirm_with(phone.actor, &app.code(&phone.secret, 0))
        .await
        .unwrap();
    app.key(phone.actor, &["me.read"]).await.unwrap();
    app.clock.advance_seconds(skillsyms_door::STEP_UP_SECONDS + 1);
    refused(app.key(phone.actor, &["me.read"]).await, &STEP_UP);
}

#[tokio::test]
async fn an_app_counts_when_it_was_confirmed_in_time() {
    let app = strict().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let first = app.door.enter(actor).run(begin_named("Old")).await.unwrap();
    let begun = app.door.enter(actor).run(begin_named("New")).await.unwrap();
    let code = |begun: &Begun| app.code(secret_of(begun), 0);
    // The one that was begun before is gone, which this session is not told before it has a factor.
    refused(app.confirm(actor, first.id, &code(&first)).await, &SECOND_FACTOR_SETUP);
    refused(app.confirm(actor, begun.id, "000000").await, &FIRST_CODE_WRONG);
    app.clock.advance_seconds(BEGUN_SECONDS);
    refused(app.confirm(actor, begun.id, &code(&begun)).await, &NOT_BEGUN);
    assert!(app.list_factors(actor).await.unwrap().items.is_empty());
    let again = app.door.enter(actor).run(begin_named("Again")).await.unwrap();
    app.confirm(actor, again.id, &code(&again)).await.unwrap();
    // A password that was begun with asks for the factor now.
    assert_eq!(app.open(ADMIN, PASSWORD).await.unwrap().owes, Some(Owes::Factor));
}

#[tokio::test]
async fn whose_role_takes_one_keeps_one_and_everybody_else_may_remove_theirs() {
    let app = strict().await;
    let (_, admin) = app.admin_with_phone().await;
    app.confirm_with(admin.actor, &app.code(&admin.secret, 0))
        .await
        .unwrap();
    let remove = |id| RemoveFactor {
        id,
        rule: FactorRule::DEFAULT,
        sending: Sending::Off,
    };
    refused(app.door.enter(admin.actor).run(remove(admin.id)).await, &LAST);
    let other = app.actor(ADMIN).await;
    let begun = app.door.enter(admin.actor).run(begin_named("A tablet")).await.unwrap();
    let confirmed = app
        .confirm(admin.actor, begun.id, &app.code(secret_of(&begun), 0))
        .await;
    let confirmed = confirmed.unwrap();
    // The codes are those of the first factor; other sessions ended.
    assert!(confirmed.recovery_codes.is_none() && confirmed.sessions_ended == 1);
    refused(app.show(other, &app.code(&admin.secret, 1)).await, &UNAUTHENTICATED);
    let actor = Credential::parse(confirmed.token.expose()).unwrap();
    app.door.enter(actor).run(remove(admin.id)).await.unwrap();
    let (_, facilitator) = {
        let invited = app
            .door
            .enter(actor)
            .run(invite("f@karoo.example", &[Role::Facilitator]))
            .await;
        let id = app
            .accept(invited.unwrap().token.unwrap().expose(), PASSWORD)
            .await
            .unwrap();
        (id, app.actor("f@karoo.example").await)
    };
    refused(app.door.enter(facilitator).run(begin_named("Mine")).await, &STEP_UP);
    app.step_up(facilitator, PASSWORD).await.unwrap();
    let phone = app.phone(facilitator).await;
    app.door.enter(phone.actor).run(remove(phone.id)).await.unwrap();
    let after = app.open("f@karoo.example", PASSWORD).await.unwrap();
    assert_eq!(after.owes, None);
}

#[tokio::test]
async fn an_administrator_takes_the_factor_of_somebody_else_away() {
    let app = strict().await;
    let (id, admin) = app.admin_with_phone().await;
    app.confirm_with(admin.actor, &app.code(&admin.secret, 0))
        .await
        .unwrap();
    let invited = app
        .door
        .enter(admin.actor)
        .run(invite(ASSESSOR, &[Role::Assessor]))
        .await;
    let person = app
        .accept(invited.unwrap().token.unwrap().expose(), PASSWORD)
        .await
        .unwrap();
    let reset = |person| ResetFactors {
        person,
        sending: Sending::Off,
    };
    refused(app.door.enter(admin.actor).run(reset(person)).await, &NONE);
    let phone = app.phone(app.actor(ASSESSOR).await).await;
    refused(app.door.enter(phone.actor).run(reset(id)).await, &FORBIDDEN);
    refused(app.door.enter(admin.actor).run(reset(id)).await, &NOT_FOUND);
    let done = app.door.enter(admin.actor).run(reset(person)).await.unwrap();
    assert!(done.sessions_ended >= 1);
    refused(app.me(phone.actor).await, &UNAUTHENTICATED);
    let opened = app.open(ASSESSOR, PASSWORD).await.unwrap();
    assert_eq!(opened.owes, Some(Owes::Enrol));
    let actor = Credential::parse(opened.token.expose()).unwrap();
    refused(app.show(actor, &phone.codes[0]).await, &NONE);
}

#[tokio::test]
async fn wrong_codes_wait_apart_from_wrong_passwords() {
    let app = strict().await;
    let (_, phone) = app.admin_with_phone().await;
    let waiting = app.actor(ADMIN).await;
    for _ in 0..5 {
        refused(app.show(waiting, "000000").await, &CODE_WRONG);
    }
    let right = app.code(&phone.secret, 0);
    let sixth = app.show(waiting, &right);
    assert!(tokio::time::timeout(SOON, sixth).await.is_err(), "the sixth waits");
    // Whoever has only the password does not keep its owner from signing in.
    let opened = tokio::time::timeout(SOON, app.open(ADMIN, PASSWORD)).await.unwrap();
    assert_eq!(opened.unwrap().owes, Some(Owes::Factor));
}

#[tokio::test]
async fn a_password_alone_ends_nobody_s_session_and_waits_for_half_an_hour() {
    let app = strict().await;
    let (_, phone) = app.admin_with_phone().await;
    let first = app.actor(ADMIN).await;
    for _ in 0..open::SESSIONS_MAX {
        app.clock.advance_seconds(1);
        app.actor(ADMIN).await;
    }
    // The oldest that waited ended; the whole one is still there, and alone in its list.
    refused(app.show(first, &app.code(&phone.secret, 0)).await, &UNAUTHENTICATED);
    let listed = app.door.enter(phone.actor).view(ListSessions).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    let waiting = app.actor(ADMIN).await;
    let late = app.actor(ADMIN).await;
    app.clock.advance_seconds(open::WAITING_SECONDS - 1);
    let opened = app.show(waiting, &app.code(&phone.secret, 0)).await.unwrap();
    app.clock.advance_seconds(1);
    refused(app.show(late, &app.code(&phone.secret, 1)).await, &UNAUTHENTICATED);
    let whole = SessionPolicy::default().absolute_seconds;
    assert_eq!(opened.expires_at, app.clock.now().plus_seconds(whole - 1));
}
