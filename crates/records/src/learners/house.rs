//! A house for tests: two tenants in a temporary folder, and a directory that believes what it is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use skillsyms_cells::schema::{enrolments, ledger_entries, people, programmes};
use skillsyms_cells::{Engine, Limits, Postgres, Read, Tx};
use skillsyms_core::person::NewLearner;
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{ApiKeyId, CellId, Instant, LearnerId, ManualClock, PersonId, Problem, Role};
use skillsyms_door::{
    Act, Actor, Config, Cx, Directory, Disclosure, Door, Fault, Found, Inspect, Note, Principal, Registry, Showing,
    Shown, Target, View,
};
use skillsyms_vault::{RootKey, SystemRng};
use uuid::Uuid;

use super::{RegisterLearner, Registered};
use crate::enrolments::names;

/// 2026-11-22, 10:00 UTC.
pub(crate) const NOW: Instant = Instant::from_micros(1_795_341_600_000_000);

/// The engine that `SKILLSYMS_TEST_ENGINE` names. A suite that cannot run must not pass.
fn engine(data: &std::path::Path) -> Engine {
    match std::env::var("SKILLSYMS_TEST_ENGINE").as_deref() {
        Ok("postgres") => Engine::Postgres(Postgres::parse(&std::env::var("SKILLSYMS_TEST_PG").unwrap()).unwrap()),
        _ => Engine::Sqlite {
            folder: data.join("cells"),
        },
    }
}

#[derive(Default)]
struct Believing(Mutex<HashMap<[u8; 32], Principal>>);

impl Directory for Believing {
    fn principal(&self, _: &mut Read<'_>, shown: &Shown, _: &Showing) -> Result<Found, Fault> {
        let (Shown::Session(hash) | Shown::Key(hash)) = shown;
        let found = self.0.lock().unwrap().get(hash).cloned();
        let found = found.ok_or_else(|| Problem::new(&UNAUTHENTICATED))?;
        Ok(Found::Principal(found))
    }
}

pub(crate) struct House {
    pub(crate) door: Door,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) one: CellId,
    pub(crate) other: CellId,
    directory: Arc<Believing>,
    drawn: AtomicU64,
    pub(crate) folder: tempfile::TempDir,
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        std::fs::create_dir_all(data.join("cells")).unwrap();
        let directory = Arc::new(Believing::default());
        let clock = Arc::new(ManualClock::at(NOW));
        let config = Config {
            engine: engine(&data),
            data,
            root: RootKey::generate(&SystemRng),
            clock: clock.clone(),
            registry: Registry::collect(&crate::registry::acts()).unwrap(),
            directory: directory.clone(),
            limits: Limits::default(),
            inspect: Inspect::No,
        };
        let door = Door::open(config).await.unwrap();
        let one = door.create_tenant("one", "Provider One").await.unwrap().id;
        let other = door.create_tenant("other", "Provider Other").await.unwrap().id;
        Self {
            door,
            clock,
            one,
            other,
            directory,
            drawn: AtomicU64::new(1),
            folder,
        }
    }

    fn draw(&self) -> u64 {
        self.drawn.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody in the first tenant whom the directory knows.
    pub(crate) fn session(&self, principal: Principal) -> Actor {
        self.session_in(self.one, principal)
    }

    pub(crate) fn session_in(&self, cell: CellId, principal: Principal) -> Actor {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&self.draw().to_be_bytes());
        self.directory.0.lock().unwrap().insert(hash, principal);
        Actor::Session { cell, hash }
    }

    pub(crate) fn person(&self, roles: &[Role]) -> (PersonId, Actor) {
        let person = PersonId::new(Uuid::from_u128(0x7000_8000_0000_0000_0000 | u128::from(self.draw())));
        (person, self.session(Principal::person(person, roles.to_vec())))
    }

    pub(crate) fn admin(&self) -> Actor {
        self.person(&[Role::Admin]).1
    }

    /// An administrator who confirmed their credential a moment ago.
    pub(crate) fn confirmed_admin(&self) -> Actor {
        let person = PersonId::new(Uuid::from_u128(77));
        let principal = Principal {
            step_up_at: Some(NOW),
            ..Principal::person(person, vec![Role::Admin])
        };
        self.session(principal)
    }

    pub(crate) fn learner_session(&self, learner: LearnerId) -> Actor {
        let person = PersonId::new(Uuid::from_u128(u128::from(self.draw())));
        self.session(Principal {
            learner: Some(learner),
            ..Principal::person(person, vec![Role::Learner])
        })
    }

    pub(crate) fn key(&self, scopes: &[&str]) -> Actor {
        let key = ApiKeyId::new(Uuid::from_u128(u128::from(self.draw())));
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let Actor::Session { cell, hash } = self.session(Principal::api_key(key, scopes)) else {
            panic!()
        };
        Actor::Key { cell, hash }
    }

    pub(crate) async fn view<V: View>(&self, actor: Actor, view: V) -> Result<V::Output, Problem> {
        self.door.enter(actor).view(view).await
    }

    pub(crate) async fn run<A: Act>(&self, actor: Actor, act: A) -> Result<A::Output, Problem> {
        self.door.enter(actor).run(act).await
    }

    pub(crate) async fn register(&self, new: NewLearner) -> Registered {
        self.run(self.admin(), RegisterLearner { new }).await.unwrap()
    }

    /// Enrols a learner with somebody in the place `place` of the team, 0 to 3, without the acts of enrolment.
    pub(crate) async fn assign(&self, learner: LearnerId, somebody: PersonId, place: usize) {
        let mut team = [None; 4];
        team[place] = Some(somebody);
        let n = self.draw();
        let plant = Plant::Enrolment { learner, team, n };
        self.run(self.admin(), plant).await.unwrap();
    }

    pub(crate) async fn name(&self, person: PersonId, name: &'static str) {
        self.run(
            self.admin(),
            Plant::Person {
                person,
                name,
                n: self.draw(),
            },
        )
        .await
        .unwrap();
    }

    /// The bodies of all ledger entries of the first tenant, in order.
    pub(crate) async fn entries(&self) -> Vec<String> {
        self.view(self.admin(), Dig).await.unwrap()
    }

    /// The last entry before the one that asking for it leaves.
    pub(crate) async fn last_entry(&self) -> String {
        self.entries().await.pop().unwrap()
    }
}

/// Puts rows that belong to other slices. It goes by the name of an act that administrators have.
enum Plant {
    Enrolment {
        learner: LearnerId,
        team: [Option<PersonId>; 4],
        n: u64,
    },
    Person {
        person: PersonId,
        name: &'static str,
        n: u64,
    },
}

impl Act for Plant {
    const NAME: &'static str = "learner.register";
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
        match self {
            Self::Enrolment { learner, team, n } => enrol(cx, tx, *learner, *team, *n),
            Self::Person { person, name, n } => {
                tx.execute(diesel::insert_into(people::table).values((
                    people::id.eq(*person),
                    people::email_index.eq(n.to_be_bytes().to_vec()),
                    people::email.eq(vec![0]),
                    people::name.eq(*name),
                    people::fold.eq(*name),
                    people::state.eq("active"),
                    people::roles.eq("admin"),
                    people::version.eq(1_i64),
                    people::created_at.eq(cx.now()),
                    people::changed_at.eq(cx.now()),
                )))?;
                Ok(())
            }
        }
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}

fn enrol(cx: &Cx, tx: &mut Tx<'_>, learner: LearnerId, team: [Option<PersonId>; 4], n: u64) -> Result<(), Fault> {
    let [facilitator, assessor, moderator, verifier] = team;
    let programme = cx.fresh().as_bytes().to_vec();
    tx.execute(diesel::insert_into(programmes::table).values((
        programmes::id.eq(&programme),
        programmes::kind.eq("qualification"),
        programmes::title.eq("A"),
        programmes::saqa_id.eq(n.to_string()),
        programmes::nqf_level.eq(4_i64),
        programmes::credits.eq(120_i64),
        programmes::sampling_percent.eq(25_i64),
        programmes::sampling_floor.eq(3_i64),
        programmes::attempts_limit.eq(3_i64),
        programmes::state.eq("active"),
        programmes::version.eq(1_i64),
        programmes::created_at.eq(cx.now()),
        programmes::changed_at.eq(cx.now()),
    )))?;
    tx.execute(diesel::insert_into(enrolments::table).values((
        enrolments::id.eq(cx.fresh().as_bytes().to_vec()),
        enrolments::learner.eq(learner),
        enrolments::programme.eq(&programme),
        enrolments::status.eq("enrolled"),
        enrolments::enrolled_on.eq("2026-01-15"),
        enrolments::facilitator.eq(facilitator),
        enrolments::assessor.eq(assessor),
        enrolments::moderator.eq(moderator),
        enrolments::verifier.eq(verifier),
        enrolments::version.eq(1_i64),
        enrolments::created_at.eq(cx.now()),
        enrolments::changed_at.eq(cx.now()),
    )))?;
    Ok(names::keep(tx, &[learner], &[])?)
}

/// Reads the ledger's bodies, by the name of a view that administrators have.
struct Dig;

impl View for Dig {
    const NAME: &'static str = "ledger.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Vec<String>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Ledger"))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Vec<String>, Fault> {
        let bodies: Vec<Vec<u8>> = tx.load(
            ledger_entries::table
                .order(ledger_entries::leaf.asc())
                .select(ledger_entries::body),
        )?;
        Ok(bodies
            .into_iter()
            .map(|body| String::from_utf8(body).unwrap())
            .collect())
    }

    fn entry(&self, _: &Vec<String>) -> Note {
        Note::none()
    }
}

/// Thandi, born 1990-01-01, with this ID number.
pub(crate) fn thandi(id_number: &str) -> NewLearner {
    let text = |text: &str| Some(text.to_owned());
    NewLearner {
        id_number: text(id_number),
        title: text("Ms"),
        first_name: "Thandi".to_owned(),
        last_name: "Dlámini".to_owned(),
        equity: text("BA"),
        nationality: text("SA"),
        home_language: text("Zul"),
        citizen_status: text("SA"),
        socioeconomic_status: text("02"),
        disability_status: text("N"),
        email: text("thandi@example.org"),
        cell: text("+27 82 123 4567"),
        home_address_1: text("12 Main Road"),
        home_address_code: text("4031"),
        province: text("5"),
        popi_consent: true,
        popi_date: text("2026-01-15"),
        ..NewLearner::default()
    }
}

/// Somebody else for each `n`, from 1 to 4,999, with a right ID number.
pub(crate) fn somebody(n: u16, first_name: &str, last_name: &str) -> NewLearner {
    NewLearner {
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        ..thandi(&number(n))
    }
}

/// A right ID number for each `n`, from 1 to 4,999.
pub(crate) fn number(n: u16) -> String {
    let birth = skillsyms_core::date::parse_date("1990-01-01").unwrap();
    let id = skillsyms_core::SaId::compose(birth, n, skillsyms_core::sa_id::Citizenship::Citizen).unwrap();
    id.expose().to_owned()
}

/// Whether 13 digits stand in a row somewhere.
pub(crate) fn holds_a_number(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|letter| {
        run = if letter.is_ascii_digit() { run + 1 } else { 0 };
        run == 13
    })
}
