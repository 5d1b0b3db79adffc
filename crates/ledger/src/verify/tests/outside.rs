//! What only a checkpoint from outside finds.

use super::*;

#[tokio::test]
async fn a_log_that_went_on_is_held_against_every_earlier_head() {
    let bench = Bench::with_entries(0).await;
    let mut kept = vec![bench.cell.head().checkpoint];
    for group in 0..6_u64 {
        bench
            .append(
                (group * 90..(group + 1) * 90)
                    .map(crate::entry::tests::sample)
                    .collect(),
            )
            .await
            .unwrap();
        kept.push(bench.cell.head().checkpoint);
    }
    for outside in kept {
        let report = check(&bench, Some(outside)).await;
        assert!(report.ok, "{:?}", report.findings);
    }
    assert!(check(&bench, None).await.ok);
}

/// A log of five entries more than `then`, with its five last entries cut off and the head of `then` put back.
async fn cut(then: u64) -> (Bench, String) {
    let bench = Bench::on_sqlite().await.filled(then).await;
    bench.tamper(&["CREATE TABLE kept AS SELECT * FROM ledger_head"]).await;
    bench
        .append((then..then + 5).map(crate::entry::tests::sample).collect())
        .await
        .unwrap();
    let outside = bench.cell.head().checkpoint;
    bench
        .tamper(&[
            "DELETE FROM ledger_entries WHERE leaf >= (SELECT size FROM kept)",
            "DELETE FROM ledger_head",
            "INSERT INTO ledger_head SELECT * FROM kept",
        ])
        .await;
    (bench, outside)
}

#[tokio::test]
async fn a_tail_that_was_cut_off_with_its_head_is_found_from_outside_only() {
    let (bench, outside) = cut(20).await;
    let alone = check(&bench, None).await;
    assert!(alone.ok && alone.outside.is_none(), "{:?}", alone.findings);
    assert!(bench.reopen(Ledger::keeping()).await.is_ok());
    let report = check(&bench, Some(outside)).await;
    assert!(!report.ok);
    assert_eq!(
        report.findings,
        [
            Finding::HeadOlder { head: 20, outside: 25 },
            Finding::Truncated { size: 20, outside: 25 }
        ]
    );
}

#[tokio::test]
async fn a_tail_that_was_cut_off_and_written_anew() {
    let (bench, outside) = cut(20).await;
    let other = (100..110).map(crate::entry::tests::sample).collect();
    // The writer knows nothing of the cut: its transaction reads the head that was put back.
    bench.append(other).await.unwrap();
    let report = check(&bench, Some(outside)).await;
    assert_eq!(report.findings, [Finding::NotPrefix { outside: 25 }]);
    assert!(check(&bench, None).await.ok);
}

#[tokio::test]
async fn a_tail_that_was_cut_off_without_its_head() {
    assert_eq!(
        found(20, &["DELETE FROM ledger_entries WHERE leaf > 17"]).await,
        [
            Finding::Gap { from: 18, to: 20 },
            Finding::Truncated { size: 18, outside: 20 }
        ]
    );
    assert_eq!(
        found(20, &["DELETE FROM ledger_entries"]).await,
        [
            Finding::Gap { from: 0, to: 20 },
            Finding::Truncated { size: 0, outside: 20 }
        ]
    );
}

#[tokio::test]
async fn a_checkpoint_of_another_key_vouches_for_nothing() {
    let bench = Bench::with_entries(3).await;
    let head = bench.cell.head();
    let stranger = Signer::from_seed(bench.cell.handle().verifier().name(), &[9; 32]).unwrap();
    let forged = Checkpoint::new(stranger.name(), head.tree).sign(&stranger).unwrap();
    for outside in [forged, String::new(), head.checkpoint.replace("\n3\n", "\n2\n")] {
        let report = check(&bench, Some(outside)).await;
        assert_eq!(
            (report.findings, report.outside),
            (vec![Finding::OutsideSignature], None)
        );
    }
    let verifier = stranger.verifier().clone();
    let report = bench
        .read(move |read| verify(read, None, &verifier, &mut |_, _| ()))
        .await
        .unwrap();
    assert_eq!(report.findings, [Finding::HeadSignature]);
}
