//! What all pages have around their content: title, header, navigation, footer; and the words.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use fluent_bundle::FluentValue;
use http::{Method, StatusCode};
use skillsyms_core::{Problem, Role};

use super::asked::Asked;
use super::assets;
use super::place::Place;
use super::who::Who;
use super::words::Words;
use crate::problem::{Answer, Refused};
use crate::routes::{Face, Nav, Routes, Whom};

/// The product, in titles.
const PRODUCT: &str = "skillsyms";

/// Pages of a learner, by the first part of their path in a place: these are there in every language.
const TRANSLATED: [&str; 9] = [
    "",
    "access-questions",
    "account",
    "factors",
    "learning",
    "my-record",
    "my-results",
    "step-up",
    "who-looked",
];
/// Public pages that are there in English only.
const ENGLISH_PUBLIC: [&str; 3] = ["/api", "/design", "/trust"];

/// Everything that the template `base.html` needs. A page keeps it in a field `l`.
#[derive(Clone)]
pub struct Layout {
    /// Title of the page, unlike that of any other.
    pub title: String,
    /// The nonce of the script.
    pub nonce: String,
    /// Where one is: the way back up.
    pub crumbs: Vec<Crumb>,
    /// What was just done.
    pub notice: Option<String>,
    /// Whether the page shows a form that was refused: the title says so first.
    pub is_refused: bool,
    /// Whether it is the page of a problem, which every language has words for.
    pub is_problem: bool,
    /// Value of the hidden field of the layout's own forms.
    pub token: String,
    words: Words,
    place: Option<Place>,
    path: String,
    is_posted: bool,
    read_at: Option<String>,
    who: Option<Arc<Who>>,
}

/// One step of the way back up.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// One entry of the navigation.
#[derive(Clone, Debug)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub text: String,
    /// What one does there.
    pub about: String,
    /// Language of both.
    pub lang: &'static str,
    /// Whether one is there, or below it.
    pub is_here: bool,
}

/// A page that stands in the navigation.
struct Stop {
    path: &'static str,
    act: Option<&'static str>,
    nav: Nav,
}

/// All of them, in order. The registry does not change while the program runs.
static STOPS: LazyLock<Vec<Stop>> = LazyLock::new(|| {
    let routes = Routes::all();
    let stops = routes.pages().filter_map(|route| {
        Some(Stop {
            path: route.path,
            act: route.acts.first().copied(),
            nav: route.nav?,
        })
    });
    let mut stops: Vec<Stop> = stops.collect();
    stops.sort_by_key(|stop| stop.nav.order);
    stops
});

/// Paths of all pages that are there.
static PATHS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let routes = Routes::all();
    routes
        .iter()
        .filter(|route| route.face == Face::Page)
        .map(|route| route.path)
        .collect()
});

/// Paths of those that can be read, besides being sent a form.
static READ: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let routes = Routes::all();
    let read = routes.pages().filter(|route| route.method == Method::GET);
    read.map(|route| route.path).collect()
});

impl Layout {
    /// Of a page for somebody who is not signed in.
    #[must_use]
    pub fn open(asked: &Asked, title: String) -> Self {
        Self {
            title,
            nonce: asked.nonce().to_owned(),
            crumbs: Vec::new(),
            notice: None,
            is_refused: false,
            is_problem: false,
            token: String::new(),
            words: asked.words(),
            place: asked.place().cloned(),
            path: asked.path().to_owned(),
            is_posted: !asked.reads(),
            read_at: None,
            who: None,
        }
    }

    /// The same for this person, with the hidden field of their forms.
    #[must_use]
    pub(crate) fn with_who(mut self, who: Arc<Who>, token: String) -> Self {
        self.who = Some(who);
        self.token = token;
        self
    }

    /// With a step of the way back up: an address in this place, and its words.
    #[must_use]
    pub fn crumb(mut self, rest: &str, text: impl Into<String>) -> Self {
        let href = self.href(rest);
        self.crumbs.push(Crumb {
            href,
            text: text.into(),
        });
        self
    }

    /// With what the page is about behind its title: two records have two titles, in tabs and in the history of the browser.
    #[must_use]
    pub fn about(mut self, what: &str) -> Self {
        self.title = self.with2("title-about", &("page", self.title.as_str()), &("what", what));
        self
    }

    /// With an address to read instead of this one, which a form was sent to.
    #[must_use]
    pub fn read_at(mut self, address: String) -> Self {
        self.read_at = Some(address);
        self
    }

    /// With a notice of what was just done.
    #[must_use]
    pub fn notice(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(text.into());
        self
    }

    /// The same for a form that was refused.
    #[must_use]
    pub const fn refused(mut self) -> Self {
        self.is_refused = true;
        self
    }

    /// The words.
    #[must_use]
    pub const fn words(&self) -> Words {
        self.words
    }

    /// A text.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.words.get(key)
    }

    /// A text with one argument.
    #[must_use]
    pub fn with<'a>(&self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        self.words.with(key, name, value)
    }

    /// A text with two arguments.
    #[must_use]
    pub fn with2<'a>(
        &self,
        key: &str,
        first: &(&'a str, impl Into<FluentValue<'a>> + Clone),
        second: &(&'a str, impl Into<FluentValue<'a>> + Clone),
    ) -> String {
        let args = [(first.0, first.1.clone().into()), (second.0, second.1.clone().into())];
        self.words.args(key, args)
    }

    /// Name of the language.
    #[must_use]
    pub fn lang(&self) -> &'static str {
        self.words.tag()
    }

    /// Language of what stands between header and footer: pages for those who work here, and some public ones, have no words
    /// but English ones, and are read out as such.
    #[must_use]
    pub fn main_lang(&self) -> &'static str {
        let is_translated = match (&self.place, &self.who) {
            (None, _) => !ENGLISH_PUBLIC.contains(&self.path.as_str()),
            (Some(_), None) => true,
            (Some(place), Some(_)) => {
                let rest = self.path.strip_prefix(&place.href("")).unwrap_or_default();
                self.is_problem || TRANSLATED.contains(&rest.split('/').next().unwrap_or_default())
            }
        };
        if is_translated {
            self.lang()
        } else {
            Words::default().tag()
        }
    }

    /// The languages: name, own name, whether it is this one.
    #[must_use]
    pub fn languages(&self) -> Vec<(&'static str, &'static str, bool)> {
        let all = Words::all();
        all.map(|(tag, name)| (tag, name, tag == self.words.tag())).collect()
    }

    /// What stands in the tab of the browser.
    #[must_use]
    pub fn whole_title(&self) -> String {
        let refused = if self.is_refused {
            self.get("title-refused")
        } else {
            String::new()
        };
        let last = self.provider().unwrap_or(PRODUCT);
        if self.title == last {
            format!("{refused}{last}")
        } else {
            format!("{refused}{} – {last}", self.title)
        }
    }

    /// Address of an asset.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::href(name)
    }

    /// An address in this place: `learners` becomes `/t/demo/learners`.
    #[must_use]
    pub fn href(&self, rest: &str) -> String {
        self.place
            .as_ref()
            .map_or_else(|| format!("/{rest}"), |place| place.href(rest))
    }

    /// Path of the page, to come back to.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where this place in the history of the browser leads from now on, if a form led here: going back to it must neither
    /// send the form again nor ask whether to. The same address, if it can be read, else the way back up.
    #[must_use]
    pub fn again(&self) -> Option<String> {
        if !self.is_posted {
            return None;
        }
        if self.read_at.is_some() {
            return self.read_at.clone();
        }
        if READ.contains(&route_of(&self.path)) {
            return Some(self.path.clone());
        }
        Some(
            self.crumbs
                .last()
                .map_or_else(|| self.href(""), |crumb| crumb.href.clone()),
        )
    }

    /// The nearest page of this place that can be read, here or above; none if that is its start page.
    #[must_use]
    pub fn nearest(&self) -> Option<String> {
        let home = self.href("");
        let mut path = self.path.as_str();
        while path.starts_with(&home) && path != home {
            if READ.contains(&route_of(path)) {
                return Some(path.to_owned());
            }
            path = path.rsplit_once('/')?.0;
        }
        None
    }

    /// Whether there is such a page: links to what another release brings are left out.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        PATHS.contains(&path)
    }

    /// Whether somebody is signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        self.who.is_some()
    }

    /// Registered name of the provider.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.who.as_ref().map(|who| who.provider.as_str())
    }

    /// Name of the person.
    #[must_use]
    pub fn person(&self) -> &str {
        self.who.as_ref().map_or("", |who| who.name())
    }

    /// Whether this account is the one of who is signed in.
    #[must_use]
    pub fn is_person(&self, id: skillsyms_core::PersonId) -> bool {
        let me = self.who.as_ref().and_then(|who| who.me.person.as_ref());
        me.is_some_and(|me| me.id == id)
    }

    /// Roles of the person, in words.
    #[must_use]
    pub fn roles(&self) -> String {
        let Some(who) = &self.who else { return String::new() };
        let roles: Vec<String> = who
            .roles()
            .map(|role| self.get(&format!("role-{}", role.as_str())))
            .collect();
        roles.join(", ")
    }

    /// Whether the person has to set up a second factor before anything else.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.me.owes.is_some())
    }

    /// Whether the person has a second factor, if it is known who it is.
    #[must_use]
    pub fn has_factor(&self) -> Option<bool> {
        self.who.as_ref().map(|who| who.me.has_factor)
    }

    /// Whether the person holds a role.
    #[must_use]
    pub fn is_role(&self, word: &str) -> bool {
        self.who
            .as_ref()
            .is_some_and(|who| who.roles().any(|role| role.as_str() == word))
    }

    /// Whether the person's roles may ever do an act. What a page may show is the door's to say; this hides links that
    /// lead nowhere.
    #[must_use]
    pub fn may(&self, act: &str) -> bool {
        self.who.as_ref().is_some_and(|who| who.may(act))
    }

    /// Where in the navigation one is: what its closed menu says on a phone.
    #[must_use]
    pub fn here(&self) -> String {
        let here = self.nav().into_iter().find(|link| link.is_here);
        here.map_or_else(String::new, |link| link.text)
    }

    /// The navigation of this person.
    #[must_use]
    pub fn nav(&self) -> Vec<Link> {
        let (Some(place), Some(who)) = (&self.place, &self.who) else {
            return Vec::new();
        };
        // Every other page leads back to where the second factor is set up.
        if self.owes() {
            return Vec::new();
        }
        let is_for = |stop: &&Stop| match (stop.act, stop.nav.whom) {
            (None, _) => true,
            (Some(act), Whom::All) => who.may(act),
            (Some(act), Whom::BeyondOwn) => who.may_beyond(act),
            (Some(act), Whom::Staff) => who.may(act) && who.roles().any(|role| role != Role::Learner),
        };
        let mine = STOPS.iter().filter(is_for);
        mine.filter_map(|stop| {
            let rest = stop.path.strip_prefix(place.template())?;
            let href = place.href(rest);
            let is_below = !rest.is_empty() && self.path.starts_with(&format!("{href}/"));
            Some(Link {
                is_here: self.path == href || is_below,
                text: self.get(stop.nav.key),
                about: self.get(&format!("{}-about", stop.nav.key)),
                lang: self.words.tag_of(stop.nav.key),
                href,
            })
        })
        .collect()
    }
}

/// The route of a page's path: the one that names most of it, as the router chooses.
fn route_of(path: &str) -> &'static str {
    let fitting = PATHS.iter().filter(|route| is_shaped(path, route));
    fitting
        .min_by_key(|route| route.matches('{').count())
        .copied()
        .unwrap_or_default()
}

/// Whether a path has the shape of a route's, whose `{..}` stand for one part each.
fn is_shaped(path: &str, route: &str) -> bool {
    let mut parts = path.split('/');
    let fits = |wanted: &str| {
        parts
            .next()
            .is_some_and(|part| wanted.starts_with('{') || part == wanted)
    };
    route.split('/').all(fits) && parts.next().is_none()
}

/// `200` with a page.
///
/// # Errors
/// `internal`, if the template fails.
pub fn html<T: Template>(page: &T) -> Answer {
    html_with(StatusCode::OK, page)
}

/// A page with another status: `422` for a form that was refused.
///
/// # Errors
/// `internal`, if the template fails.
pub fn html_with<T: Template>(status: StatusCode, page: &T) -> Answer {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page does not render");
        Refused::from(Problem::internal())
    })?;
    Ok((status, Html(text)).into_response())
}

/// `303` to an address: what follows a form that was taken.
#[must_use]
pub fn see(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = http::HeaderValue::from_str(address) {
        response.headers_mut().insert(http::header::LOCATION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_shape_of_its_route_and_of_no_other() {
        assert!(is_shaped("/t/demo/learners/7/edit", "/t/{slug}/learners/{id}/edit"));
        assert!(!is_shaped("/t/demo/learners/7", "/t/{slug}/learners/{id}/edit"));
        assert!(!is_shaped(
            "/t/demo/learners/7/edit/more",
            "/t/{slug}/learners/{id}/edit"
        ));
        assert!(!is_shaped("/t/demo/people/search", "/t/{slug}/learners/{id}"));
    }

    #[test]
    fn the_way_back_from_a_form_is_the_nearest_page_that_can_be_read() {
        let at = |path: &str| {
            let request = http::Request::post(path).body(()).unwrap();
            let asked = Asked::stray(&request.into_parts().0);
            Layout::open(&asked, String::new()).nearest()
        };
        let page = |path: &str| Some(path.to_owned());
        assert_eq!(at("/t/demo/enrolments/7/statements"), page("/t/demo/enrolments/7"));
        assert_eq!(at("/t/demo/people/7/roles"), page("/t/demo/people/7/roles"));
        for nowhere in ["/t/demo/sign-out", "/t/demo/", "/t/demo", "/language"] {
            assert_eq!(at(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn the_route_that_names_most_of_a_path_is_its_route() {
        assert_eq!(route_of("/t/demo/people/search"), "/t/{slug}/people/search");
        assert!(!READ.contains(&"/t/{slug}/people/search"));
        assert_eq!(route_of("/t/demo/people/7"), "/t/{slug}/people/{id}");
        assert_eq!(route_of("/nothing"), "");
    }
}
