//! Somebody changes the log, and the verification finds it.

mod entries;
mod outside;
mod tree;

use super::*;
use crate::note::Signer;
use crate::store::Ledger;
use crate::testing::Bench;

async fn check(bench: &Bench, outside: Option<String>) -> Report {
    let verifier = bench.cell.handle().verifier().clone();
    bench
        .read(move |read| verify(read, outside.as_deref(), &verifier, &mut |_, _| ()))
        .await
        .unwrap()
}

/// What is found after these statements, held against the head that was kept before them.
async fn found(count: u64, statements: &'static [&'static str]) -> Vec<Finding> {
    let bench = Bench::on_sqlite().await.filled(count).await;
    let outside = bench.cell.head().checkpoint;
    bench.tamper(statements).await;
    let report = check(&bench, Some(outside)).await;
    assert_eq!(report.ok, report.findings.is_empty());
    report.findings
}

#[tokio::test]
async fn a_whole_log_has_no_findings() {
    for count in [0, 1, 255, 256, 257, 2_300] {
        let bench = Bench::with_entries(count).await;
        let head = bench.cell.head();
        let report = check(&bench, Some(head.checkpoint)).await;
        assert_eq!(report.findings, [], "{count}");
        assert!(report.ok);
        assert_eq!((report.size, report.root), (count, Some(head.tree.root)));
        assert_eq!((report.head, report.outside), (Some(head.tree), Some(head.tree)));
    }
}

#[tokio::test]
async fn progress_is_told_to_the_end() {
    let bench = Bench::with_entries(2_300).await;
    let verifier = bench.cell.handle().verifier().clone();
    let told = bench
        .read(move |read| {
            let mut told = Vec::new();
            verify(read, None, &verifier, &mut |done, total| told.push((done, total))).unwrap();
            told
        })
        .await;
    assert_eq!(told, [(0, 2_300), (1_000, 2_300), (2_000, 2_300), (2_300, 2_300)]);
}

#[tokio::test]
async fn a_ruined_log_gives_a_short_list() {
    let bench = Bench::on_sqlite().await.filled(400).await;
    bench.tamper(&["UPDATE ledger_entries SET outcome = 'x'"]).await;
    let report = check(&bench, None).await;
    assert_eq!(
        (report.findings.len(), report.more_findings, report.ok),
        (100, 300, false)
    );
}
