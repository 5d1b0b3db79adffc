//! Where mail goes: to a mail server over SMTP, or into a folder.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as SmtpTls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use skillsyms_core::{Instant, MailId};
use skillsyms_vault::Secret;

use super::text::Letter;

/// The longest that one mail may take to be handed over: servers that look at mail first take some seconds.
const SEND_TIME: Duration = Duration::from_secs(30);
/// Replies of a server that a mailbox is not there, or takes nothing from us (RFC 5321 section 4.2.3): no later try mends it. Whatever
/// else it refuses may be a fault of the configuration, and mail must not be lost for that.
const NO_MAILBOX: [u16; 3] = [550, 551, 553];

/// Where mail goes.
#[derive(Clone)]
pub struct Post {
    from: Mailbox,
    /// The host of this site: it stands in `Message-ID`.
    host: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.way {
            Way::Server(_) => "Post(server)",
            Way::Folder(_) => "Post(folder)",
        })
    }
}

/// How the line to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314), usually port 465.
    Whole,
    /// `STARTTLS` before anything else; without it nothing is sent. Usually port 587.
    StartTls,
    /// None: for a server on this machine.
    None,
}

/// A mail server.
#[derive(Debug)]
pub struct Server {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub tls: Tls,
    /// An authority that is trusted besides the public ones, in PEM.
    pub authority: Option<Vec<u8>>,
    /// Who we are to it: name and password.
    pub login: Option<(String, Secret<String>)>,
}

/// Mail cannot be sent as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The address that mail comes from.
    #[error("mail.from: not an address, for example skillsyms <no-reply@example.co.za>")]
    From,
    /// The certificate of the authority, or the server's name.
    #[error("mail: TLS cannot be set up with this host and authority")]
    Tls,
    /// The folder.
    #[error("mail.folder {path}: {error}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
}

/// Why a mail was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The mailbox is not there: no later try mends it.
    Refused,
    /// Later, and the server took nothing else either.
    Down(&'static str),
    /// Later; another mail may be taken.
    Later(&'static str),
}

impl Post {
    /// To a server.
    ///
    /// # Errors
    /// [`PostError`] says which part of the configuration is wrong.
    pub fn server(from: &str, site: &str, server: Server) -> Result<Self, PostError> {
        let tls = |authority: Option<Vec<u8>>| {
            let mut parameters = TlsParameters::builder(server.host.clone());
            if let Some(pem) = authority {
                parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| PostError::Tls)?);
            }
            parameters.build_rustls().map_err(|_| PostError::Tls)
        };
        let tls = match server.tls {
            Tls::Whole => SmtpTls::Wrapper(tls(server.authority)?),
            Tls::StartTls => SmtpTls::Required(tls(server.authority)?),
            Tls::None => SmtpTls::None,
        };
        let host = host_of(site);
        let mut built = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host)
            .port(server.port)
            .tls(tls)
            .hello_name(ClientId::Domain(host.clone()))
            .timeout(Some(SEND_TIME));
        if let Some((user, password)) = server.login {
            built = built.credentials(Credentials::new(user, password.expose().clone()));
        }
        Ok(Self {
            from: mailbox(from)?,
            way: Way::Server(built.build()),
            host,
        })
    }

    /// Into a folder, which is made for its owner only: one file a mail.
    ///
    /// # Errors
    /// [`PostError`] if the folder cannot be made.
    pub fn folder(from: &str, site: &str, folder: &Path) -> Result<Self, PostError> {
        let failed = |error| PostError::Folder {
            path: folder.to_owned(),
            error,
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
        Ok(Self {
            from: mailbox(from)?,
            way: Way::Folder(folder.to_owned()),
            host: host_of(site),
        })
    }

    /// Hands a mail over.
    ///
    /// # Errors
    /// [`NotTaken`] says whether to try again.
    pub async fn send(&self, letter: &Letter, now: Instant) -> Result<(), NotTaken> {
        let message = self.message(letter).ok_or(NotTaken::Refused)?;
        match &self.way {
            Way::Server(server) => server
                .send(message)
                .await
                .map(|_| ())
                .map_err(|error| not_taken(&error)),
            Way::Folder(folder) => {
                let (folder, id) = (folder.clone(), letter.id);
                let written = tokio::task::spawn_blocking(move || put(&folder, id, now, &message.formatted()));
                match written.await {
                    Ok(Ok(())) => Ok(()),
                    _ => Err(NotTaken::Down("folder")),
                }
            }
        }
    }

    /// None if the address is one that no mail can have.
    fn message(&self, letter: &Letter) -> Option<Message> {
        let to = Mailbox::new(None, letter.to.parse().ok()?);
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{}@{}>", letter.id, self.host)))
            .header(AutoSubmitted)
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(letter.text.as_str().to_owned()),
            )
            .ok()
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no machine answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn mailbox(text: &str) -> Result<Mailbox, PostError> {
    text.parse().map_err(|_| PostError::From)
}

fn host_of(site: &str) -> String {
    let rest = site.split_once("://").map_or(site, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default().to_owned()
}

/// What a server said may hold the address, so only its number and our own words go on.
fn not_taken(error: &lettre::transport::smtp::Error) -> NotTaken {
    match error.status().map(u16::from) {
        Some(code) if NO_MAILBOX.contains(&code) => NotTaken::Refused,
        Some(_) if error.is_transient() => NotTaken::Later("put off by the server"),
        Some(_) => NotTaken::Down("refused by the server"),
        None if error.is_timeout() => NotTaken::Down("no answer in time"),
        None if error.is_tls() => NotTaken::Down("TLS"),
        None => NotTaken::Down("no connection"),
    }
}

/// Writes a file that is whole when it has its name, for its owner only.
fn put(folder: &Path, id: MailId, now: Instant, bytes: &[u8]) -> std::io::Result<()> {
    let name = format!("{}-{id}", now.micros());
    let next = folder.join(format!("{name}.next"));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&next, folder.join(format!("{name}.eml")))
}
