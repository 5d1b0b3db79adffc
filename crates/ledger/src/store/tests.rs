use super::*;
use crate::clock::CLOCK_JUMP;
use crate::entry::ENTRY_BYTES_MAX;
use crate::entry::tests::sample;
use crate::proof::{verify_consistency, verify_inclusion};
use crate::read;
use crate::testing::Bench;

fn shifted(n: u64, seconds: i64) -> Entry {
    let entry = sample(n);
    Entry {
        at: sample(0).at.plus_seconds(seconds),
        ..entry
    }
}

async fn times(bench: &Bench) -> Vec<(String, i64)> {
    let start = sample(0).at;
    let all = bench.read(|read| read::entries(read, 0, 1_000)).await.unwrap();
    all.into_iter()
        .map(|logged| (logged.entry.act.into_owned(), logged.entry.at.seconds_since(start)))
        .collect()
}

#[tokio::test]
async fn an_empty_log_has_a_signed_head() {
    let bench = Bench::new().await;
    let head = bench.cell.head();
    assert_eq!(
        head.tree,
        TreeHead {
            size: 0,
            root: crate::merkle::empty_root()
        }
    );
    let opened = Checkpoint::open(&head.checkpoint, bench.cell.handle().verifier()).unwrap();
    assert_eq!((opened.tree, opened.origin), (head.tree, origin(bench.cell.id())));
    assert_eq!(bench.read(read::checkpoint).await.unwrap(), head.checkpoint);
}

#[tokio::test]
async fn what_is_appended_is_read_back_and_proven() {
    let bench = Bench::with_entries(700).await;
    let head = bench.cell.head();
    assert_eq!(head.tree.size, 700);
    for leaf in [0, 1, 255, 256, 511, 512, 640, 698, 699] {
        let (logged, path) = bench
            .read(move |read| {
                (
                    read::entry(read, leaf).unwrap().unwrap(),
                    read::inclusion(read, leaf, 700).unwrap(),
                )
            })
            .await;
        assert_eq!(logged.entry, sample(leaf));
        assert_eq!(
            verify_inclusion(leaf, &logged.hash, &path, &head.tree),
            Ok(()),
            "{leaf}"
        );
    }
}

#[tokio::test]
async fn every_head_is_the_beginning_of_the_next() {
    let bench = Bench::new().await;
    let mut heads = vec![bench.cell.head().tree];
    for group in [1, 2, 253, 1, 40, 300, 7] {
        let from = heads[heads.len() - 1].size;
        bench.append((from..from + group).map(sample).collect()).await.unwrap();
        heads.push(bench.cell.head().tree);
    }
    for (at, new) in heads.iter().enumerate() {
        for old in &heads[..=at] {
            let sizes = (old.size, new.size);
            let path = bench
                .read(move |read| read::consistency(read, sizes.0, sizes.1))
                .await
                .unwrap();
            assert_eq!(verify_consistency(old, new, &path), Ok(()), "{sizes:?}");
        }
    }
}

#[tokio::test]
async fn the_stored_tree_has_the_shape_of_a_tree_in_memory() {
    let bench = Bench::with_entries(600).await;
    let mut frontier = Frontier::new();
    for n in 0..600 {
        frontier.push(leaf_hash(&sample(n).to_bytes().unwrap()));
    }
    assert_eq!(
        bench.cell.head().tree,
        TreeHead {
            size: 600,
            root: frontier.root()
        }
    );
}

#[tokio::test]
async fn what_is_not_there_yet_is_not_proven() {
    let bench = Bench::with_entries(3).await;
    let errors = bench
        .read(|read| {
            [
                read::inclusion(read, 3, 3).unwrap_err(),
                read::inclusion(read, 0, 4).unwrap_err(),
                read::consistency(read, 1, 4).unwrap_err(),
                read::consistency(read, 3, 2).unwrap_err(),
            ]
        })
        .await;
    assert!(
        errors
            .iter()
            .all(|error| matches!(error, LedgerError::OutOfRange { size: 3 })),
        "{errors:?}"
    );
    assert_eq!(bench.read(|read| read::entry(read, 3)).await.unwrap(), None);
}

#[tokio::test]
async fn a_large_group_is_appended_at_once() {
    let bench = Bench::new().await;
    bench.append((0..2_500).map(sample).collect()).await.unwrap();
    assert_eq!(bench.cell.head().tree.size, 2_500);
    let page = bench.read(|read| read::entries(read, 2_490, 1_000)).await.unwrap();
    assert_eq!(
        page.iter().map(|logged| logged.leaf).collect::<Vec<_>>(),
        (2_490..2_500).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn small_disorder_is_smoothed_in_silence() {
    let bench = Bench::new().await;
    bench
        .append(vec![shifted(0, 10), shifted(1, 8), shifted(2, 11)])
        .await
        .unwrap();
    let read = "learner.read".to_owned();
    assert_eq!(
        times(&bench).await,
        [(read.clone(), 10), (read.clone(), 10), (read, 11)]
    );
}

#[tokio::test]
async fn a_clock_that_jumps_back_is_told_of_once() {
    let bench = Bench::new().await;
    bench.append(vec![shifted(0, 1_000)]).await.unwrap();
    // Back by 900 s, running on, back again by 40 s, caught up, back by 500 s.
    for (n, seconds) in [100, 101, 150, 110, 111, 1_001, 1_500, 1_000].into_iter().enumerate() {
        bench.append(vec![shifted(n as u64 + 1, seconds)]).await.unwrap();
    }
    let told = times(&bench).await;
    let acts: Vec<_> = told.iter().map(|(act, _)| act == CLOCK_JUMP).collect();
    let expected = [
        false, true, false, false, false, true, false, false, false, false, true, false,
    ];
    assert_eq!(acts, expected, "{told:?}");
    assert!(told.is_sorted_by_key(|(_, at)| *at), "{told:?}");
    let jump = bench.read(|read| read::entry(read, 1)).await.unwrap().unwrap().entry;
    assert_eq!(jump.count, Some(900_000_000));
}

#[tokio::test]
async fn an_entry_above_its_limits_leaves_nothing() {
    let bench = Bench::with_entries(2).await;
    let bad = Entry {
        purpose: Some("x".repeat(ENTRY_BYTES_MAX)),
        ..sample(3)
    };
    assert!(bench.append(vec![sample(2), bad]).await.is_err());
    assert_eq!(bench.read(read::size).await.unwrap(), 2);
    bench.append(vec![sample(2)]).await.unwrap();
    assert_eq!(bench.cell.head().tree.size, 3);
}

#[tokio::test]
async fn entries_cannot_be_changed_by_the_way_that_writes_them() {
    let bench = Bench::with_entries(2).await;
    let delete = bench.write(|tx| tx.execute(diesel::delete(ledger_entries::table)));
    assert!(delete.await.is_err());
    let update = bench.write(|tx| tx.execute(diesel::update(ledger_entries::table).set(ledger_entries::act.eq("x"))));
    assert!(update.await.is_err());
}

#[tokio::test]
async fn the_log_goes_on_after_a_restart() {
    let bench = Bench::with_entries(300).await;
    let (_cells, again) = bench.reopen(Ledger::keeping()).await.unwrap();
    assert_eq!(again.head(), bench.cell.head());
    again.append(sample(300)).await.unwrap();
    let old = bench.cell.head().tree;
    let path = again
        .read(|read| read::consistency(read, 300, 301))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(verify_consistency(&old, &again.head().tree, &path), Ok(()));
}

#[tokio::test]
async fn a_damaged_head_opens_for_inspection_only() {
    let bench = Bench::on_sqlite().await.filled(5).await;
    bench.tamper(&["UPDATE ledger_head SET size = 4"]).await;
    let refused = bench.reopen(Ledger::keeping()).await.err();
    assert!(matches!(refused, Some(CellError::Damaged(_))), "{refused:?}");
    let (_cells, inspected) = bench.reopen(Ledger::inspecting()).await.unwrap();
    assert!(inspected.append(sample(9)).await.is_err());
    // The writer that was open meanwhile does not sign over it either.
    assert!(bench.append(vec![sample(9)]).await.is_err());
}

#[tokio::test]
async fn a_head_that_was_lost_is_not_made_anew_over_entries() {
    let bench = Bench::on_sqlite().await.filled(5).await;
    bench.tamper(&["DELETE FROM ledger_head"]).await;
    assert!(bench.reopen(Ledger::keeping()).await.is_err());
    assert!(bench.append(vec![sample(9)]).await.is_err());
}
