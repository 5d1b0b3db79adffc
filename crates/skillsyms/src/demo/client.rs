//! A small HTTPS client for the demo, the tests and the bench: one connection, kept alive, TLS 1.3, one authority.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Bytes of an answer that are read: the largest page of a list, and room to spare.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where to connect, and whom to trust.
#[derive(Clone)]
pub struct Server {
    address: SocketAddr,
    tls: Arc<rustls::ClientConfig>,
}

impl Server {
    /// A server on this machine whose certificate the authority in `ca` signed.
    ///
    /// # Errors
    /// If the authority's certificate cannot be read.
    pub fn new(address: SocketAddr, ca: &Path) -> anyhow::Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        let pem = CertificateDer::from_pem_file(ca).map_err(|error| anyhow!("{}: {error}", ca.display()))?;
        roots.add(pem)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address,
            tls: Arc::new(tls),
        })
    }

    /// Connects.
    ///
    /// # Errors
    /// If the server does not answer or is not who it should be.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        let tcp = TcpStream::connect(self.address)
            .await
            .with_context(|| self.address.to_string())?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let tls = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls)).await?;
        tokio::spawn(connection);
        Ok(Client {
            server: self.clone(),
            sender,
            bearer: None,
            purpose: None,
        })
    }
}

/// One connection, and the credential that it sends.
pub struct Client {
    server: Server,
    sender: SendRequest<Full<Bytes>>,
    bearer: Option<String>,
    purpose: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as JSON of an answer that went well.
    ///
    /// # Errors
    /// The problem's code and title otherwise.
    pub fn ok(self) -> anyhow::Result<Value> {
        if self.status.is_success() {
            return Ok(self.json());
        }
        let problem = self.json();
        bail!("{} {problem}", self.status)
    }
}

impl Client {
    /// Sends this session token or API key from now on.
    #[must_use]
    pub fn with_bearer(mut self, token: &str) -> Self {
        self.bearer = Some(token.to_owned());
        self
    }

    /// States this purpose from now on.
    #[must_use]
    pub fn with_purpose(mut self, purpose: &str) -> Self {
        self.purpose = Some(purpose.to_owned());
        self
    }

    /// Sends a request without a body.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, "application/json", Bytes::new()).await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, "application/json", serde_json::to_vec(body)?.into())
            .await
    }

    /// Replaces a record of this version.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn put(&mut self, path: &str, version: i64, body: &Value) -> anyhow::Result<Answer> {
        let request = Request::put(path)
            .header("content-type", "application/json")
            .header("if-match", format!("\"{version}\""));
        self.exchange(request, serde_json::to_vec(body)?.into()).await
    }

    /// Asks for something to be done that needs no body.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn post_empty(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, "", Bytes::new()).await
    }

    /// Sends a file under a name.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn upload(&mut self, path: &str, media: &str, name: &str, file: Bytes) -> anyhow::Result<Answer> {
        let request = Request::post(path)
            .header("content-type", media)
            .header("skillsyms-file-name", name);
        self.exchange(request, file).await
    }

    /// Sends anything.
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn send(&mut self, method: Method, path: &str, media: &str, body: Bytes) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(path);
        if !body.is_empty() {
            request = request.header("content-type", media);
        }
        self.exchange(request, body).await
    }

    async fn exchange(&mut self, request: http::request::Builder, body: Bytes) -> anyhow::Result<Answer> {
        if self.sender.ready().await.is_err() {
            let fresh = self.server.connect().await?;
            self.sender = fresh.sender;
            self.sender.ready().await?;
        }
        let mut request = request.header("host", "localhost");
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        if let Some(purpose) = &self.purpose {
            request = request.header("skillsyms-purpose", purpose);
        }
        let answer = self.sender.send_request(request.body(Full::new(body))?).await?;
        let (parts, body) = answer.into_parts();
        let body = http_body_util::Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|error| anyhow!(error))?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
        })
    }
}
