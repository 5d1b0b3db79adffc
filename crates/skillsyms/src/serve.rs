//! Serves: HTTPS, the operators' socket, health and metrics; until it is told to stop, and then finishes what runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rustls::ServerConfig;
use skillsyms_core::{Clock as _, SystemClock};
use skillsyms_edge::rate::Rate;
use skillsyms_edge::{Hsts, Limits, Proxies, serve, serve_unix, tls};
use skillsyms_records::evidence::Sweeper;
use skillsyms_web::Settings;
use skillsyms_web::mail::Courier;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::admin;
use crate::config::Config;
use crate::console::{self, Console, Served};
use crate::controls;
use crate::house::{self, Opened};

/// A server that answers.
pub struct Running {
    /// Where HTTPS is served.
    pub address: SocketAddr,
    /// Where health and metrics are served.
    pub admin_address: SocketAddr,
    /// The certificate to trust, if a local authority signed the server's.
    pub ca_certificate: Option<PathBuf>,
    /// What commands are executed with.
    pub console: Console,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<std::io::Result<()>>>,
    sweeping: tokio::task::JoinHandle<()>,
    mailing: Option<tokio::task::JoinHandle<()>>,
    opened: Opened,
    data: PathBuf,
}

/// Starts to serve an open house.
///
/// # Errors
/// If an address is taken or a certificate cannot be used.
pub async fn start(opened: Opened, data: &Path, config: &Config) -> anyhow::Result<Running> {
    let (tls, ca_certificate) = certificates(data, config)?;
    let post = config.mail.post(&config.server.site, data)?;
    let settings = settings(config, ca_certificate.is_some())?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("{}: is another server running there?", config.server.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let metrics = admin::record()?;
    let admin_listener = TcpListener::bind(config.server.admin_listen)
        .await
        .with_context(|| format!("{} for health and metrics", config.server.admin_listen))?;
    let admin_address = admin_listener.local_addr()?;
    let socket = open_socket(data)?;
    let limits = Limits::default();
    let house = opened.house.clone();
    let served = Served {
        address,
        ca_certificate: ca_certificate.clone(),
    };
    house.set_probes(controls::probes(house.door().clone(), served.clone()));
    let console = Console {
        house: house.clone(),
        served: Some(served),
    };
    let wait = |mut stopped: watch::Receiver<bool>| async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let tasks = vec![
        tokio::spawn(serve(
            listener,
            Some(tls),
            skillsyms_web::app(house.clone(), settings),
            limits,
            wait(stopped.clone()),
        )),
        tokio::spawn(serve_unix(
            socket,
            console::router(console.clone()),
            limits,
            wait(stopped.clone()),
        )),
        tokio::spawn(serve(
            admin_listener,
            None,
            admin::router(metrics, house),
            limits,
            wait(stopped),
        )),
    ];
    let courier = post.map(|post| Courier::new(console.house.door().clone(), post, config.server.site.clone()));
    let mailing = courier.map(Courier::start);
    let sweeping = Sweeper::new(console.house.door().clone(), console.house.files().clone()).start();
    Ok(Running {
        address,
        admin_address,
        ca_certificate,
        console,
        stop,
        tasks,
        sweeping,
        mailing,
        opened,
        data: data.to_owned(),
    })
}

/// What tells a process to stop: SIGTERM and SIGINT.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Hears them from now on, instead of being ended by them.
    ///
    /// # Errors
    /// If signals cannot be heard.
    pub fn hear() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until one comes.
    pub async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Running {
    /// Accepts nothing new, finishes what runs, closes the house.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
        self.sweeping.abort();
        if let Some(mailing) = self.mailing {
            mailing.abort();
        }
        let removed = house::socket_path(&self.data).and_then(|(_folder, path)| std::fs::remove_file(path));
        if let Err(error) = removed {
            tracing::warn!(%error, "the socket stays; the next start removes it");
        }
        self.opened.close().await;
        tracing::info!("stopped");
    }
}

/// How the edge of the application is set. A local authority is for trying things out: browsers are then told for
/// five minutes only to use TLS, because the header covers every port of localhost.
fn settings(config: &Config, is_local: bool) -> anyhow::Result<Settings> {
    let proxies = config
        .server
        .proxies
        .iter()
        .map(|net| net.parse())
        .collect::<Result<Vec<_>, _>>();
    let proxies = Proxies::new(proxies.context("server.proxies: networks such as 10.0.0.0/8")?);
    let hsts = if is_local { Hsts::FiveMinutes } else { Hsts::TwoYears };
    // Guessing passwords and tokens: sixty tries at once from an address, then one a second.
    let guarded_rate = Some(Rate {
        burst: 60,
        per_minute: 60,
    });
    Ok(Settings {
        proxies,
        hsts,
        rate: None,
        guarded_rate,
    })
}

/// The server's certificate: the configured one, or one signed by a local authority in the data folder.
fn certificates(data: &Path, config: &Config) -> anyhow::Result<(Arc<ServerConfig>, Option<PathBuf>)> {
    if let (Some(certificate), Some(key)) = (&config.server.certificate, &config.server.certificate_key) {
        return Ok((tls::from_files(certificate, key)?, None));
    }
    let folder = data.join("tls");
    std::fs::create_dir_all(&folder)?;
    let local = tls::self_signed(&folder, SystemClock.now())?;
    Ok((local.config, Some(local.ca_certificate)))
}

/// The operators' socket. This process has the folder's lock, so a socket that is there is a dead one's.
fn open_socket(data: &Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = house::socket_path(data)?;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}
