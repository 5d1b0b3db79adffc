//! One request to the application, and what came back.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use skillsyms_edge::server::Peer;
use tower::ServiceExt as _;
use uuid::Uuid;

/// Where everybody comes from: an address of the documentation's (RFC 5737).
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)), 4_711);

/// A request that is being put together.
#[must_use]
pub struct Ask {
    app: Router,
    builder: http::request::Builder,
    body: Bytes,
    said: String,
}

impl Ask {
    /// A request to an application.
    pub fn new(app: &Router, method: &str, path: &str) -> Self {
        let builder = Request::builder().method(method).uri(path).extension(Peer(PEER));
        Self {
            app: app.clone(),
            builder,
            body: Bytes::new(),
            said: format!("{method} {path}"),
        }
    }

    /// As the owner of this token or key.
    pub fn by(self, bearer: impl AsRef<str>) -> Self {
        let line = format!("Bearer {}", bearer.as_ref());
        self.header("authorization", &line)
    }

    /// With this header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.builder = self
            .builder
            .header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// For this purpose.
    pub fn because(self, purpose: &str) -> Self {
        self.header("skillsyms-purpose", purpose)
    }

    /// If the record still has this version.
    pub fn if_match(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// With this document.
    pub fn json(self, document: impl Into<Value>) -> Self {
        let text = document.into().to_string();
        self.bytes("application/json", text)
    }

    /// With this content.
    pub fn bytes(mut self, media_type: &str, content: impl Into<Bytes>) -> Self {
        self.body = content.into();
        self.header(header::CONTENT_TYPE.as_str(), media_type)
    }

    /// Sends it.
    pub async fn send(self) -> Reply {
        let request = self.builder.body(Body::from(self.body)).unwrap();
        let response = self.app.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the answer ends as it should").to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Reply {
            said: self.said,
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            json,
        }
    }
}

/// An answer.
pub struct Reply {
    /// What was asked, for the messages of assertions.
    pub said: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// The body as JSON; null if it is none.
    pub json: Value,
}

impl Reply {
    /// The document of an answer that went well.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn ok(&self) -> &Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        &self.json
    }

    /// The id that an answer gives.
    ///
    /// # Panics
    /// If it went wrong or gives none.
    #[track_caller]
    pub fn id(&self) -> Uuid {
        self.ok()["id"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no id: {self:?}"))
    }

    /// The version that an answer's `ETag` gives.
    ///
    /// # Panics
    /// If it gives none.
    #[track_caller]
    pub fn version(&self) -> i64 {
        let tag = self.header("etag").trim_matches('"');
        tag.parse().unwrap_or_else(|_| panic!("no version: {self:?}"))
    }

    /// A header's text, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The reference that the caller was given.
    #[must_use]
    pub fn reference(&self) -> Uuid {
        self.header("x-request-id")
            .parse()
            .unwrap_or_else(|_| panic!("no reference: {self:?}"))
    }

    /// The code of a problem.
    #[must_use]
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// Demands a problem of this status and code, whole and in its own media type.
    ///
    /// # Panics
    /// If it is another answer.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        self.is_problem();
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
    }

    /// Demands a problem, whole and in its own media type.
    ///
    /// # Panics
    /// If it is something else.
    #[track_caller]
    pub fn is_problem(&self) {
        assert!(self.status >= 400, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json["status"], self.status, "{self:?}");
        assert_eq!(self.json["reference"], self.reference().to_string(), "{self:?}");
        assert_eq!(
            self.json["type"],
            format!("urn:skillsyms:problem:{}", self.code()),
            "{self:?}"
        );
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(
            f,
            "{} answered {}: {}",
            self.said,
            self.status,
            body.get(..2_000).unwrap_or(&body)
        )
    }
}
