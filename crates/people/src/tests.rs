//! The acts of this crate through a real door, on SQLite in a temporary folder, as an attacker would try them.

use std::sync::Arc;

use diesel::QueryDsl;
use skillsyms_cells::{Engine, Limits, Read, Tx};
use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND, STALE, STEP_UP, UNAUTHENTICATED};
use skillsyms_core::{CellId, Code, Instant, LearnerId, ManualClock, PersonId, Problem, Role};
use skillsyms_door::{
    Act, Actor, Config, Cx, Directory, Disclosure, Door, Fault, Inspect, Note, Registry, Target, View,
};
use skillsyms_vault::{RootKey, Secret};
use tempfile::TempDir;
use uuid::Uuid;

use crate::accounts::register::RegistrationInput;
use crate::accounts::*;
use crate::api_keys::*;
use crate::password::{Hasher, HashingPolicy};
use crate::sessions::*;
use crate::sign_in::*;
use crate::{Credential, Limit, PageAsk, PeopleDirectory, SessionPolicy, accounts, sessions};

const PASSWORD: &str = "four words in a row";
const ADMIN: &str = "admin@karoo.example";

struct App {
    door: Door,
    clock: Arc<ManualClock>,
    sign_in: SignIn,
    cell: CellId,
    other: CellId,
    /// Removed with the app.
    _data: TempDir,
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn invite(email: &str, roles: &[Role]) -> Invite {
    Invite {
        email: secret(email),
        name: secret("Thandi Nkosi"),
        roles: roles.to_vec(),
        learner: None,
    }
}

async fn app() -> App {
    app_with(SessionPolicy::default()).await
}

async fn app_with(policy: SessionPolicy) -> App {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Instant::parse("2026-11-22T08:00:00Z").unwrap()));
    let config = Config {
        data: data.path().to_owned(),
        engine: Engine::Sqlite {
            folder: data.path().join("cells"),
        },
        root: RootKey::from_env_value(&"5a".repeat(32)).unwrap(),
        clock: clock.clone(),
        registry: Registry::collect(&crate::registry::acts()).unwrap(),
        directory: Arc::new(PeopleDirectory::new(policy)),
        limits: Limits::default(),
        inspect: Inspect::No,
    };
    let door = Door::open(config).await.unwrap();
    let cell = door.create_tenant("karoo", "Karoo Skills").await.unwrap().id;
    let other = door.create_tenant("other", "Other Skills").await.unwrap().id;
    let hashing = HashingPolicy {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
        at_once: 2,
        waiting: 8,
    };
    let sign_in = SignIn::new(Hasher::new(hashing).unwrap(), policy);
    App {
        door,
        clock,
        sign_in,
        cell,
        other,
        _data: data,
    }
}

impl App {
    async fn invited(&self, email: &str, roles: &[Role]) -> Invited {
        // Ids of one millisecond have no order.
        self.clock.advance_seconds(1);
        let first = self
            .door
            .enter(Actor::Console(self.cell))
            .run(invite(email, roles))
            .await;
        match first {
            Err(problem) if problem.code == &accounts::HAS_ADMIN => {
                let admin = self.actor(ADMIN).await;
                self.step_up(admin, PASSWORD).await.unwrap();
                self.door.enter(admin).run(invite(email, roles)).await.unwrap()
            }
            done => done.unwrap(),
        }
    }

    async fn accept(&self, token: &str, password: &str) -> Result<PersonId, Problem> {
        let typed = AcceptInput {
            token: secret(token),
            password: secret(password),
        };
        let caller = Caller::nobody(&self.door, self.other);
        self.sign_in.accept(&caller, typed).await.map(|accepted| accepted.id)
    }

    async fn open(&self, email: &str, password: &str) -> Result<Opened, Problem> {
        let typed = SignInInput {
            email: secret(email),
            password: secret(password),
        };
        self.sign_in
            .sign_in(&Caller::nobody(&self.door, self.cell), typed)
            .await
    }

    async fn actor(&self, email: &str) -> Actor {
        Credential::parse(self.open(email, PASSWORD).await.unwrap().token.expose()).unwrap()
    }

    /// Somebody with these roles, signed in.
    async fn person(&self, email: &str, roles: &[Role]) -> (PersonId, Actor) {
        let invited = self.invited(email, roles).await;
        let id = self.accept(invited.token.expose(), PASSWORD).await.unwrap();
        (id, self.actor(email).await)
    }

    async fn step_up(&self, actor: Actor, password: &str) -> Result<SteppedUp, Problem> {
        self.sign_in
            .step_up(
                &Caller::new(&self.door, actor),
                StepUpInput {
                    password: secret(password),
                },
            )
            .await
    }

    /// An administrator who has just stepped up.
    async fn admin(&self) -> (PersonId, Actor) {
        let (id, actor) = self.person(ADMIN, &[Role::Admin]).await;
        self.step_up(actor, PASSWORD).await.unwrap();
        (id, actor)
    }

    async fn me(&self, actor: Actor) -> Result<Me, Problem> {
        self.door.enter(actor).view(ReadMe).await
    }

    async fn key(&self, admin: Actor, scopes: &[&str]) -> Result<Created, Problem> {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.door
            .enter(admin)
            .run(CreateApiKey {
                name: secret("LMS"),
                scopes,
                days: 90,
            })
            .await
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Problem>, code: &'static Code) {
    assert_eq!(result.unwrap_err().code, code);
}

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
    let token = invited.token.expose();
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
    refused(app.accept(old.token.expose(), PASSWORD).await, &accounts::INVITATION);
    let suspended = Suspend {
        person: new.id,
        expected: None,
    };
    app.door.enter(admin).run(suspended).await.unwrap();
    refused(app.accept(new.token.expose(), PASSWORD).await, &accounts::INVITATION);
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
    refused(app.accept(new.token.expose(), PASSWORD).await, &accounts::INVITATION);
    let third = app.invited("late@karoo.example", &[Role::Facilitator]).await;
    app.clock.advance_seconds(invite::INVITATION_SECONDS);
    refused(app.accept(third.token.expose(), PASSWORD).await, &accounts::INVITATION);
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

#[tokio::test]
async fn registrations_count_while_they_are_valid() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (id, actor) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let register = |kind, from: &str, until: &str| Register {
        person: id,
        registration: RegistrationInput {
            kind,
            number: secret("ETDP-1"),
            body: secret("ETDP SETA"),
            valid_from: from.to_owned(),
            valid_until: until.to_owned(),
        },
    };
    let add = |kind, from, until| app.door.enter(admin).run(register(kind, from, until));
    assert!(
        add(RegistrationKind::Assessor, "2026-11-22", "2026-11-21")
            .await
            .is_err()
    );
    assert!(
        add(RegistrationKind::Assessor, "2026-11-22", "2046-11-22")
            .await
            .is_err()
    );
    add(RegistrationKind::Assessor, "2026-11-23", "2027-11-22")
        .await
        .unwrap();
    assert_eq!(app.me(actor).await.unwrap().assessor_until, None);
    let first = add(RegistrationKind::Assessor, "2026-11-22", "2026-11-22")
        .await
        .unwrap();
    assert_eq!(app.me(actor).await.unwrap().assessor_until, Some(first.valid_until));
    assert_eq!(first.valid_until.to_string(), "2026-11-22T22:00:00Z");
    // A registration in a role that somebody does not hold gives them nothing.
    add(RegistrationKind::Moderator, "2026-11-22", "2027-01-01")
        .await
        .unwrap();
    assert_eq!(app.me(actor).await.unwrap().moderator_until, None);
    let person = app.door.enter(admin).view(ReadPerson { person: id }).await.unwrap();
    assert_eq!(person.registrations.len(), 2);
    let oneself = app
        .door
        .enter(actor)
        .run(register(RegistrationKind::Assessor, "2026-11-22", "2030-01-01"))
        .await;
    refused(oneself, &FORBIDDEN);
}

#[tokio::test]
async fn no_registration_makes_a_day_valid_that_is_over() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (id, _) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let add = async |from: &str, until: &str| {
        let registration = RegistrationInput {
            kind: RegistrationKind::Assessor,
            number: secret("ETDP-1"),
            body: secret("ETDP SETA"),
            valid_from: from.to_owned(),
            valid_until: until.to_owned(),
        };
        let act = Register {
            person: id,
            registration,
        };
        let done = app.door.enter(admin).run(act).await;
        done.map(|_| ()).map_err(|problem| problem.fields[0].code)
    };
    let past = Err("registration.past");
    assert_eq!(add("2026-11-21", "2027-11-21").await, past);
    assert_eq!(add("2026-01-01", "2026-06-30").await, past);
    add("2026-11-22", "2026-11-30").await.unwrap();
    app.clock.advance_seconds(2 * 24 * 60 * 60);
    let admin = app.actor(ADMIN).await;
    app.step_up(admin, PASSWORD).await.unwrap();
    let add = async |from: &str, until: &str| {
        let registration = RegistrationInput {
            kind: RegistrationKind::Assessor,
            number: secret("ETDP-1"),
            body: secret("ETDP SETA"),
            valid_from: from.to_owned(),
            valid_until: until.to_owned(),
        };
        let act = Register {
            person: id,
            registration,
        };
        let done = app.door.enter(admin).run(act).await;
        done.map(|_| ()).map_err(|problem| problem.fields[0].code)
    };
    // It keeps its days, is cut short and prolonged; it does not begin earlier.
    add("2026-11-22", "2027-11-21").await.unwrap();
    assert_eq!(add("2026-11-21", "2027-11-21").await, past);
    add("2026-11-22", "2026-11-23").await.unwrap();
    // Yesterday was its last day: what comes after begins today, and not where it ended.
    assert_eq!(add("2026-11-22", "2026-11-24").await, Ok(()));
    add("2026-11-22", "2026-11-22").await.unwrap();
    assert_eq!(add("2026-11-22", "2026-11-30").await, past);
    add("2026-11-24", "2026-11-30").await.unwrap();
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
    let first = app.door.enter(admin).view(ListPeople { page }).await.unwrap();
    let page = PageAsk {
        cursor: first.next,
        ..page
    };
    let second = app.door.enter(admin).view(ListPeople { page }).await.unwrap();
    assert_eq!((first.items[0].id, second.items[0].id, second.next), (id, other, None));
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
    assert!(app.door.enter(actor).run(StepUp { checked }).await.is_err());
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
    refused(nobody().run(OpenSession { checked, policy }).await, &sessions::WRONG);
}

#[tokio::test]
async fn no_address_or_secret_stands_readable_in_a_cell() {
    let app = app().await;
    let (id, admin) = app.admin().await;
    let key = app.key(admin, &["me.read"]).await.unwrap();
    app.open("canary.unknown@karoo.example", PASSWORD).await.unwrap_err();
    app.open(ADMIN, "canary of a wrong one").await.unwrap_err();
    let kept = app.door.enter(admin).view(Spy).await.unwrap();
    let holds = |text: &str| {
        kept.iter()
            .any(|value| value.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    assert!(holds("session.wrong") && holds("Thandi Nkosi") && holds(&id.to_string()));
    let secret_part = &key.key.expose()[42..];
    for canary in [ADMIN, "karoo.example", "canary", PASSWORD, secret_part] {
        assert!(!holds(canary), "{canary}");
    }
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
        let principal = directory.principal(&mut tx.read(), &self.actor, cx.now())?;
        if self.noted {
            directory.seen(tx, &principal, cx.now())?;
        }
        Ok(())
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}

type Kept = (Vec<u8>, Vec<u8>, Vec<u8>, String, Option<String>);

/// Reads what a cell keeps of people, keys, sessions and its ledger, as it is kept.
struct Spy;

impl View for Spy {
    const NAME: &'static str = ReadMe::NAME;
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Vec<Vec<u8>>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Vec<Vec<u8>>, Fault> {
        use skillsyms_cells::schema::{api_keys, ledger_entries, people, sessions};
        let mut all: Vec<Vec<u8>> = tx.load(ledger_entries::table.select(ledger_entries::body))?;
        let people: Vec<Kept> = tx.load(people::table.select((
            people::id,
            people::email,
            people::email_index,
            people::name,
            people::password,
        )))?;
        for (id, email, index, name, password) in people {
            let id = Uuid::from_slice(&id).unwrap().to_string().into_bytes();
            all.extend([
                id,
                email,
                index,
                name.into_bytes(),
                password.unwrap_or_default().into_bytes(),
            ]);
        }
        all.extend(tx.load::<Vec<u8>, _>(sessions::table.select(sessions::token_hash))?);
        all.extend(tx.load::<Vec<u8>, _>(api_keys::table.select(api_keys::hash))?);
        Ok(all)
    }

    fn entry(&self, _: &Vec<Vec<u8>>) -> Note {
        Note::none()
    }
}
