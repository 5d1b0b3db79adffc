//! API keys.

use skillsyms_core::ApiKeyId;

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
            networks: Vec::new(),
        };
        assert!(app.door.enter(first).run(act).await.is_err());
    }
}

fn from(text: &str) -> Option<std::net::IpAddr> {
    Some(text.parse().unwrap())
}

impl App {
    async fn key_within(&self, admin: Actor, networks: &[&str]) -> Result<Created, Problem> {
        let networks = networks.iter().map(|network| (*network).to_owned()).collect();
        let act = CreateApiKey {
            name: secret("LMS"),
            scopes: vec!["me.read".to_owned()],
            days: 90,
            networks,
        };
        self.door.enter(admin).run(act).await
    }

    async fn me_from(&self, actor: Actor, address: Option<std::net::IpAddr>) -> Result<Me, Problem> {
        let entrance = self.door.enter(actor).from(address);
        let me = entrance.view(ReadMe).await;
        // What is noted after the answer is on its way to the writer before anything that is asked from now on.
        tokio::task::yield_now().await;
        me
    }

    /// How many entries of this act the ledger has.
    async fn noticed(&self, admin: Actor, act: &str) -> usize {
        self.door
            .enter(admin)
            .run(RevokeApiKey {
                key: ApiKeyId::new(Uuid::nil()),
            })
            .await
            .unwrap_err();
        let kept = self.door.enter(admin).view(kept::Spy).await.unwrap();
        let bodies = kept
            .iter()
            .filter_map(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
        bodies.filter(|body| body["act"] == act).count()
    }

    async fn only_key(&self, admin: Actor) -> ApiKeyView {
        let list = self.door.enter(admin).view(ListApiKeys::default()).await.unwrap();
        list.items[0].clone()
    }
}

#[tokio::test]
async fn a_key_from_elsewhere_is_an_unknown_one_and_the_ledger_says_so_once_an_hour() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let made = app.key_within(admin, &["192.0.2.0/24", "2001:db8::/32"]).await.unwrap();
    let key = Credential::parse(made.key.expose()).unwrap();
    let Actor::Key { cell, .. } = key else { panic!("a key") };
    let unknown = Actor::Key { cell, hash: [7; 32] };
    let here = from("192.0.2.9");
    let as_unknown = app.me_from(unknown, here).await.unwrap_err();
    for elsewhere in ["192.0.3.9", "2001:db9::1", "::ffff:198.51.100.1", "::192.0.2.9"] {
        assert_eq!(
            app.me_from(key, from(elsewhere)).await.unwrap_err(),
            as_unknown,
            "{elsewhere}"
        );
    }
    assert_eq!(app.me_from(key, None).await.unwrap_err(), as_unknown);
    assert_eq!(app.noticed(admin, "api_key.elsewhere").await, 1);
    let shown = app.only_key(admin).await;
    assert_eq!((shown.used_at, shown.strayed_at.is_some()), (None, true));
    assert_eq!(shown.networks, ["192.0.2.0/24", "2001:db8::/32"]);
    // An act and an idempotency key are no other way in.
    let act = RevokeApiKey { key: made.id };
    refused(
        app.door.enter(key).from(from("192.0.3.9")).run(act).await,
        &UNAUTHENTICATED,
    );
    refused(
        app.door.enter(key).from(from("192.0.3.9")).before("k".to_owned()).await,
        &UNAUTHENTICATED,
    );
    for inside in ["192.0.2.9", "::ffff:192.0.2.9", "2001:db8::1"] {
        assert_eq!(
            app.me_from(key, from(inside)).await.unwrap().api_key,
            Some(made.id),
            "{inside}"
        );
    }
    app.clock.advance_seconds(3_600);
    let (_, admin) = (app.me_from(key, from("192.0.3.9")).await, app.actor(ADMIN).await);
    assert_eq!(app.noticed(admin, "api_key.elsewhere").await, 2);
    app.step_up(admin, PASSWORD).await.unwrap();
    app.door.enter(admin).run(act).await.unwrap();
    app.clock.advance_seconds(3_600);
    let (_, admin) = (app.me_from(key, from("192.0.3.9")).await, app.actor(ADMIN).await);
    assert_eq!(
        app.noticed(admin, "api_key.elsewhere").await,
        2,
        "a revoked key is no key"
    );
}

#[tokio::test]
async fn a_flood_from_elsewhere_leaves_one_entry() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let made = app.key_within(admin, &["192.0.2.0/24"]).await.unwrap();
    let key = Credential::parse(made.key.expose()).unwrap();
    let shown = (0..50).map(|_| {
        let door = app.door.clone();
        tokio::spawn(async move { door.enter(key).from(from("192.0.3.9")).view(ReadMe).await })
    });
    for one in shown.collect::<Vec<_>>() {
        refused(one.await.unwrap(), &UNAUTHENTICATED);
    }
    tokio::task::yield_now().await;
    assert_eq!(app.noticed(admin, "api_key.elsewhere").await, 1);
}

#[tokio::test]
async fn a_key_names_networks_and_not_everything() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    for wrong in [
        &["0.0.0.0/0"][..],
        &["here"],
        &["192.0.2.0/24", ""],
        &["10.0.0.0/8"; 17],
    ] {
        let problem = app.key_within(admin, wrong).await.unwrap_err();
        assert_eq!(
            (problem.code.status, problem.fields[0].field.as_ref()),
            (422, "networks"),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn the_first_use_from_another_network_is_noted_at_once_and_once() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let made = app.key(admin, &["me.read"]).await.unwrap();
    let key = Credential::parse(made.key.expose()).unwrap();
    for same in [Some("192.0.2.9"), Some("192.0.2.200"), None] {
        app.me_from(key, same.and_then(from)).await.unwrap();
    }
    assert_eq!(
        app.noticed(admin, "api_key.new_network").await,
        0,
        "the first of all is no news"
    );
    // Within the minute in which uses are not noted otherwise.
    for other in [
        "198.51.100.1",
        "198.51.100.77",
        "192.0.2.9",
        "2001:db8:1:2::1",
        "2001:db8:1:3::1",
    ] {
        app.me_from(key, from(other)).await.unwrap();
    }
    assert_eq!(app.noticed(admin, "api_key.new_network").await, 2);
}
