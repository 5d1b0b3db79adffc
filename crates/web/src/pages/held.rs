//! What is held about a learner, and why: made from the inventory of data, so that no column is left out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use skillsyms_core::codes::CodeList;
use skillsyms_records::learning::Details;

use super::kit::Words;
use super::kit::when::day_of;

/// The inventory, as it is committed. A test reads it, so that every build has one that parses.
const INVENTORY: &str = include_str!("../../../../docs/data-inventory.toml");
/// Columns that are in the answer to a learner's own request.
const SUBJECT: &str = "subject";

#[derive(Deserialize)]
struct Column {
    class: String,
    category: String,
    retention: String,
    export: String,
}

/// What is known of one category.
#[derive(Default)]
struct Category {
    is_sealed: bool,
    retention: Vec<String>,
}

static CATEGORIES: LazyLock<BTreeMap<String, Category>> = LazyLock::new(|| {
    let tables: BTreeMap<String, BTreeMap<String, Column>> = toml::from_str(INVENTORY).unwrap_or_default();
    let mut found: BTreeMap<String, Category> = BTreeMap::new();
    for column in tables.into_values().flat_map(BTreeMap::into_values) {
        if column.export != SUBJECT {
            continue;
        }
        let category = found.entry(column.category).or_default();
        category.is_sealed |= column.class == "sealed";
        if !category.retention.contains(&column.retention) {
            category.retention.push(column.retention);
        }
    }
    found
});

/// One category of data, in words.
pub(super) struct Held {
    /// What it is.
    pub(super) name: String,
    /// Why it is held.
    pub(super) why: String,
    /// How long.
    pub(super) kept: Vec<String>,
    /// Whether some of it is encrypted by itself.
    pub(super) is_sealed: bool,
}

/// Everything that is held about learners.
pub(super) fn all(words: Words) -> Vec<Held> {
    let held = CATEGORIES.iter().map(|(name, category)| Held {
        name: words.get(&format!("category-{name}")),
        why: words.get(&format!("held-{name}")),
        kept: category
            .retention
            .iter()
            .map(|kept| words.get(&format!("kept-{kept}")))
            .collect(),
        is_sealed: category.is_sealed,
    });
    held.collect()
}

type Lines = Vec<(String, String)>;

/// Names, contact details and profile, with their labels; what is not known is left out.
pub(super) fn shown(found: &Details, words: Words) -> [Lines; 3] {
    let (who, held) = (&found.learner, &found.profile.details);
    let given = |key: &str, value: &Option<String>| {
        let value = value.clone().filter(|value| !value.is_empty())?;
        Some((words.get(key), value))
    };
    let coded =
        |key: &str, list: &str, value: &Option<String>| given(key, &value.as_ref().map(|code| meaning(list, code)));
    let names = [&who.title, &who.first_name, &who.middle_name, &who.last_name];
    let names = joined(names.into_iter(), " ");
    let details = [
        Some((words.get("name"), names)),
        Some((words.get("record-id"), who.id_masked.clone())),
        given("record-birth", &held.birth_date.as_deref().map(day_of)),
    ];
    let address = |lines: [&Option<String>; 4]| Some(joined(lines.into_iter().flatten(), ", "));
    let home = [
        &held.home_address_1,
        &held.home_address_2,
        &held.home_address_3,
        &held.home_address_code,
    ];
    let postal = [
        &held.postal_address_1,
        &held.postal_address_2,
        &held.postal_address_3,
        &held.postal_address_code,
    ];
    let contact = [
        given("email", &held.email),
        given("record-phone", &held.phone),
        given("record-cell", &held.cell),
        given("record-home", &address(home)),
        given("record-postal", &address(postal)),
        coded("record-province", "province", &held.province),
    ];
    let consent = held
        .popi_consent
        .map(|is_given| words.get(if is_given { "record-yes" } else { "record-no" }));
    let profile = [
        coded("record-gender", "gender", &held.gender),
        coded("record-equity", "equity", &held.equity),
        coded("record-nationality", "nationality", &held.nationality),
        coded("record-language", "home_language", &held.home_language),
        coded("record-citizen", "citizen_status", &held.citizen_status),
        coded(
            "record-socioeconomic",
            "socioeconomic_status",
            &held.socioeconomic_status,
        ),
        coded("record-disability", "disability_status", &held.disability_status),
        coded("record-seeing", "disability_rating", &held.seeing_rating),
        coded("record-hearing", "disability_rating", &held.hearing_rating),
        coded("record-communicating", "disability_rating", &held.communicating_rating),
        coded("record-walking", "disability_rating", &held.walking_rating),
        coded("record-remembering", "disability_rating", &held.remembering_rating),
        coded("record-selfcare", "disability_rating", &held.selfcare_rating),
        given("record-consent", &consent),
        given("record-consent-day", &held.popi_date.as_deref().map(day_of)),
    ];
    let some = |lines: &[Option<(String, String)>]| lines.iter().flatten().cloned().collect();
    [some(&details), some(&contact), some(&profile)]
}

/// Those that are not empty, one after the other.
fn joined<'a>(parts: impl Iterator<Item = &'a String>, between: &str) -> String {
    let parts: Vec<&str> = parts.map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

/// What a code of the load files means.
fn meaning(list: &str, code: &str) -> String {
    let list = CodeList::get(list);
    list.and_then(|list| list.label(code)).unwrap_or(code).to_owned()
}
