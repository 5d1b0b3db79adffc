//! Mail through a real mail server: over TLS, while it is down, after a crash; and what is left of it in the log.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skillsyms::demo::authenticator::Authenticator;
use skillsyms::demo::client::{Client, Server};

use crate::stand::{Serving, Stand, configuration};

/// A mail server that a Debian package brings: `python3-aiosmtpd`, for Debian's own Python.
const PYTHON: &str = "/usr/bin/python3";
/// The longest that a mail may take: the second try comes after half a minute.
const MAIL_TIME: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "seven green lamps tonight";
/// Words of addresses that must not stand in the log.
const SECRET: &str = "zqaddressqz";

/// A mail server that keeps what it is given in a Maildir.
struct Sink {
    child: Child,
    folder: PathBuf,
}

impl Sink {
    fn start(port: u16, folder: &Path, tls: &[&str]) -> Self {
        let child = Command::new(PYTHON)
            .args(["-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Mailbox"])
            .arg("-l")
            .arg(format!("localhost:{port}"))
            .args(tls)
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            folder: folder.join("new"),
        }
    }

    /// Mails that came in.
    fn count(&self) -> usize {
        std::fs::read_dir(&self.folder).into_iter().flatten().count()
    }

    /// Waits until so many came in.
    fn wait_for(&self, mails: usize) {
        let started = Instant::now();
        while self.count() < mails {
            assert!(started.elapsed() < MAIL_TIME, "{} mails", self.count());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for a mail to this address whose text holds this, and answers the mail as text.
    fn mail(&self, to: &str, holds: &str) -> String {
        let started = Instant::now();
        loop {
            let files = std::fs::read_dir(&self.folder).into_iter().flatten();
            let mails = files.map(|file| plain(&std::fs::read_to_string(file.unwrap().path()).unwrap()));
            for mail in mails {
                if mail.contains(&format!("To: {to}")) && mail.contains(holds) {
                    return mail;
                }
            }
            assert!(started.elapsed() < MAIL_TIME, "no mail with {holds}");
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text of a mail out of its quoted-printable form (RFC 2045 section 6.7).
fn plain(mail: &str) -> String {
    let joined = mail.replace("\r\n", "\n").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_str();
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        rest = match code {
            Some(byte) => {
                bytes.push(byte);
                &after[2..]
            }
            None => {
                bytes.push(b'=');
                after
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What stands behind the `#` of the link in a mail.
fn token(mail: &str) -> String {
    let (_, rest) = mail.split_once('#').unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn is_there() -> bool {
    let asked = Command::new(PYTHON)
        .args(["-c", "import aiosmtpd"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if asked.is_ok_and(|status| status.success()) {
        return true;
    }
    // Not by `eprintln!`, which a test that passes keeps to itself.
    let aloud = "NOT RUN: mail through a real mail server: apt-get install python3-aiosmtpd\n";
    std::io::stderr().write_all(aloud.as_bytes()).unwrap();
    assert!(
        std::env::var_os("CI").is_none(),
        "a check that cannot run fails the run"
    );
    false
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Face {
    server: Server,
}

impl Face {
    fn of(stand: &Stand, serving: &Serving) -> Self {
        let server = Server::new(serving.address, &stand.data.join("tls/ca.pem")).unwrap();
        Self { server }
    }

    async fn post(&self, session: Option<&str>, path: &str, body: &Value) -> (u16, Value) {
        let client = self.server.connect().await.unwrap();
        let mut client: Client = match session {
            Some(session) => client.with_bearer(session),
            None => client,
        };
        let answer = if body.is_null() {
            client.post_empty(path).await.unwrap()
        } else {
            client.post(path, body).await.unwrap()
        };
        (answer.status.as_u16(), answer.json())
    }

    async fn sign_in(&self, email: &str, password: &str) -> (u16, Value) {
        let body = json!({ "tenant": "thuto", "email": email, "password": password });
        self.post(None, "/api/v1/sessions", &body).await
    }

    async fn accept(&self, token: &str) -> u16 {
        let body = json!({ "token": token, "password": PASSWORD });
        self.post(None, "/api/v1/invitations/accept", &body).await.0
    }
}

/// The first administrator, signed in and confirmed.
async fn admin(stand: &Stand, face: &Face) -> String {
    let words = [
        "person",
        "invite",
        "--tenant",
        "thuto",
        "--email",
        "a@thuto.example",
        "--name",
        "A",
        "--role",
        "admin",
    ];
    let invited = stand.done(&words);
    assert_eq!(face.accept(invited["token"].as_str().unwrap()).await, 201);
    let (_, opened) = face.sign_in("a@thuto.example", PASSWORD).await;
    let client = face.server.connect().await.unwrap();
    let mut client = client.with_bearer(opened["token"].as_str().unwrap());
    let (own, session) = Authenticator::set_up(&mut client, &opened, PASSWORD).await.unwrap();
    let body = json!({ "code": own.recovery_code().unwrap() });
    let (status, _) = face
        .post(Some(&session), "/api/v1/sessions/current/step-up", &body)
        .await;
    assert_eq!(status, 200);
    session
}

/// Waits until the metrics say this.
fn measured(serving: &Serving, line: &str) {
    let started = Instant::now();
    loop {
        let mut stream = TcpStream::connect(serving.admin_address).unwrap();
        let ask = format!(
            "GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            serving.admin_address
        );
        stream.write_all(ask.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(!text.contains(SECRET), "an address in the metrics");
        if text.contains(line) {
            return;
        }
        assert!(started.elapsed() < MAIL_TIME, "{line} is not in {text}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A file that the server made for its own TLS.
fn tls(stand: &Stand, name: &str) -> String {
    stand.data.join("tls").join(name).display().to_string()
}

/// The configuration of mail by SMTP, under the server's own authority.
fn by_smtp(stand: &Stand, port: u16) -> String {
    format!(
        "[mail]\nby = \"smtp\"\nfrom = \"skillsyms <no-reply@example.co.za>\"\n\
         host = \"localhost\"\nport = {port}\nsecurity = \"tls\"\nauthority = \"{}\"\n",
        tls(stand, "ca.pem")
    )
}

/// A mail server with the server's own certificate.
fn with_certificate(stand: &Stand, port: u16, folder: &Path) -> Sink {
    let (certificate, key) = (tls(stand, "server.pem"), tls(stand, "server.key"));
    let words = ["--smtpscert", &certificate, "--smtpskey", &key];
    // A folder that is not there yet: in one that is, the mail server would not make its own.
    Sink::start(port, &folder.join("box"), &words)
}

#[test]
fn mail_outlives_a_server_that_is_down_and_a_crash() {
    if !is_there() {
        return;
    }
    let stand = Stand::new();
    stand.tenant();
    // The first start makes the certificates, which the mail server uses as well.
    stand.serve().stop();
    let port = free_port();
    stand.write("skillsyms.toml", configuration(&by_smtp(&stand, port)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let email = format!("{SECRET}@thuto.example");

    let serving = stand.serve();
    let face = Face::of(&stand, &serving);
    let (session, person) = runtime.block_on(async {
        let session = admin(&stand, &face).await;
        let body = json!({ "email": email, "name": "B", "roles": ["verifier"] });
        let (status, invited) = face.post(Some(&session), "/api/v1/people", &body).await;
        assert_eq!((status, invited.get("token")), (201, None), "{invited}");
        (session, invited["id"].as_str().unwrap().to_owned())
    });
    measured(&serving, "skillsyms_mails_total{outcome=\"later\"} 1");
    measured(&serving, "skillsyms_mail_down 1");
    serving.kill();

    let sink = with_certificate(&stand, port, folder.path());
    let serving = stand.serve();
    let face = Face::of(&stand, &serving);
    let invitation = sink.mail(&email, "https://records.example.co.za/t/thuto/invitation#ski_");
    assert!(invitation.contains("Auto-Submitted: auto-generated"), "{invitation}");
    assert!(
        invitation.contains("You are invited to Thuto Skills Academy"),
        "{invitation}"
    );
    measured(&serving, "skillsyms_mail_down 0");
    runtime.block_on(async {
        assert_eq!(face.accept(&token(&invitation)).await, 201);
        let asked = json!({ "tenant": "thuto", "email": email });
        assert_eq!(face.post(None, "/api/v1/resets", &asked).await.0, 204);
        let nobody = json!({ "tenant": "thuto", "email": "nobody@thuto.example" });
        assert_eq!(face.post(None, "/api/v1/resets", &nobody).await.0, 204);
        let nowhere = json!({ "tenant": "nowhere", "email": email });
        assert_eq!(face.post(None, "/api/v1/resets", &nowhere).await.0, 204);
        let reset = sink.mail(&email, "/t/thuto/reset/password#skr_");
        let body = json!({ "token": token(&reset), "password": NEW_PASSWORD });
        assert_eq!(face.post(None, "/api/v1/resets/apply", &body).await.0, 204);
        assert_eq!(face.post(None, "/api/v1/resets/apply", &body).await.0, 410);
        assert_eq!(face.sign_in(&email, PASSWORD).await.0, 401);
        assert_eq!(face.sign_in(&email, NEW_PASSWORD).await.0, 201);
        sink.mail(&email, "was changed, and all its sessions ended");
        let sent = face
            .post(Some(&session), &format!("/api/v1/people/{person}/reset"), &Value::Null)
            .await;
        assert_eq!((sent.0, sent.1.get("token")), (200, None), "{sent:?}");
    });
    // The second link says what the first one said: it is known by being one more.
    sink.wait_for(4);
    let log = serving.stop();
    assert!(
        !log.contains(SECRET) && !log.contains("skr_") && !log.contains("ski_"),
        "{log}"
    );
    stand.verify();
    assert_eq!(
        sink.count(),
        4,
        "an invitation, two links, a notice: nobody else was written to"
    );
}

#[test]
fn a_mail_server_with_another_name_gets_nothing() {
    if !is_there() {
        return;
    }
    let (stand, other) = (Stand::new(), Stand::new());
    stand.tenant();
    other.tenant();
    stand.serve().stop();
    other.serve().stop();
    let port = free_port();
    let tls = |stand: &Stand, name: &str| stand.data.join("tls").join(name).display().to_string();
    let mail = format!(
        "[mail]\nby = \"smtp\"\nhost = \"localhost\"\nport = {port}\nauthority = \"{}\"\n",
        tls(&stand, "ca.pem")
    );
    stand.write("skillsyms.toml", configuration(&mail));
    let folder = tempfile::tempdir().unwrap();
    // Its certificate is of another authority.
    let (pem, key) = (tls(&other, "server.pem"), tls(&other, "server.key"));
    let _sink = Sink::start(port, folder.path(), &["--smtpscert", &pem, "--smtpskey", &key]);
    let serving = stand.serve();
    let face = Face::of(&stand, &serving);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        admin(&stand, &face).await;
        let asked = json!({ "tenant": "thuto", "email": "a@thuto.example" });
        assert_eq!(face.post(None, "/api/v1/resets", &asked).await.0, 204);
    });
    measured(&serving, "skillsyms_mails_total{outcome=\"later\"} 1");
    let files = std::fs::read_dir(folder.path().join("new")).into_iter().flatten();
    assert_eq!(files.count(), 0);
    serving.stop();
}
