//! Imports through the door: what is kept, what is refused, and that nothing of a row leaks.

use std::sync::Arc;

use skillsyms_core::person::CSV_COLUMNS;
use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND};
use skillsyms_core::{ImportId, PersonId, Problem, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_people::page::{Limit, PageAsk};
use uuid::Uuid;

use super::*;
use crate::imports::parse::Rows;
use crate::learners::house::{House, holds_a_number, number};
use crate::learners::{ListLearners, LookupAsk, LookupLearner};

/// A row that is right, with these cells changed.
pub(crate) fn row(id_number: &str, changes: &[(&str, &str)]) -> String {
    let cell = |column: &&str| {
        let changed = changes.iter().find(|(name, _)| name == column).map(|(_, value)| *value);
        changed.unwrap_or(match *column {
            "id_number" => id_number,
            "first_name" => "Thandi",
            "last_name" => "Dlámini",
            "equity" => "BA",
            "nationality" => "SA",
            "home_language" => "Zul",
            "citizen_status" => "SA",
            "socioeconomic_status" => "02",
            "disability_status" => "N",
            "province" => "5",
            "cell" => "+27 82 123 4567",
            "popi_consent" => "yes",
            "popi_date" => "2026-01-15",
            _ => "",
        })
    };
    CSV_COLUMNS.iter().map(cell).collect::<Vec<_>>().join(",")
}

pub(crate) fn file(rows: &[String]) -> Vec<u8> {
    format!("\u{feff}{}\r\n{}\r\n", CSV_COLUMNS.join(","), rows.join("\r\n")).into_bytes()
}

pub(super) fn importer(house: &House, actor: Actor) -> Importer {
    Importer {
        door: house.door.clone(),
        actor,
        from: None,
        reference: None,
    }
}

pub(crate) async fn import(house: &House, actor: Actor, bytes: Vec<u8>) -> Result<ImportSummary, Problem> {
    importer(house, actor)
        .run("learners.csv", std::io::Cursor::new(bytes), |_| {})
        .await
}

fn counts(summary: &ImportSummary) -> (i64, i64, i64) {
    (summary.rows_read, summary.rows_kept, summary.rows_refused)
}

pub(super) async fn learners(house: &House) -> usize {
    let page = PageAsk {
        limit: Limit::new(100).unwrap(),
        cursor: None,
    };
    house
        .view(
            house.admin(),
            ListLearners {
                page,
                ..ListLearners::default()
            },
        )
        .await
        .unwrap()
        .items
        .len()
}

/// Seven rows: three right, one with two mistakes, one that is there already, a formula, and another width.
fn mixed() -> Vec<u8> {
    let passport = [
        ("alternate_id_type", "527"),
        ("alternate_id", "A1234567"),
        ("birth_date", "1990-01-01"),
        ("gender", "M"),
    ];
    file(&[
        row(&number(1), &[]),
        row("9001014800088", &[("email", "nobody")]),
        row(&number(2), &[("first_name", "\"Nom\r\nsa\"")]),
        row(&number(1), &[("first_name", "Again")]),
        row(
            &number(3),
            &[("home_address_1", "=HYPERLINK(1)"), ("middle_name", "-Cmd")],
        ),
        row("", &passport),
        "a,b".to_owned(),
    ])
}

async fn failures(house: &House, id: ImportId) -> Vec<FailedRow> {
    let ask = ReadFailures {
        id,
        page: PageAsk::default(),
    };
    house.view(house.admin(), ask).await.unwrap().items
}

#[tokio::test]
async fn good_rows_are_kept_and_bad_ones_named() {
    let house = House::new().await;
    let mut heard = Vec::new();
    let summary = importer(&house, house.admin())
        .run("learners.csv", std::io::Cursor::new(mixed()), |progress| {
            heard.extend(progress.errors.clone())
        })
        .await
        .unwrap();
    assert_eq!((summary.state, counts(&summary)), (ImportState::Finished, (7, 3, 4)));
    assert!(summary.warnings > 0 && summary.finished_at.is_some());
    assert_eq!(learners(&house).await, 3);
    let failed = failures(&house, summary.id).await;
    let named: Vec<RowError> = failed.iter().flat_map(|row| row.errors.clone()).collect();
    let found: Vec<(i64, &str, &str)> = named
        .iter()
        .map(|error| (error.line, error.column.as_str(), error.code.as_str()))
        .collect();
    let expected = [
        (3, "id_number", "sa_id.checksum"),
        (3, "email", "email.form"),
        (6, "id_number", "learner.duplicate"),
        (7, "home_address_1", "address.formula"),
        (7, "middle_name", "import.formula"),
        (9, "row", "import.cells"),
    ];
    assert_eq!(found, expected);
    heard.sort_by_key(|error| error.line);
    assert_eq!(heard, named);
}

#[tokio::test]
async fn a_refused_row_is_shown_masked_and_nowhere_else() {
    let house = House::new().await;
    let summary = import(&house, house.admin(), mixed()).await.unwrap();
    let failed = failures(&house, summary.id).await;
    let mut again = failed[1].cells.iter();
    assert_eq!(again.find(|cell| cell.column == "first_name").unwrap().value, "Again");
    let shown = serde_json::to_string(&failed).unwrap();
    let text = format!("{failed:?} {summary:?} {shown}");
    assert!(!holds_a_number(&text) && !text.contains("9001014800088"), "{text}");
    let entries = house.entries().await.join("\n");
    assert!(!entries.contains("9001014800088") && !entries.contains(&number(1)) && !entries.contains("Thandi"));
}

#[tokio::test]
async fn the_demonstrations_file_comes_out_as_its_readme_says() {
    let house = House::new().await;
    let bytes = include_bytes!("../../../../demo/learners.csv").to_vec();
    let summary = import(&house, house.admin(), bytes).await.unwrap();
    assert_eq!(counts(&summary), (1_000, 964, 36));
    let codes: Vec<String> = failures(&house, summary.id)
        .await
        .iter()
        .flat_map(|row| row.errors.iter().map(|error| error.code.clone()))
        .collect();
    for code in [
        "sa_id.checksum",
        "learner.duplicate",
        "name.formula",
        "address.character",
    ] {
        assert!(codes.iter().any(|found| found == code), "{code}");
    }
    assert!(!codes.iter().any(|code| code.starts_with("import.")), "{codes:?}");
}

#[tokio::test]
async fn the_same_file_again_adds_nothing() {
    let house = House::new().await;
    let rows: Vec<String> = (1..=120).map(|n| row(&number(n), &[])).collect();
    let first = import(&house, house.admin(), file(&rows)).await.unwrap();
    assert_eq!(counts(&first), (120, 120, 0));
    house.clock.advance_seconds(1);
    let more: Vec<String> = (100..=130).map(|n| row(&number(n), &[])).collect();
    let second = import(&house, house.admin(), file(&[rows, more].concat()))
        .await
        .unwrap();
    assert_eq!(counts(&second), (151, 10, 141));
    house.clock.advance_seconds(1);
    let key = house.key(&["import.begin", "import.chunk", "import.finish", "learner.list"]);
    let third = import(&house, key, file(&[row(&number(131), &[])])).await.unwrap();
    assert_eq!(counts(&third), (1, 1, 0));
    house.clock.advance_seconds(1);
    let console = import(&house, Actor::Console(house.one), file(&[row(&number(131), &[])]))
        .await
        .unwrap();
    assert_eq!(counts(&console), (1, 0, 1));
    let found = house.view(
        house.admin(),
        LookupLearner {
            ask: LookupAsk {
                id_number: Some(number(131)),
                ..LookupAsk::default()
            },
        },
    );
    assert!(found.await.unwrap().learner.is_some());
    let list = house.view(house.admin(), ListImports::default()).await.unwrap();
    assert_eq!(
        list.items.iter().map(|import| import.id).collect::<Vec<_>>(),
        [console.id, third.id, second.id, first.id]
    );
    let ask = PageAsk {
        limit: Limit::new(3).unwrap(),
        cursor: None,
    };
    let of = |page: PageAsk| ListImports {
        page,
        ..ListImports::default()
    };
    let page = house.view(house.admin(), of(ask)).await.unwrap();
    let next = PageAsk {
        cursor: page.next,
        ..ask
    };
    let rest = house.view(house.admin(), of(next)).await.unwrap();
    assert_eq!((page.items.len(), rest.items.len(), rest.next), (3, 1, None));
    let mut states = 0;
    for state in [ImportState::Running, ImportState::Finished, ImportState::Stopped] {
        let view = ListImports {
            state: Some(state),
            ..ListImports::default()
        };
        let some = house.view(house.admin(), view).await.unwrap().items;
        assert!(some.iter().all(|import| import.state == state));
        states += some.len();
    }
    assert_eq!(states, 4, "each is in one state");
}

#[tokio::test]
async fn a_stopped_import_names_the_columns_that_stopped_it() {
    let house = House::new().await;
    let all = CSV_COLUMNS.join(",");
    for (header, named) in [
        (
            "id_number,first_name".to_owned(),
            ("last_name", "import.missing_column"),
        ),
        (format!("{all},employer"), ("column 36", "import.unknown_column")),
        (format!("{all},email"), ("email", "import.duplicate_column")),
    ] {
        import(&house, house.admin(), format!("{header}\n").into_bytes())
            .await
            .unwrap_err();
        let latest = house.view(house.admin(), ListImports::default()).await.unwrap().items[0].id;
        let failed = failures(&house, latest).await;
        let errors = &failed[0].errors;
        assert_eq!((failed.len(), errors[0].column.as_str()), (1, "file"), "{errors:?}");
        let found = errors
            .iter()
            .any(|error| (error.column.as_str(), error.code.as_str()) == named);
        assert!(found, "{named:?} is not in {errors:?}");
        house.clock.advance_seconds(1);
    }
}

#[tokio::test]
async fn a_file_that_goes_wrong_keeps_what_came_before() {
    let house = House::new().await;
    let admin = house.admin();
    let good: Vec<String> = (1..=60).map(|n| row(&number(n), &[])).collect();
    let long = [file(&good), b"\"".to_vec(), vec![b'a'; 10_000_000]].concat();
    let problem = import(&house, admin, long).await.unwrap_err();
    assert_eq!(problem.code.name, "import.line_too_long");
    let kept = problem.params.iter().find(|(name, _)| *name == "rows_kept").unwrap();
    assert_eq!(kept.1, skillsyms_core::problem::Param::Int(60));
    let id = house.view(admin, ListImports::default()).await.unwrap().items[0].clone();
    assert_eq!((id.state, counts(&id)), (ImportState::Stopped, (60, 60, 0)));
    let failures = house
        .view(
            admin,
            ReadFailures {
                id: id.id,
                page: PageAsk::default(),
            },
        )
        .await
        .unwrap();
    assert_eq!(
        (failures.items[0].line, failures.items[0].errors[0].code.as_str()),
        (62, "import.line_too_long")
    );
    let all = CSV_COLUMNS.join(",");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "import.empty"),
        (format!("{}\n", CSV_COLUMNS.join("\t")).into_bytes(), "import.delimiter"),
        (b"id_number,first_name\n".to_vec(), "import.missing_columns"),
        (format!("{all},employer\n").into_bytes(), "import.unknown_columns"),
        (format!("{all},email\n").into_bytes(), "import.duplicate_columns"),
        (
            [format!("{all}\n").into_bytes(), b"Ren\xe9\n".to_vec()].concat(),
            "import.encoding",
        ),
        (
            all.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "import.encoding",
        ),
    ];
    for (bytes, code) in cases {
        let problem = import(&house, admin, bytes).await.unwrap_err();
        assert_eq!(problem.code.name, code);
    }
    assert_eq!(learners(&house).await, 60);
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_stopped_and_can_be_repeated() {
    let house = House::new().await;
    let bytes = file(&(1..=70).map(|n| row(&number(n), &[])).collect::<Vec<_>>());
    let (pipe, reader) = Pipe::new();
    let whole = bytes.clone();
    let upload = tokio::spawn(async move {
        for block in whole[..whole.len() - 10].chunks(1_000) {
            assert!(pipe.write(block.to_vec()).await);
        }
    });
    let problem = importer(&house, house.admin())
        .run("learners.csv", reader, |_| {})
        .await
        .unwrap_err();
    upload.await.unwrap();
    assert_eq!(problem.code.name, "import.interrupted");
    let (pipe, reader) = Pipe::new();
    tokio::spawn(async move {
        for block in bytes.chunks(1_000) {
            assert!(pipe.write(block.to_vec()).await);
        }
        pipe.finish().await;
    });
    let again = importer(&house, house.admin())
        .run("learners.csv", reader, |_| {})
        .await
        .unwrap();
    assert_eq!(again.rows_read, 70);
    assert_eq!(learners(&house).await, 70);
}

fn chunk(import: ImportId, rows: usize) -> ImportChunk {
    let lines: Vec<String> = (1..).take(rows).map(|n| row(&number(n), &[])).collect();
    let bytes = file(&lines);
    let mut parsed = Rows::open(bytes.as_slice()).unwrap();
    let (rows, _) = parsed.some(rows + 1);
    ImportChunk {
        import,
        header: Arc::new(parsed.header().clone()),
        rows: Arc::new(rows),
    }
}

#[tokio::test]
async fn nobody_goes_on_with_somebody_elses_import() {
    let house = House::new().await;
    let (admin, other) = (house.admin(), house.admin());
    let begin = || BeginImport {
        file_name: "learners.csv".into(),
    };
    let id = house.run(admin, begin()).await.unwrap().id;
    assert_eq!(house.run(other, chunk(id, 1)).await.unwrap_err().code, &NOT_FOUND);
    assert_eq!(
        house
            .run(house.key(&["import.chunk"]), chunk(id, 1))
            .await
            .unwrap_err()
            .code,
        &NOT_FOUND
    );
    assert_eq!(
        house
            .run(Actor::Console(house.one), chunk(id, 1))
            .await
            .unwrap_err()
            .code,
        &NOT_FOUND
    );
    let stranger = Principal::person(PersonId::new(Uuid::from_u128(5)), vec![Role::Admin]);
    let stranger = house.session_in(house.other, stranger);
    assert_eq!(house.run(stranger, chunk(id, 1)).await.unwrap_err().code, &NOT_FOUND);
    assert_eq!(
        house
            .view(
                stranger,
                ReadFailures {
                    id,
                    page: PageAsk::default()
                }
            )
            .await
            .unwrap_err()
            .code,
        &NOT_FOUND
    );
    let (_, assessor) = house.person(&[Role::Assessor, Role::Facilitator]);
    assert_eq!(house.run(assessor, begin()).await.unwrap_err().code, &FORBIDDEN);
    assert_eq!(
        house.run(admin, chunk(id, 51)).await.unwrap_err().code,
        &CHUNK_TOO_LARGE
    );
    assert_eq!(house.run(admin, chunk(id, 50)).await.unwrap().kept.len(), 50);
    // A crash here leaves it like this.
    assert_eq!(
        house.view(other, ReadImport { id }).await.unwrap().state,
        ImportState::Running
    );
    let end = || FinishImport {
        import: id,
        end: ImportEnd::Done,
    };
    assert_eq!(house.run(other, end()).await.unwrap_err().code, &NOT_FOUND);
    assert_eq!(house.run(admin, end()).await.unwrap().rows_kept, 50);
    assert_eq!(house.run(admin, end()).await.unwrap_err().code, &NOT_RUNNING);
    assert_eq!(house.run(admin, chunk(id, 1)).await.unwrap_err().code, &NOT_RUNNING);
}

#[tokio::test]
async fn refused_rows_are_sealed() {
    let house = House::new().await;
    let rows = [row("9001014800088", &[("last_name", "Unmistakable1")])];
    import(&house, house.admin(), file(&rows)).await.unwrap();
    let begin = BeginImport {
        file_name: "Unmistakable1.csv".into(),
    };
    assert!(!format!("{begin:?} {:?}", chunk(ImportId::new(Uuid::nil()), 1)).contains("Unmistakable1"));
    let control = BeginImport {
        file_name: "a\nb".into(),
    };
    assert_eq!(
        house.run(house.admin(), control).await.unwrap_err().fields[0].code,
        "import.file_name"
    );
}
