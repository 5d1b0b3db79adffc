//! API keys.

use skillsyms_core::ApiKeyId;
use skillsyms_door::STEP_UP_SECONDS;

use super::*;
use crate::mail::{Came, MailKind, NextMail, Outgoing, SettleMail, TakeMail};
use crate::token::{Minted, TokenKind};

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

const DAY: i64 = 24 * 60 * 60;

impl App {
    async fn rotate(&self, admin: Actor, key: ApiKeyId, overlap_hours: i64) -> Result<Created, Problem> {
        let input = RotateInput { overlap_hours };
        self.door.enter(admin).run(RotateApiKey { key, input }).await
    }

    /// The administrator, signed in again after a long time.
    async fn admin_again(&self) -> Actor {
        let admin = self.actor(ADMIN).await;
        self.step_up(admin, PASSWORD).await.unwrap();
        admin
    }

    async fn view(&self, admin: Actor, id: ApiKeyId) -> ApiKeyView {
        let list = self.door.enter(admin).view(ListApiKeys::default()).await.unwrap();
        list.items.into_iter().find(|key| key.id == id).unwrap()
    }

    async fn due(&self) -> Option<Instant> {
        self.door.enter(Actor::System(self.cell)).view(NextMail).await.unwrap()
    }

    /// What the mails say that are due now, each taken and sent.
    async fn sent(&self) -> Vec<(MailKind, Option<String>)> {
        let system = || self.door.enter(Actor::System(self.cell));
        let taken = system().run(TakeMail).await.unwrap();
        let mails = taken.mails.iter().map(|mail| (mail.id, Came::Sent)).collect();
        system().run(SettleMail { mails }).await.unwrap();
        let about = |mail: &Outgoing| mail.about.as_ref().map(|about| about.name.clone());
        taken.mails.iter().map(|mail| (mail.kind, about(mail))).collect()
    }
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap_and_the_new_one_is_like_it() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let old = app.key_within(admin, &["192.0.2.0/24"]).await.unwrap();
    app.clock.advance_seconds(30 * DAY);
    let admin = app.admin_again().await;
    for hours in [-1, 169, i64::MAX, i64::MIN] {
        assert_eq!(
            app.rotate(admin, old.id, hours).await.unwrap_err().code.status,
            422,
            "{hours}"
        );
    }
    let new = app.rotate(admin, old.id, 24).await.unwrap();
    assert_ne!(new.key.expose(), old.key.expose());
    let (was, is) = (app.view(admin, old.id).await, app.view(admin, new.id).await);
    assert_eq!((was.rotated_to, is.rotated_from), (Some(new.id), Some(old.id)));
    assert_eq!(
        (&was.name, &was.scopes, &was.networks),
        (&is.name, &is.scopes, &is.networks)
    );
    assert_eq!(
        is.expires_at.seconds_since(is.created_at),
        90 * DAY,
        "as many days as the old one was made for"
    );
    let (old_key, new_key) = (
        Credential::parse(old.key.expose()).unwrap(),
        Credential::parse(new.key.expose()).unwrap(),
    );
    for key in [old_key, new_key] {
        app.me_from(key, from("192.0.2.1")).await.unwrap();
        refused(app.me_from(key, from("192.0.3.1")).await, &UNAUTHENTICATED);
    }
    app.clock.advance_seconds(DAY - 1);
    app.me_from(old_key, from("192.0.2.1")).await.unwrap();
    app.clock.advance_seconds(1);
    refused(app.me_from(old_key, from("192.0.2.1")).await, &UNAUTHENTICATED);
    app.me_from(new_key, from("192.0.2.1")).await.unwrap();
}

#[tokio::test]
async fn a_key_is_rotated_once_unless_what_took_its_place_was_lost() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let old = app.key(admin, &["me.read"]).await.unwrap();
    let lost = app.rotate(admin, old.id, 24).await.unwrap();
    refused(app.rotate(admin, old.id, 24).await, &rotate::ROTATED);
    app.door.enter(admin).run(RevokeApiKey { key: lost.id }).await.unwrap();
    app.clock.advance_seconds(60);
    let ends_at = app.view(admin, old.id).await.expires_at;
    let next = app.rotate(admin, old.id, 168).await.unwrap();
    assert_eq!(
        app.view(admin, old.id).await.expires_at,
        ends_at,
        "no second overlap makes it longer"
    );
    let at_once = app.rotate(admin, next.id, 0).await.unwrap();
    refused(
        app.me(Credential::parse(next.key.expose()).unwrap()).await,
        &UNAUTHENTICATED,
    );
    // Revoked, over, absent, another tenant's.
    for key in [lost.id, next.id] {
        refused(app.rotate(admin, key, 24).await, &rotate::NOT_WORKING);
    }
    let absent = app.rotate(admin, ApiKeyId::new(Uuid::nil()), 24).await.unwrap_err();
    let (_, other) = (app.rotate(admin, at_once.id, 0).await.unwrap(), app.other);
    refused(
        app.door
            .enter(Actor::Nobody(other))
            .run(RotateApiKey {
                key: at_once.id,
                input: RotateInput { overlap_hours: 0 },
            })
            .await,
        &UNAUTHENTICATED,
    );
    assert!([403, 404].contains(&absent.code.status));
    app.clock.advance_seconds(STEP_UP_SECONDS + 1);
    refused(app.rotate(admin, at_once.id, 24).await, &STEP_UP);
}

#[tokio::test]
async fn a_rotation_makes_no_more_keys_than_there_may_be() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let first = app.key(admin, &["me.read"]).await.unwrap();
    // Ids of one millisecond have no order, and a page has fewer than there may be.
    app.clock.advance_seconds(1);
    for _ in 1..create::KEYS_MAX {
        app.key(admin, &["me.read"]).await.unwrap();
    }
    refused(app.rotate(admin, first.id, 1).await, &create::TOO_MANY);
    assert!(
        app.view(admin, first.id).await.rotated_to.is_none(),
        "nothing of it is done"
    );
    app.rotate(admin, first.id, 0).await.unwrap();
}

#[tokio::test]
async fn administrators_are_told_once_at_each_mark_that_a_key_ends() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    app.person("two@karoo.example", &[Role::Admin]).await;
    app.person("three@karoo.example", &[Role::Facilitator]).await;
    app.sent().await;
    let key = app.key(admin, &["me.read"]).await.unwrap();
    let (rotated, revoked) = (
        app.key(admin, &["me.read"]).await.unwrap(),
        app.key(admin, &["me.read"]).await.unwrap(),
    );
    let at_once = app.rotate(admin, rotated.id, 168).await.unwrap();
    for key in [revoked.id, at_once.id] {
        app.door.enter(admin).run(RevokeApiKey { key }).await.unwrap();
    }
    assert!(app.sent().await.is_empty());
    let told = || vec![(MailKind::KeyEnds, Some("LMS".to_owned())); 2];
    for days in [14, 3] {
        let mark = key.expires_at.plus_seconds(-days * DAY);
        assert_eq!(app.due().await, Some(mark), "{days}");
        app.clock
            .advance_seconds(mark.seconds_since(app.door.clock().now()) - 1);
        assert!(app.sent().await.is_empty());
        app.clock.advance_seconds(1);
        assert_eq!(app.sent().await, told(), "{days}");
        assert!(app.sent().await.is_empty(), "once");
        let admin = app.admin_again().await;
        assert!(app.view(admin, key.id).await.expires_soon);
    }
    assert_eq!(app.due().await, None);
}

#[tokio::test]
async fn a_warning_waits_for_the_mail_server_and_one_that_is_too_late_is_not_sent() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    app.sent().await;
    app.key(admin, &["me.read"]).await.unwrap();
    // Nobody asked for two weeks: of both marks one mail is left.
    app.clock.advance_seconds(88 * DAY);
    let system = || app.door.enter(Actor::System(app.cell));
    let taken = system().run(TakeMail).await.unwrap();
    assert_eq!((taken.mails.len(), taken.warned.len()), (1, 1));
    let down = taken.mails.iter().map(|mail| (mail.id, Came::Later)).collect();
    system().run(SettleMail { mails: down }).await.unwrap();
    app.clock.advance_seconds(3_600);
    assert_eq!(app.sent().await.len(), 1, "the same mail, tried again");
    let admin = app.admin_again().await;
    app.key(admin, &["me.read"]).await.unwrap();
    app.clock.advance_seconds(90 * DAY);
    assert!(app.sent().await.is_empty(), "it is over");
    assert_eq!(app.due().await, None);
}

#[tokio::test]
async fn a_leaked_key_ends_and_the_answer_is_that_to_any_other() {
    let mut app = app().await;
    app.sign_in = app.sign_in.with_mail(Sending::On);
    let (_, admin) = app.admin().await;
    app.sent().await;
    let made = app.key_within(admin, &["192.0.2.0/24"]).await.unwrap();
    let key = Credential::parse(made.key.expose()).unwrap();
    let unknown = Minted::new(TokenKind::ApiKey, app.cell, &skillsyms_vault::SystemRng);
    let nowhere = Minted::new(TokenKind::ApiKey, CellId::new(Uuid::max()), &skillsyms_vault::SystemRng);
    let report = async |keys: &[&str]| {
        let keys: Vec<_> = keys.iter().map(|key| secret(key)).collect();
        let began = tokio::time::Instant::now();
        let caller = Caller::nobody(&app.door, app.other).from(from("203.0.113.5"));
        let answer = app.sign_in.report_leaked(&caller, &keys).await;
        (answer, began.elapsed().as_millis() / 400)
    };
    let text = made.key.expose();
    let nearly = format!("{}x", &text[..text.len() - 1]);
    let others = [unknown.text.expose(), nowhere.text.expose(), &nearly, "", "sks_x"];
    let none = report(&others).await;
    assert!(none.0.is_ok() && none.1 >= 1, "no sooner");
    app.me_from(key, from("192.0.2.1")).await.unwrap();
    let ours = report(&[text, text, unknown.text.expose()]).await;
    assert!(ours.0.is_ok() && ours.1 >= 1);
    refused(app.me_from(key, from("192.0.2.1")).await, &UNAUTHENTICATED);
    assert_eq!(app.sent().await, [(MailKind::KeyLeaked, Some("LMS".to_owned()))]);
    assert!(report(&[text]).await.0.is_ok());
    assert_eq!(
        app.noticed(admin, "api_key.report_leaked").await,
        1,
        "once, and nothing of what is not ours"
    );
    assert!(app.sent().await.is_empty());
    assert_eq!(report(&[]).await.0.unwrap_err().code.status, 422);
    assert_eq!(report(&[text; 101]).await.0.unwrap_err().code.status, 422);
}
