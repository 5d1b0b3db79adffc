//! The acts of this slice through a real door, and the probes on the house that it makes.

use std::sync::Arc;

use skillsyms_cells::{Limits, Read};
use skillsyms_core::problem::UNAUTHENTICATED;
use skillsyms_core::{Clock, Instant, ManualClock, Problem};
use skillsyms_door::{Actor, Config, Directory, Door, Fault, Found, Inspect, Registry, Showing, Shown};
use skillsyms_vault::{RootKey, SystemRng};

use super::probes::{no_id_numbers, sealed_at_rest};
use super::*;

struct Nobody;

impl Directory for Nobody {
    fn principal(&self, _: &mut Read<'_>, _: &Shown, _: &Showing) -> Result<Found, Fault> {
        Err(Problem::new(&UNAUTHENTICATED).into())
    }
}

struct House {
    door: Door,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        let clock = Arc::new(ManualClock::at(Instant::parse("2026-11-22T08:00:00Z").unwrap()));
        let config = Config {
            engine: skillsyms_cells::testing::engine(&data),
            data,
            root: RootKey::generate(&SystemRng),
            clock: clock.clone(),
            registry: Registry::collect(&crate::registry::acts()).unwrap(),
            directory: Arc::new(Nobody),
            limits: Limits::default(),
            inspect: Inspect::No,
        };
        Self {
            door: Door::open(config).await.unwrap(),
            clock,
            folder,
        }
    }

    fn console(&self) -> Actor {
        Actor::Console(self.door.platform())
    }

    fn look(&self) -> Vec<Evidence> {
        let cx = Context {
            data_dir: Some(self.folder.path().to_owned()),
            ..Context::default()
        };
        check(&Catalogue::load().unwrap(), &standard(), &cx, self.clock.as_ref())
    }

    async fn record(&self, evidence: Vec<Evidence>) -> Result<usize, Problem> {
        self.door.enter(self.console()).run(RecordEvidence { evidence }).await
    }

    async fn report(&self) -> Report {
        let evidence = self.door.enter(self.console()).view(ReadEvidence).await.unwrap();
        Report::of(&Catalogue::load().unwrap(), &evidence, self.clock.now())
    }
}

fn state(report: &Report, id: &str) -> State {
    report.controls.iter().find(|row| row.id == id).unwrap().state.clone()
}

#[tokio::test]
async fn what_was_recorded_is_read_and_becomes_stale() {
    let house = House::new().await;
    assert_eq!(state(&house.report().await, "S-14"), State::NotEvaluated);
    let seen = house.look();
    assert_eq!(house.record(seen.clone()).await.unwrap(), seen.len());
    assert_eq!(state(&house.report().await, "S-14"), State::Met);
    assert_eq!(
        state(&house.report().await, "S-10"),
        State::NotEvaluated,
        "no server was there to look at"
    );
    house.clock.advance_seconds(3 * 86_400);
    assert_eq!(state(&house.report().await, "S-14"), State::Stale);
    house.record(house.look()).await.unwrap();
    assert_eq!(state(&house.report().await, "S-14"), State::Met);
}

#[tokio::test]
async fn evidence_that_was_altered_is_not_recorded() {
    let house = House::new().await;
    let mut seen = house.look();
    for evidence in &mut seen {
        evidence.verdict = Verdict::Holds;
        evidence.detail = "all is well".to_owned();
    }
    assert_eq!(house.record(seen).await.unwrap_err().fields[0].code, "control.altered");
    assert_eq!(
        house.record(Vec::new()).await.unwrap_err().fields[0].code,
        "control.count"
    );
}

#[tokio::test]
async fn nobody_records_evidence() {
    let house = House::new().await;
    let act = RecordEvidence { evidence: house.look() };
    assert!(
        house
            .door
            .enter(Actor::Nobody(house.door.platform()))
            .run(act)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_new_house_is_sealed() {
    let house = House::new().await;
    house.door.create_tenant("karoo", "Karoo Skills Academy").await.unwrap();
    let needle = Needle::new("Karoo Skills Academy").unwrap();
    let finding = sealed_at_rest(house.folder.path(), &[needle]);
    assert_eq!(finding.verdict, Verdict::Holds, "{}", finding.detail);
    assert_eq!(no_id_numbers(house.folder.path()).verdict, Verdict::Holds);
}
