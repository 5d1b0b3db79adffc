//! The lightest HTTPS client that will do, so that the load costs the machine little: HTTP/1.1 on a kept-alive
//! TLS 1.3 connection, requests laid out beforehand, answers cut out by their length.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Bytes of the longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that are read at once.
const PIECE_BYTES: usize = 16 * 1024;

/// Where to connect, and whom to trust.
#[derive(Clone)]
pub struct Server {
    address: SocketAddr,
    tls: Arc<rustls::ClientConfig>,
}

impl Server {
    /// The server at a port of this machine, whose certificate the authority in `ca` signed.
    pub fn new(port: u16, ca: &Path) -> Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).map_err(|error| anyhow!("{}: {error}", ca.display()))?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            tls: Arc::new(tls),
        })
    }

    /// Connects.
    pub async fn connect(&self) -> Result<Wire> {
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await?;
        Ok(Wire {
            stream,
            buffer: Vec::with_capacity(PIECE_BYTES),
        })
    }
}

/// A request, laid out.
pub fn request(method: &str, path: &str, bearer: Option<&str>, body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    if let Some(bearer) = bearer {
        text.push_str("authorization: Bearer ");
        text.push_str(bearer);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str("content-type: application/json\r\ncontent-length: ");
        text.push_str(&body.len().to_string());
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// A request with one more header.
pub fn with_header(request: &[u8], name: &str, value: &str) -> Vec<u8> {
    let end = request.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (line, rest) = request.split_at_checked(end).unwrap_or((request, &[]));
    [line, format!("{name}: {value}\r\n").as_bytes(), rest].concat()
}

/// A file, sent whole.
pub fn upload(path: &str, bearer: &str, media: &str, file: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {bearer}\r\ncontent-type: {media}\r\n\
         skillsyms-file-name: file\r\ncontent-length: {}\r\n\r\n",
        file.len()
    );
    [head.as_bytes(), file].concat()
}

/// The request of a browser for a page: its cookie, and what codings it takes.
pub fn visit(path: &str, cookie: Option<&str>, codings: &str) -> Vec<u8> {
    let mut text = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html,*/*;q=0.8\r\naccept-language: en-ZA\r\n\
         accept-encoding: {codings}\r\nsec-fetch-site: same-origin\r\n"
    );
    if let Some(cookie) = cookie {
        text.push_str("cookie: ");
        text.push_str(cookie);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// An answer.
pub struct Answer<'w> {
    /// Its status.
    pub status: u16,
    /// Its head, as it came.
    pub head: &'w [u8],
    /// Its body; with the marks between its chunks if it came in chunks.
    pub body: &'w [u8],
}

impl Answer<'_> {
    /// A header, as it came.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = std::str::from_utf8(self.head).ok()?.split("\r\n");
        let mut pairs = lines.filter_map(|line| line.split_once(':'));
        pairs
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// Bytes that came over the line, before TLS.
    pub const fn bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// The body of an answer that went well.
    pub fn ok(&self) -> Result<Value> {
        ensure!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            String::from_utf8_lossy(self.body)
        );
        Ok(serde_json::from_slice(self.body).unwrap_or_default())
    }
}

/// One connection.
pub struct Wire {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

impl Wire {
    /// Sends a request and reads its answer.
    pub async fn call(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let mut seen = None;
        loop {
            self.buffer.reserve(PIECE_BYTES);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server hung up");
            }
            if seen.is_none() {
                seen = head(&self.buffer)?;
            }
            if let Some((status, from, length)) = seen {
                let until = match length {
                    Length::Bytes(length) => Some(from.saturating_add(length)),
                    Length::Chunks => end_of_chunks(&self.buffer, from)?,
                };
                if let Some(until) = until.filter(|until| self.buffer.len() >= *until) {
                    let head = self.buffer.get(..from).unwrap_or_default();
                    let body = self.buffer.get(from..until).context("an answer that is too short")?;
                    return Ok(Answer { status, head, body });
                }
            }
            ensure!(self.buffer.len() < ANSWER_BYTES_MAX, "an answer that is too long");
        }
    }

    /// Sends JSON and reads the JSON of an answer that went well.
    pub async fn post(&mut self, path: &str, bearer: Option<&str>, body: &Value) -> Result<Value> {
        let text = body.to_string();
        self.call(&request("POST", path, bearer, &text))
            .await?
            .ok()
            .with_context(|| path.to_owned())
    }
}

/// How the end of a body is told.
#[derive(Clone, Copy)]
enum Length {
    /// By its length.
    Bytes(usize),
    /// By a last chunk that is empty.
    Chunks,
}

/// Status, start and length of the body, once the head is complete.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, Length)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|word| word.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Some(Length::Chunks);
        }
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok().map(Length::Bytes))?
    });
    Ok(Some((
        status.context("no status")?,
        end + 4,
        length.unwrap_or(Length::Bytes(0)),
    )))
}

/// Where a body in chunks (RFC 9112, 7.1) ends, once all of them are there. Ours has no trailers.
fn end_of_chunks(bytes: &[u8], from: usize) -> Result<Option<usize>> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else {
            return Ok(None);
        };
        let size = std::str::from_utf8(rest.get(..line).unwrap_or_default())?;
        let size = usize::from_str_radix(size.trim(), 16).context("the size of a chunk")?;
        at = at.saturating_add(line + 2).saturating_add(size).saturating_add(2);
        if at > bytes.len() {
            return Ok(None);
        }
        if size == 0 {
            return Ok(Some(at));
        }
    }
}
