//! Code lists of the load files, kept as data in `data/codes.toml` and read once.

use std::sync::LazyLock;

/// The data, part of the binary.
const DATA: &str = include_str!("../data/codes.toml");

/// Up to so many codes are named with their meaning in a message.
const LABELLED_CODES_MAX: usize = 14;

/// Every list. Empty only if the data does not parse, which a test rules out; then every code is refused, none accepted.
static LISTS: LazyLock<Vec<CodeList>> = LazyLock::new(|| {
    toml::from_str::<File>(DATA)
        .map(|file| file.list.into_iter().map(CodeList::ready).collect())
        .unwrap_or_default()
});

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    list: Vec<CodeList>,
}

/// One list of codes.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    name: String,
    title: String,
    #[serde(default)]
    note: Option<String>,
    codes: Vec<Entry>,
    /// Made once from the codes.
    #[serde(skip)]
    refusal: String,
}

/// One code and what it means.
#[derive(Debug, serde::Deserialize)]
pub struct Entry(String, String);

impl Entry {
    /// The code, as the load files write it.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// What it means.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.1
    }
}

impl CodeList {
    /// Every list, in the order of the data.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LISTS
    }

    /// The list of this name, for example `equity`.
    #[must_use]
    pub fn get(name: &str) -> Option<&'static Self> {
        LISTS.iter().find(|list| list.name == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What to call it on a form.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What is uncertain about it.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Its codes with their labels, in the order of the data.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.codes
    }

    /// Whether this is one of its codes, exactly as written.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.entry(code).is_some()
    }

    /// What a code means.
    #[must_use]
    pub fn label(&self, code: &str) -> Option<&str> {
        self.entry(code).map(Entry::label)
    }

    /// Every code: what an error names as accepted.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        self.codes.iter().map(Entry::code).collect()
    }

    /// What to say when a code was refused: the codes that are accepted, with their meaning if there are few.
    #[must_use]
    pub fn refusal(&self) -> &str {
        &self.refusal
    }

    /// The code that somebody meant: the code or its label in any case, or a code without the leading zero that a
    /// spreadsheet dropped. `None` if it is none of them; nothing is guessed.
    #[must_use]
    pub fn accept(&self, text: &str) -> Option<&str> {
        let text = text.trim();
        let by_code = self.codes.iter().find(|entry| entry.0.eq_ignore_ascii_case(text));
        let by_label = || self.codes.iter().find(|entry| entry.1.eq_ignore_ascii_case(text));
        let by_number = || self.codes.iter().find(|entry| is_without_zero(&entry.0, text));
        by_code.or_else(by_label).or_else(by_number).map(Entry::code)
    }

    fn ready(mut self) -> Self {
        let words: Vec<_> = if self.codes.len() > LABELLED_CODES_MAX {
            self.codes.iter().map(|entry| entry.0.clone()).collect()
        } else {
            self.codes
                .iter()
                .map(|entry| format!("{} ({})", entry.0, entry.1))
                .collect()
        };
        self.refusal = format!("Use one of these codes: {}.", words.join(", "));
        self
    }

    fn entry(&self, code: &str) -> Option<&Entry> {
        self.codes.iter().find(|entry| entry.0 == code)
    }
}

/// Whether `text` is the two-digit `code` without its zero: `1` for `01`.
fn is_without_zero(code: &str, text: &str) -> bool {
    let one_digit = text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    one_digit && code.len() == 2 && code.strip_prefix('0') == Some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_data_parses() {
        let file: File = toml::from_str(DATA).unwrap();
        assert_eq!(file.list.len(), CodeList::all().len());
        assert!(file.list.len() >= 20);
    }

    #[test]
    fn names_are_unique_and_lists_are_full() {
        let names: BTreeSet<_> = CodeList::all().iter().map(CodeList::name).collect();
        assert_eq!(names.len(), CodeList::all().len());
        for list in CodeList::all() {
            assert!(
                !list.entries().is_empty() && !list.title().is_empty(),
                "{}",
                list.name()
            );
            assert!(list.note().is_none_or(|note| note.ends_with('.')), "{}", list.name());
        }
    }

    #[test]
    fn what_is_accepted_is_never_in_doubt() {
        for list in CodeList::all() {
            let mut meanings = BTreeSet::new();
            for entry in list.entries() {
                let (code, label) = (entry.code().to_ascii_lowercase(), entry.label().to_ascii_lowercase());
                let both = if code == label { vec![code] } else { vec![code, label] };
                for word in both {
                    assert!(meanings.insert(word.clone()), "{word} twice in {}", list.name());
                }
                let short = entry.code().strip_prefix('0').filter(|short| short.len() == 1);
                assert!(
                    short.is_none_or(|short| !list.contains(short)),
                    "{} in {}",
                    entry.code(),
                    list.name()
                );
                assert!(entry.code().len() <= 20 && entry.code().trim() == entry.code());
                assert!(entry.code().is_ascii() && !entry.label().is_empty());
            }
        }
    }

    #[test]
    fn codes_of_the_reference_are_there() {
        let expected = [
            ("equity", "BA,BC,BI,Wh,Oth,U"),
            ("gender", "M,F"),
            ("citizen_status", "SA,O,D,PR,U"),
            ("socioeconomic_status", "01,02,03,04,06,07,08,09,10,97,98,U"),
            ("disability_rating", "01,02,03,04,06,60,70,80"),
            ("province", "1,2,3,4,5,6,7,8,9,N,X"),
            (
                "alternate_id_type",
                "521,527,529,531,533,535,537,538,539,540,541,561,565",
            ),
            ("accreditation_status", "A,I,L,V"),
        ];
        for (name, codes) in expected {
            assert_eq!(CodeList::get(name).unwrap().codes().join(","), codes, "{name}");
        }
        let count = |name| CodeList::get(name).unwrap().entries().len();
        assert_eq!(count("nationality"), 24);
        assert_eq!(count("home_language"), 14);
        assert_eq!(count("disability_status"), 17);
        assert_eq!(count("achievement_status"), 19);
        assert_eq!(count("quality_assurance_body"), 34);
    }

    #[test]
    fn a_person_is_understood_and_nothing_is_guessed() {
        let accept = |list, text| CodeList::get(list).unwrap().accept(text);
        assert_eq!(accept("equity", " wh "), Some("Wh"));
        assert_eq!(accept("equity", "BLACK: african"), Some("BA"));
        assert_eq!(accept("province", "gauteng"), Some("7"));
        assert_eq!(accept("socioeconomic_status", "1"), Some("01"));
        assert_eq!(accept("disability_status", "n"), Some("N"));
        for (list, text) in [
            ("equity", ""),
            ("equity", "B"),
            ("province", "GP"),
            ("province", "0"),
            ("socioeconomic_status", "5"),
        ] {
            assert_eq!(accept(list, text), None, "{list} {text}");
        }
        assert!(CodeList::get("Equity").is_none());
        assert_eq!(CodeList::get("equity").unwrap().label("Wh"), Some("White"));
        assert!(!CodeList::get("equity").unwrap().contains("WH"));
        assert_eq!(
            CodeList::get("gender").unwrap().refusal(),
            "Use one of these codes: M (Male), F (Female)."
        );
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_a_code(list in 0_usize..20, text in "\\PC{0,12}") {
            let list = &CodeList::all()[list];
            if let Some(code) = list.accept(&text) {
                prop_assert!(list.contains(code));
                prop_assert_eq!(list.accept(code), Some(code));
            }
        }
    }
}
