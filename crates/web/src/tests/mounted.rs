//! What holds for every route.

use std::collections::HashSet;

use axum::body::Body;
use http::{Method, Request, header};
use skillsyms_people::token::{Minted, TokenKind};
use skillsyms_vault::SystemRng;

use super::house::{Built, Got, registry};
use crate::openapi;
use crate::problem::MEDIA_TYPE;
use crate::routes::{Access, Pace, Route, Routes, Takes, Versions};

/// What no route of the API names: the look-up before a password is checked, which shows nobody anything; and what the
/// probes do; the check of counters, which is the console's; and the sweep of files and the mails, which are the system's.
const NO_ROUTE: &[&str] = &[
    "session.challenge",
    "control.access",
    "control.masks",
    "control.record",
    "dashboard.check",
    "evidence.sweep",
    "mail.due",
    "mail.take",
    "mail.settle",
];

/// Records of which a tenant has one.
const ONE_OF_A_KIND: &[&str] = &["/api/v1/settings"];

fn path(route: &Route) -> String {
    route.path.replace("{id}", "019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90")
}

fn request(route: &Route) -> http::request::Builder {
    Request::builder().method(route.method.clone()).uri(path(route))
}

fn assert_secured(route: &Route, got: &Got) {
    for name in [
        header::X_CONTENT_TYPE_OPTIONS,
        header::STRICT_TRANSPORT_SECURITY,
        header::CONTENT_SECURITY_POLICY,
        header::CACHE_CONTROL,
        header::X_FRAME_OPTIONS,
    ] {
        assert!(got.headers.contains_key(&name), "{route:?} has no {name}");
    }
    let reference = got.headers["x-request-id"].to_str().unwrap();
    if got.status.is_client_error() || got.status.is_server_error() {
        assert_eq!(got.headers[header::CONTENT_TYPE], MEDIA_TYPE, "{route:?}");
        let problem = got.json();
        assert_eq!(problem["reference"], reference, "{route:?}");
        assert_eq!(problem["status"], got.status.as_u16(), "{route:?}");
    }
}

#[test]
fn the_registry_is_in_order() {
    let acts = registry();
    let mut seen = HashSet::new();
    for route in Routes::all().api() {
        assert!(seen.insert((route.method.clone(), route.path)), "{route:?} twice");
        assert!(route.path.starts_with("/api/v1/"), "{route:?}");
        assert!(!route.summary.is_empty(), "{route:?} says nothing of itself");
        assert!(
            route.acts.iter().all(|act| acts.get(act).is_some()),
            "{route:?} does an act that is not there"
        );
        assert!(
            !route.acts.is_empty() || route.access == Access::Public,
            "{route:?} does no act"
        );
        assert_eq!(
            route.body_max_bytes > 0,
            !matches!(route.takes, Takes::Nothing),
            "{route:?} has no limit"
        );
        assert!(!route.time_max.is_zero(), "{route:?}");
        assert!(
            route.versions != Versions::Requires || route.path.contains("{id}") || ONE_OF_A_KIND.contains(&route.path),
            "{route:?}"
        );
        assert!(
            route.access == Access::Credential || route.method == Method::GET || route.pace == Pace::Guarded,
            "{route:?}"
        );
    }
}

#[test]
fn every_act_has_a_route() {
    let routes = Routes::all();
    let done: HashSet<&str> = routes.api().flat_map(|route| route.acts.clone()).collect();
    let acts = registry();
    let missing: Vec<&str> = acts
        .all()
        .map(|act| act.name)
        .filter(|name| !done.contains(name) && !NO_ROUTE.contains(name))
        .collect();
    assert!(missing.is_empty(), "no route does {missing:?}");
    assert!(
        NO_ROUTE.iter().all(|name| !done.contains(name)),
        "a route does what it should not"
    );
}

#[tokio::test]
async fn every_route_refuses_nobody() {
    let built = Built::new().await;
    let routes = Routes::all();
    for route in routes.api().filter(|route| route.access == Access::Credential) {
        for line in [None, Some("Bearer"), Some("Bearer nonsense"), Some("Basic YTpi")] {
            let mut request = request(route);
            if let Some(line) = line {
                request = request.header(header::AUTHORIZATION, line);
            }
            let got = built.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(got.status, 401, "{route:?} with {line:?}");
            assert_eq!(
                got.headers[header::WWW_AUTHENTICATE],
                "Bearer realm=\"skillsyms\"",
                "{route:?}"
            );
            assert_eq!(got.code(), "unauthenticated", "{route:?}");
            assert_secured(route, &got);
        }
    }
}

#[tokio::test]
async fn every_route_refuses_credentials_that_nobody_gave_out() {
    let built = Built::new().await;
    for route in Routes::all().api() {
        for kind in [TokenKind::Session, TokenKind::ApiKey] {
            let token = Minted::new(kind, built.tenant, &SystemRng);
            let mut request = request(route).header(header::AUTHORIZATION, format!("Bearer {}", token.text.expose()));
            if route.versions == Versions::Requires {
                request = request.header(header::IF_MATCH, "\"1\"");
            }
            let got = built.send(request.body(Body::empty()).unwrap()).await;
            assert_secured(route, &got);
            match (route.access, route.takes) {
                (Access::Credential, Takes::Nothing) => {
                    assert!([401, 422].contains(&got.status.as_u16()), "{route:?}: {}", got.status);
                }
                // Without its body it is refused before the door.
                (Access::Credential, _) => assert!(got.status.is_client_error(), "{route:?}: {}", got.status),
                (Access::Public, _) => assert!(!got.status.is_server_error(), "{route:?}: {}", got.status),
            }
        }
    }
}

#[tokio::test]
async fn every_route_has_its_limit() {
    let built = Built::new().await;
    for route in Routes::all().api() {
        let too_long = (route.body_max_bytes + 1).to_string();
        let request = request(route).header(header::CONTENT_LENGTH, too_long);
        let got = built.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (got.status.as_u16(), got.code().as_str()),
            (413, "body_too_large"),
            "{route:?}"
        );
        assert_secured(route, &got);
    }
}

#[tokio::test]
async fn every_path_says_which_methods_it_takes() {
    let built = Built::new().await;
    let routes = Routes::all();
    for route in routes.api() {
        let ask = async |method: Method| {
            built
                .send(
                    Request::builder()
                        .method(method)
                        .uri(path(route))
                        .body(Body::empty())
                        .unwrap(),
                )
                .await
        };
        let options = ask(Method::OPTIONS).await;
        assert_eq!(options.status, 204, "{route:?}");
        let allowed = options.headers[header::ALLOW].to_str().unwrap().to_owned();
        assert!(
            allowed.split(',').any(|method| method == route.method.as_str()),
            "{route:?}: {allowed}"
        );
        assert_secured(route, &options);
        let trace = ask(Method::TRACE).await;
        assert_eq!(
            (trace.status.as_u16(), trace.code().as_str()),
            (405, "method_not_allowed"),
            "{route:?}"
        );
        assert_eq!(trace.headers[header::ALLOW], allowed.as_str());
        assert_secured(route, &trace);
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let built = Built::new().await;
    for path in [
        "/api/",
        "/api/v1/",
        "/api/v1/students",
        "/api/v1/learners/",
        "/api/v2/learners",
        "/../etc/passwd",
        "/%ff",
    ] {
        let got = built.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((got.status.as_u16(), got.code().as_str()), (404, "no_route"), "{path}");
        assert!(got.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn the_document_describes_what_is_mounted() {
    let built = Built::new().await;
    let got = built
        .send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap())
        .await;
    assert_eq!(got.status, 200);
    assert_eq!(got.json(), openapi::document(&Routes::all()));
}

#[test]
fn the_document_is_whole() {
    let routes = Routes::all();
    let document = openapi::document(&routes);
    let mut ids = HashSet::new();
    for route in routes.api() {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{route:?}"
        );
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_query = parameters.iter().any(|parameter| parameter["in"] == "query");
        assert_eq!(in_query, route.query.is_some(), "{route:?}");
        assert!(operation["responses"][route.status.as_str()].is_object(), "{route:?}");
    }
    let mut targets = Vec::new();
    references(&document, &mut targets);
    assert!(targets.len() > 100);
    for target in targets {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
    assert_eq!(
        document,
        openapi::document(&Routes::all()),
        "made twice, it is the same"
    );
}

fn references(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                match member {
                    serde_json::Value::String(target) if name == "$ref" => found.push(target.clone()),
                    other => references(other, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// A request of a signed-in administrator, with a version where one is required.
fn signed_in(route: &Route, path: &str, token: &str) -> http::request::Builder {
    let request = Request::builder().method(route.method.clone()).uri(path);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    if route.versions == Versions::Requires {
        request.header(header::IF_MATCH, "\"1\"")
    } else {
        request
    }
}

#[tokio::test]
async fn every_body_is_checked() {
    let built = Built::new().await;
    let token = built.admin().await;
    for route in Routes::all()
        .iter()
        .filter(|route| matches!(route.takes, Takes::Json(_)))
    {
        let send = async |media: &str, body: &'static str| {
            let request = signed_in(route, &path(route), &token).header(header::CONTENT_TYPE, media);
            let got = built.send(request.body(Body::from(body)).unwrap()).await;
            assert_secured(route, &got);
            (
                got.status.as_u16(),
                got.code(),
                got.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned(),
            )
        };
        assert_eq!(send("text/plain", "{}").await.0, 415, "{route:?}");
        assert_eq!(send("application/json", "{\"").await.1, "body_malformed", "{route:?}");
        assert_eq!(
            send("application/json", "{\"no_such_field\":1}").await.2,
            "field.unknown",
            "{route:?}"
        );
    }
}

#[tokio::test]
async fn every_query_is_checked() {
    let built = Built::new().await;
    let token = built.admin().await;
    for route in Routes::all().api().filter(|route| route.query.is_some()) {
        for query in ["no_such_parameter=1", "cursor=x&cursor=y", "limit=0"] {
            let asked = format!("{}?{query}", path(route));
            let got = built
                .send(signed_in(route, &asked, &token).body(Body::empty()).unwrap())
                .await;
            assert_eq!(
                (got.status.as_u16(), got.code().as_str()),
                (422, "invalid"),
                "{route:?} with {query}"
            );
            assert_secured(route, &got);
        }
    }
}

#[tokio::test]
async fn no_read_tells_a_malformed_id_from_an_absent_one() {
    let built = Built::new().await;
    let token = built.admin().await;
    let reads = |route: &&Route| route.method == Method::GET && route.path.contains("{id}");
    for route in Routes::all().api().filter(reads) {
        let mut answers = Vec::new();
        for id in ["019a9d3c-0c1b-7c55-8d2e-5b7d2f6a1e90", "1", "..%2f..%2fetc", "%ff"] {
            let asked = route.path.replace("{id}", id);
            let got = built
                .send(signed_in(route, &asked, &token).body(Body::empty()).unwrap())
                .await;
            let mut problem = got.json();
            problem["instance"].take();
            problem["reference"].take();
            answers.push((got.status.as_u16(), problem));
        }
        assert!(
            answers[0].0 == 404 || answers[0].0 == 403,
            "{route:?}: {}",
            answers[0].1
        );
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{route:?}: {answers:?}"
        );
    }
}

#[test]
fn every_scope_of_keys_opens_a_route() {
    let routes = Routes::all();
    let done: HashSet<&str> = routes.api().flat_map(|route| route.acts.clone()).collect();
    for scope in skillsyms_people::api_keys::scopes::KEY_SCOPES {
        assert!(done.contains(scope), "{scope}");
    }
}

/// A handler enters as who asks. One that named an actor of its own would be a second way in.
#[test]
fn no_handler_names_an_actor() {
    for folder in ["src/api", "src/pages", "src/public"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            // `pages/kit` reads the credential out of the cookie, as `extract` does out of its header.
            if path.is_dir() {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for word in ["Actor::", "Actor}", "Actor,", "maintenance"] {
                assert!(!text.contains(word), "{} says {word}", path.display());
            }
        }
    }
}
