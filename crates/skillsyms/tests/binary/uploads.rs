//! Evidence over a line that breaks, and a server that is killed in the middle: what came goes on, and comes back the same.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use skillsyms_core::{Clock as _, SystemClock};
use skillsyms_people::factors::totp::{code_at, step_at};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::stand::Stand;

/// Bytes of the file: more than what lies in buffers on the way.
const FILE_BYTES: usize = 6 * 1024 * 1024 + 4_321;
/// How long a debug build may take for a step, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(300);

/// A server, spoken to byte by byte.
struct Wire {
    address: SocketAddr,
    tls: Arc<rustls::ClientConfig>,
    token: String,
}

struct Heard {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Heard {
    fn header(&self, name: &str) -> String {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.head))
    }
}

impl Wire {
    fn new(address: SocketAddr, ca: &Path) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            address,
            tls: Arc::new(tls),
            token: String::new(),
        }
    }

    /// Begins a request whose body has `length` bytes, and sends the first of them.
    async fn begin(&self, head: &str, length: usize, body: &[u8]) -> TlsStream<TcpStream> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, tcp)
            .await
            .unwrap();
        let mut all = format!("{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n");
        if !self.token.is_empty() {
            all.push_str(&format!("authorization: Bearer {}\r\n", self.token));
        }
        all.push_str("\r\n");
        stream.write_all(all.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        stream.flush().await.unwrap();
        stream
    }

    async fn ask(&self, head: &str, body: &[u8]) -> Heard {
        let mut stream = self.begin(head, body.len(), body).await;
        let mut all = Vec::new();
        // Some servers close without a word of TLS; what came is looked at in any case.
        let _ = stream.read_to_end(&mut all).await;
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer");
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        Heard {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: all[end + 4..].to_vec(),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let heard = self.ask(&format!("GET {path} HTTP/1.1"), b"").await;
        assert_eq!(heard.status, 200, "{path}: {}", heard.head);
        heard.json()
    }

    async fn sign_in(&mut self, login: &Value) {
        let body = json!({ "tenant": "thuto", "email": login["email"], "password": login["password"] });
        let head = "POST /api/v1/sessions HTTP/1.1\r\ncontent-type: application/json";
        let heard = self.ask(head, body.to_string().as_bytes()).await;
        assert_eq!(heard.status, 201, "{}", heard.head);
        self.token = heard.json()["token"].as_str().unwrap().to_owned();
        let step = step_at(SystemClock.now());
        let code = code_at(login["totp_secret"].as_str().unwrap(), step).unwrap();
        let head = "POST /api/v1/sessions/current/factor HTTP/1.1\r\ncontent-type: application/json";
        let heard = self.ask(head, json!({ "code": code }).to_string().as_bytes()).await;
        assert_eq!(heard.status, 200, "{}", heard.head);
        self.token = heard.json()["token"].as_str().unwrap().to_owned();
    }

    /// Announces a file for the first module that takes one.
    async fn announce(&self) -> String {
        let enrolments = self.get("/api/v1/enrolments?limit=100").await;
        for enrolment in enrolments["items"].as_array().unwrap() {
            let programme = enrolment["programme"].as_str().unwrap();
            let programme = self.get(&format!("/api/v1/programmes/{programme}")).await;
            for module in programme["modules"].as_array().unwrap() {
                let (enrolment, module) = (enrolment["id"].as_str().unwrap(), module["id"].as_str().unwrap());
                let head = format!(
                    "POST /api/v1/enrolments/{enrolment}/uploads?module={module} HTTP/1.1\r\nupload-length: {FILE_BYTES}\r\n\
                     upload-complete: ?0\r\nskillsyms-file-name: film.pdf"
                );
                let heard = self.ask(&head, b"").await;
                if heard.status == 201 {
                    assert_eq!(heard.header("upload-complete"), "?0");
                    assert!(
                        heard.header("upload-limit").contains("max-size=26214400"),
                        "{}",
                        heard.head
                    );
                    return heard.header("location");
                }
            }
        }
        panic!("no module of the demo takes a file");
    }

    async fn offset(&self, upload: &str) -> usize {
        let heard = self.ask(&format!("HEAD {upload} HTTP/1.1"), b"").await;
        assert_eq!(heard.status, 200, "{}", heard.head);
        assert_eq!(heard.header("upload-length"), FILE_BYTES.to_string());
        heard.header("upload-offset").parse().unwrap()
    }

    fn patch(upload: &str, offset: usize) -> String {
        format!(
            "PATCH {upload} HTTP/1.1\r\ncontent-type: application/partial-upload\r\nupload-offset: {offset}\r\nupload-complete: ?1"
        )
    }

    /// Sends some of the rest of the file, and leaves the connection open when the server has kept so much of it.
    async fn send_some(&self, upload: &str, file: &[u8], bytes: usize, parts: &Path) -> TlsStream<TcpStream> {
        let offset = self.offset(upload).await;
        let rest = &file[offset..];
        let stream = self
            .begin(&Self::patch(upload, offset), rest.len(), &rest[..bytes])
            .await;
        wait("the server keeps what came", || {
            kept(parts) > (offset + bytes - 64 * 1024) as u64
        });
        stream
    }
}

/// Waits until something is so.
fn wait(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Bytes that lie in the folder of parts.
fn kept(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let data = entry.metadata().unwrap();
        bytes += if data.is_dir() { kept(&entry.path()) } else { data.len() };
    }
    bytes
}

/// A demo that is killed when the test lets go of it.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn demo(stand: &Stand) -> (Demo, Value) {
    let ready: PathBuf = stand.data.parent().unwrap().join("ready.json");
    let mut command = stand.command(&["demo", "--port", "0", "--learners", "60"]);
    let command = command.arg("--ready-file").arg(&ready);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let demo = Demo(child);
    wait("the demo is ready", || ready.exists());
    (demo, serde_json::from_slice(&std::fs::read(&ready).unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_on_after_the_line_broke_and_after_the_server_was_killed() {
    let stand = Stand::new();
    let (mut running, ready) = demo(&stand);
    let port = ready["url"]
        .as_str()
        .unwrap()
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches('/');
    let ca = PathBuf::from(ready["ca_certificate"].as_str().unwrap());
    let mut wire = Wire::new(format!("127.0.0.1:{port}").parse().unwrap(), &ca);
    let logins = ready["tenants"][0]["logins"].as_array().unwrap();
    wire.sign_in(logins.iter().find(|login| login["role"] == "admin").unwrap())
        .await;
    let parts = stand.data.join("files/parts");
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend((0..FILE_BYTES - file.len()).map(|n| (n * 31 + n / 251) as u8));

    let upload = wire.announce().await;
    // The line breaks: the connection is gone without a word.
    let stream = wire.send_some(&upload, &file, 2_000_000, &parts).await;
    drop(stream);
    let first = wire.offset(&upload).await;
    assert!(
        first > 1_900_000 && first <= 2_000_000 && first.is_multiple_of(16 * 1024),
        "{first}"
    );
    let wrong = wire.ask(&Wire::patch(&upload, 0), &file[..1_000]).await;
    assert_eq!((wrong.status, wrong.header("upload-offset")), (409, first.to_string()));

    // The line hangs: the old connection is still open when the same file comes again.
    let hanging = wire.send_some(&upload, &file, 1_000_000, &parts).await;
    let second = wire.offset(&upload).await;
    assert!(second > first, "{second}");
    drop(hanging);

    // The server is killed in the middle.
    let stream = wire.send_some(&upload, &file, 1_000_000, &parts).await;
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    drop(stream);
    let serving = stand.serve();
    wire.address = serving.address;
    let third = wire.offset(&upload).await;
    assert!(third > second, "{third}");
    let ended = wire.ask(&Wire::patch(&upload, third), &file[third..]).await;
    assert_eq!(ended.status, 201, "{}", ended.head);
    assert_eq!(ended.header("upload-complete"), "?1");

    let place = format!("{}/content", ended.header("location"));
    let back = wire.ask(&format!("GET {place} HTTP/1.1"), b"").await;
    assert!(back.status == 200 && back.body == file, "{}", back.head);
    let part = wire
        .ask(&format!("GET {place} HTTP/1.1\r\nrange: bytes=3000000-3099999"), b"")
        .await;
    assert!(
        part.status == 206 && part.body == file[3_000_000..3_100_000],
        "{}",
        part.head
    );
    assert_eq!(
        part.header("content-range"),
        format!("bytes 3000000-3099999/{FILE_BYTES}")
    );
    assert_eq!(wire.offset(&upload).await, FILE_BYTES);
    assert!(kept(&parts) < 1_000, "parts of a file that is whole stay");
    serving.stop();
    stand.verify();
}
