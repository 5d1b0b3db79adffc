//! What must hold of a cell on either engine. `SKILLSYMS_TEST_ENGINE` chooses it (see `testing`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use skillsyms_core::CellId;
use tempfile::TempDir;

use crate::schema::{counters, positions, statements};
use crate::testing::{Counting, engine, is_postgres, new_spec};
use crate::{Cell, CellError, CellKind, CellSpec, Cells, Engine, Limits, Tx};

struct Fixture {
    folder: TempDir,
    cells: Cells<Counting>,
}

impl Fixture {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let folder = TempDir::new().unwrap();
        let cells = Cells::start(engine(folder.path()), Counting, limits).unwrap();
        Self { folder, cells }
    }

    async fn tenant(&self) -> (Cell<Counting>, CellSpec) {
        let spec = new_spec(CellKind::Tenant);
        (
            self.cells.open(spec.clone()).await.unwrap(),
            CellSpec { is_new: false, ..spec },
        )
    }
}

fn put(tx: &mut Tx<'_>, key: &str, value: i64) -> Result<usize, CellError> {
    tx.execute(diesel::insert_into(positions::table).values((positions::k.eq(key), positions::v.eq(value))))
}

async fn get(cell: &Cell<Counting>, key: &'static str) -> Option<i64> {
    let row = cell.read(move |tx| {
        tx.first(
            positions::table
                .filter(positions::k.eq(key))
                .select(positions::v)
                .limit(1),
        )
    });
    row.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_write_is_read_back_and_survives_closing() {
    let house = Fixture::new();
    let (cell, spec) = house.tenant().await;
    cell.write(|tx| Ok((put(tx, "a", 7)?, vec![1]))).await.unwrap();
    assert_eq!(get(&cell, "a").await, Some(7));
    drop(cell);
    house.cells.close_all();
    let again = house.cells.open(spec).await.unwrap();
    assert_eq!(get(&again, "a").await, Some(7));
}

#[tokio::test]
async fn a_reader_cannot_write_even_through_a_query_that_returns() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    let tried = cell.read(|tx| {
        tx.load_any::<String, _>(
            diesel::insert_into(positions::table)
                .values((positions::k.eq("sneaked"), positions::v.eq(1_i64)))
                .returning(positions::k),
        )
    });
    assert!(tried.await.unwrap().is_err());
    assert_eq!(get(&cell, "sneaked").await, None);
}

#[tokio::test]
async fn a_failing_job_leaves_nothing_and_its_neighbours_stay() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    cell.write(|tx| Ok((put(tx, "taken", 1)?, vec![]))).await.unwrap();
    let jobs = (0..40).map(|n| {
        let cell = cell.clone();
        tokio::spawn(async move {
            cell.write(move |tx| {
                put(tx, &format!("n{n}"), n)?;
                if n % 4 == 0 {
                    put(tx, "taken", n)?;
                }
                Ok(((), vec![1]))
            })
            .await
        })
    });
    for (n, job) in jobs.collect::<Vec<_>>().into_iter().enumerate() {
        let result = job.await.unwrap();
        if n % 4 == 0 {
            assert!(matches!(result, Err(CellError::Unique { .. })), "{n}: {result:?}");
        } else {
            result.unwrap();
        }
    }
    let kept = cell.read(|tx| tx.load::<String, _>(positions::table.select(positions::k)));
    let kept = kept.await.unwrap().unwrap();
    assert_eq!(kept.iter().filter(|key| key.starts_with('n')).count(), 30);
}

#[tokio::test]
async fn a_unique_index_is_named_alike_on_both_engines() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    let person = |tx: &mut Tx<'_>, id: u8| {
        use crate::schema::people;
        tx.execute(diesel::insert_into(people::table).values((
            people::id.eq(vec![id; 16]),
            people::email_index.eq(vec![9; 32]),
            people::email.eq(vec![1]),
            people::name.eq("x"),
            people::fold.eq("x"),
            people::state.eq("active"),
            people::roles.eq(""),
            people::version.eq(1_i64),
            people::created_at.eq(1_i64),
            people::changed_at.eq(1_i64),
        )))
    };
    cell.write(move |tx| Ok((person(tx, 1)?, vec![]))).await.unwrap();
    let second = cell.write(move |tx| Ok((person(tx, 2)?, vec![]))).await;
    assert!(matches!(second, Err(CellError::Unique { on }) if on == "people_email_index"));
}

#[tokio::test]
async fn a_savepoint_undoes_its_own_writes_only() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    cell.write(|tx| {
        put(tx, "before", 1)?;
        let inner = tx.savepoint(|tx| {
            put(tx, "inside", 2).unwrap();
            Err::<(), &str>("no")
        })?;
        assert_eq!(inner, Err("no"));
        put(tx, "after", 3)?;
        Ok(((), vec![]))
    })
    .await
    .unwrap();
    assert_eq!(get(&cell, "before").await, Some(1));
    assert_eq!(get(&cell, "inside").await, None);
    assert_eq!(get(&cell, "after").await, Some(3));
}

#[tokio::test]
async fn a_panic_in_a_job_is_an_error_and_the_cell_goes_on() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    let result: Result<(), _> = cell
        .write(|tx| {
            put(tx, "doomed", 1)?;
            panic!("a fault in an act")
        })
        .await;
    assert!(matches!(result, Err(CellError::Panicked)));
    assert_eq!(get(&cell, "doomed").await, None);
    cell.write(|tx| Ok((put(tx, "alive", 1)?, vec![]))).await.unwrap();
}

/// A sequencer that cannot take the item 13.
struct Superstitious;

impl crate::Sequencer for Superstitious {
    type Item = u64;
    type Head = u64;
    type Handle = ();

    fn open(&self, _: &CellSpec, _: &mut Tx<'_>) -> Result<((), u64), CellError> {
        Ok(((), 0))
    }

    fn append(&self, (): &(), _: &mut Tx<'_>, items: Vec<u64>) -> Result<u64, CellError> {
        assert!(!items.contains(&13), "a fault in the sequencer");
        Ok(items.len() as u64)
    }
}

#[tokio::test]
async fn a_panic_in_the_sequencer_is_an_error_for_its_caller_only_and_the_cell_goes_on() {
    let folder = TempDir::new().unwrap();
    let cells = Cells::start(engine(folder.path()), Superstitious, Limits::default()).unwrap();
    let cell = cells.open(new_spec(CellKind::Tenant)).await.unwrap();
    // More often than there are writers: none of them may be lost.
    for _ in 0..8 {
        let both = async { tokio::join!(cell.append(13), cell.append(1)) };
        let both = tokio::time::timeout(std::time::Duration::from_secs(30), both).await;
        let (faulty, sound) = both.expect("the writers are still there");
        assert!(matches!(faulty, Err(CellError::Panicked)), "{faulty:?}");
        sound.unwrap();
    }
}

#[tokio::test]
async fn a_lost_transaction_is_run_again_alone_and_at_most_five_times() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let lost: Result<(), _> = cell
        .write(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Err(CellError::Lost("as if another writer had won".to_owned()))
        })
        .await;
    assert!(matches!(lost, Err(CellError::Lost(_))));
    assert_eq!(runs.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn what_arrives_together_is_committed_together() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    let jobs: Vec<_> = (0..256)
        .map(|n| {
            let cell = cell.clone();
            tokio::spawn(async move { cell.write(move |tx| Ok((put(tx, &format!("g{n}"), n)?, vec![1]))).await })
        })
        .collect();
    for job in jobs {
        job.await.unwrap().unwrap();
    }
    let groups = cell.handle().load(Ordering::SeqCst);
    assert!(groups < 256, "{groups} groups for 256 jobs");
}

#[tokio::test]
async fn history_cannot_be_changed_from_a_cell() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    let changed = cell.write(|tx| {
        tx.execute(diesel::update(statements::table).set(statements::number.eq("forged")))?;
        Ok(((), vec![]))
    });
    let changed = changed.await;
    let deleted = cell
        .write(|tx| {
            Ok((
                tx.execute(diesel::delete(crate::schema::ledger_entries::table))?,
                vec![],
            ))
        })
        .await;
    if is_postgres() {
        // No such grant, whatever the table holds.
        assert!(changed.is_err());
        assert!(deleted.is_err());
    } else {
        // The triggers stand on rows: on an empty table there is nothing to refuse, so put one there.
        use crate::schema::ledger_nodes as nodes;
        let node = (
            nodes::level.eq(8_i64),
            nodes::idx.eq(0_i64),
            nodes::hash.eq(vec![0; 32]),
        );
        cell.write(move |tx| {
            Ok((
                tx.execute(diesel::insert_into(nodes::table).values(node.clone()))?,
                vec![],
            ))
        })
        .await
        .unwrap();
        let update = cell.write(|tx| {
            Ok((
                tx.execute(diesel::update(nodes::table).set(nodes::idx.eq(1_i64)))?,
                vec![],
            ))
        });
        assert!(update.await.is_err());
        let delete = cell.write(|tx| Ok((tx.execute(diesel::delete(nodes::table))?, vec![])));
        assert!(delete.await.is_err());
    }
}

#[tokio::test]
async fn at_most_so_many_cells_are_open_and_the_least_used_goes_first() {
    let house = Fixture::with(Limits {
        open: 2,
        ..Limits::default()
    });
    let mut specs = Vec::new();
    for n in 0..4 {
        let (cell, spec) = house.tenant().await;
        cell.write(move |tx| Ok((put(tx, "n", n)?, vec![]))).await.unwrap();
        specs.push(spec);
    }
    assert!(
        house.cells.all_open().len() <= 3,
        "{} open",
        house.cells.all_open().len()
    );
    assert!(house.cells.get(specs[0].id).is_none());
    let first = house.cells.open(specs[0].clone()).await.unwrap();
    assert_eq!(get(&first, "n").await, Some(0));
}

#[tokio::test]
async fn a_cell_of_a_newer_format_is_refused() {
    let house = Fixture::new();
    let (cell, spec) = house.tenant().await;
    cell.write(|tx| {
        let format = positions::table.filter(positions::k.eq("format"));
        Ok((
            tx.execute(diesel::update(format).set(positions::v.eq(crate::FORMAT + 1)))?,
            vec![],
        ))
    })
    .await
    .unwrap();
    drop(cell);
    house.cells.close_all();
    assert!(matches!(house.cells.open(spec).await, Err(CellError::Newer { .. })));
}

#[tokio::test]
async fn a_missing_cell_is_damage_and_not_a_new_cell() {
    // On PostgreSQL a cell that was never made has no role to log in with, and the engine says so.
    let house = Fixture::new();
    let spec = CellSpec {
        is_new: false,
        ..new_spec(CellKind::Tenant)
    };
    assert!(house.cells.open(spec).await.is_err());
}

#[tokio::test]
async fn sqlite_files_are_ciphertext_and_open_with_their_own_key_only() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().join("cells");
    let cells = Cells::start(Engine::Sqlite { folder: at.clone() }, Counting, Limits::default()).unwrap();
    let spec = new_spec(CellKind::Tenant);
    let cell = cells.open(spec.clone()).await.unwrap();
    let needle = "CANARY-in-every-page-8001015009087";
    cell.write(move |tx| Ok((put(tx, needle, 1)?, vec![]))).await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(&at).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3\0"));
        assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()));
        seen += 1;
    }
    assert!(seen >= 2, "the file and its write-ahead log");
    drop(cell);
    cells.close_all();
    let other_keys = new_spec(CellKind::Tenant).keys;
    let wrong = CellSpec {
        keys: other_keys,
        is_new: false,
        ..spec.clone()
    };
    assert!(matches!(cells.open(wrong).await, Err(CellError::WrongKey)));
    cells.open(CellSpec { is_new: false, ..spec }).await.unwrap();
}

#[test]
fn this_build_encrypts() {
    assert!(!crate::assert_encrypted_engine().unwrap().is_empty());
}

/// The folder is kept for as long as the fixture.
#[tokio::test]
async fn cells_are_kept_apart_by_their_ids() {
    let house = Fixture::new();
    let (a, _) = house.tenant().await;
    let (b, _) = house.tenant().await;
    a.write(|tx| Ok((put(tx, "whose", 1)?, vec![]))).await.unwrap();
    assert_eq!(get(&b, "whose").await, None);
    assert_ne!(a.id(), CellId::new(b.id().uuid()));
    assert!(house.folder.path().exists());
}

#[tokio::test]
async fn brief_reads_see_what_was_acknowledged_and_do_not_disturb_each_other() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    for n in 0..20_i64 {
        cell.write(move |tx| Ok((put(tx, &format!("n{n}"), n)?, vec![1])))
            .await
            .unwrap();
        let reads: Vec<_> = (0..12)
            .map(|reader| {
                let cell = cell.clone();
                tokio::spawn(async move {
                    cell.read_briefly(move |tx| match reader {
                        3 => panic!("a fault in a view"),
                        7 => {
                            let sneaked = (positions::k.eq("sneaked"), positions::v.eq(1_i64));
                            let insert = diesel::insert_into(positions::table)
                                .values(sneaked)
                                .returning(positions::v);
                            tx.load_any(insert).map(|rows| rows.into_iter().next())
                        }
                        _ => {
                            let row = positions::table.filter(positions::k.eq(format!("n{n}")));
                            tx.first::<i64, _>(row.select(positions::v).limit(1))
                        }
                    })
                    .await
                })
            })
            .collect();
        for (reader, read) in reads.into_iter().enumerate() {
            let result = read.await.unwrap();
            match reader {
                3 => assert!(matches!(result, Err(CellError::Panicked)), "{result:?}"),
                7 => assert!(result.unwrap().is_err()),
                _ => assert_eq!(result.unwrap().unwrap(), Some(n)),
            }
        }
    }
    assert_eq!(get(&cell, "sneaked").await, None);
}

#[tokio::test]
async fn brief_reads_that_leave_items_do_not_disturb_each_other_and_none_is_lost() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    cell.write(|tx| Ok((put(tx, "known", 5)?, vec![]))).await.unwrap();
    for _ in 0..10 {
        let before = cell.head();
        let reads: Vec<_> = (0..12)
            .map(|reader| {
                let cell = cell.clone();
                tokio::spawn(async move {
                    cell.read_and_append(move |tx| match reader {
                        3 => panic!("a fault in a view"),
                        7 => Err(CellError::Damaged("what a view found")),
                        _ => {
                            let row = positions::table.filter(positions::k.eq("known"));
                            let value: Option<i64> = tx.first(row.select(positions::v).limit(1))?;
                            Ok((value, vec![1]))
                        }
                    })
                    .await
                })
            })
            .collect();
        for (reader, read) in reads.into_iter().enumerate() {
            match (reader, read.await.unwrap()) {
                (3, result) => assert!(matches!(result, Err(CellError::Panicked)), "{result:?}"),
                (7, result) => assert!(matches!(result, Err(CellError::Damaged(_))), "{result:?}"),
                (_, result) => assert_eq!(result.unwrap(), Some(5)),
            }
        }
        assert_eq!(
            cell.head() - before,
            10,
            "each answer has its item, and no other was left"
        );
    }
}

/// Bytes of a write-ahead log beside a cell's file.
fn log_bytes(house: &Fixture, id: CellId) -> u64 {
    let name = format!("{}.cell-wal", id.uuid().simple());
    let log = house.folder.path().join("cells").join(name);
    std::fs::metadata(log).map_or(0, |file| file.len())
}

#[tokio::test]
async fn the_log_is_written_back_while_the_writer_goes_on() {
    /// Bytes of a job's row: some 16 pages of the file.
    const ROW: usize = 60_000;
    /// Six times what a log may hold before it is written back.
    const ROWS: i64 = 1_600;
    if is_postgres() {
        return;
    }
    // One thread: the writer must give it up for the log to be written back at all.
    for writers in [1, 4] {
        let house = Fixture::with(Limits {
            writers,
            ..Limits::default()
        });
        let (cell, _) = house.tenant().await;
        let written = || log_bytes(&house, cell.id());
        let mut longest = 0;
        for n in 0..ROWS {
            let key = format!("{n}{}", "x".repeat(ROW));
            cell.write(move |tx| Ok((put(tx, &key, n)?, vec![1]))).await.unwrap();
            longest = longest.max(written());
        }
        let limit = u64::try_from(crate::engine::CHECKPOINT_PAGES).unwrap() * 4_120;
        assert!(longest > limit, "{longest}: too little was written to see anything");
        // A slow disk takes its time while the writer goes on.
        assert!(longest < 4 * limit, "{longest} bytes of log with {writers} writers");
        let all = cell.read(|tx| tx.first::<i64, _>(positions::table.count().limit(1)));
        assert!(all.await.unwrap().unwrap() >= Some(ROWS));
    }
}

#[tokio::test]
async fn a_statement_that_stays_prepared_takes_new_values_each_time() {
    let house = Fixture::new();
    let (cell, _) = house.tenant().await;
    for n in 1..=20_i64 {
        let add = move |tx: &mut Tx<'_>| Ok((tx.add_to_counter("n", "2026-11", n)?, vec![]));
        cell.write(add).await.unwrap();
    }
    let counted = cell.read(|tx| tx.load::<i64, _>(counters::table.select(counters::n)));
    assert_eq!(counted.await.unwrap().unwrap(), [210]);
}
