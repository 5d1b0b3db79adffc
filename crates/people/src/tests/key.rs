//! API keys.

use super::*;

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_that_needs_a_person() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    for scope in [
        "session.step_up",
        "person.invite",
        "api_key.create",
        "assessment.record",
        "learner.reveal_id",
        "nothing",
    ] {
        assert_eq!(
            app.key(admin, &["me.read", scope]).await.unwrap_err().fields[0].code,
            "api_key.scope"
        );
    }
    let made = app.key(admin, &["me.read"]).await.unwrap();
    let key = Credential::parse(made.key.expose()).unwrap();
    let me = app.me(key).await.unwrap();
    assert_eq!(
        (me.api_key, me.scopes.as_slice()),
        (Some(made.id), ["me.read".to_owned()].as_slice())
    );
    refused(app.door.enter(key).view(ListPeople::default()).await, &FORBIDDEN);
    refused(
        app.door.enter(key).run(invite("a@b.example", &[Role::Admin])).await,
        &FORBIDDEN,
    );
    assert!(app.step_up(key, PASSWORD).await.is_err());
    let list = app.door.enter(admin).view(ListApiKeys::default()).await.unwrap();
    assert!(list.items[0].is_working && list.items[0].scopes == ["me.read"]);
    app.door.enter(admin).run(RevokeApiKey { key: made.id }).await.unwrap();
    app.door.enter(admin).run(RevokeApiKey { key: made.id }).await.unwrap();
    refused(app.me(key).await, &UNAUTHENTICATED);
}

#[tokio::test]
async fn a_key_ends_by_time_and_with_whoever_made_it() {
    let app = app().await;
    let (_, first) = app.admin().await;
    let (second, second_actor) = app.person("two@karoo.example", &[Role::Admin]).await;
    app.step_up(second_actor, PASSWORD).await.unwrap();
    let theirs = Credential::parse(app.key(second_actor, &["me.read"]).await.unwrap().key.expose()).unwrap();
    let ours = Credential::parse(app.key(first, &["me.read"]).await.unwrap().key.expose()).unwrap();
    let demoted = SetRoles {
        person: second,
        roles: vec![Role::Verifier],
        expected: None,
    };
    assert_eq!(app.door.enter(first).run(demoted).await.unwrap().keys_revoked, 1);
    refused(app.me(theirs).await, &UNAUTHENTICATED);
    app.me(ours).await.unwrap();
    app.clock.advance_seconds(90 * 24 * 60 * 60);
    refused(app.me(ours).await, &UNAUTHENTICATED);
    for days in [0, -1, 367, i64::MAX] {
        let act = CreateApiKey {
            name: secret("x"),
            scopes: vec!["me.read".to_owned()],
            days,
        };
        assert!(app.door.enter(first).run(act).await.is_err());
    }
}
