//! What stands around every page: who may send what to it, and how it leaves.
//!
//! In: the language, the place, the session of the cookie and a nonce are found; what changes something is refused unless it
//! comes from a page of ours. Out: a problem becomes a page (or the way to sign in, or the question for the password);
//! the policy for content, caching and compression are set.

use std::io::Write as _;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use skillsyms_core::problem::{INTERNAL, SECOND_FACTOR, SECOND_FACTOR_SETUP, STEP_UP, UNAUTHENTICATED};
use skillsyms_core::{Code, Problem};

use super::asked::{Asked, Session};
use super::carry::Parcel;
use super::cookie;
use super::errors;
use super::form::new_token;
use crate::house::House;
use crate::pages::sessions::{Why, interrupted};
use crate::problem::{self, Refused};
use crate::routes::Access;
use crate::watch::{Caught, Panicked};

/// Shorter answers do not get smaller by compression than a packet is.
const COMPRESS_MIN_BYTES: usize = 1_200;
/// A page that is larger than this is a fault: nothing of ours comes near it.
const PAGE_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Something was sent to a page by another site, or by what is no browser.
pub static CROSS_SITE: Code = Code::new(
    "cross_site",
    403,
    "This was not sent from one of our pages, so nothing was done. Open the page here and send it again.",
);

/// What the frame of one route knows.
#[derive(Clone)]
pub struct Framing {
    house: House,
    access: Access,
}

impl Framing {
    /// The frame of a route.
    #[must_use]
    pub const fn new(house: House, access: Access) -> Self {
        Self { house, access }
    }
}

/// The layer.
pub async fn around(State(framing): State<Framing>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let gzip = takes_gzip(&parts.headers);
    let asked = match Asked::of(&framing.house, &parts).await {
        Ok(asked) => asked,
        Err(problem) => {
            let asked = Asked::stray(&parts);
            return dress(&asked, errors::page(&asked, None, &problem), gzip).await;
        }
    };
    let gzip = gzip && may_compress(&parts.headers, &asked);
    let ours = is_from_here(&parts);
    parts.extensions.insert(asked.clone());
    let mut answer = if ours {
        let request = Request::from_parts(parts, body);
        Caught::new(asked.words().while_answering(next.run(request)))
            .await
            .unwrap_or_else(|Panicked| {
                tracing::error!(
                    reference = asked.reference().map(tracing::field::display),
                    "a page panicked"
                );
                Refused::from(&INTERNAL).into_response()
            })
    } else {
        Refused::from(&CROSS_SITE).into_response()
    };
    if let Some(problem) = problem::take(&mut answer) {
        let allow = answer.headers_mut().remove(header::ALLOW);
        let retry = answer.headers_mut().remove(header::RETRY_AFTER);
        let range = answer.headers_mut().remove(header::CONTENT_RANGE);
        answer = explain(&framing, &asked, &problem);
        let kept = [
            (header::ALLOW, allow),
            (header::RETRY_AFTER, retry),
            (header::CONTENT_RANGE, range),
        ];
        for (name, value) in kept.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            answer.headers_mut().insert(name, value);
        }
    }
    dress(&asked, answer, gzip).await
}

/// The answer to a request that no route takes: a page for browsers, JSON for everybody else.
pub(crate) fn stray(request: Request, code: &'static Code) -> Response {
    let (parts, _) = request.into_parts();
    let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_browser = accepts.is_some_and(|line| line.contains("text/html"));
    if !is_browser || parts.uri.path().starts_with("/api/") {
        return Refused::from(code).into_response();
    }
    let asked = Asked::stray(&parts);
    let house = parts.extensions.get::<House>();
    let known = house.and_then(|house| known_at(house, &asked, &parts.headers));
    let mut response = errors::page(&asked, known, &Problem::new(code));
    set_policy(&asked, response.headers_mut());
    response
}

/// What reads may come from anywhere; what changes something comes from our own pages or is not done. Browsers say so in
/// `Sec-Fetch-Site`, which no script can set; older ones in `Origin`.
fn is_from_here(request: &Parts) -> bool {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method) {
        return true;
    }
    let headers = &request.headers;
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = request.uri.authority().map(http::uri::Authority::as_str).or(host);
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    match (origin.and_then(|origin| origin.strip_prefix("https://")), host) {
        (Some(origin), Some(host)) => origin == host,
        _ => false,
    }
}

/// A problem as a person meets it: the way to sign in, the question for the password, or a page that says what happened.
fn explain(framing: &Framing, asked: &Asked, problem: &Problem) -> Response {
    let why = match problem.code {
        code if code == &UNAUTHENTICATED && framing.access == Access::Credential => Why::Expired,
        code if code == &STEP_UP => Why::StepUp,
        code if code == &SECOND_FACTOR => Why::Factor,
        code if code == &SECOND_FACTOR_SETUP => Why::Setup,
        _ => {
            let known = asked
                .session()
                .and_then(|session| known(&framing.house, asked, session));
            return errors::page(asked, known, problem);
        }
    };
    let now = framing.house.door().clock().now();
    match (asked.place(), Parcel::pack(asked, now)) {
        (None, _) => errors::page(asked, None, problem),
        (Some(place), None) => why.redirect(asked, place),
        // Whoever owes a second factor was shown no form that could be kept for them.
        (Some(place), Some(_)) if matches!(why, Why::Factor | Why::Setup) => why.redirect(asked, place),
        (Some(_), Some(parcel)) => {
            let known = asked
                .session()
                .and_then(|session| known(&framing.house, asked, session));
            interrupted(asked, why, parcel, known.map(|(who, _)| who.me.has_factor))
        }
    }
}

/// Who was seen to be signed in within the last minute. Nothing is looked up for a problem: that would leave an entry, and let
/// whoever is refused make work.
fn known(house: &House, asked: &Asked, session: &Session) -> Option<errors::Known> {
    let now = house.door().clock().now();
    let who = house.known().fresh_at(asked.place()?, session, now)?;
    let token = who.me.person.as_ref().map(|person| new_token(session, person.id))?;
    Some((who, token))
}

/// The same where no route took the request, and so nothing found out whose cookie counts here.
fn known_at(house: &House, asked: &Asked, headers: &HeaderMap) -> Option<errors::Known> {
    let sessions = cookie::sessions(headers).filter_map(Session::of);
    let mut ours =
        sessions.filter(|session| cookie::read(headers, &cookie::session_name(session.actor.cell())).is_some());
    ours.find_map(|session| known(house, asked, &session))
}

/// Nothing is loaded but our own style, icons and one script that carries the nonce of this very answer; forms go to us;
/// nobody frames us; the script may not turn text into markup.
fn set_policy(asked: &Asked, headers: &mut HeaderMap) {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{}'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
        asked.nonce()
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    // A page of somebody signed in is kept nowhere; a public one is asked for again.
    let caching = if asked.session().is_some() || asked.place().is_some() {
        "no-store"
    } else {
        "private, no-cache"
    };
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(caching));
    headers.append(
        header::VARY,
        HeaderValue::from_static("accept-encoding, accept-language, cookie"),
    );
}

async fn dress(asked: &Asked, response: Response, gzip: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("text/html") && !kind.starts_with("text/csv") {
        return Response::from_parts(parts, body);
    }
    set_policy(asked, &mut parts.headers);
    let whole = http_body_util::Limited::new(body, PAGE_MAX_BYTES).collect().await;
    let Ok(whole) = whole.map(http_body_util::Collected::to_bytes) else {
        tracing::error!("a page is larger than any of ours");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if !gzip || whole.len() < COMPRESS_MIN_BYTES {
        return Response::from_parts(parts, Body::from(whole));
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(whole.len() / 3), Compression::new(5));
    let Ok(packed) = encoder.write_all(&whole).and_then(|()| encoder.finish()) else {
        return Response::from_parts(parts, Body::from(whole));
    };
    parts
        .headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(packed))
}

/// Compression tells by its length how often something stands in an answer (BREACH). To use that, another site has to make
/// a browser send what it guesses, with the cookie. Such requests are answered uncompressed; and the only secrets in a
/// page, the tokens of its forms, are made anew each time.
fn may_compress(headers: &HeaderMap, asked: &Asked) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    asked.session().is_none() || matches!(site, Some("same-origin" | "none"))
}

/// Whether the client takes gzip. A weight of zero is a refusal (RFC 9110 section 12.5.3).
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    takes(headers, "gzip")
}

/// Whether the client takes this coding.
pub(super) fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.trim().parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(headers: &[(&str, &str)]) -> bool {
        let mut request = Request::post("/t/demo/sign-in");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_from_here(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn what_changes_something_comes_from_our_own_pages() {
        assert!(post(&[("sec-fetch-site", "same-origin")]));
        assert!(post(&[("host", "a.example"), ("origin", "https://a.example")]));
        for headers in [
            &[][..],
            &[("host", "a.example")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("host", "a.example"),
                ("origin", "https://a.example"),
            ],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("host", "a.example"), ("origin", "https://b.example")],
            &[("host", "a.example"), ("origin", "http://a.example")],
            &[("host", "a.example"), ("origin", "null")],
            &[("host", "a.example:8443"), ("origin", "https://a.example")],
        ] {
            assert!(!post(headers), "{headers:?}");
        }
    }

    #[test]
    fn a_coding_that_is_refused_is_not_used() {
        let takes = |line: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(line));
            takes_gzip(&headers)
        };
        assert!(takes("gzip, br"));
        assert!(takes("br;q=1.0, GZIP;q=0.5"));
        assert!(!takes("br"));
        assert!(!takes("gzip;q=0, br"));
        assert!(!takes("gzip;q=0.000"));
    }
}
