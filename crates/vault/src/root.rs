//! The root key: 32 bytes from a file that nobody else can read, or from the environment.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use skillsyms_core::Rng;
use zeroize::Zeroizing;

use crate::aead::KEY_LEN;
use crate::digest::sha256;
use crate::wrap::KeyError;

/// A key as text: two hexadecimal digits a byte.
const HEX_LEN: usize = KEY_LEN * 2;
/// Most that is read of a key file, in bytes: the key, a newline, and enough more to see that it is too long.
const READ_LIMIT: u64 = 256;
/// Mode of a key file that we make: the owner reads and writes.
const FILE_MODE: u32 = 0o600;
/// Bits of a mode that let anybody but the owner in.
const OTHERS: u32 = 0o077;
/// Hashed ahead of the key to name it, so that the name is useless for anything else.
const ID_DOMAIN: &[u8] = b"skillsyms-root-key-id-v1";
/// Bytes of the hash that make the name: enough to tell keys apart, too few to test guesses against.
const ID_LEN: usize = 4;

/// The key that wraps every tenant's key. It is never printed; [`RootKey::id`] names it.
pub struct RootKey(Zeroizing<[u8; KEY_LEN]>);

impl RootKey {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`KeyError::Absent`] without a file, [`KeyError::Unsafe`] if it is a link, no regular file, of another owner,
    /// or open to group or others, [`KeyError::Malformed`] if it does not hold 64 hexadecimal digits.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let file = open_no_link(path)?;
        check_owner_only(path, &file)?;
        let mut text = Zeroizing::new(String::with_capacity(HEX_LEN * 2));
        file.take(READ_LIMIT)
            .read_to_string(&mut text)
            .map_err(|error| read_failed(path, error))?;
        Self::from_hex(&text)
    }

    /// Reads the key file, or draws a key and makes the file (mode 0600, durable before this returns) if there is none.
    ///
    /// # Errors
    /// As [`RootKey::from_file`], and [`KeyError::Io`] if the file cannot be made.
    pub fn open_or_create_file(path: &Path, rng: &dyn Rng) -> Result<Self, KeyError> {
        match Self::from_file(path) {
            Err(KeyError::Absent { .. }) => {}
            other => return other,
        }
        let key = Self::generate(rng);
        match key.write_new(path) {
            // Another process made it between the two calls: its key is the one.
            Err(KeyError::Io { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists => Self::from_file(path),
            Err(error) => Err(error),
            Ok(()) => Ok(key),
        }
    }

    /// Reads the value of an environment variable: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if it is anything else.
    pub fn from_env_value(value: &str) -> Result<Self, KeyError> {
        Self::from_hex(value)
    }

    /// Draws a new key.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        rng.fill(&mut *bytes);
        Self(bytes)
    }

    /// Names the key without giving it away: eight hexadecimal digits of a hash.
    #[must_use]
    pub fn id(&self) -> String {
        let material = Zeroizing::new([ID_DOMAIN, self.0.as_slice()].concat());
        sha256(&material)
            .iter()
            .take(ID_LEN)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    fn from_hex(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_end_matches(['\n', '\r']);
        if text.len() != HEX_LEN || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(KeyError::Malformed);
        }
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| KeyError::Malformed)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| KeyError::Malformed)?;
        }
        // A key of zeros is a placeholder somebody forgot, not a key.
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(KeyError::Malformed);
        }
        Ok(Self(bytes))
    }

    fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let failed = |error| KeyError::Io {
            path: path.to_owned(),
            error,
        };
        let mut text = Zeroizing::new(String::with_capacity(HEX_LEN + 1));
        for byte in self.0.iter() {
            text.push_str(&format!("{byte:02x}"));
        }
        text.push('\n');
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(path)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        sync_folder(path).map_err(failed)
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey({})", self.id())
    }
}

/// A new name is durable only once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    File::open(folder)?.sync_all()
}

fn open_no_link(path: &Path) -> Result<File, KeyError> {
    // NONBLOCK: a pipe put in the key's place would hold the start up for ever.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return KeyError::Absent { path: path.to_owned() };
            }
            if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
                return KeyError::Unsafe {
                    path: path.to_owned(),
                    why: "it is a symbolic link",
                };
            }
            KeyError::Io {
                path: path.to_owned(),
                error,
            }
        })
}

/// Looks at the open file, not at its name, so that nothing can be swapped in between.
fn check_owner_only(path: &Path, file: &File) -> Result<(), KeyError> {
    let refuse = |why| {
        Err(KeyError::Unsafe {
            path: path.to_owned(),
            why,
        })
    };
    let metadata = file.metadata().map_err(|error| read_failed(path, error))?;
    if !metadata.is_file() {
        return refuse("it is not a regular file");
    }
    if metadata.mode() & OTHERS != 0 {
        return refuse(
            "others than its owner have rights on it; run chmod 600 on it, and change the key if they may have read it",
        );
    }
    let owner = metadata.uid();
    if owner != rustix::process::geteuid().as_raw() && owner != 0 {
        return refuse("it belongs to another user");
    }
    Ok(())
}

fn read_failed(path: &Path, error: io::Error) -> KeyError {
    if error.kind() == io::ErrorKind::InvalidData {
        return KeyError::Malformed;
    }
    KeyError::Io {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::digest::SystemRng;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_start_makes_the_file_and_the_next_reads_it() {
        let folder = folder();
        let path = folder.path().join("root.key");
        assert!(matches!(RootKey::from_file(&path), Err(KeyError::Absent { .. })));
        let made = RootKey::open_or_create_file(&path, &SystemRng).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!((text.len(), text.ends_with('\n')), (65, true));
        for read in [
            RootKey::from_file(&path),
            RootKey::open_or_create_file(&path, &SystemRng),
        ] {
            assert_eq!(read.unwrap().bytes(), made.bytes());
        }
        assert_eq!(RootKey::from_env_value(text.trim()).unwrap().id(), made.id());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = folder();
        let path = folder.path().join("root.key");
        RootKey::open_or_create_file(&path, &SystemRng).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o620, 0o601, 0o610] {
            set_mode(&path, mode);
            let refused = RootKey::open_or_create_file(&path, &SystemRng);
            assert!(matches!(refused, Err(KeyError::Unsafe { .. })), "{mode:o}");
        }
        for mode in [0o600, 0o400] {
            set_mode(&path, mode);
            RootKey::from_file(&path).unwrap();
        }
    }

    #[test]
    fn links_folders_and_pipes_are_refused() {
        let folder = folder();
        let key = folder.path().join("root.key");
        RootKey::open_or_create_file(&key, &SystemRng).unwrap();
        let link = folder.path().join("link");
        symlink(&key, &link).unwrap();
        let error = RootKey::from_file(&link).unwrap_err();
        assert!(
            matches!(
                error,
                KeyError::Unsafe {
                    why: "it is a symbolic link",
                    ..
                }
            ),
            "{error:?}"
        );
        // A link to nowhere must not be written through either.
        let nowhere = folder.path().join("nowhere");
        symlink(folder.path().join("absent"), &nowhere).unwrap();
        assert!(RootKey::open_or_create_file(&nowhere, &SystemRng).is_err());
        assert!(!folder.path().join("absent").exists());
        let sub = folder.path().join("sub");
        fs::create_dir(&sub).unwrap();
        set_mode(&sub, 0o700);
        assert!(matches!(RootKey::from_file(&sub), Err(KeyError::Unsafe { .. })));
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(RootKey::from_file(&pipe), Err(KeyError::Unsafe { .. })));
    }

    #[test]
    fn a_second_start_at_once_uses_the_key_of_the_first() {
        let folder = folder();
        let path = folder.path().join("root.key");
        let first = RootKey::open_or_create_file(&path, &SystemRng).unwrap();
        let late = RootKey::generate(&SystemRng);
        let error = late.write_new(&path).unwrap_err();
        assert!(matches!(error, KeyError::Io { error, .. } if error.kind() == io::ErrorKind::AlreadyExists));
        assert_eq!(RootKey::from_file(&path).unwrap().id(), first.id());
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let good = "ab".repeat(32);
        assert!(RootKey::from_env_value(&good).is_ok());
        assert!(RootKey::from_env_value(&good.to_uppercase()).is_ok());
        let zeros = "00".repeat(32);
        let sign = format!("{}+a", "ab".repeat(31));
        for bad in [
            "",
            "ab",
            &good[1..],
            &format!("{good}0"),
            &"zz".repeat(32),
            &zeros,
            &sign,
            &format!(" {good}"),
        ] {
            assert!(matches!(RootKey::from_env_value(bad), Err(KeyError::Malformed)));
        }
        let folder = folder();
        let path = folder.path().join("root.key");
        for bytes in [&b""[..], b"\xff\xfe", &[b'a'; 70_000]] {
            fs::write(&path, bytes).unwrap();
            set_mode(&path, 0o600);
            assert!(matches!(RootKey::from_file(&path), Err(KeyError::Malformed)));
        }
    }

    #[test]
    fn a_key_prints_as_its_id() {
        let key = RootKey::from_env_value(&"ab".repeat(32)).unwrap();
        assert_eq!(key.id().len(), 8);
        assert_eq!(format!("{key:?}"), format!("RootKey({})", key.id()));
        assert!(!key.id().contains("abab"));
    }
}
