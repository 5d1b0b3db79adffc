//! What only one crate or one file may name: the database engines, raw SQL, the router's own methods.

use super::house::Source;
use super::{Finding, House};

/// The connections of the two engines are named in `cells` only.
pub fn named_in_cells_only(house: &House) -> Vec<Finding> {
    outside_cells(
        house,
        |source| &source.code,
        &["SqliteConnection", "PgConnection"],
        "the engines are named in cells only: take a Read or a Tx",
    )
}

/// SQL as text is written in `cells` only: above it, queries are typed for both engines. Tests may use it, to break
/// what no typed query can break.
pub fn raw_sql_in_cells_only(house: &House) -> Vec<Finding> {
    outside_cells(
        house,
        Source::production,
        &["sql_query("],
        "SQL as text stays in cells, with a test on both engines",
    )
}

/// Routes are mounted by the registry of routes only, so that limits, scopes and tests see all of them.
pub fn routes_in_registry_only(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house
        .rust()
        .filter(|source| source.crate_name().is_some() && !is_registry(source))
    {
        for (line, text) in source.production().lines().enumerate() {
            if text.contains(".route(") || text.contains("Router::route") {
                findings.push(Finding::line(
                    &source.path,
                    line + 1,
                    "mount it through web's registry of routes",
                ));
            }
        }
    }
    findings
}

/// Every `Insertable` says that `None` is NULL. Without it Diesel runs a batch row by row on SQLite, in a transaction of
/// its own that cannot begin inside ours.
pub fn none_is_null(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house.rust() {
        let lines: Vec<&str> = source.code.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if !line.contains("derive(") || !line.contains("Insertable") {
                continue;
            }
            let attributes = lines.iter().skip(at).take_while(|line| !line.contains("struct "));
            if !attributes
                .copied()
                .any(|line| line.contains("treat_none_as_default_value = false"))
            {
                let what = "say #[diesel(treat_none_as_default_value = false)], or a batch fails on SQLite";
                findings.push(Finding::line(&source.path, at + 1, what));
            }
        }
    }
    findings
}

fn is_registry(source: &Source) -> bool {
    source.path.starts_with("crates/web/src/routes")
}

fn outside_cells(house: &House, part: fn(&Source) -> &str, words: &[&str], what: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in house
        .rust()
        .filter(|source| source.crate_name().is_some_and(|name| name != "cells"))
    {
        for (line, text) in part(source).lines().enumerate() {
            if words.iter().any(|word| text.contains(word)) {
                findings.push(Finding::line(&source.path, line + 1, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(path: &str, text: &str) -> House {
        House::of(&[(path, text)])
    }

    #[test]
    fn an_engine_above_cells_is_found() {
        let text = "use diesel::PgConnection;\n";
        assert_eq!(named_in_cells_only(&house("crates/records/src/a.rs", text)).len(), 1);
        assert_eq!(named_in_cells_only(&house("crates/cells/src/a.rs", text)), []);
        assert_eq!(
            named_in_cells_only(&house("crates/records/src/a.rs", "/// not a PgConnection\n")),
            []
        );
    }

    #[test]
    fn raw_sql_above_cells_is_found() {
        let text = "let x = diesel::sql_query(\"SELECT 1\");\n";
        assert_eq!(raw_sql_in_cells_only(&house("crates/people/src/a.rs", text)).len(), 1);
        assert_eq!(raw_sql_in_cells_only(&house("crates/cells/src/a.rs", text)), []);
        let parent = ("crates/people/src/lib.rs", "#[cfg(test)]\nmod a;\n");
        assert_eq!(
            raw_sql_in_cells_only(&House::of(&[parent, ("crates/people/src/a.rs", text)])),
            []
        );
    }

    #[test]
    fn an_insertable_that_leaves_none_open_is_found() {
        let open = "#[derive(Insertable)]\n#[diesel(table_name = x)]\nstruct Row {}\n";
        assert_eq!(none_is_null(&house("crates/records/src/rows.rs", open)).len(), 1);
        let said = open.replace("= x", "= x, treat_none_as_default_value = false");
        assert_eq!(none_is_null(&house("crates/records/src/rows.rs", &said)), []);
    }

    #[test]
    fn a_route_beside_the_registry_is_found() {
        let text = "let r = Router::new().route(\"/x\", get(x));\n";
        assert_eq!(
            routes_in_registry_only(&house("crates/web/src/api/a.rs", text)).len(),
            1
        );
        assert_eq!(
            routes_in_registry_only(&house("crates/web/src/routes/mod.rs", text)),
            []
        );
    }
}
