//! Words: every text of every page, in Fluent files under `locales/`, one file for each slice. `en-ZA` has them all; another
//! language has those of the learner's pages, and the rest is said in English.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use http::{HeaderMap, header};
use unic_langid::LanguageIdentifier;

use super::cookie;

/// The cookie with the language that somebody chose.
pub const COOKIE: &str = "__Host-language";
/// Ranges of `Accept-Language` that are looked at: browsers send a handful.
const RANGES_MAX: usize = 20;

/// The files of a language, compiled in. A new file needs a line here.
macro_rules! files {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../locales/", $folder, "/", $file)))),+]
    };
}

/// Name of a language, how it calls itself, its files. The first is the one that has every word.
type Source = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The languages.
pub(crate) const SOURCES: &[Source] = &[
    (
        "en-ZA",
        "English",
        files!(
            "en-ZA":
            "enrolments.ftl",
            "imports.ftl",
            "layout.ftl",
            "learners.ftl",
            "api_keys.ftl",
            "ledger.ftl",
            "problems.ftl",
            "access.ftl",
            "check.ftl",
            "learning.ftl",
            "sessions.ftl",
            "people.ftl",
            "reset.ftl",
            "factors.ftl",
            "mail.ftl",
            "programmes.ftl",
            "permissions.ftl",
            "settings.ftl",
            "api.ftl",
            "me.ftl",
            "dashboard.ftl",
            "assessments.ftl",
            "moderation.ftl",
            "tasks.ftl",
            "public.ftl",
            "controls.ftl",
            "design.ftl",
            "platform.ftl",
        ),
    ),
    (
        "af",
        "Afrikaans",
        files!(
            "af":
            "layout.ftl",
            "access.ftl",
            "check.ftl",
            "factors.ftl",
            "learning.ftl",
            "mail.ftl",
            "me.ftl",
            "people.ftl",
            "problems.ftl",
            "public.ftl",
            "reset.ftl",
            "sessions.ftl",
        ),
    ),
    (
        "zu",
        "isiZulu",
        files!(
            "zu":
            "layout.ftl",
            "access.ftl",
            "check.ftl",
            "factors.ftl",
            "learning.ftl",
            "me.ftl",
            "people.ftl",
            "problems.ftl",
            "public.ftl",
            "reset.ftl",
            "sessions.ftl",
        ),
    ),
];

/// One language, ready to be spoken.
struct Locale {
    tag: &'static str,
    name: &'static str,
    bundle: FluentBundle<FluentResource>,
}

static LOCALES: LazyLock<Vec<Locale>> = LazyLock::new(|| SOURCES.iter().map(load).collect());

/// What does not parse is left out and logged; a test over all files excludes it for every build.
fn load((tag, name, files): &Source) -> Locale {
    let language: LanguageIdentifier = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolating marks are for mixed directions of writing; none of ours is written from the right.
    bundle.set_use_isolating(false);
    for (file, text) in *files {
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(read, errors)| {
            tracing::error!(tag, file, ?errors, "words that do not parse");
            read
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(tag, file, ?errors, "words given twice");
        }
    }
    Locale { tag, name, bundle }
}

/// The words of one language. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Words(usize);

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({})", self.tag())
    }
}

impl Default for Words {
    /// English as it is written in South Africa.
    fn default() -> Self {
        Self(0)
    }
}

tokio::task_local! {
    /// The language in which the request at hand is answered: dates are written deep inside of pages, where no words are at hand.
    static SPOKEN: Words;
}

impl Words {
    /// Answers a request in this language.
    pub async fn while_answering<F: Future>(self, answer: F) -> F::Output {
        SPOKEN.scope(self, answer).await
    }

    /// The language in which the request at hand is answered; English outside of one.
    #[must_use]
    pub fn spoken() -> Self {
        SPOKEN.try_with(|words| *words).unwrap_or_default()
    }

    /// The language that somebody chose, else the first that their browser asks for and that is there, else English.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        cookie::read(headers, COOKIE)
            .and_then(Self::named)
            .or_else(|| accepted(headers))
            .unwrap_or_default()
    }

    /// The language of this name.
    #[must_use]
    pub fn named(tag: &str) -> Option<Self> {
        SOURCES.iter().position(|(known, ..)| *known == tag).map(Self)
    }

    /// Name and own name of each language.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        LOCALES.iter().map(|locale| (locale.tag, locale.name))
    }

    /// Name of the language, for the attribute `lang`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        LOCALES.get(self.0).map_or("en-ZA", |locale| locale.tag)
    }

    /// A text.
    #[must_use]
    pub fn get(self, key: &str) -> String {
        self.say(key, None)
    }

    /// A text with one argument.
    #[must_use]
    pub fn with<'a>(self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        self.args(key, [(name, value.into())])
    }

    /// A text with several arguments.
    #[must_use]
    pub fn args<'a>(self, key: &str, args: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>) -> String {
        let args: FluentArgs<'a> = args.into_iter().collect();
        self.say(key, Some(&args))
    }

    /// A text, if there is one: for families of keys that are made from codes.
    #[must_use]
    pub fn find(self, key: &str) -> Option<String> {
        self.known(key).then(|| self.get(key))
    }

    /// Name of the language in which a text is said: English, where this one has no words for it.
    #[must_use]
    pub fn tag_of(self, key: &str) -> &'static str {
        let own = LOCALES.get(self.0).filter(|locale| locale.bundle.has_message(key));
        own.map_or_else(|| Self::default().tag(), |locale| locale.tag)
    }

    fn known(self, key: &str) -> bool {
        [self.0, 0]
            .into_iter()
            .filter_map(|at| LOCALES.get(at))
            .any(|locale| locale.bundle.has_message(key))
    }

    /// A key that nobody wrote is shown as itself, and a test finds it.
    fn say(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        for locale in [self.0, 0].into_iter().filter_map(|at| LOCALES.get(at)) {
            let pattern = locale.bundle.get_message(key).and_then(|message| message.value());
            let Some(pattern) = pattern else { continue };
            let mut errors = Vec::new();
            let text: Cow<'_, str> = locale.bundle.format_pattern(pattern, args, &mut errors);
            if !errors.is_empty() {
                tracing::error!(key, "a text was given the wrong arguments");
            }
            return text.into_owned();
        }
        tracing::error!(key, "a text is missing");
        key.to_owned()
    }
}

/// The first language of `Accept-Language` that is there, by weight (RFC 9110 section 12.5.4).
fn accepted(headers: &HeaderMap) -> Option<Words> {
    let line = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut ranges: Vec<(&str, f32)> = line.split(',').take(RANGES_MAX).map(range).collect();
    ranges.retain(|(_, weight)| *weight > 0.0);
    ranges.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranges.iter().find_map(|(range, _)| matching(range))
}

fn range(text: &str) -> (&str, f32) {
    let (tag, rest) = text.split_once(';').unwrap_or((text, ""));
    let weight = rest
        .trim()
        .strip_prefix("q=")
        .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
    (tag.trim(), weight)
}

/// Any kind of English is ours; another language by its first part.
fn matching(range: &str) -> Option<Words> {
    let first = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    SOURCES
        .iter()
        .position(|(tag, ..)| first(tag) == first(range))
        .map(Words)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(language: &str, cookie: &str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(language).unwrap());
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        Words::of(&headers).tag()
    }

    #[test]
    fn the_choice_wins_then_the_browser_then_english() {
        assert_eq!(asked("", ""), "en-ZA");
        assert_eq!(asked("fr, de;q=0.5", ""), "en-ZA");
        assert_eq!(asked("en-GB,en;q=0.9", ""), "en-ZA");
        assert_eq!(asked("fr;q=0.9, af-ZA;q=0.8, en;q=0.1", ""), "af");
        assert_eq!(asked("en;q=0.1, af;q=0.2", ""), "af");
        assert_eq!(asked("af;q=0, en", ""), "en-ZA");
        assert_eq!(asked("af;q=NaN, en;q=x", ""), "en-ZA");
        assert_eq!(asked("af", "__Host-language=en-ZA"), "en-ZA");
        assert_eq!(asked("en", "a=b; __Host-language=af"), "af");
        assert_eq!(asked("en", "__Host-language=xx"), "en-ZA");
    }

    #[test]
    fn what_a_language_lacks_is_said_in_english() {
        let afrikaans = Words::named("af").unwrap();
        assert_ne!(afrikaans.get("sign-in-title"), Words::default().get("sign-in-title"));
        assert_eq!(afrikaans.get("nav-people"), Words::default().get("nav-people"));
        assert_eq!(afrikaans.find("no-such-key"), None);
    }
}
