//! The fields of a learner as a form shows them: in groups, codes of the load files as lists to choose from.

use serde_json::{Map, Value};
use skillsyms_core::CodeList;
use skillsyms_records::learners::LearnerDetails;

use crate::pages::kit::FormView;
use crate::pages::kit::Words;
use crate::pages::kit::carry::Pairs;
use crate::pages::kit::when::day_of;

/// How a field is filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Short,
    Day,
    /// One of the codes of this list.
    Code(&'static str),
    YesNo,
}

use Kind::{Code, Day, Short, Text, YesNo};

/// Name, kind, and whether every learner has it.
type Spec = (&'static str, Kind, Need);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    Maybe,
}

use Need::{Always, Maybe};

const NUMBER: &[Spec] = &[
    ("id_number", Text, Always),
    ("alternate_id_type", Code("alternate_id_type"), Maybe),
    ("alternate_id", Text, Maybe),
];
const PERSON: &[Spec] = &[
    ("title", Code("title"), Maybe),
    ("first_name", Text, Always),
    ("middle_name", Text, Maybe),
    ("last_name", Text, Always),
    ("birth_date", Day, Maybe),
    ("gender", Code("gender"), Maybe),
];
const CONTACT: &[Spec] = &[("cell", Text, Maybe), ("phone", Text, Maybe), ("email", Text, Maybe)];
const HOME: &[Spec] = &[
    ("home_address_1", Text, Maybe),
    ("home_address_2", Text, Maybe),
    ("home_address_3", Text, Maybe),
    ("home_address_code", Short, Maybe),
    ("province", Code("province"), Always),
];
const POSTAL: &[Spec] = &[
    ("postal_address_1", Text, Maybe),
    ("postal_address_2", Text, Maybe),
    ("postal_address_3", Text, Maybe),
    ("postal_address_code", Short, Maybe),
];
const LOAD: &[Spec] = &[
    ("equity", Code("equity"), Always),
    ("nationality", Code("nationality"), Always),
    ("home_language", Code("home_language"), Always),
    ("citizen_status", Code("citizen_status"), Always),
    ("socioeconomic_status", Code("socioeconomic_status"), Always),
];
const DISABILITY: &[Spec] = &[
    ("disability_status", Code("disability_status"), Always),
    ("seeing_rating", Code("disability_rating"), Maybe),
    ("hearing_rating", Code("disability_rating"), Maybe),
    ("communicating_rating", Code("disability_rating"), Maybe),
    ("walking_rating", Code("disability_rating"), Maybe),
    ("remembering_rating", Code("disability_rating"), Maybe),
    ("selfcare_rating", Code("disability_rating"), Maybe),
];
const CONSENT: &[Spec] = &[("popi_consent", YesNo, Always), ("popi_date", Day, Maybe)];

/// The groups, each by the word in the key of its heading. The first is what a change leaves alone.
const GROUPS: [(&str, &[Spec]); 8] = [
    ("number", NUMBER),
    ("person", PERSON),
    ("contact", CONTACT),
    ("home", HOME),
    ("postal", POSTAL),
    ("load", LOAD),
    ("disability", DISABILITY),
    ("consent", CONSENT),
];

/// Some fields under a heading.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
}

/// A field, ready to be shown.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) is_day: bool,
    pub(super) is_short: bool,
    pub(super) is_yes_no: bool,
    pub(super) is_required: bool,
    /// Codes and their meaning; none for what is typed.
    pub(super) choices: Vec<(String, String)>,
}

/// All groups, for somebody new.
pub(super) fn all(words: Words) -> Vec<Group> {
    GROUPS.iter().map(|group| shown(words, group)).collect()
}

/// The groups that a change may touch.
pub(super) fn changeable(words: Words) -> Vec<Group> {
    GROUPS.iter().skip(1).map(|group| shown(words, group)).collect()
}

fn shown(words: Words, (word, specs): &(&str, &[Spec])) -> Group {
    Group {
        title: words.get(&format!("learner-group-{word}")),
        fields: specs.iter().map(|spec| field(words, spec)).collect(),
    }
}

fn field(words: Words, (name, kind, need): &Spec) -> Field {
    let key = name.replace('_', "-");
    Field {
        name,
        label: label(words, name),
        hint: words.find(&format!("learner-hint-{key}")).unwrap_or_default(),
        is_day: *kind == Day,
        is_short: *kind == Short,
        is_yes_no: *kind == YesNo,
        is_required: *need == Always,
        choices: match kind {
            Code(list) => codes(list),
            _ => Vec::new(),
        },
    }
}

fn label(words: Words, name: &str) -> String {
    words.get(&format!("learner-field-{}", name.replace('_', "-")))
}

/// What a field is called, if there is one of this name.
pub(in crate::pages) fn called(words: Words, name: &str) -> Option<String> {
    let known = GROUPS.iter().any(|(_, specs)| specs.iter().any(|spec| spec.0 == name));
    known.then(|| label(words, name))
}

fn codes(list: &str) -> Vec<(String, String)> {
    let entries = CodeList::get(list).map(CodeList::entries).unwrap_or_default();
    let pair = |entry: &skillsyms_core::codes::Entry| (entry.code().to_owned(), entry.label().to_owned());
    entries.iter().map(pair).collect()
}

fn specs() -> impl Iterator<Item = &'static Spec> {
    GROUPS.iter().skip(1).flat_map(|(_, specs)| specs.iter())
}

/// A form with what is kept in its fields.
pub(super) fn filled(form: FormView, details: &LearnerDetails) -> FormView {
    let values = values(details);
    specs().fold(form, |form, (name, ..)| {
        let value = values.get(*name).map(typed).unwrap_or_default();
        form.fill(name, value)
    })
}

/// What a form says, as a change. A field that the form has and that is empty is emptied.
pub(super) fn change(pairs: &Pairs) -> Option<LearnerDetails> {
    let mut fields = Map::new();
    for (name, kind, _) in specs() {
        let Some((_, text)) = pairs.iter().find(|(found, _)| found == name) else {
            continue;
        };
        let value = match kind {
            YesNo => Value::Bool(text == "yes"),
            _ => Value::String(text.clone()),
        };
        fields.insert((*name).to_owned(), value);
    }
    serde_json::from_value(Value::Object(fields)).ok()
}

/// What differs between what is kept and what somebody typed: label, kept, typed.
pub(super) fn differences(words: Words, kept: &LearnerDetails, mine: &Pairs) -> Vec<(String, String, String)> {
    let kept = values(kept);
    let rows = specs().filter_map(|(name, kind, _)| {
        let (_, mine) = mine.iter().find(|(found, _)| found == name)?;
        let theirs = kept.get(*name).map(typed).unwrap_or_default();
        let differs = theirs.trim() != mine.trim();
        differs.then(|| {
            (
                label(words, name),
                said(words, *kind, &theirs),
                said(words, *kind, mine),
            )
        })
    });
    rows.collect()
}

/// A group of a learner's details, for reading: label and value. What is empty is left out.
pub(super) struct Told {
    pub(super) title: String,
    pub(super) lines: Vec<(String, String)>,
}

/// All of a learner's details but the number.
pub(super) fn told(words: Words, details: &LearnerDetails) -> Vec<Told> {
    let values = values(details);
    let line = |(name, kind, _): &Spec| {
        let text = values.get(*name).map(typed).filter(|text| !text.is_empty())?;
        Some((label(words, name), said(words, *kind, &text)))
    };
    let groups = GROUPS.iter().skip(1).map(|(word, specs)| Told {
        title: words.get(&format!("learner-group-{word}")),
        lines: specs.iter().filter_map(line).collect(),
    });
    groups.filter(|group| !group.lines.is_empty()).collect()
}

fn said(words: Words, kind: Kind, text: &str) -> String {
    match kind {
        Code(list) => {
            let label = CodeList::get(list).and_then(|list| list.label(text));
            label.unwrap_or(text).to_owned()
        }
        YesNo if text == "yes" => words.get("yes"),
        YesNo => words.get("no"),
        Day => day_of(text),
        _ => text.to_owned(),
    }
}

fn values(details: &LearnerDetails) -> Map<String, Value> {
    match serde_json::to_value(details) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every column of the template stands in the form: a field that is added there must not be missed here.
    #[test]
    fn the_form_has_every_field() {
        let mut named: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, specs)| specs.iter().map(|spec| spec.0))
            .collect();
        let mut columns = skillsyms_core::person::CSV_COLUMNS.to_vec();
        named.sort_unstable();
        columns.sort_unstable();
        assert_eq!(named, columns);
        for (_, kind, _) in GROUPS.iter().flat_map(|(_, specs)| specs.iter()) {
            if let Code(list) = kind {
                assert!(!codes(list).is_empty(), "{list}");
            }
        }
    }

    #[test]
    fn an_emptied_field_is_emptied_and_one_that_is_not_there_stays() {
        let pairs = vec![
            ("phone".to_owned(), String::new()),
            ("popi_consent".to_owned(), "no".to_owned()),
            ("id_number".to_owned(), "9001014800089".to_owned()),
        ];
        let change = change(&pairs).unwrap();
        assert_eq!(change.phone.as_deref(), Some(""));
        assert_eq!(change.popi_consent, Some(false));
        assert_eq!(change.cell, None);
    }
}
