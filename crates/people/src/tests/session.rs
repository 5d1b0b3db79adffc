//! Signing in, staying signed in, stepping up.

use super::*;

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_alike() {
    let app = app().await;
    let (id, admin) = app.admin().await;
    let (other, _) = app.person("two@karoo.example", &[Role::Admin]).await;
    for (email, password) in [
        (ADMIN, "wrong password"),
        (ADMIN, ""),
        ("unknown@karoo.example", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ] {
        refused(app.open(email, password).await, &sessions::WRONG);
    }
    refused(app.open(ADMIN, &"x".repeat(1_000_000)).await, &sessions::WRONG);
    app.door
        .enter(admin)
        .run(Suspend {
            person: other,
            expected: None,
        })
        .await
        .unwrap();
    refused(app.open("two@karoo.example", PASSWORD).await, &sessions::WRONG);
    let elsewhere = SignInInput {
        email: secret(ADMIN),
        password: secret(PASSWORD),
    };
    refused(
        app.sign_in
            .sign_in(&Caller::nobody(&app.door, app.other), elsewhere)
            .await,
        &sessions::WRONG,
    );
    assert!(app.me(admin).await.unwrap().person.unwrap().id == id);
}

#[tokio::test]
async fn a_session_is_over_when_it_was_not_used() {
    let app = app().await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    let idle = SessionPolicy::default().idle_seconds;
    let resume = |noted| app.door.enter(Actor::Console(app.cell)).run(Resume { actor, noted });
    app.clock.advance_seconds(idle - 1);
    resume(true).await.unwrap();
    app.clock.advance_seconds(idle - 1);
    resume(false).await.unwrap();
    app.clock.advance_seconds(1);
    refused(resume(false).await, &UNAUTHENTICATED);
    refused(app.me(actor).await, &UNAUTHENTICATED);
}

#[tokio::test]
async fn a_session_is_over_after_its_time_however_much_it_is_used() {
    let policy = SessionPolicy {
        idle_seconds: i64::MAX,
        ..SessionPolicy::default()
    };
    let app = app_with(policy).await;
    let (_, actor) = app.person(ADMIN, &[Role::Admin]).await;
    app.clock.advance_seconds(policy.absolute_seconds - 1);
    app.me(actor).await.unwrap();
    app.clock.advance_seconds(1);
    refused(app.me(actor).await, &UNAUTHENTICATED);
}

#[tokio::test]
async fn a_token_moved_to_another_cell_is_no_credential() {
    let app = app().await;
    app.admin().await;
    let token = app.open(ADMIN, PASSWORD).await.unwrap().token;
    let moved = token.expose().replace(
        &app.cell.uuid().simple().to_string(),
        &app.other.uuid().simple().to_string(),
    );
    refused(app.me(Credential::parse(&moved).unwrap()).await, &UNAUTHENTICATED);
    let Actor::Session { hash, .. } = Credential::parse(token.expose()).unwrap() else {
        panic!("a session")
    };
    refused(app.me(Actor::Session { cell: app.other, hash }).await, &UNAUTHENTICATED);
    refused(app.me(Actor::Key { cell: app.cell, hash }).await, &UNAUTHENTICATED);
}

#[tokio::test]
async fn a_step_up_takes_ones_own_password_and_lasts_five_minutes() {
    let app = app().await;
    let (_, admin) = app.person(ADMIN, &[Role::Admin]).await;
    refused(app.key(admin, &["me.read"]).await, &STEP_UP);
    refused(app.step_up(admin, "wrong password").await, &sessions::STEP_UP_WRONG);
    refused(app.key(admin, &["me.read"]).await, &STEP_UP);
    app.step_up(admin, PASSWORD).await.unwrap();
    app.key(admin, &["me.read"]).await.unwrap();
    let second = app.actor(ADMIN).await;
    refused(app.key(second, &["me.read"]).await, &STEP_UP);
    app.clock.advance_seconds(skillsyms_door::STEP_UP_SECONDS + 1);
    refused(app.key(admin, &["me.read"]).await, &STEP_UP);
    assert!(app.step_up(Actor::Nobody(app.cell), PASSWORD).await.is_err());
    assert!(app.step_up(Actor::Console(app.cell), PASSWORD).await.is_err());
}

#[tokio::test]
async fn sessions_are_ones_own() {
    let app = app().await;
    let (id, admin) = app.admin().await;
    let (other, actor) = app.person("two@karoo.example", &[Role::Facilitator]).await;
    let admins = app.door.enter(admin).view(ListSessions).await.unwrap().items[0].id;
    refused(app.door.enter(actor).run(CloseSession::by_id(admins)).await, &NOT_FOUND);
    refused(app.door.enter(actor).run(EndSessions { person: id }).await, &FORBIDDEN);
    let second = app.actor("two@karoo.example").await;
    assert_eq!(app.door.enter(second).run(EndAll).await.unwrap().sessions_ended, 2);
    refused(app.me(actor).await, &UNAUTHENTICATED);
    let third = app.actor("two@karoo.example").await;
    assert_eq!(
        app.door
            .enter(admin)
            .run(EndSessions { person: other })
            .await
            .unwrap()
            .sessions_ended,
        1
    );
    refused(app.me(third).await, &UNAUTHENTICATED);
}

#[tokio::test]
async fn the_oldest_session_makes_room() {
    let app = app().await;
    let (_, first) = app.person(ADMIN, &[Role::Admin]).await;
    for _ in 0..open::SESSIONS_MAX {
        app.clock.advance_seconds(1);
        app.actor(ADMIN).await;
    }
    refused(app.me(first).await, &UNAUTHENTICATED);
    let last = app.actor(ADMIN).await;
    let list = app.door.enter(last).view(ListSessions).await.unwrap();
    assert_eq!(list.items.len(), usize::try_from(open::SESSIONS_MAX).unwrap());
}

#[tokio::test]
async fn a_password_checked_before_a_suspension_opens_nothing_after_it() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (other, actor) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let hasher = Hasher::new(HashingPolicy {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
        at_once: 1,
        waiting: 1,
    })
    .unwrap();
    let about = || challenge::About::Email(crate::field::Email::parse(&secret("two@karoo.example")).unwrap());
    let nobody = || app.door.enter(Actor::Nobody(app.cell));
    let read = nobody().view(ReadChallenge(about())).await.unwrap();
    let checked = hasher.check(read, secret(PASSWORD)).await.unwrap();
    assert!(checked.right().is_some());
    // A check for signing in is none for stepping up: it was made in no session.
    let policy = SessionPolicy::default();
    assert!(
        app.door
            .enter(actor)
            .run(StepUp {
                proof: step_up::Proof::Password(checked)
            })
            .await
            .is_err()
    );
    let read = nobody().view(ReadChallenge(about())).await.unwrap();
    let checked = hasher.check(read, secret(PASSWORD)).await.unwrap();
    app.door
        .enter(admin)
        .run(Suspend {
            person: other,
            expected: None,
        })
        .await
        .unwrap();
    refused(
        nobody()
            .run(OpenSession {
                checked,
                policy,
                rule: FactorRule::NOBODY,
            })
            .await,
        &sessions::WRONG,
    );
}

/// Looks a credential up and notes its use if asked to, as the door does, but in one step.
struct Resume {
    actor: Actor,
    noted: bool,
}

impl Act for Resume {
    const NAME: &'static str = Invite::NAME;
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ();

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<(), Fault> {
        let directory = PeopleDirectory::default();
        let Actor::Session { hash, .. } = self.actor else {
            return Err(Problem::new(&UNAUTHENTICATED).into());
        };
        let showing = Showing {
            now: cx.now(),
            from: None,
        };
        let Found::Principal(principal) = directory.principal(&mut tx.read(), &Shown::Session(hash), &showing)? else {
            return Err(Problem::new(&UNAUTHENTICATED).into());
        };
        if self.noted {
            directory.seen(tx, &principal, &showing)?;
        }
        Ok(())
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}
