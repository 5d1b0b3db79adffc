//! One route, as everything that is made from the registry sees it.

use std::time::Duration;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use skillsyms_door::{Act, View};

use crate::house::House;
use crate::idempotency::Made;

/// Bytes of a JSON body: the largest, a programme of 200 modules, has under 200 KiB.
pub const BODY_MAX_BYTES: usize = 256 * 1024;
/// Time for a request that is no upload: the slowest, a list with its entry, takes well under a second.
pub const TIME_MAX: Duration = Duration::from_secs(30);

/// Gives a schema, and leaves what it refers to with the generator.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a type.
pub fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Bytes of a form: the longest has a few free texts of 5,000 characters.
pub const FORM_MAX_BYTES: usize = 64 * 1024;
/// Bytes of a form that carries another one, sealed: that of signing in again in the middle of something.
pub const CARRYING_FORM_MAX_BYTES: usize = 2 * FORM_MAX_BYTES;

/// Whom a route serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Programs: JSON, a credential in `Authorization`.
    Api,
    /// People with a browser: HTML, a session in a cookie.
    Page,
    /// What pages are dressed in: style, script, icons.
    Asset,
}

/// Where a page stands in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nav {
    /// Its word; with `-about` behind it, what one does there, for the start page.
    pub key: &'static str,
    /// Its place: lower comes first.
    pub order: u16,
    /// For whom.
    pub whom: Whom,
}

/// In whose navigation a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Of all who may do its first act.
    All,
    /// Of those who may do it with more than what is their own: a list of oneself alone leads nowhere.
    BeyondOwn,
    /// Of all who may do it and hold a role besides that of a learner, who has pages of their own.
    Staff,
}

/// Who may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A session or an API key is required; for a page, a session.
    Credential,
    /// Everybody: signing in, and what is public.
    Public,
}

/// What a route takes as a body.
#[derive(Clone, Copy)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A JSON document.
    Json(SchemaOf),
    /// A file of one of these media types, which streams.
    File(&'static [&'static str]),
    /// A form of a page.
    Form,
}

/// What a route answers when all went well.
#[derive(Clone, Copy)]
pub enum Gives {
    /// No body.
    Nothing,
    /// A JSON document.
    Json(SchemaOf),
    /// A JSON document, or the same as a page for people, by `Accept`.
    JsonOrHtml(SchemaOf),
    /// A file, which streams.
    File,
    /// A page.
    Page,
}

/// Whether a request may be repeated safely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// As the method says.
    AsMethod,
    /// With a header `Idempotency-Key`: the second time the answer is the id of what was made.
    WithKey,
    /// With a header `Idempotency-Key`: the second time the answer is the same.
    WithKeyAlike,
}

/// What a route does with versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// Nothing.
    None,
    /// Answers with an `ETag`.
    Answers,
    /// Requires `If-Match`.
    Requires,
}

/// How often one address may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As often as any other request.
    Usual,
    /// Less often: it takes a password or a one-time secret, which somebody might guess.
    Guarded,
}

/// One route.
#[derive(Clone)]
pub struct Route {
    /// Whom it serves.
    pub face: Face,
    /// Where it stands in the navigation, if it does.
    pub nav: Option<Nav>,
    /// The method.
    pub method: Method,
    /// The template of the path.
    pub path: &'static str,
    /// The acts and views that it enters the door with, in their order; a key needs each as a scope. None for what is
    /// public and no act.
    pub acts: Vec<&'static str>,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Who may try.
    pub access: Access,
    /// Schema of the query's parameters.
    pub query: Option<SchemaOf>,
    /// What it takes.
    pub takes: Takes,
    /// Bytes of the largest body.
    pub body_max_bytes: usize,
    /// Time until the answer's head.
    pub time_max: Duration,
    /// What it answers.
    pub gives: Gives,
    /// The status of that answer.
    pub status: StatusCode,
    /// Whether it may be repeated.
    pub repeats: Repeats,
    /// What it does with versions.
    pub versions: Versions,
    /// How often one address may try.
    pub pace: Pace,
    /// Headers that it takes besides those that every route of its kind takes: name, and what it says.
    pub headers: &'static [(&'static str, &'static str)],
    pub(super) handler: MethodRouter<House>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Route {
    /// A read.
    pub fn get<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self::new(Method::GET, path, on(MethodFilter::GET, handler))
    }

    /// Making something, or doing something to it.
    pub fn post<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self::new(Method::POST, path, on(MethodFilter::POST, handler))
    }

    /// Changing some fields of a record.
    pub fn patch<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self::new(Method::PATCH, path, on(MethodFilter::PATCH, handler))
    }

    /// Replacing a part of a record.
    pub fn put<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self::new(Method::PUT, path, on(MethodFilter::PUT, handler))
    }

    /// Ending something.
    pub fn delete<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self::new(Method::DELETE, path, on(MethodFilter::DELETE, handler))
    }

    /// A page.
    pub fn page<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self {
            face: Face::Page,
            gives: Gives::Page,
            ..Self::get(path, handler)
        }
    }

    /// What a page's form does. It takes a form, and sends on (`303`) when all went well.
    pub fn form<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self {
            face: Face::Page,
            takes: Takes::Form,
            gives: Gives::Page,
            status: StatusCode::SEE_OTHER,
            body_max_bytes: FORM_MAX_BYTES,
            ..Self::post(path, handler)
        }
    }

    /// Style, script or icons.
    pub fn asset<T: 'static>(path: &'static str, handler: impl Handler<T, House>) -> Self {
        Self {
            face: Face::Asset,
            gives: Gives::File,
            access: Access::Public,
            ..Self::get(path, handler)
        }
    }

    fn new(method: Method, path: &'static str, handler: MethodRouter<House>) -> Self {
        Self {
            face: Face::Api,
            nav: None,
            method,
            path,
            acts: Vec::new(),
            summary: "",
            access: Access::Credential,
            query: None,
            takes: Takes::Nothing,
            body_max_bytes: 0,
            time_max: TIME_MAX,
            gives: Gives::Nothing,
            status: StatusCode::OK,
            repeats: Repeats::AsMethod,
            versions: Versions::None,
            pace: Pace::Usual,
            headers: &[],
            handler,
        }
    }

    /// It does this act.
    #[must_use]
    pub fn act<A: Act>(mut self, summary: &'static str) -> Self {
        self.acts.push(A::NAME);
        self.summary = summary;
        self
    }

    /// It does this read.
    #[must_use]
    pub fn view<V: View>(mut self, summary: &'static str) -> Self {
        self.acts.push(V::NAME);
        self.summary = summary;
        self
    }

    /// After that, it does this act too.
    #[must_use]
    pub fn then<A: Act>(mut self) -> Self {
        self.acts.push(A::NAME);
        self
    }

    /// After that, it does this read too.
    #[must_use]
    pub fn then_view<V: View>(mut self) -> Self {
        self.acts.push(V::NAME);
        self
    }

    /// It stands in the navigation of those who may do its first act.
    #[must_use]
    pub const fn nav(mut self, key: &'static str, order: u16) -> Self {
        self.nav = Some(Nav {
            key,
            order,
            whom: Whom::All,
        });
        self
    }

    /// It stands in the navigation of those who may do its first act with more than what is their own.
    #[must_use]
    pub const fn nav_beyond_own(mut self, key: &'static str, order: u16) -> Self {
        self.nav = Some(Nav {
            key,
            order,
            whom: Whom::BeyondOwn,
        });
        self
    }

    /// It stands in the navigation of all who may do its first act and are more than a learner.
    #[must_use]
    pub const fn nav_staff(mut self, key: &'static str, order: u16) -> Self {
        self.nav = Some(Nav {
            key,
            order,
            whom: Whom::Staff,
        });
        self
    }

    /// Its form carries another one, sealed.
    #[must_use]
    pub const fn carries(mut self) -> Self {
        self.body_max_bytes = CARRYING_FORM_MAX_BYTES;
        self
    }

    /// It is for everybody.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    /// What it does, if it is no act.
    #[must_use]
    pub fn about(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// It takes these parameters in the query.
    #[must_use]
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(schema_of::<T>);
        self
    }

    /// Its form brings files: at most so many bytes in all, within this time.
    #[must_use]
    pub const fn brings_files(mut self, max_bytes: usize, time: Duration) -> Self {
        self.body_max_bytes = max_bytes;
        self.time_max = time;
        self
    }

    /// It takes these headers too: name, and what it says.
    #[must_use]
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// The script of a page sends to it: a session in a cookie, and from our own pages only.
    #[must_use]
    pub const fn of_pages(mut self) -> Self {
        self.face = Face::Page;
        self.gives = Gives::Page;
        self
    }

    /// It takes this as JSON.
    #[must_use]
    pub fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Takes::Json(schema_of::<T>);
        self.body_max_bytes = BODY_MAX_BYTES;
        self
    }

    /// It takes a file of one of these media types, at most so large, within this time.
    #[must_use]
    pub fn takes_file(mut self, media: &'static [&'static str], max_bytes: usize, time: Duration) -> Self {
        self.takes = Takes::File(media);
        self.body_max_bytes = max_bytes;
        self.time_max = time;
        self
    }

    /// It answers with this as JSON.
    #[must_use]
    pub fn gives<T: JsonSchema>(mut self) -> Self {
        self.gives = Gives::Json(schema_of::<T>);
        self
    }

    /// It answers with this as JSON or as a page, by `Accept`.
    #[must_use]
    pub fn gives_html_too<T: JsonSchema>(mut self) -> Self {
        self.gives = Gives::JsonOrHtml(schema_of::<T>);
        self
    }

    /// It answers with a file.
    #[must_use]
    pub fn gives_file(mut self) -> Self {
        self.gives = Gives::File;
        self
    }

    /// It makes something: `201` with this. A key repeats it safely.
    #[must_use]
    pub fn makes<T: JsonSchema>(mut self) -> Self {
        self.gives = Gives::Json(schema_of::<T>);
        self.status = StatusCode::CREATED;
        self.repeats = Repeats::WithKey;
        self
    }

    /// It makes several things: `201` with their ids. A key repeats it safely, with the same answer.
    #[must_use]
    pub fn makes_ids<T: JsonSchema>(mut self) -> Self {
        self = self.makes::<T>();
        self.repeats = Repeats::WithKeyAlike;
        self
    }

    /// It makes something: `201` with its id. A key repeats it safely.
    #[must_use]
    pub fn makes_id(self) -> Self {
        self.makes::<Made>()
    }

    /// It answers with this status, and cannot be repeated with a key.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self.repeats = Repeats::AsMethod;
        self
    }

    /// It takes a password or a one-time secret.
    #[must_use]
    pub fn takes_credentials(mut self) -> Self {
        self.pace = Pace::Guarded;
        self
    }

    /// It answers with the record's version.
    #[must_use]
    pub fn etag(mut self) -> Self {
        self.versions = Versions::Answers;
        self
    }

    /// It requires the record's version.
    #[must_use]
    pub fn if_match(mut self) -> Self {
        self.versions = Versions::Requires;
        self
    }
}
