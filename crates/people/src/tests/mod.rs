//! The acts of this crate through a real door, on SQLite in a temporary folder, as an attacker would try them.

mod account;
mod authenticator;
mod factor;
mod guessing;
mod kept;
mod key;
mod passkey;
mod registration;
mod reset;
mod session;

use std::sync::Arc;

use diesel::QueryDsl;
use skillsyms_cells::{Engine, Limits, Read, Tx};
use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND, STALE, STEP_UP, UNAUTHENTICATED};
use skillsyms_core::{CellId, Code, Instant, LearnerId, ManualClock, PersonId, Problem, Role};
use skillsyms_door::{
    Act, Actor, Config, Cx, Directory, Disclosure, Door, Fault, Found, Inspect, Note, Registry, Showing, Shown, Target,
    View,
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
use crate::{Credential, FactorRule, Limit, PageAsk, PeopleDirectory, Sending, SessionPolicy, accounts, sessions};

/// Sooner than the shortest wait is over.
const SOON: std::time::Duration = std::time::Duration::from_millis(500);

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
        link: LinkBy::Hand,
        sending: Sending::Off,
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
    let sign_in = SignIn::new(Hasher::new(hashing).unwrap(), policy).with_factors(FactorRule::NOBODY);
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
        let id = self
            .accept(invited.token.as_ref().unwrap().expose(), PASSWORD)
            .await
            .unwrap();
        (id, self.actor(email).await)
    }

    async fn step_up(&self, actor: Actor, password: &str) -> Result<SteppedUp, Problem> {
        self.sign_in
            .step_up(
                &Caller::new(&self.door, actor),
                StepUpInput {
                    password: Some(secret(password)),
                    code: None,
                    passkey: None,
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
                networks: Vec::new(),
            })
            .await
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Problem>, code: &'static Code) {
    assert_eq!(result.unwrap_err().code, code);
}
