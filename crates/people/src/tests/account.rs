//! Accounts: invited, accepted, suspended, restored, given roles.

use super::*;

#[tokio::test]
async fn an_invitation_becomes_an_account_that_signs_in() {
    let app = app().await;
    let (id, actor) = app.admin().await;
    let me = app.me(actor).await.unwrap();
    let person = me.person.unwrap();
    assert_eq!(
        (person.id, person.email.as_str(), person.name.as_str()),
        (id, ADMIN, "Thandi Nkosi")
    );
    assert_eq!(
        (person.state, person.roles.as_slice()),
        (PersonState::Active, [Role::Admin].as_slice())
    );
    assert_eq!(me.tenant, app.cell);
    assert!(me.step_up_until.is_some());
    let sessions = app.door.enter(actor).view(ListSessions).await.unwrap();
    assert!(sessions.items.len() == 1 && sessions.items[0].is_current);
    app.door
        .enter(actor)
        .run(CloseSession::of(&actor).unwrap())
        .await
        .unwrap();
    refused(app.me(actor).await, &UNAUTHENTICATED);
}

#[tokio::test]
async fn an_invitation_works_once_and_only_as_it_was_made() {
    let app = app().await;
    let invited = app.invited(ADMIN, &[Role::Admin]).await;
    let token = invited.token.as_ref().unwrap().expose();
    refused(
        app.accept(&token[..token.len() - 1], PASSWORD).await,
        &accounts::INVITATION,
    );
    let moved = token.replace(
        &app.cell.uuid().simple().to_string(),
        &app.other.uuid().simple().to_string(),
    );
    refused(app.accept(&moved, PASSWORD).await, &accounts::INVITATION);
    let nowhere = token.replace(&app.cell.uuid().simple().to_string(), &"0".repeat(32));
    refused(app.accept(&nowhere, PASSWORD).await, &accounts::INVITATION);
    assert_eq!(app.accept(token, "short").await.unwrap_err().code.status, 422);
    app.accept(token, PASSWORD).await.unwrap();
    refused(app.accept(token, "another password").await, &accounts::INVITATION);
    app.open(ADMIN, PASSWORD).await.unwrap();
    refused(app.open(ADMIN, "another password").await, &sessions::WRONG);
}

#[tokio::test]
async fn an_invitation_ends_by_time_by_a_new_one_and_by_suspension() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let old = app.invited("late@karoo.example", &[Role::Assessor]).await;
    let new = app.invited("LATE@karoo.example ", &[Role::Facilitator]).await;
    assert_eq!(old.id, new.id);
    refused(
        app.accept(old.token.as_ref().unwrap().expose(), PASSWORD).await,
        &accounts::INVITATION,
    );
    let suspended = Suspend {
        person: new.id,
        expected: None,
    };
    app.door.enter(admin).run(suspended).await.unwrap();
    refused(
        app.accept(new.token.as_ref().unwrap().expose(), PASSWORD).await,
        &accounts::INVITATION,
    );
    let restored = app
        .door
        .enter(admin)
        .run(Restore {
            person: new.id,
            expected: None,
        })
        .await
        .unwrap();
    assert_eq!(restored.state, PersonState::Invited);
    refused(
        app.accept(new.token.as_ref().unwrap().expose(), PASSWORD).await,
        &accounts::INVITATION,
    );
    let third = app.invited("late@karoo.example", &[Role::Facilitator]).await;
    app.clock.advance_seconds(invite::INVITATION_SECONDS);
    refused(
        app.accept(third.token.as_ref().unwrap().expose(), PASSWORD).await,
        &accounts::INVITATION,
    );
}

#[tokio::test]
async fn an_address_has_one_account_however_it_is_spelt() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let again = app
        .door
        .enter(admin)
        .run(invite(" Admin@Karoo.EXAMPLE", &[Role::Admin]))
        .await;
    refused(again, &accounts::DUPLICATE);
    app.open("ADMIN@karoo.example ", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_console_invites_nobody_once_a_provider_has_its_administrator() {
    let app = app().await;
    let console = |act: Invite| app.door.enter(Actor::Console(app.cell)).run(act);
    console(invite("lost@karoo.example", &[Role::Admin])).await.unwrap();
    app.admin().await;
    refused(
        console(invite("spy@karoo.example", &[Role::Admin])).await,
        &accounts::HAS_ADMIN,
    );
    refused(
        console(invite("spy@karoo.example", &[Role::Verifier])).await,
        &accounts::HAS_ADMIN,
    );
}

#[tokio::test]
async fn whoever_invites_must_say_what_makes_sense() {
    let app = app().await;
    let console = |act: Invite| app.door.enter(Actor::Console(app.cell)).run(act);
    let field = |result: Result<Invited, Problem>| result.unwrap_err().fields[0].code;
    assert_eq!(field(console(invite("a@b.example", &[])).await), "roles.missing");
    assert_eq!(
        field(console(invite("a@b.example", &[Role::Learner])).await),
        "roles.learner"
    );
    assert_eq!(field(console(invite("nobody", &[Role::Admin])).await), "email.form");
    let mut stranger = invite("a@b.example", &[Role::Learner]);
    stranger.learner = Some(LearnerId::new(Uuid::from_u128(1)));
    assert_eq!(field(console(stranger).await), "learner.unknown");
    let (_, admin) = app.admin().await;
    let operator = app
        .door
        .enter(admin)
        .run(invite("a@b.example", &[Role::Operator]))
        .await;
    assert_eq!(field(operator), "roles.operator");
}

#[tokio::test]
async fn roles_are_changed_by_somebody_else_and_sessions_end() {
    let app = app().await;
    let (id, admin) = app.admin().await;
    let (other, other_actor) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let set = |person, roles: &[Role]| SetRoles {
        person,
        roles: roles.to_vec(),
        expected: None,
    };
    refused(
        app.door.enter(admin).run(set(id, &[Role::Admin, Role::Assessor])).await,
        &NOT_FOUND,
    );
    refused(
        app.door.enter(other_actor).run(set(other, &[Role::Admin])).await,
        &FORBIDDEN,
    );
    refused(
        app.door.enter(other_actor).run(set(id, &[Role::Learner])).await,
        &FORBIDDEN,
    );
    let stale = SetRoles {
        expected: Some(1),
        ..set(other, &[Role::Moderator])
    };
    refused(app.door.enter(admin).run(stale).await, &STALE);
    let fresh = SetRoles {
        expected: Some(2),
        ..set(other, &[Role::Moderator])
    };
    let done = app.door.enter(admin).run(fresh).await.unwrap();
    assert_eq!((done.version, done.sessions_ended), (3, 1));
    refused(app.me(other_actor).await, &UNAUTHENTICATED);
    let unknown = set(PersonId::new(Uuid::from_u128(1)), &[Role::Admin]);
    refused(app.door.enter(admin).run(unknown).await, &NOT_FOUND);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = app().await;
    let (first, first_actor) = app.admin().await;
    let (second, second_actor) = app.person("two@karoo.example", &[Role::Admin]).await;
    app.step_up(second_actor, PASSWORD).await.unwrap();
    // Invited is not come yet: it does not count.
    app.invited("three@karoo.example", &[Role::Admin]).await;
    app.door
        .enter(first_actor)
        .run(Suspend {
            person: second,
            expected: None,
        })
        .await
        .unwrap();
    refused(app.me(second_actor).await, &UNAUTHENTICATED);
    refused(
        app.door
            .enter(first_actor)
            .run(Suspend {
                person: first,
                expected: None,
            })
            .await,
        &NOT_FOUND,
    );
    app.door
        .enter(first_actor)
        .run(Restore {
            person: second,
            expected: None,
        })
        .await
        .unwrap();
    let second_actor = app.actor("two@karoo.example").await;
    app.step_up(second_actor, PASSWORD).await.unwrap();
    let demote = |person| SetRoles {
        person,
        roles: vec![Role::Facilitator],
        expected: None,
    };
    app.door.enter(second_actor).run(demote(first)).await.unwrap();
    let four = invite("four@karoo.example", &[Role::Facilitator]);
    app.door.enter(second_actor).run(four).await.unwrap();
    let list = app.door.enter(second_actor).view(ListPeople::default()).await.unwrap();
    let admins = list
        .items
        .iter()
        .filter(|person| person.roles.contains(&Role::Admin) && person.state == PersonState::Active);
    assert_eq!(admins.map(|person| person.id).collect::<Vec<_>>(), [second]);
    // The policies leave nobody who could do this to the second; the guard below them refuses all the same.
    let console = || app.door.enter(Actor::Console(app.cell));
    refused(console().run(Unpoliced(demote(second))).await, &accounts::LAST_ADMIN);
    refused(
        console()
            .run(Unpoliced(Suspend {
                person: second,
                expected: None,
            }))
            .await,
        &accounts::LAST_ADMIN,
    );
    app.me(second_actor).await.unwrap();
}

#[tokio::test]
async fn who_makes_accounts_confirms_first() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (id, _) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let suspend = Suspend {
        person: id,
        expected: None,
    };
    app.door.enter(admin).run(suspend).await.unwrap();
    let unconfirmed = app.actor(ADMIN).await;
    let enter = || app.door.enter(unconfirmed);
    let restore = || Restore {
        person: id,
        expected: None,
    };
    let register = || Register {
        person: id,
        registration: RegistrationInput {
            kind: RegistrationKind::Assessor,
            number: secret("ETDP-1"),
            body: secret("ETDP SETA"),
            valid_from: "2026-11-22".to_owned(),
            valid_until: "2027-11-22".to_owned(),
        },
    };
    let new = || invite("three@karoo.example", &[Role::Admin]);
    refused(enter().run(new()).await, &STEP_UP);
    refused(enter().run(register()).await, &STEP_UP);
    refused(enter().run(restore()).await, &STEP_UP);
    app.step_up(unconfirmed, PASSWORD).await.unwrap();
    enter().run(new()).await.unwrap();
    enter().run(register()).await.unwrap();
    enter().run(restore()).await.unwrap();
}

#[tokio::test]
async fn everybody_sees_themselves_and_only_administrators_the_others() {
    let app = app().await;
    let (id, admin) = app.admin().await;
    let (other, actor) = app.person("two@karoo.example", &[Role::Facilitator]).await;
    assert_eq!(
        app.door
            .enter(actor)
            .view(ReadPerson { person: other })
            .await
            .unwrap()
            .id,
        other
    );
    refused(app.door.enter(actor).view(ReadPerson { person: id }).await, &NOT_FOUND);
    refused(
        app.door
            .enter(actor)
            .view(ReadPerson {
                person: PersonId::new(Uuid::nil()),
            })
            .await,
        &NOT_FOUND,
    );
    refused(app.door.enter(actor).view(ListPeople::default()).await, &FORBIDDEN);
    refused(
        app.door
            .enter(Actor::Nobody(app.cell))
            .view(ListPeople::default())
            .await,
        &UNAUTHENTICATED,
    );
    let page = PageAsk {
        limit: Limit::new(1).unwrap(),
        cursor: None,
    };
    let first = app
        .door
        .enter(admin)
        .view(ListPeople {
            page,
            ..ListPeople::default()
        })
        .await
        .unwrap();
    let page = PageAsk {
        cursor: first.next,
        ..page
    };
    let second = app
        .door
        .enter(admin)
        .view(ListPeople {
            page,
            ..ListPeople::default()
        })
        .await
        .unwrap();
    let mut both = [first.items[0].id, second.items[0].id];
    both.sort();
    assert_eq!((both, second.next), ([id, other], None));
}

/// Runs an act under the name of one that the console may do, so that only the act's own guards are left.
struct Unpoliced<A>(A);

impl<A: Act<Ready = ()>> Act for Unpoliced<A> {
    const NAME: &'static str = Invite::NAME;
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = A::Output;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<A::Output, Fault> {
        self.0.run(cx, &(), tx)
    }

    fn entry(&self, _: &A::Output) -> Note {
        Note::none()
    }
}

#[tokio::test]
async fn a_password_that_is_the_only_factor_is_longer() {
    const TWELVE: &str = "x7#Lm2!pQz9w";
    let mut app = app().await;
    app.sign_in = app.sign_in.with_factors(FactorRule::DEFAULT);
    let guide = app.invited("guide@karoo.example", &[Role::Facilitator]).await;
    let token = guide.token.as_ref().unwrap().expose();
    let problem = app.accept(token, TWELVE).await.unwrap_err();
    assert_eq!(problem.fields[0].code, "password.short");
    // The link was not used up by it.
    app.accept(token, PASSWORD).await.unwrap();
    let assessor = app.invited("assessor@karoo.example", &[Role::Assessor]).await;
    app.accept(assessor.token.as_ref().unwrap().expose(), TWELVE)
        .await
        .unwrap();
}
