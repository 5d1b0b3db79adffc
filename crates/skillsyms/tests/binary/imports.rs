//! Learners' files as they really come, right and wrong, with a server on the folder and without.

use std::path::Path;

use serde_json::Value;

use crate::learners::{COLUMNS, file, id_number, row, row_of};
use crate::stand::{Stand, each_way};

/// Line of ten megabytes.
const LONG_LINE_BYTES: usize = 10 * 1024 * 1024;

fn import(path: &Path) -> [&str; 4] {
    ["import", "--tenant", "thuto", path.to_str().unwrap()]
}

fn failures(summary: &Value) -> Vec<(u64, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = summary["failures"].as_array().unwrap().iter();
    all.map(|one| (one["line"].as_u64().unwrap(), text(&one["column"]), text(&one["code"])))
        .collect()
}

#[test]
fn good_rows_are_kept_and_bad_ones_named() {
    each_way(|stand| {
        stand.tenant();
        let wrong_digit = "9001014800088";
        let rows = [
            row(1),
            row_of(wrong_digit, "Naidoo", "12 Main Road"),
            row(2),
            row_of(&id_number(1), "Again", "12 Main Road"),
            row_of(&id_number(3), "Botha", "=HYPERLINK(1)"),
        ];
        let path = stand.write("learners.csv", file(rows));
        let summary = stand.done(&import(&path));
        let counts = ["rows_read", "rows_kept", "rows_refused"].map(|name| summary[name].as_u64().unwrap());
        assert_eq!(counts, [5, 2, 3], "{summary}");
        let found = failures(&summary);
        let expected = [
            (3, "id_number", "sa_id.checksum"),
            (5, "id_number", "learner.duplicate"),
            (6, "home_address_1", "address.formula"),
        ];
        let expected = expected.map(|(line, column, code)| (line, column.to_owned(), code.to_owned()));
        assert_eq!(found, expected, "{summary}");
        let again = stand.run(&import(&path));
        assert_eq!(again.code, Some(0), "{again:?}");
        for secret in [wrong_digit, "HYPERLINK", "Naidoo", "Again", &id_number(1)] {
            assert!(
                !summary.to_string().contains(secret) && !again.tells(secret),
                "{secret} is told"
            );
        }
        assert!(again.out.contains("learner.duplicate"), "{again:?}");
        let counters = stand.done(&["counters", "check", "--tenant", "thuto"]);
        assert_eq!(
            counters["counters"][0]["differences"],
            serde_json::json!([]),
            "{counters}"
        );
        stand.refused(&["counters", "check", "--tenant", "nobody"], "not_found");
        stand.verify();
    });
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_a_reason() {
    each_way(|stand| {
        stand.tenant();
        let latin = [file([row(1)]).as_bytes(), b"Thab\xE9\r\n"].concat();
        let tabs = file([row(1)]).replace(',', "\t");
        let few = file([row(1)]).replacen("first_name,", "", 1);
        let unknown = file([row(1)]).replacen("popi_date", "popi_date,favourite_colour", 1);
        let twice = file([row(1)]).replacen("last_name", "first_name", 1);
        let long = format!("{COLUMNS}\r\n{}\r\n{}\r\n", row(1), "a".repeat(LONG_LINE_BYTES));
        let cases: [(&str, Vec<u8>, &str, Option<u64>); 8] = [
            ("latin.csv", latin, "import.encoding", Some(3)),
            ("tabs.csv", tabs.into(), "import.delimiter", Some(1)),
            ("few.csv", few.into(), "import.missing_columns", Some(1)),
            ("unknown.csv", unknown.into(), "import.unknown_columns", Some(1)),
            ("twice.csv", twice.into(), "import.missing_columns", Some(1)),
            ("long.csv", long.into(), "import.line_too_long", Some(3)),
            (
                "headless.csv",
                vec![b'a'; LONG_LINE_BYTES],
                "import.line_too_long",
                Some(1),
            ),
            ("empty.csv", Vec::new(), "import.empty", None),
        ];
        for (name, bytes, code, line) in cases {
            let path = stand.write(name, bytes);
            let problem = stand.refused(&import(&path), code);
            assert_eq!(problem["params"]["line"].as_u64(), line, "{name} {problem}");
            assert!(!problem.to_string().contains("favourite"), "{problem}");
        }
        let few = stand.refused(&import(&stand.data.join("few.csv")), "import.missing_columns");
        assert_eq!(few["fields"][0][0], "first_name", "{few}");
        assert!(
            stand.refused(&import(&stand.data.join("absent.csv")), "failed")["title"]
                .to_string()
                .contains("absent.csv")
        );
        let path = stand.write("right.csv", file([row(1), row(2)]));
        let nobody = ["import", "--tenant", "nobody", path.to_str().unwrap()];
        stand.refused(&nobody, "not_found");
        // What came before the fault was kept: once.
        let summary = stand.done(&import(&path));
        assert_eq!(
            (&summary["rows_kept"], &summary["rows_refused"]),
            (&1.into(), &1.into()),
            "{summary}"
        );
        stand.verify();
    });
}

#[test]
fn a_suspended_tenant_takes_no_file() {
    each_way(|stand| {
        stand.tenant();
        let path = stand.write("learners.csv", file([row(1)]));
        stand.done(&["tenant", "suspend", "thuto"]);
        stand.refused(&import(&path), "tenant.suspended");
        stand.done(&["tenant", "restore", "thuto"]);
        assert_eq!(stand.done(&import(&path))["rows_kept"], 1);
        stand.verify();
    });
}

#[test]
fn a_large_file_with_progress_is_one_answer() {
    let stand = Stand::new();
    stand.tenant();
    let serving = stand.serve();
    let path: &Path = &stand.write("learners.csv", file((1..=600).map(row)));
    let summary = stand.done(&import(path));
    assert_eq!(summary["rows_kept"], 600);
    serving.stop();
    assert_eq!(Stand::tenants(&stand).len(), 1);
}
