//! Opens the house on a data folder: lock, keys, door, services. Decides nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use skillsyms_cells::FolderLock;
use skillsyms_core::{Clock, SystemClock};
use skillsyms_door::{Config as DoorConfig, Door, Inspect, Registry};
use skillsyms_people::factors::Passkeys;
use skillsyms_people::{Hasher, HashingPolicy, PeopleDirectory, SessionPolicy, SignIn};
use skillsyms_records::evidence::FileStore;
use skillsyms_web::House;
use skillsyms_web::house::Services;

use crate::config::Config;

/// How long a server waits for a command that is at work in the data folder.
pub const SERVER_PATIENCE: Duration = Duration::from_secs(10);

/// A house that is open, and the lock on its data folder.
pub struct Opened {
    /// Door and services, as the faces use them.
    pub house: House,
    /// Keeps heads and indexes current.
    keeper: tokio::task::JoinHandle<()>,
    _lock: FolderLock,
}

/// All acts of the product.
///
/// # Errors
/// If two acts have one name, or one discloses fully without being on the closed list.
pub fn registry() -> anyhow::Result<Registry> {
    let slices: Vec<_> = skillsyms_people::registry::acts()
        .into_iter()
        .chain(skillsyms_records::registry::acts())
        .chain(skillsyms_assurance::registry::acts())
        .collect();
    Ok(Registry::collect(&slices)?)
}

/// How the house is opened.
pub struct Opening<'a> {
    /// The data folder; made if it is not there.
    pub data: &'a Path,
    /// The configuration.
    pub config: &'a Config,
    /// How long to wait for another process to let go of the folder.
    pub patience: Duration,
    /// Whether to work in it or to verify it.
    pub inspect: Inspect,
}

/// Opens the house.
///
/// # Errors
/// What is wrong and what to do, for the operator.
pub async fn open(opening: Opening<'_>) -> anyhow::Result<Opened> {
    let Opening {
        data,
        config,
        patience,
        inspect,
    } = opening;
    make_private(data).with_context(|| format!("the data folder {}", data.display()))?;
    let folder = data.to_owned();
    let lock = tokio::task::spawn_blocking(move || FolderLock::take(&folder, patience)).await??;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let policy = SessionPolicy::default();
    let door = Door::open(DoorConfig {
        data: data.to_owned(),
        engine: config.engine(data)?,
        root: config.root_key(data)?,
        clock,
        registry: registry()?,
        directory: Arc::new(PeopleDirectory::new(policy)),
        limits: config.limits(),
        inspect,
    })
    .await?;
    let keeper = door.keep_house();
    let mut sign_in = SignIn::new(Hasher::new(HashingPolicy::default())?, policy).with_mail(config.mail.sending());
    match Passkeys::of(&config.server.site) {
        Ok(passkeys) => sign_in = sign_in.with_passkeys(passkeys),
        Err(error) => tracing::warn!(%error, "there are no passkeys: set server.site"),
    }
    let files = FileStore::open(data)?;
    let house = House::new(Services { door, sign_in, files });
    Ok(Opened {
        house,
        keeper,
        _lock: lock,
    })
}

impl Opened {
    /// Closes the house: what was acknowledged is on disk already, the heads are published last.
    pub async fn close(self) {
        self.keeper.abort();
        self.house.door().close().await;
    }
}

/// Makes the data folder for its owner only.
fn make_private(data: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data)?;
    let mode = std::fs::metadata(data)?.permissions().mode();
    if mode & 0o077 != 0 {
        std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// The path of a socket in the data folder that fits into the 108 bytes the kernel allows, however long the folder's
/// own path is: by way of an open handle on the folder. Keep the handle for as long as the path is used.
///
/// # Errors
/// If the folder cannot be opened.
pub fn socket_path(data: &Path) -> std::io::Result<(std::fs::File, PathBuf)> {
    use std::os::fd::AsRawFd as _;
    let folder = std::fs::File::open(data)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/{}", folder.as_raw_fd(), SOCKET));
    Ok((folder, path))
}

/// Name of the operators' socket in the data folder.
const SOCKET: &str = "console.sock";
