//! Somebody who has the file and its key changes the log, and the verification finds it. On SQLite: on PostgreSQL the
//! role that serves may not even try, which `cells` tests.

use std::path::Path;

use diesel::sql_query;
use skillsyms_core::{CellId, Problem};
use skillsyms_door::{Actor, Door, Inspect};
use skillsyms_ledger::{Finding, Report};
use skillsyms_records::imports::BeginImport;
use skillsyms_testkit::World;

/// What keeps the log from being changed by mistake. It does not keep anybody who means to.
const LOCKS: [&str; 4] = [
    "DROP TRIGGER IF EXISTS ledger_entries_no_update",
    "DROP TRIGGER IF EXISTS ledger_entries_no_delete",
    "DROP TRIGGER IF EXISTS ledger_nodes_no_update",
    "DROP TRIGGER IF EXISTS ledger_nodes_no_delete",
];

async fn verify(world: &World) -> Report {
    world.door().verify_ledger(world.alpha.cell, |_, _| ()).await.unwrap()
}

/// What the verification finds after these statements.
async fn found(statements: &'static [&'static str]) -> Vec<Finding> {
    let world = World::new().await;
    world.door().publish_heads().await.unwrap();
    let report = verify(&world).await;
    assert!(
        report.ok && report.outside.is_some() && report.size > 10,
        "before anything was changed: {report:?}"
    );
    world
        .tamper(world.alpha.cell, move |tx| {
            for statement in LOCKS.iter().chain(statements) {
                tx.execute(sql_query(*statement))?;
            }
            Ok(())
        })
        .await;
    let report = verify(&world).await;
    assert!(!report.ok, "nothing was found after {statements:?}");
    report.findings
}

macro_rules! sqlite_only {
    () => {
        if skillsyms_cells::testing::is_postgres() {
            return;
        }
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_bit_is_found() {
    sqlite_only!();
    // "done" becomes "dond": d and e differ in their last bit.
    let found = found(&[
        "UPDATE ledger_entries SET body = CAST(replace(CAST(body AS TEXT), '\"done\"', '\"dond\"') AS BLOB) \
        WHERE leaf = 5",
    ])
    .await;
    assert!(
        found
            .iter()
            .any(|finding| matches!(finding, Finding::Changed { leaf: 5 } | Finding::Unreadable { leaf: 5 })),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_column_is_found() {
    sqlite_only!();
    let found = found(&["UPDATE ledger_entries SET act = 'learner.read' WHERE leaf = 5"]).await;
    assert!(
        found
            .iter()
            .any(|finding| matches!(finding, Finding::Column { leaf: 5, .. })),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_gone_is_found() {
    sqlite_only!();
    let found = found(&["DELETE FROM ledger_entries WHERE leaf = 5"]).await;
    assert!(found.contains(&Finding::Gap { from: 5, to: 6 }), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_entries_in_another_order_are_found() {
    sqlite_only!();
    let found = found(&[
        "UPDATE ledger_entries SET leaf = -1 WHERE leaf = 5",
        "UPDATE ledger_entries SET leaf = 5 WHERE leaf = 6",
        "UPDATE ledger_entries SET leaf = 6 WHERE leaf = -1",
    ])
    .await;
    assert!(!found.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_is_cut_off_is_found() {
    sqlite_only!();
    // The tampering leaves an entry of its own, so the head has moved on when the verification comes.
    let found = found(&["DELETE FROM ledger_entries WHERE leaf >= 5"]).await;
    assert!(
        found
            .iter()
            .any(|finding| matches!(finding, Finding::Gap { from: 5, .. })),
        "{found:?}"
    );
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Something that the console may do however often: it leaves an entry.
async fn enter(door: &Door, cell: CellId, name: &str) -> Result<(), Problem> {
    let file_name = format!("{name}.csv");
    door.enter(Actor::Console(cell))
        .run(BeginImport { file_name })
        .await
        .map(|_| ())
}

/// Everything in the file is signed and whole; it is only yesterday's.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_file_is_found_and_does_not_open() {
    sqlite_only!();
    let world = World::new().await;
    let (cell, cells) = (world.alpha.cell, world.data().join("cells"));
    world.door().close().await;
    let kept = tempfile::tempdir().unwrap();
    copy(&cells, kept.path());

    let door = world.open_again(Inspect::No).await;
    enter(&door, cell, "one").await.unwrap();
    door.close().await;
    drop(door);
    std::fs::remove_dir_all(&cells).unwrap();
    copy(kept.path(), &cells);

    let inspecting = world.open_again(Inspect::Yes).await;
    let report = inspecting.verify_ledger(cell, |_, _| ()).await.unwrap();
    assert!(
        report
            .findings
            .iter()
            .any(|finding| matches!(finding, Finding::Truncated { .. })),
        "{report:?}"
    );
    inspecting.close().await;
    let outside = || {
        std::fs::read(
            world
                .data()
                .join("heads")
                .join(format!("{}.note", cell.uuid().simple())),
        )
        .unwrap()
    };
    let kept = outside();
    let refusing = world.open_again(Inspect::No).await;
    // Not only for the first who asks: what lost entries takes no new ones, which would hide that they are gone.
    for name in ["two", "three", "four", "five"] {
        assert_eq!(
            enter(&refusing, cell, name).await.unwrap_err().code.status,
            500,
            "{name}"
        );
        refusing.publish_heads().await.unwrap();
    }
    assert_eq!(outside(), kept, "the checkpoint that shows the loss is still there");
}

fn note_of(world: &World, cell: CellId) -> std::path::PathBuf {
    world
        .data()
        .join("heads")
        .join(format!("{}.note", cell.uuid().simple()))
}

/// Whoever puts an older cell in place takes away the files that would show it. The platform's cell still knows.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_found_also_when_the_files_that_show_it_are_gone() {
    sqlite_only!();
    let world = World::new().await;
    let (cell, heads) = (world.alpha.cell, world.data().join("heads"));
    world.door().close().await;
    let file = |ending: &str| {
        let name = format!("{}.cell{ending}", cell.uuid().simple());
        world.data().join("cells").join(name)
    };
    let kept: Vec<_> = ["", "-wal"]
        .into_iter()
        .map(|ending| (ending, std::fs::read(file(ending)).ok()))
        .collect();
    assert!(kept[0].1.is_some(), "the cell has another name now");

    let door = world.open_again(Inspect::No).await;
    enter(&door, cell, "one").await.unwrap();
    door.close().await;
    drop(door);
    for (ending, bytes) in kept {
        let _ = std::fs::remove_file(file(ending));
        let _ = std::fs::remove_file(file("-shm"));
        if let Some(bytes) = bytes {
            std::fs::write(file(ending), bytes).unwrap();
        }
    }
    std::fs::remove_dir_all(&heads).unwrap();

    let inspecting = world.open_again(Inspect::Yes).await;
    let report = inspecting.verify_ledger(cell, |_, _| ()).await.unwrap();
    let is_missing = |finding: &Finding| matches!(finding, Finding::OutsideMissing { .. });
    let is_cut = |finding: &Finding| matches!(finding, Finding::Truncated { .. });
    assert!(report.findings.iter().any(is_missing), "{report:?}");
    assert!(report.findings.iter().any(is_cut), "{report:?}");
    let checked = inspecting.check_heads().await.unwrap();
    assert!(
        checked.iter().any(|(of, finding)| *of == cell && is_missing(finding)),
        "{checked:?}"
    );
    inspecting.close().await;
    drop(inspecting);

    let refusing = world.open_again(Inspect::No).await;
    for name in ["two", "three"] {
        assert_eq!(
            enter(&refusing, cell, name).await.unwrap_err().code.status,
            500,
            "{name}"
        );
        refusing.publish_heads().await.unwrap();
    }
    assert!(
        !note_of(&world, cell).exists(),
        "the head that hides the loss stands in no file"
    );
    // The other tenant lost its file only: it works, and its file comes back.
    enter(&refusing, world.beta.cell, "four").await.unwrap();
    refusing.publish_heads().await.unwrap();
    assert!(note_of(&world, world.beta.cell).exists());
}

/// On both engines: the files go, or are older, and everything else is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_or_old_is_said_to_be() {
    let world = World::new().await;
    let cell = world.alpha.cell;
    world.door().publish_heads().await.unwrap();
    assert!(world.door().check_heads().await.unwrap().is_empty());
    let old = std::fs::read(note_of(&world, cell)).unwrap();
    world.learner(&world.alpha).await;
    world.door().publish_heads().await.unwrap();
    let new = std::fs::read(note_of(&world, cell)).unwrap();

    let found = async || {
        let checked = world.door().check_heads().await.unwrap();
        let report = verify(&world).await;
        assert_eq!(report.ok, checked.is_empty(), "{report:?}");
        assert_eq!(
            report.findings,
            checked.iter().map(|(_, finding)| *finding).collect::<Vec<_>>()
        );
        checked
    };
    assert!(found().await.is_empty());
    std::fs::write(note_of(&world, cell), &old).unwrap();
    assert!(matches!(found().await.as_slice(), [(of, Finding::OutsideOlder { .. })] if *of == cell));
    std::fs::write(note_of(&world, cell), b"\xff\x00 nothing").unwrap();
    assert!(matches!(
        found().await.as_slice(),
        [(_, Finding::OutsideOlder { file: 0, .. })]
    ));
    std::fs::remove_file(note_of(&world, cell)).unwrap();
    assert!(matches!(
        found().await.as_slice(),
        [(_, Finding::OutsideMissing { .. })]
    ));
    let other = std::fs::read(note_of(&world, world.beta.cell)).unwrap();
    std::fs::write(note_of(&world, cell), other).unwrap();
    assert!(!found().await.is_empty());
    std::fs::write(note_of(&world, cell), new).unwrap();
    assert!(found().await.is_empty());
}

/// The file is put back and written on with the cell's own key, further than it was before: longer, but another log.
#[tokio::test(flavor = "multi_thread")]
async fn a_longer_log_that_forgot_something_does_not_open() {
    sqlite_only!();
    let world = World::new().await;
    let (cell, cells, heads) = (world.alpha.cell, world.data().join("cells"), world.data().join("heads"));
    world.door().close().await;
    let kept = tempfile::tempdir().unwrap();
    copy(&cells, &kept.path().join("cells"));
    copy(&heads, &kept.path().join("heads"));

    let door = world.open_again(Inspect::No).await;
    enter(&door, cell, "one").await.unwrap();
    door.close().await;
    drop(door);
    let known = tempfile::tempdir().unwrap();
    copy(&heads, known.path());
    for (name, folder) in [("cells", &cells), ("heads", &heads)] {
        std::fs::remove_dir_all(folder).unwrap();
        copy(&kept.path().join(name), folder);
    }
    let door = world.open_again(Inspect::No).await;
    for name in ["two", "three", "four"] {
        enter(&door, cell, name).await.unwrap();
    }
    door.close().await;
    drop(door);

    // Whoever kept the checkpoint elsewhere puts it back.
    copy(known.path(), &heads);
    let refusing = world.open_again(Inspect::No).await;
    for name in ["five", "six"] {
        assert_eq!(
            enter(&refusing, cell, name).await.unwrap_err().code.status,
            500,
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_the_cell_did_not_sign_is_none() {
    sqlite_only!();
    let world = World::new().await;
    let cell = world.alpha.cell;
    world.door().close().await;
    let note = world
        .data()
        .join("heads")
        .join(format!("{}.note", cell.uuid().simple()));
    std::fs::write(note, "nothing\n").unwrap();
    let refusing = world.open_again(Inspect::No).await;
    assert_eq!(enter(&refusing, cell, "one").await.unwrap_err().code.status, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_touched_is_whole_on_both_engines() {
    let world = World::new().await;
    world.door().publish_heads().await.unwrap();
    for cell in [world.alpha.cell, world.beta.cell, world.door().platform()] {
        let report = world.door().verify_ledger(cell, |_, _| ()).await.unwrap();
        assert!(report.ok, "{report:?}");
    }
}
