//! Lists: one shape for all of them. A form above it searches and filters (`GET`, so that the address says what is shown and
//! can be shared), headings sort, a link leads to the next page, and the same address with `format=csv` is the file.

use askama::Template;
use askama::filters::HtmlSafe;
use skillsyms_core::Problem;
use skillsyms_people::{ByAge, ByName, Cursor, Limit, PageAsk, Span};

use super::asked::Asked;
use super::form::FormView;
use crate::problem::Refused;

/// Parameters that say which part is shown and in what form, not what is looked for.
const NOT_FILTERS: [&str; 3] = ["cursor", "format", "done"];

/// The address of a list, taken apart.
#[derive(Clone, Debug)]
pub struct Address {
    path: String,
    pairs: Vec<(String, String)>,
    /// Whether it stands in a form that was sent, and not in an address.
    is_sent: bool,
}

impl Address {
    /// Of this request.
    #[must_use]
    pub fn of(asked: &Asked) -> Self {
        let pairs = form_urlencoded::parse(asked.query().as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.into_owned()));
        Self {
            path: asked.path().to_owned(),
            pairs: pairs.filter(|(_, value)| !value.is_empty()).collect(),
            is_sent: false,
        }
    }

    /// Value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether the file is asked for instead of the page.
    #[must_use]
    pub fn wants_csv(&self) -> bool {
        self.get("format") == "csv"
    }

    /// Without what stands in a parameter: a name that somebody typed into an address is not looked for.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(found, _)| found != name);
        self
    }

    /// The order that is asked for, of a list by age.
    #[must_use]
    pub fn age(&self) -> Option<ByAge> {
        ByAge::parse(self.get("sort"))
    }

    /// Which page is asked for, of so many lines.
    ///
    /// # Errors
    /// If its cursor is none of ours.
    pub fn page(&self, limit: Limit) -> Result<PageAsk, Problem> {
        let cursor = Some(self.get("cursor")).filter(|text| !text.is_empty());
        Ok(PageAsk {
            limit,
            cursor: cursor.map(Cursor::parse).transpose()?,
        })
    }

    /// The same list at another address, with what stands in a form of it: a name that is looked for stands in no address.
    #[must_use]
    pub fn of_form(path: String, pairs: &[(String, String)]) -> Self {
        let filled = pairs.iter().filter(|(_, value)| !value.trim().is_empty());
        Self {
            path,
            pairs: filled.cloned().collect(),
            is_sent: true,
        }
    }

    /// Whether anything is looked for: an empty list then says so in other words.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.pairs
            .iter()
            .any(|(name, _)| name != "sort" && !NOT_FILTERS.contains(&name.as_str()))
    }

    /// The same list with one parameter changed, from its first page. Empty takes it away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (found, kept) in &self.pairs {
            if found != name && !NOT_FILTERS.contains(&found.as_str()) {
                query.append_pair(found, kept);
            }
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }

    /// The list without anything that is looked for.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.path
    }
}

/// One choice of a filter.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its value in the address.
    pub value: String,
    /// What it says.
    pub text: String,
    /// Whether it is chosen now.
    pub is_chosen: bool,
}

impl Choice {
    /// A value of the parameter of this name.
    #[must_use]
    pub fn of(address: &Address, name: &str, value: impl Into<String>, text: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            is_chosen: address.get(name) == value,
            value,
            text: text.into(),
        }
    }

    /// All of them, behind the one that filters nothing.
    #[must_use]
    pub fn any(
        address: &Address,
        name: &str,
        text: impl Into<String>,
        others: impl IntoIterator<Item = Self>,
    ) -> Vec<Self> {
        std::iter::once(Self::of(address, name, "", text))
            .chain(others)
            .collect()
    }
}

/// The days to which a list is narrowed: the fields `from` and `until` of its filter.
#[derive(Clone, Debug)]
pub struct Days {
    /// The fields as they were filled in, with what is wrong about them.
    pub form: FormView,
    /// What they come to; all of time if something is wrong.
    pub span: Span,
    /// Whether something is wrong.
    pub are_wrong: bool,
}

impl Days {
    /// Of this list.
    ///
    /// # Errors
    /// The problem, if it is not about what was filled in.
    pub fn of(address: &Address, words: super::words::Words) -> Result<Self, Refused> {
        let (from, until) = (address.get("from"), address.get("until"));
        let form = FormView::default().fill("from", from).fill("until", until);
        let found = Span::of_days(Some(from), Some(until));
        let (span, are_wrong) = (found.as_ref().copied().unwrap_or_default(), found.is_err());
        let form = match found {
            Ok(_) => form,
            Err(problem) => form.refused(problem, words)?,
        };
        Ok(Self { form, span, are_wrong })
    }
}

/// The orders of a list by name, the usual one first.
#[must_use]
pub fn by_name(address: &Address, words: super::words::Words) -> Vec<Choice> {
    let down = Choice::of(address, "sort", ByName::Down.as_str(), words.get("sort-name-down"));
    Choice::any(address, "sort", words.get("sort-name"), [down])
}

/// The orders of a list that has no form, as links. Put it into a template with `{{ orders }}`.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/orders.html")]
pub struct Orders {
    /// Where each leads, and what it says.
    links: Vec<(String, Choice)>,
    words: super::words::Words,
}

impl HtmlSafe for Orders {}

impl Orders {
    /// Of these choices.
    #[must_use]
    pub fn new(address: &Address, choices: Vec<Choice>, words: super::words::Words) -> Self {
        let link = |choice: Choice| (address.with("sort", &choice.value), choice);
        Self {
            links: choices.into_iter().map(link).collect(),
            words,
        }
    }
}

/// The orders of a list by age, the usual one first.
#[must_use]
pub fn by_age(address: &Address, usual: ByAge, words: super::words::Words) -> Vec<Choice> {
    let (other, texts) = match usual {
        ByAge::Newest => (ByAge::Oldest, ["sort-newest", "sort-oldest"]),
        ByAge::Oldest => (ByAge::Newest, ["sort-oldest", "sort-newest"]),
    };
    let [usual, other_text] = texts.map(|text| words.get(text));
    let other = Choice::of(address, "sort", other.as_str(), other_text);
    Choice::any(address, "sort", usual, [other])
}

/// What stands below a list: the first page, the next one, the file. Put it into a template with `{{ pager }}`. If something
/// was looked for that stands in no address, it is a form that sends it again.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    first: Option<String>,
    next: Option<String>,
    csv: String,
    again: Option<Again>,
    words: super::words::Words,
}

/// What is sent again for another page: where to, and the hidden fields.
#[derive(Clone, Debug)]
struct Again {
    action: String,
    token: String,
    pairs: Vec<(String, String)>,
}

impl HtmlSafe for Pager {}

impl Pager {
    /// Of this list, whose next page begins at this cursor.
    #[must_use]
    pub fn new(address: &Address, next: Option<&Cursor>, words: super::words::Words) -> Self {
        Self {
            first: (!address.get("cursor").is_empty()).then(|| address.with("cursor", "")),
            next: next.map(|cursor| address.with("cursor", &cursor.to_string())),
            csv: address.with("format", "csv"),
            again: None,
            words,
        }
    }

    /// The same for a list in which names are looked for: a name stands in no address, so that its pages are sent for by a form,
    /// with this token.
    #[must_use]
    pub fn found(address: &Address, next: Option<&Cursor>, (token, words): (&str, super::words::Words)) -> Self {
        if !address.is_sent {
            return Self::new(address, next, words);
        }
        let kept = address
            .pairs
            .iter()
            .filter(|(name, _)| !NOT_FILTERS.contains(&name.as_str()));
        Self {
            first: (!address.get("cursor").is_empty()).then(String::new),
            next: next.map(Cursor::to_string),
            csv: String::new(),
            again: Some(Again {
                action: address.path.clone(),
                token: token.to_owned(),
                pairs: kept.cloned().collect(),
            }),
            words,
        }
    }
}

/// A heading that sorts: where it leads, what it says, which way the list is sorted by it now.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Where it leads; empty if the list cannot be sorted by it.
    pub href: String,
    /// What it says.
    pub text: String,
    /// `ascending`, `descending`, or empty.
    pub sorted: &'static str,
}

impl Heading {
    /// A heading by which the list is not sorted.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            href: String::new(),
            text: text.into(),
            sorted: "",
        }
    }

    /// A heading by which it can be: `sort=name` and, the other way, `sort=-name`.
    #[must_use]
    pub fn sorting(address: &Address, name: &str, text: impl Into<String>) -> Self {
        let now = address.get("sort");
        let (sorted, next) = match now.strip_prefix('-') {
            Some(down) if down == name => ("descending", name.to_owned()),
            None if now == name => ("ascending", format!("-{name}")),
            _ => ("", name.to_owned()),
        };
        Self {
            href: address.with("sort", &next),
            text: text.into(),
            sorted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(pairs: &[(&str, &str)]) -> Address {
        Address {
            path: "/t/demo/learners".to_owned(),
            pairs: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            is_sent: false,
        }
    }

    #[test]
    fn a_filter_begins_again_at_the_first_page() {
        let list = address(&[("q", "a&b"), ("cursor", "x"), ("format", "csv")]);
        assert_eq!(list.with("sort", "name"), "/t/demo/learners?q=a%26b&sort=name");
        assert_eq!(list.with("q", ""), "/t/demo/learners");
        assert_eq!(list.with("cursor", "y"), "/t/demo/learners?q=a%26b&cursor=y");
        assert!(list.is_filtered() && list.wants_csv());
        assert!(!address(&[("sort", "name"), ("cursor", "x")]).is_filtered());
    }

    #[test]
    fn a_heading_turns_the_order_around() {
        let of = |sort| Heading::sorting(&address(&[("sort", sort)]), "name", "Name");
        assert_eq!(
            (of("").sorted, of("").href.as_str()),
            ("", "/t/demo/learners?sort=name")
        );
        assert_eq!(
            (of("name").sorted, of("name").href.as_str()),
            ("ascending", "/t/demo/learners?sort=-name")
        );
        assert_eq!(
            (of("-name").sorted, of("-name").href.as_str()),
            ("descending", "/t/demo/learners?sort=name")
        );
    }
}
