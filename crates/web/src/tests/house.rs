//! A house in a folder of its own, and requests to it through the real router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use skillsyms_cells::{Engine, Limits};
use skillsyms_core::{CellId, Clock, ManualClock, SystemClock};
use skillsyms_door::{Actor, Config, Door, Inspect, Registry};
use skillsyms_edge::rate::Rate;
use skillsyms_edge::server::Peer;
use skillsyms_edge::{Hsts, Proxies};
use skillsyms_people::accounts::Invite;
use skillsyms_people::{FactorRule, Hasher, HashingPolicy, PeopleDirectory, Sending, SessionPolicy, SignIn};
use skillsyms_records::evidence::FileStore;
use skillsyms_vault::{RootKey, SystemRng};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{House, Services, Settings, app};

pub(super) const PASSWORD: &str = "correct horse battery";

/// A house with one tenant, `demo`.
pub(super) struct Built {
    pub(super) app: Router,
    pub(super) door: Door,
    pub(super) tenant: CellId,
    _folder: TempDir,
}

/// An answer, read whole.
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub(super) fn registry() -> Registry {
    let slices = [
        skillsyms_people::registry::acts(),
        skillsyms_records::registry::acts(),
        skillsyms_assurance::registry::acts(),
    ];
    let slices = slices.concat();
    Registry::collect(&slices).unwrap()
}

impl Built {
    pub(super) async fn new() -> Self {
        Self::with(None).await
    }

    /// With a limit on how often one address may try a password.
    pub(super) async fn with(guarded_rate: Option<Rate>) -> Self {
        Self::make(guarded_rate, Sending::Off, Arc::new(SystemClock)).await
    }

    /// With mail; who sends it is for the test to say.
    pub(super) async fn mailing() -> Self {
        Self::make(None, Sending::On, Arc::new(SystemClock)).await
    }

    /// With mail, and with a clock that the test moves.
    pub(super) async fn mailing_by(clock: Arc<ManualClock>) -> Self {
        Self::make(None, Sending::On, clock).await
    }

    async fn make(guarded_rate: Option<Rate>, sending: Sending, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = SessionPolicy::default();
        let config = Config {
            data: folder.path().to_owned(),
            engine: Engine::Sqlite {
                folder: folder.path().join("cells"),
            },
            root: RootKey::generate(&SystemRng),
            clock,
            registry: registry(),
            directory: Arc::new(PeopleDirectory::new(policy)),
            limits: Limits::default(),
            inspect: Inspect::No,
        };
        let door = Door::open(config).await.unwrap();
        let tenant = door.create_tenant("demo", "Demo Training").await.unwrap().id;
        // As little work as Argon2 allows.
        let cheap = HashingPolicy {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
            at_once: 2,
            waiting: 8,
        };
        let sign_in = SignIn::new(Hasher::new(cheap).unwrap(), policy)
            .with_mail(sending)
            .with_factors(FactorRule::NOBODY);
        let house = House::new(Services {
            door: door.clone(),
            sign_in,
            files: FileStore::open(folder.path()).unwrap(),
        });
        let settings = Settings {
            proxies: Proxies::default(),
            hsts: Hsts::TwoYears,
            rate: None,
            guarded_rate,
        };
        Self {
            app: app(house, settings),
            door,
            tenant,
            _folder: folder,
        }
    }

    /// The answer to a request as it is.
    pub(super) async fn send(&self, mut request: Request<Body>) -> Got {
        let peer: SocketAddr = "203.0.113.9:4711".parse().unwrap();
        request.extensions_mut().insert(Peer(peer));
        let response: Response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Got {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The answer to a request with a token and a JSON body, `null` for none.
    pub(super) async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> Got {
        self.ask_with(method, path, &[("authorization", &format!("Bearer {token}"))], body)
            .await
    }

    /// The same with these headers.
    pub(super) async fn ask_with(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = if body.is_null() {
            request.body(Body::empty())
        } else {
            request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()))
        };
        self.send(request.unwrap()).await
    }

    /// Invites an administrator at the console, accepts, signs in: the token.
    pub(super) async fn admin(&self) -> String {
        let invite: Invite =
            serde_json::from_value(json!({ "email": "admin@example.org", "name": "Thandi Nkosi", "roles": ["admin"] }))
                .unwrap();
        let invited = self.door.enter(Actor::Console(self.tenant)).run(invite).await.unwrap();
        let accept = json!({ "token": invited.token.as_ref().unwrap().expose(), "password": PASSWORD });
        let accepted = self
            .ask_with(Method::POST, "/api/v1/invitations/accept", &[], &accept)
            .await;
        assert_eq!(accepted.status, 201, "{}", accepted.json());
        let got = self.sign_in("demo", "admin@example.org", PASSWORD).await;
        assert_eq!(got.status, 201, "{}", got.json());
        got.json()["token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn sign_in(&self, tenant: &str, email: &str, password: &str) -> Got {
        let typed = json!({ "tenant": tenant, "email": email, "password": password });
        self.ask_with(Method::POST, "/api/v1/sessions", &[], &typed).await
    }
}
