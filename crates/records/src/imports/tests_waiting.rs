//! Files that wait: whose they are, what their columns mean, and that nothing of them stays.

use std::fs;
use std::path::{Path, PathBuf};

use skillsyms_core::problem::NOT_FOUND;
use skillsyms_core::{ImportId, Problem, Role};
use skillsyms_door::Actor;

use super::tests::{file, importer, learners, row};
use super::*;
use crate::evidence::{FileStore, Sweeper};
use crate::learners::house::{House, holds_a_number, number};

/// A file whose heading for the last name nobody knows, with a column that is nobody's business.
fn foreign() -> Vec<u8> {
    let rows = [row(&number(1), &[]), row(&number(2), &[("province", "77")])];
    let text = String::from_utf8(file(&rows)).unwrap().replacen("last_name", "van", 1);
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{line},{}", if at == 0 { "Shoe size" } else { "=Secret" }))
        .collect();
    lines.join("\n").into_bytes()
}

fn store(house: &House) -> FileStore {
    FileStore::open(house.folder.path()).unwrap()
}

async fn hold(house: &House, actor: Actor, files: &FileStore, bytes: Vec<u8>) -> Result<ImportId, Problem> {
    let ask = ReceiveImport { files: files.clone() };
    let incoming = house.view(actor, ask).await?.take(bytes).await?;
    let held = incoming.finish().await?;
    let file_name = "Learners of Ms Khoza.csv".to_owned();
    Ok(house.run(actor, HoldImport { held, file_name }).await?.id)
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] })
        .collect()
}

fn kept(house: &House) -> Vec<PathBuf> {
    files_in(&house.folder.path().join("files"))
}

/// The columns as they were guessed, the one for the last name said.
fn said(preview: &Preview) -> Vec<String> {
    let name = |one: &PreviewColumn| match one.heading.as_str() {
        "van" => "last_name",
        _ => one.column.unwrap_or_default(),
    };
    preview.columns.iter().map(name).map(str::to_owned).collect()
}

fn code<T>(result: Result<T, Problem>) -> &'static str {
    result.err().map_or("", |problem| problem.code.name)
}

#[tokio::test]
async fn a_file_waits_sealed_until_its_columns_are_said() {
    let house = House::new().await;
    let (files, (_, admin)) = (store(&house), house.person(&[Role::Admin]));
    let id = hold(&house, admin, &files, foreign()).await.unwrap();
    let [path] = kept(&house).try_into().unwrap();
    let sealed = fs::read(&path).unwrap();
    assert!(!sealed.windows(6).any(|bytes| bytes == b"Thandi") && !holds_a_number(&String::from_utf8_lossy(&sealed)));

    let (summary, preview) = importer(&house, admin).preview(&files, id, None).await.unwrap();
    assert_eq!((summary.state, summary.rows_read), (ImportState::Waiting, 0));
    assert_eq!(preview.problem.as_ref().unwrap().columns, ["last_name"]);
    let guessed = preview
        .columns
        .iter()
        .map(|one| one.column.unwrap_or_default().to_owned());
    let too_early = importer(&house, admin).start(files.clone(), id, guessed.collect());
    assert_eq!(code(too_early.await), "import.missing_columns");
    assert_eq!((kept(&house).len(), learners(&house).await), (1, 0), "it waits on");

    let started = importer(&house, admin)
        .start(files.clone(), id, said(&preview))
        .await
        .unwrap();
    assert_eq!(started.summary.state, ImportState::Running);
    let done = started.end.await.unwrap().unwrap();
    assert_eq!(
        (done.state, done.rows_read, done.rows_kept),
        (ImportState::Finished, 2, 1)
    );
    assert_eq!(
        (kept(&house).len(), learners(&house).await),
        (0, 1),
        "nothing of the file stays"
    );
    let failed = house
        .view(
            admin,
            ReadFailures {
                id,
                page: Default::default(),
            },
        )
        .await
        .unwrap()
        .items;
    let columns: Vec<&str> = failed[0].errors.iter().map(|error| error.column.as_str()).collect();
    assert_eq!(columns, ["province"], "what is left out is not looked at");
    assert!(
        failed[0]
            .cells
            .iter()
            .all(|cell| !cell.column.is_empty() && !cell.value.contains("Secret"))
    );
    for again in [
        code(importer(&house, admin).start(files.clone(), id, said(&preview)).await),
        code(importer(&house, admin).give_up(&files, id).await),
    ] {
        assert_eq!(again, NOT_WAITING.name);
    }
    let entries = house.entries().await.join("\n");
    for value in ["Khoza", "Thandi", "Shoe", &number(1), &number(2)] {
        assert!(!entries.contains(value), "{value}");
    }
}

#[tokio::test]
async fn nobody_looks_at_what_somebody_else_sent() {
    let house = House::new().await;
    let (files, (_, admin), (_, other)) = (
        store(&house),
        house.person(&[Role::Admin]),
        house.person(&[Role::Admin]),
    );
    let id = hold(&house, admin, &files, foreign()).await.unwrap();
    let (_, preview) = importer(&house, admin).preview(&files, id, None).await.unwrap();
    let (_, assessor) = house.person(&[Role::Assessor]);
    let key = house.key(&["import.preview", "import.start", "import.give_up"]);
    for actor in [other, key, assessor] {
        let somebody = importer(&house, actor);
        let tried = [
            code(somebody.preview(&files, id, None).await),
            code(somebody.give_up(&files, id).await),
            code(somebody.start(files.clone(), id, said(&preview)).await),
        ];
        assert!(
            tried.iter().all(|code| [NOT_FOUND.name, "forbidden"].contains(code)),
            "{tried:?}"
        );
    }
    assert_eq!(code(hold(&house, assessor, &files, foreign()).await), "forbidden");
    assert_eq!(kept(&house).len(), 1);
    let given_up = importer(&house, admin).give_up(&files, id).await.unwrap();
    assert_eq!((given_up.state, kept(&house).len()), (ImportState::GivenUp, 0));
    assert!(given_up.finished_at.is_some());
}

#[tokio::test]
async fn files_wait_for_a_day_and_ten_at_a_time() {
    let house = House::new().await;
    let (files, (_, admin)) = (store(&house), house.person(&[Role::Admin]));
    let mut first = None;
    for _ in 0..HELD_MAX {
        first = first.or(Some(hold(&house, admin, &files, foreign()).await.unwrap()));
    }
    assert_eq!(code(hold(&house, admin, &files, foreign()).await), TOO_MANY.name);
    let mut sweeper = Sweeper::new(house.door.clone(), files.clone());
    assert_eq!((sweeper.sweep().await.parts, kept(&house).len()), (0, 10));
    house.clock.advance_seconds(HELD_SECONDS + 1);
    assert_eq!((sweeper.sweep().await.parts, kept(&house).len()), (10, 0));
    let gone = importer(&house, admin).preview(&files, first.unwrap(), None).await;
    assert_eq!(code(gone), fault::GONE.name);
    hold(&house, admin, &files, foreign()).await.unwrap();
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let house = House::new().await;
    let (files, (_, admin)) = (store(&house), house.person(&[Role::Admin]));
    let ask = || ReceiveImport { files: files.clone() };
    let broken = house.view(admin, ask()).await.unwrap().take(foreign()).await.unwrap();
    assert_eq!(kept(&house).len(), 1);
    drop(broken);
    let empty = house.view(admin, ask()).await.unwrap().finish().await;
    assert_eq!((code(empty), kept(&house).len()), ("import.empty", 0));
    let mut large = house.view(admin, ask()).await.unwrap();
    let piece = vec![b'a'; 16 * 1024 * 1024];
    for _ in 0..16 {
        large = large.take(piece.clone()).await.unwrap();
    }
    assert_eq!(
        (code(large.take(vec![b'a']).await), kept(&house).len()),
        ("import.file_too_large", 0)
    );
}
