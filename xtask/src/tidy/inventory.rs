//! `docs/data-inventory.toml` and the schema say the same columns.
//!
//! A table of the inventory is a table of the schema; each of its keys is a column:
//! `id_number = { class = "sealed", category = "identity", mask = "id", retention = "record", export = "full" }`.

use std::collections::BTreeSet;

use super::{Finding, House};

const SCHEMA: &str = "crates/cells/src/schema/mod.rs";
const RECORDS: &str = "crates/cells/src/schema/records.rs";
const INVENTORY: &str = "docs/data-inventory.toml";
const CLASSES: [&str; 3] = ["sealed", "cell", "public"];
const FIELDS: [&str; 5] = ["class", "category", "mask", "retention", "export"];

/// Every column has a row, every row a column, and every row its five fields.
pub fn check(house: &House) -> Vec<Finding> {
    let mut columns = BTreeSet::new();
    for part in [SCHEMA, RECORDS] {
        let Some(schema) = house.get(part) else {
            let why = "is not there, so the inventory cannot be held against it";
            return vec![Finding::file(part, why)];
        };
        let found = self::columns(&schema.code);
        if found.is_empty() {
            return vec![Finding::file(part, "no table! with columns was found in it")];
        }
        columns.extend(found);
    }
    let Some(inventory) = house.get(INVENTORY) else {
        return vec![Finding::file(INVENTORY, "is not there")];
    };
    let table: toml::Table = match inventory.text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::file(INVENTORY, format!("not TOML: {error}"))],
    };
    let mut findings = Vec::new();
    let mut rows = BTreeSet::new();
    for (name, entries) in &table {
        for (column, row) in entries.as_table().into_iter().flatten() {
            rows.insert((name.clone(), column.clone()));
            findings.extend(faults(row).map(|fault| Finding::file(INVENTORY, format!("{name}.{column}: {fault}"))));
        }
    }
    for (table, column) in columns.difference(&rows) {
        findings.push(Finding::file(
            INVENTORY,
            format!("{table}.{column} has no row: class, category, mask, retention, export"),
        ));
    }
    for (table, column) in rows.difference(&columns) {
        findings.push(Finding::file(
            INVENTORY,
            format!("{table}.{column} is not in the schema: remove the row"),
        ));
    }
    findings
}

fn faults(row: &toml::Value) -> impl Iterator<Item = String> {
    let text = |field: &str| {
        row.get(field)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let missing = FIELDS
        .into_iter()
        .filter(|field| text(field).is_empty())
        .map(|field| format!("{field} is missing"));
    let class = text("class");
    let wrong = (!class.is_empty() && !CLASSES.contains(&class.as_str()))
        .then(|| format!("class {class} is none of {}", CLASSES.join(", ")));
    missing.collect::<Vec<_>>().into_iter().chain(wrong)
}

/// Table and column of every diesel `table!` in the code.
fn columns(code: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for block in code.split("table!").skip(1) {
        let Some(body) = block.trim_start().strip_prefix('{') else {
            continue;
        };
        let Some((head, rest)) = body.split_once('{') else {
            continue;
        };
        let Some(name) = head.split('(').next().and_then(|head| head.split_whitespace().last()) else {
            continue;
        };
        let rows = rest.split('}').next().unwrap_or_default();
        for row in rows.split(',') {
            if let Some((left, _)) = row.split_once("->")
                && let Some(column) = left.split_whitespace().last()
            {
                found.insert((name.to_owned(), column.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str = "diesel::table! {\n    /// People.\n    persons (id) {\n        id -> Binary,\n        #[sql_name = \"x\"]\n        name -> Nullable<Text>,\n    }\n}\n";
    const ROW: &str =
        "{ class = \"cell\", category = \"identity\", mask = \"none\", retention = \"record\", export = \"own\" }";

    fn found(inventory: &str) -> Vec<String> {
        let marks = "diesel::table! {\n    marks (k) {\n        k -> Text,\n    }\n}\n";
        let inventory = format!("[marks]\nk = {ROW}\n{inventory}");
        let house = House::of(&[(SCHEMA, TABLES), (RECORDS, marks), (INVENTORY, &inventory)]);
        check(&house).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_full_inventory_is_well() {
        assert_eq!(
            found(&format!("[persons]\nid = {ROW}\nname = {ROW}\n")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_missing_row_a_row_too_many_and_a_wrong_class_are_found() {
        assert_eq!(found(&format!("[persons]\nid = {ROW}\n")).len(), 1);
        assert_eq!(
            found(&format!("[persons]\nid = {ROW}\nname = {ROW}\nage = {ROW}\n")).len(),
            1
        );
        let wrong = ROW.replace("cell", "secret");
        assert_eq!(found(&format!("[persons]\nid = {ROW}\nname = {wrong}\n")).len(), 1);
        let bare = "{ class = \"cell\" }";
        assert_eq!(found(&format!("[persons]\nid = {ROW}\nname = {bare}\n")).len(), 4);
    }

    #[test]
    fn no_schema_and_no_inventory_are_found() {
        assert_eq!(check(&House::of(&[])).len(), 1);
        assert_eq!(check(&House::of(&[(SCHEMA, TABLES)])).len(), 1);
        assert_eq!(check(&House::of(&[(SCHEMA, TABLES), (RECORDS, "")])).len(), 1);
    }
}
