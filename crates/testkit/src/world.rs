//! Two providers at work, made through the real acts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::Router;
use serde_json::{Value, json};
use skillsyms_cells::Limits;
use skillsyms_core::{CellId, Instant, ManualClock, Role};
use skillsyms_door::{Config, Door, Inspect, Registry};
use skillsyms_edge::{Hsts, Proxies};
use skillsyms_people::factors::Passkeys;
use skillsyms_people::{FactorRule, Hasher, HashingPolicy, PeopleDirectory, Sending, SessionPolicy, SignIn};
use skillsyms_records::evidence::FileStore;
use skillsyms_vault::RootKey;
use skillsyms_web::{House, Services, Settings};
use tempfile::TempDir;
use uuid::Uuid;

use crate::maker::{Invitation, Maker};
use crate::persons;
use crate::reply::{Ask, Reply};

/// When every world begins: a Sunday morning in South Africa.
pub const NOW: &str = "2026-11-22T08:00:00Z";
/// The day on which every world begins.
pub const TODAY: &str = "2026-11-22";
/// Everybody's password.
pub const PASSWORD: &str = "four words in a row";

/// Argon2 with the least that it takes: tests try passwords, not their price.
const LIGHT: HashingPolicy = HashingPolicy {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
    at_once: 2,
    waiting: 1_000,
};

/// Roles that a tenant's people have.
pub(crate) const ROLES: [Role; 6] = [
    Role::Admin,
    Role::Assessor,
    Role::Moderator,
    Role::Facilitator,
    Role::Verifier,
    Role::Learner,
];

/// A house with two tenants.
pub struct World {
    /// The first tenant.
    pub alpha: Tenant,
    /// The second.
    pub beta: Tenant,
    /// The clock that the whole house goes by.
    pub clock: Arc<ManualClock>,
    house: House,
    app: Router,
    drawn: AtomicU16,
    folder: TempDir,
}

/// One tenant and its people.
#[derive(Debug)]
pub struct Tenant {
    /// Its short name.
    pub slug: &'static str,
    /// Its cell.
    pub cell: CellId,
    /// Two administrators, because nobody grants anything to themselves: the second.
    pub second_admin: Somebody,
    /// The record of the one who is a learner.
    pub learner: Uuid,
    /// An API key with every scope that keys may have.
    pub key: String,
    pub(crate) people: BTreeMap<&'static str, Somebody>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Somebody {
    /// Their account.
    pub id: Uuid,
    /// Their address.
    pub email: String,
    /// The token of their session.
    pub token: String,
}

impl AsRef<str> for Somebody {
    fn as_ref(&self) -> &str {
        &self.token
    }
}

impl Tenant {
    /// The one with this role.
    #[must_use]
    pub fn who(&self, role: Role) -> &Somebody {
        &self.people[role.as_str()]
    }

    /// Everybody with their role.
    pub fn people(&self) -> impl Iterator<Item = (Role, &Somebody)> {
        ROLES.into_iter().map(|role| (role, self.who(role)))
    }

    /// The administrator.
    #[must_use]
    pub fn admin(&self) -> &Somebody {
        self.who(Role::Admin)
    }

    /// The assessor.
    #[must_use]
    pub fn assessor(&self) -> &Somebody {
        self.who(Role::Assessor)
    }

    /// The moderator.
    #[must_use]
    pub fn moderator(&self) -> &Somebody {
        self.who(Role::Moderator)
    }

    /// The facilitator.
    #[must_use]
    pub fn facilitator(&self) -> &Somebody {
        self.who(Role::Facilitator)
    }

    /// The verifier.
    #[must_use]
    pub fn verifier(&self) -> &Somebody {
        self.who(Role::Verifier)
    }

    /// The learner's account.
    #[must_use]
    pub fn learner_account(&self) -> &Somebody {
        self.who(Role::Learner)
    }
}

/// All acts of the product.
///
/// # Panics
/// If they do not fit together.
#[must_use]
pub fn registry() -> Registry {
    let slices: Vec<_> = skillsyms_people::registry::acts()
        .into_iter()
        .chain(skillsyms_records::registry::acts())
        .chain(skillsyms_assurance::registry::acts())
        .collect();
    Registry::collect(&slices).expect("the acts fit together")
}

/// Of the site that tests play.
fn passkeys() -> Passkeys {
    Passkeys::of("https://records.example").expect("a site with a name")
}

impl World {
    /// A new world. Nothing in it is shared with another one.
    ///
    /// # Panics
    /// If any step fails.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Instant::parse(NOW).unwrap()));
        let door = Door::open(config(folder.path(), clock.clone(), Inspect::No))
            .await
            .expect("the door opens");
        let sign_in = SignIn::new(Hasher::new(LIGHT).unwrap(), SessionPolicy::default())
            .with_mail(Sending::On)
            .with_factors(FactorRule::NOBODY)
            .with_passkeys(passkeys());
        let house = House::new(Services {
            door,
            sign_in,
            files: FileStore::open(folder.path()).unwrap(),
        });
        let app = skillsyms_web::app(house.clone(), settings());
        let maker = Maker {
            app: &app,
            door: house.door(),
        };
        let (alpha, beta) = tokio::join!(maker.tenant("alpha", 1), maker.tenant("beta", 2));
        Self {
            alpha,
            beta,
            clock,
            house,
            app,
            drawn: AtomicU16::new(10),
            folder,
        }
    }

    /// The same house, with a second factor demanded of those who decide, as the product does: most tests are about something else.
    ///
    /// # Panics
    /// If it cannot be put together.
    pub fn strict(&self) -> Router {
        let sign_in = SignIn::new(Hasher::new(LIGHT).unwrap(), SessionPolicy::default());
        let house = House::new(Services {
            door: self.door().clone(),
            sign_in: sign_in.with_mail(Sending::On).with_passkeys(passkeys()),
            files: FileStore::open(self.data()).unwrap(),
        });
        skillsyms_web::app(house, settings())
    }

    /// The door.
    #[must_use]
    pub fn door(&self) -> &Door {
        self.house.door()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Opens the data folder once more. Close the door that has it open first.
    ///
    /// # Panics
    /// If it does not open.
    pub async fn open_again(&self, inspect: Inspect) -> Door {
        Door::open(config(self.data(), self.clock.clone(), inspect))
            .await
            .expect("the door opens again")
    }

    /// A request.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(&self.app, method, path)
    }

    /// A read.
    pub fn get(&self, path: impl AsRef<str>) -> Ask {
        self.ask("GET", path.as_ref())
    }

    /// Something that makes or does something.
    pub fn post(&self, path: impl AsRef<str>) -> Ask {
        self.ask("POST", path.as_ref())
    }

    /// One request in one line.
    pub async fn call(&self, method: &str, path: &str, bearer: Option<&str>, body: Option<Value>) -> Reply {
        let ask = self.ask(method, path);
        let ask = match bearer {
            Some(bearer) => ask.by(bearer),
            None => ask,
        };
        match body {
            Some(body) => ask.json(body).send().await,
            None => ask.send().await,
        }
    }

    /// A number that no other learner of this world has.
    pub fn draw(&self) -> u16 {
        self.drawn.fetch_add(1, Ordering::Relaxed)
    }

    /// Registers a learner.
    pub async fn learner(&self, tenant: &Tenant) -> Uuid {
        let new = persons::learner(self.draw());
        self.post("/api/v1/learners")
            .by(tenant.admin())
            .json(new)
            .send()
            .await
            .id()
    }

    /// Confirms that somebody is still themselves, for five minutes.
    pub async fn step_up(&self, somebody: &Somebody) {
        Maker {
            app: &self.app,
            door: self.door(),
        }
        .step_up(&somebody.token)
        .await;
    }

    /// Signs in once more.
    pub async fn sign_in(&self, tenant: &Tenant, email: &str) -> Reply {
        Maker {
            app: &self.app,
            door: self.door(),
        }
        .sign_in(tenant.slug, email, PASSWORD)
        .await
    }

    /// Invites somebody who accepts and signs in.
    pub async fn somebody(&self, tenant: &Tenant, roles: &[Role]) -> Somebody {
        self.invited(tenant, roles, None).await
    }

    /// Invites somebody whose own record is this one, who accepts and signs in.
    pub async fn somebody_who_is(&self, tenant: &Tenant, learner: Uuid, roles: &[Role]) -> Somebody {
        self.invited(tenant, roles, Some(learner)).await
    }

    async fn invited(&self, tenant: &Tenant, roles: &[Role], learner: Option<Uuid>) -> Somebody {
        let email = format!("somebody{}@{}.example", self.draw(), tenant.slug);
        let maker = Maker {
            app: &self.app,
            door: self.door(),
        };
        let roles = roles.iter().map(|role| role.as_str()).collect();
        maker
            .invited(tenant.slug, &tenant.admin().token, Invitation { email, roles, learner })
            .await
    }

    /// An operator of the platform, invited at the console.
    ///
    /// # Panics
    /// If the console may not.
    pub async fn operator(&self) -> Somebody {
        let maker = Maker {
            app: &self.app,
            door: self.door(),
        };
        maker
            .operator(&format!("operator{}@platform.example", self.draw()))
            .await
    }

    /// An API key with these scopes, for 90 days.
    ///
    /// # Panics
    /// If it is not made.
    pub async fn key(&self, tenant: &Tenant, scopes: &[&str]) -> String {
        self.step_up(tenant.admin()).await;
        let body = json!({ "name": "a key", "scopes": scopes });
        let made = self.post("/api/v1/api-keys").by(tenant.admin()).json(body).send().await;
        made.ok()["key"].as_str().unwrap().to_owned()
    }

    /// Enters somebody's registration, valid from the world's first day to the end of the next year.
    pub async fn register(&self, tenant: &Tenant, somebody: &Somebody, kind: &str) {
        Maker {
            app: &self.app,
            door: self.door(),
        }
        .registered(tenant.admin(), somebody, kind)
        .await;
    }

    /// The tenant's learner asks about the last look at their record.
    ///
    /// # Panics
    /// If nobody looked, or they may not ask.
    pub async fn question(&self, tenant: &Tenant, question: &str) -> Uuid {
        let (learner, me) = (tenant.learner, tenant.learner_account());
        self.get(format!("/api/v1/learners/{learner}"))
            .by(tenant.admin())
            .send()
            .await
            .ok();
        self.index().await;
        let looks = self.get("/api/v1/learning/lookers").by(me).send().await;
        let leaf = looks.ok()["items"][0]["leaf"].clone();
        let ask = self.post(format!("/api/v1/learners/{learner}/access-queries")).by(me);
        let ask = ask.json(serde_json::json!({ "leaf": leaf, "question": question }));
        ask.send().await.id()
    }

    /// Takes new entries into the index by learner, as the house does by itself every few seconds.
    ///
    /// # Panics
    /// If it fails.
    pub async fn index(&self) {
        self.door().index_subjects().await.expect("the index follows the log");
    }
}

fn config(data: &Path, clock: Arc<ManualClock>, inspect: Inspect) -> Config {
    Config {
        data: data.to_owned(),
        engine: skillsyms_cells::testing::engine(data),
        root: RootKey::from_env_value(&"5a".repeat(32)).unwrap(),
        clock,
        registry: registry(),
        directory: Arc::new(PeopleDirectory::new(SessionPolicy::default())),
        limits: Limits {
            readers: 1,
            writer_cache_kib: 2_048,
            reader_cache_kib: 2_048,
            ..Limits::default()
        },
        inspect,
    }
}

/// No limits on how often: the edge has tests of its own for those.
fn settings() -> Settings {
    Settings {
        proxies: Proxies::default(),
        hsts: Hsts::TwoYears,
        rate: None,
        guarded_rate: None,
    }
}
