//! The log through the door: who may see it, and that its proofs hold against its checkpoint.

use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{LearnerId, Role};
use skillsyms_ledger::merkle::leaf_hash;
use skillsyms_ledger::proof::{verify_consistency, verify_inclusion};
use skillsyms_ledger::{Hash, TreeHead};
use skillsyms_people::page::{Limit, PageAsk};
use uuid::Uuid;

use super::*;
use crate::learners::house::{House, holds_a_number, number, somebody};
use crate::learners::{ListLearners, LookupAsk, LookupLearner};

async fn busy_house() -> House {
    let house = House::new().await;
    for n in 1..=5 {
        house.register(somebody(n, "Thandi", "Unmistakable")).await;
    }
    house.view(house.admin(), ListLearners::default()).await.unwrap();
    let ask = LookupAsk {
        id_number: Some(number(1)),
        ..LookupAsk::default()
    };
    house.view(house.admin(), LookupLearner { ask }).await.unwrap();
    house
}

fn tree(checkpoint: &str) -> TreeHead {
    // The house's key is not at hand here; the ledger's own tests check the signature.
    let mut lines = checkpoint.lines().skip(1);
    let size = lines.next().unwrap().parse().unwrap();
    TreeHead {
        size,
        root: Hash::parse(lines.next().unwrap()).unwrap(),
    }
}

#[tokio::test]
async fn every_entry_is_proved_and_says_no_value() {
    let house = busy_house().await;
    let admin = house.admin();
    let mut all = Vec::new();
    let mut page = PageAsk {
        limit: Limit::new(3).unwrap(),
        cursor: None,
    };
    loop {
        let found = house
            .view(
                admin,
                ReadLedger {
                    page,
                    ..ReadLedger::default()
                },
            )
            .await
            .unwrap();
        all.extend(found.items);
        page.cursor = found.next;
        if page.cursor.is_none() {
            break;
        }
    }
    let leaves: Vec<u64> = all.iter().map(|entry| entry.leaf).collect();
    assert!(
        leaves.windows(2).all(|pair| pair[0] == pair[1] + 1) && leaves.last() == Some(&0),
        "{leaves:?}"
    );
    for entry in &all {
        assert_eq!(entry.hash, leaf_hash(entry.canonical.as_bytes()).to_string());
        let values = format!(
            "{}{:?}{:?}",
            entry.canonical.contains("Unmistakable"),
            entry.purpose,
            entry.code
        );
        assert!(
            values.starts_with("false") && !entry.canonical.contains(&number(1)),
            "{}",
            entry.canonical
        );
        let ask = ProofAsk::Inclusion {
            leaf: entry.leaf,
            size: None,
        };
        let proof = house.view(admin, ProveLedger { ask }).await.unwrap();
        let path: Vec<Hash> = proof.proof.iter().map(|hash| Hash::parse(hash).unwrap()).collect();
        let hash = Hash::parse(proof.hash.as_deref().unwrap()).unwrap();
        assert_eq!(entry.hash, hash.to_string());
        verify_inclusion(entry.leaf, &hash, &path, &tree(&proof.checkpoint)).unwrap();
    }
    assert!(
        all.iter()
            .any(|entry| entry.act == "learner.list" && entry.learners.len() == 5)
    );
    assert!(!holds_a_number(&format!(
        "{:?}",
        all.iter().map(|entry| &entry.on).collect::<Vec<_>>()
    )));
}

#[tokio::test]
async fn a_kept_checkpoint_is_the_beginning_of_the_log() {
    let house = busy_house().await;
    let (_, verifier) = house.person(&[Role::Verifier]);
    let old = house.view(verifier, ReadCheckpoint).await.unwrap();
    assert!(old.checkpoint.lines().count() > 3);
    house.view(house.admin(), ListLearners::default()).await.unwrap();
    let ask = ProofAsk::Consistency {
        old: old.size,
        new: None,
    };
    let proof = house.view(verifier, ProveLedger { ask }).await.unwrap();
    let path: Vec<Hash> = proof.proof.iter().map(|hash| Hash::parse(hash).unwrap()).collect();
    verify_consistency(&tree(&old.checkpoint), &tree(&proof.checkpoint), &path).unwrap();
    for ask in [
        ProofAsk::Inclusion {
            leaf: 10_000,
            size: None,
        },
        ProofAsk::Inclusion {
            leaf: 0,
            size: Some(10_000),
        },
        ProofAsk::Consistency { old: 10_000, new: None },
        ProofAsk::Consistency {
            old: 1,
            new: Some(u64::MAX),
        },
    ] {
        assert_eq!(
            house.view(verifier, ProveLedger { ask }).await.unwrap_err().code,
            &OUT_OF_RANGE,
            "{ask:?}"
        );
    }
}

#[tokio::test]
async fn the_log_is_for_administrators() {
    let house = House::new().await;
    let learner = house.learner_session(LearnerId::new(Uuid::from_u128(1)));
    let (_, assessor) = house.person(&[Role::Assessor, Role::Moderator, Role::Facilitator]);
    let (_, verifier) = house.person(&[Role::Verifier]);
    for actor in [learner, assessor, verifier] {
        assert_eq!(
            house.view(actor, ReadLedger::default()).await.unwrap_err().code,
            &FORBIDDEN
        );
    }
    for actor in [learner, assessor] {
        assert_eq!(house.view(actor, ReadCheckpoint).await.unwrap_err().code, &FORBIDDEN);
    }
    assert!(
        house
            .view(house.key(&["ledger.read"]), ReadLedger::default())
            .await
            .is_ok()
    );
    assert!(
        house
            .view(house.key(&["learner.list"]), ReadLedger::default())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_log_is_searched() {
    let house = busy_house().await;
    let admin = house.admin();
    let find = |ask: LedgerAsk| {
        let house = &house;
        async move { house.view(admin, ask.view().unwrap()).await.unwrap().items }
    };
    let act = |act: &str| LedgerAsk {
        act: Some(act.to_owned()),
        ..LedgerAsk::default()
    };
    let registered = find(act("learner.register")).await;
    assert_eq!(registered.len(), 5);
    let learner = registered[0].learners[0];
    house.door.index_subjects().await.unwrap();
    assert_eq!(find(act("learner.register")).await, registered);
    let about = find(LedgerAsk {
        learner: Some(learner),
        ..LedgerAsk::default()
    });
    assert!(about.await.iter().all(|entry| entry.learners.contains(&learner)));
    assert!(find(act("no.such")).await.is_empty());
    let of = |outcome: Option<&str>, from: Option<&str>| LedgerAsk {
        outcome: outcome.map(str::to_owned),
        from: from.map(str::to_owned),
        ..LedgerAsk::default()
    };
    assert!(of(Some("maybe"), None).view().is_err());
    assert!(of(None, Some("yesterday")).view().is_err());
    let (_, assessor) = house.person(&[Role::Assessor]);
    let _ = house.view(assessor, ReadLedger::default()).await;
    let refused = find(of(Some("refused"), None)).await;
    assert!(!refused.is_empty() && refused.iter().all(|entry| entry.outcome == "refused"));
    assert!(find(of(None, Some("2999-01-01"))).await.is_empty());
}
