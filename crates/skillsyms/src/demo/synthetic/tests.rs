//! What the import has to find in a synthetic file, row by row.

use std::collections::HashSet;

use skillsyms_core::{FieldError, NewLearner};

use super::*;

const TODAY: Date = Date::constant(2026, 11, 22);

/// What each kind of mistake is refused for, in the order of the kinds: column and code. `None`: the row by itself is right
/// (a duplicate), or only unusual.
const REFUSED_FOR: &[Option<(&str, &str)>] = &[
    Some(("id_number", "sa_id.checksum")),
    Some(("id_number", "sa_id.month")),
    Some(("id_number", "sa_id.day")),
    Some(("id_number", "sa_id.lost_leading_zero")),
    Some(("id_number", "sa_id.scientific_notation")),
    Some(("id_number", "sa_id.character")),
    Some(("id_number", "sa_id.checksum")),
    Some(("id_number", "sa_id.all_same")),
    None,
    Some(("alternate_id_type", "alternate_id.kind_none")),
    Some(("first_name", "name.missing")),
    Some(("last_name", "name.missing")),
    Some(("first_name", "name.digit")),
    None,
    Some(("email", "email.form")),
    Some(("province", "code.unknown")),
    Some(("equity", "code.missing")),
    Some(("birth_date", "birth_date.mismatch")),
    Some(("last_name", "name.formula")),
    Some(("birth_date", "date.form")),
    Some(("id_number", "sa_id.sequence")),
    Some(("id_number", "sa_id.citizenship")),
    Some(("id_number", "sa_id.length")),
    Some(("id_number", "identity.missing")),
    Some(("birth_date", "birth_date.missing")),
    Some(("cell", "cell.lost_leading_zero")),
    Some(("home_address_code", "postal_code.lost_leading_zero")),
    Some(("last_name", "name.placeholder")),
    Some(("birth_date", "date.serial")),
    Some(("walking_rating", "disability_rating.missing")),
    Some(("popi_date", "popi_date.missing")),
    Some(("popi_date", "date.future")),
    Some(("id_number", "sa_id.character")),
    None,
    None,
    Some(("alternate_id", "alternate_id.is_sa_id")),
    Some(("home_address_1", "address.character")),
    Some(("birth_date", "birth_date.too_young")),
];

fn errors(row: &Row) -> Vec<FieldError> {
    let cells = row.cells();
    let lookup = |column: &str| {
        let at = CSV_COLUMNS.iter().position(|name| *name == column)?;
        cells.get(at).copied()
    };
    NewLearner::from_columns(lookup)
        .validate(TODAY)
        .err()
        .unwrap_or_default()
}

#[test]
fn rows_without_a_mistake_are_right_and_no_id_comes_twice() {
    let file = File {
        seed: SEED,
        rows: 20_000,
        mistakes: 0,
    };
    let (mut seen, mut passports, mut refugees) = (HashSet::new(), 0, 0);
    for at in 0..file.rows {
        let row = file.row(at);
        assert_eq!(errors(&row), [], "row {at}");
        assert!(
            seen.insert(format!("{}{}", row.id_number, row.alternate_id)),
            "row {at}"
        );
        passports += usize::from(matches!(&*row.alternate_id_type, "527" | "passport"));
        refugees += usize::from(matches!(&*row.alternate_id_type, "565" | "refugee"));
    }
    assert!((800..1_200).contains(&passports), "{passports}");
    assert!((450..750).contains(&refugees), "{refugees}");
}

#[test]
fn each_mistake_is_refused_for_its_reason() {
    assert_eq!(REFUSED_FOR.len(), MISTAKES_PER_THOUSAND);
    for seed in 0..20 {
        let file = File {
            seed,
            rows: 1_000,
            mistakes: MISTAKES_PER_THOUSAND,
        };
        let mut found = vec![];
        for at in 0..file.rows {
            let errors = errors(&file.row(at));
            let Some(kind) = file.mistake(at) else {
                assert_eq!(errors, [], "row {at}");
                continue;
            };
            found.push(kind);
            let expected: Vec<_> = REFUSED_FOR[kind].into_iter().collect();
            let actual: Vec<_> = errors.iter().map(|error| (error.field.as_ref(), error.code)).collect();
            assert_eq!(actual, expected, "kind {kind} in row {at} of seed {seed}");
        }
        assert_eq!(found, (0..MISTAKES_PER_THOUSAND).collect::<Vec<_>>());
    }
}

#[test]
fn duplicates_repeat_an_earlier_row() {
    let file = File {
        seed: SEED,
        rows: 1_000,
        mistakes: MISTAKES_PER_THOUSAND,
    };
    let id = |row: &Row| format!("{}{}", row.id_number, row.alternate_id.to_uppercase());
    let ids: Vec<_> = (0..file.rows).map(|at| id(&file.row(at))).collect();
    let twice = |at: usize| !ids[at].is_empty() && ids[..at].contains(&ids[at]);
    let kinds: Vec<_> = (0..file.rows)
        .filter(|at| twice(*at))
        .filter_map(|at| file.mistake(at))
        .collect();
    assert_eq!(kinds, [8, 34]);
}

#[test]
fn the_same_seed_writes_the_same_file() {
    let write = |seed| {
        let mut out = Vec::new();
        write_csv(&mut out, 300, seed, 11).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(write(1), write(1));
    assert_ne!(write(1), write(2));
    assert_eq!(write(1).lines().count(), 301);
    assert!(write(1).starts_with("id_number,alternate_id_type,alternate_id,title,first_name,"));
    assert!(write(1).ends_with("\r\n"));
}

#[test]
fn the_committed_file_is_what_the_generator_writes() {
    let mut out = Vec::new();
    write_csv(&mut out, 1_000, SEED, MISTAKES_PER_THOUSAND).unwrap();
    let committed = include_bytes!("../../../../../demo/learners.csv");
    assert!(
        out == committed,
        "write demo/learners.csv again, and say in demo/README.md what changed"
    );
}

#[test]
fn odd_sizes_have_as_many_mistakes_as_were_asked_for() {
    for (rows, mistakes) in [
        (0, 0),
        (0, 5),
        (1, 0),
        (1, 1),
        (7, 3),
        (10, 10),
        (1_000, 999),
        (12_345, 469),
    ] {
        let file = File {
            seed: SEED,
            rows,
            mistakes: usize::min(mistakes, rows),
        };
        let found = (0..rows).filter(|at| file.mistake(*at).is_some()).count();
        assert_eq!(found, file.mistakes, "{rows} {mistakes}");
        write_csv(&mut Vec::new(), rows, SEED, mistakes).unwrap();
    }
    assert!(write_csv(&mut Vec::new(), usize::MAX, SEED, 0).is_err());
}

#[test]
fn cells_are_quoted_as_rfc_4180_asks() {
    let mut buffer = String::new();
    let row = Row {
        last_name: "=A(\"b\",1)".into(),
        ..Row::default()
    };
    write_row(&mut buffer, &row);
    assert!(buffer.contains(",\"=A(\"\"b\"\",1)\","));
}
