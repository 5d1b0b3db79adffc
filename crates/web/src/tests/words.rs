//! Every text that a page asks for is there, none is there for nothing, and other languages say the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use crate::pages::kit::words::SOURCES;

/// Families of keys that are made from codes: their members are not named one by one.
const FAMILIES: [&str; 22] = [
    "category-",
    "did-",
    "ended-",
    "error-title-",
    "field-",
    "held-",
    "kept-",
    "learn-kind-",
    "learn-outcome-",
    "learn-state-",
    "learn-status-",
    "learner-actor-",
    "learner-category-",
    "learner-field-",
    "learner-group-",
    "learner-hint-",
    "looker-",
    "month-",
    "problem-",
    "role-",
    "slice-",
    "state-",
];

/// How a route says where it stands in the navigation.
const NAVS: [&str; 3] = [".nav(\"", ".nav_beyond_own(\"", ".nav_staff(\""];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn texts(folder: &Path, ending: &str, found: &mut Vec<String>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            texts(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests of the words themselves ask for keys that are not there.
            found.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
        }
    }
}

/// Templates, and the code of the pages.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    texts(&root().join("templates"), ".html", &mut found);
    texts(&root().join("crates/web/src/pages"), ".rs", &mut found);
    texts(&root().join("crates/web/src/public"), ".rs", &mut found);
    texts(&root().join("crates/web/src/mail"), ".rs", &mut found);
    found
}

/// What stands in quotes after each `begin`.
fn after(text: &str, begin: &str) -> Vec<String> {
    let rest = text.match_indices(begin).map(|(at, _)| &text[at + begin.len()..]);
    rest.filter_map(|rest| rest.split_once('"').map(|(key, _)| key.to_owned()))
        .filter(|key| !key.contains('{'))
        .collect()
}

/// Key and arguments of every message of a language.
fn messages(files: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for (file, text) in files {
        assert!(
            FluentResource::try_new((*text).to_owned()).is_ok(),
            "{file} does not parse"
        );
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =")
                && !line.starts_with(' ')
            {
                key = name.to_owned();
                assert!(
                    all.insert(key.clone(), BTreeSet::new()).is_none(),
                    "{key} is there twice"
                );
            }
            for rest in line.split('$').skip(1) {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
                all.entry(key.clone()).or_default().insert(name);
            }
        }
    }
    all
}

/// The files whose words stand on a learner's pages, and on those that anybody sees: every language has all of them.
const LEARNERS: [&str; 9] = [
    "factors.ftl",
    "access.ftl",
    "check.ftl",
    "layout.ftl",
    "learning.ftl",
    "me.ftl",
    "problems.ftl",
    "public.ftl",
    "sessions.ftl",
];
/// Keys of other files that a learner meets: accepting an invitation, and a new password.
const LEARNERS_KEYS: [&str; 2] = ["invitation-", "reset-"];
/// Those among them that are an administrator's: sending somebody a link.
const ADMINS_KEYS: [&str; 3] = ["reset-make", "reset-send", "reset-sent"];

#[test]
fn a_learner_reads_every_page_in_the_language_chosen() {
    let is_learners = |(file, _): &&(&str, &str)| LEARNERS.contains(file);
    let files: Vec<(&str, &str)> = SOURCES[0].2.iter().filter(is_learners).copied().collect();
    assert_eq!(files.len(), LEARNERS.len());
    let mut wanted: BTreeSet<String> = messages(&files).into_keys().collect();
    let all = messages(SOURCES[0].2).into_keys();
    let begins = |key: &str, with: &[&str]| with.iter().any(|begin| key.starts_with(begin));
    wanted.extend(all.filter(|key| begins(key, &LEARNERS_KEYS) && !begins(key, &ADMINS_KEYS)));
    for (tag, _, files) in &SOURCES[1..] {
        let has = messages(files);
        let missing: Vec<&String> = wanted.iter().filter(|key| !has.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{tag} has no words for {missing:?}");
    }
}

#[test]
fn every_key_that_is_asked_for_is_there() {
    let known = messages(SOURCES[0].2);
    let mut asked = BTreeSet::new();
    for text in sources() {
        let speakers = ["l", "layout", "words", "words()"];
        let begins = speakers
            .iter()
            .flat_map(|speaker| ["get", "with", "with2", "args", "find"].map(|verb| format!("{speaker}.{verb}(\"")));
        for begin in begins.chain(NAVS.map(str::to_owned)) {
            asked.extend(after(&text, &begin));
        }
        // Where an entry of the navigation leads is said on the start page.
        let stops = NAVS.iter().flat_map(|begin| after(&text, begin));
        asked.extend(stops.map(|key| format!("{key}-about")));
    }
    let missing: Vec<&String> = asked.iter().filter(|key| !known.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
    assert!(asked.len() > 100, "the search lost its templates: {}", asked.len());
}

#[test]
fn no_words_are_there_for_nothing() {
    let all = sources().join("\n");
    let unused: Vec<String> = messages(SOURCES[0].2)
        .into_keys()
        .filter(|key| !FAMILIES.iter().any(|family| key.starts_with(family)))
        .filter(|key| {
            let is_said = |key: &str| all.contains(&format!("\"{key}\""));
            !is_said(key) && !key.strip_suffix("-about").is_some_and(is_said)
        })
        .collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

/// Acts whose entries name a learner, by the sources: what stands before the first act of a file is said for all of them.
fn about_learners() -> BTreeSet<String> {
    let mut files = Vec::new();
    texts(&root().join("crates/records/src"), ".rs", &mut files);
    texts(&root().join("crates/people/src"), ".rs", &mut files);
    let says = |text: &str| text.contains(".about(") || text.contains(".about_all(");
    let mut acts = BTreeSet::new();
    for file in files {
        let mut parts = file.split("const NAME: &'static str = \"");
        let is_shared = parts.next().is_some_and(says);
        let of_learners = parts.filter(|part| is_shared || says(part));
        acts.extend(of_learners.filter_map(|part| part.split('"').next().map(str::to_owned)));
    }
    acts
}

#[test]
fn a_learner_reads_in_words_what_was_done_with_the_record() {
    let known = messages(SOURCES[0].2);
    let acts = about_learners();
    assert!(acts.len() > 40, "the search lost its acts: {acts:?}");
    let key = |act: &String| format!("did-{}", act.replace(['.', '_'], "-"));
    let missing: Vec<&String> = acts.iter().filter(|act| !known.contains_key(&key(act))).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
}

#[test]
fn every_file_of_words_is_compiled_in() {
    for (tag, _, files) in SOURCES {
        let folder = root().join("crates/web/locales").join(tag);
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        let listed: BTreeSet<String> = files.iter().map(|(file, _)| (*file).to_owned()).collect();
        assert_eq!(there, listed, "{tag}");
    }
}

#[test]
fn other_languages_say_nothing_else_and_with_the_same_arguments() {
    let english = messages(SOURCES[0].2);
    for (tag, _, files) in &SOURCES[1..] {
        for (key, arguments) in messages(files) {
            assert_eq!(english.get(&key), Some(&arguments), "{tag}: {key}");
        }
    }
}
