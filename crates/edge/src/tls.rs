//! TLS 1.3 and nothing older, with certificates from files, or made for the demo.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{RootCertStore, ServerConfig};
use skillsyms_core::Instant;

/// HTTP/2 as ALPN spells it (RFC 9113).
pub const ALPN_H2: &[u8] = b"h2";
/// HTTP/1.1 as ALPN spells it (RFC 7301).
pub const ALPN_HTTP1: &[u8] = b"http/1.1";

/// Bits of a key file's mode that are refused: the group may read it, as Debian's `ssl-cert` does; nobody else may.
const KEY_MODE_REFUSED: u32 = 0o027;
/// How long the demo's certificates are valid: under the 398 days that browsers take at most.
const LOCAL_DAYS: i64 = 365;
/// The demo's certificates are made anew when they are valid for less than this.
const LOCAL_RENEW_DAYS: i64 = 30;
/// Seconds in a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("the file {} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds no {what} in PEM form", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// The key can be read by everybody.
    #[error("the key file {} is refused: others have rights on it; run chmod 600 on it, and get a new certificate if they may have read it", path.display())]
    KeyOpen {
        /// The file.
        path: PathBuf,
    },
    /// The library refused the certificate or the key, for example because they do not belong together.
    #[error("the certificate or its key is refused")]
    Refused(#[from] rustls::Error),
    /// The demo's certificates could not be made.
    #[error("the local certificate could not be made")]
    Make(#[from] rcgen::Error),
}

/// The demo's certificates on disk, and the configuration made of them.
pub struct Local {
    /// For [`crate::serve`].
    pub config: Arc<ServerConfig>,
    /// The certificate of the authority, which clients are told to trust.
    pub ca_certificate: PathBuf,
}

/// A configuration of TLS 1.3 with a certificate chain and its key from PEM files.
///
/// # Errors
/// [`TlsError`]: a file is missing or malformed, the key can be read by others, or the two do not belong together.
pub fn from_files(certificates: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = read_chain(certificates)?;
    let key = read_key(key)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN_H2.to_vec(), ALPN_HTTP1.to_vec()];
    Ok(Arc::new(config))
}

/// A configuration for `localhost`, `127.0.0.1` and `::1`, signed by a small authority that is made for it: in `dir`,
/// `ca.pem` (to trust), `server.pem` and `server.key` (mode 0600). They are used again while they are valid for another
/// 30 days. The authority may sign for these names only, and its key is never written: nobody can take it later to
/// sign for whoever trusts it.
///
/// # Errors
/// [`TlsError`] if the folder cannot be written.
pub fn self_signed(dir: &Path, now: Instant) -> Result<Local, TlsError> {
    let files = LocalFiles::new(dir);
    if let Some(config) = files.still_good(now) {
        return Ok(Local {
            config,
            ca_certificate: files.ca,
        });
    }
    files.make(now)?;
    let config = from_files(&files.certificate, &files.key)?;
    Ok(Local {
        config,
        ca_certificate: files.ca,
    })
}

/// The cryptography under TLS, with the hybrid of ML-KEM and X25519 first, so that what is recorded today does not open
/// to a quantum computer later.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    let hybrid = aws_lc_rs::kx_group::X25519MLKEM768;
    provider.kx_groups.retain(|group| group.name() != hybrid.name());
    provider.kx_groups.insert(0, hybrid);
    Arc::new(provider)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let malformed = || TlsError::Malformed {
        path: path.to_owned(),
        what: "certificate",
    };
    let pem = fs::read(path).map_err(|error| io_failed(path, error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|_| malformed())?;
    if chain.is_empty() { Err(malformed()) } else { Ok(chain) }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let file = File::open(path).map_err(|error| io_failed(path, error))?;
    let mode = file.metadata().map_err(|error| io_failed(path, error))?.mode();
    if mode & KEY_MODE_REFUSED != 0 {
        return Err(TlsError::KeyOpen { path: path.to_owned() });
    }
    PrivateKeyDer::from_pem_reader(file).map_err(|_| TlsError::Malformed {
        path: path.to_owned(),
        what: "private key",
    })
}

fn io_failed(path: &Path, error: io::Error) -> TlsError {
    TlsError::Io {
        path: path.to_owned(),
        error,
    }
}

/// Where the demo's certificates stand.
struct LocalFiles {
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl LocalFiles {
    fn new(dir: &Path) -> Self {
        Self {
            ca: dir.join("ca.pem"),
            certificate: dir.join("server.pem"),
            key: dir.join("server.key"),
        }
    }

    /// The configuration of what is there, if a client that trusts `ca.pem` will accept it for another while.
    fn still_good(&self, now: Instant) -> Option<Arc<ServerConfig>> {
        let mut roots = RootCertStore::empty();
        for ca in read_chain(&self.ca).ok()? {
            roots.add(ca).ok()?;
        }
        let client = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .ok()?;
        let chain = read_chain(&self.certificate).ok()?;
        let name = ServerName::try_from("localhost").ok()?;
        for at in [now, now.plus_seconds(LOCAL_RENEW_DAYS * DAY_SECONDS)] {
            client
                .verify_server_cert(chain.first()?, &[], &name, &[], unix_time(at)?)
                .ok()?;
        }
        from_files(&self.certificate, &self.key).ok()
    }

    fn make(&self, now: Instant) -> Result<(), TlsError> {
        let (ca_key, server_key) = (KeyPair::generate()?, KeyPair::generate()?);
        let ca = ca_params(now);
        let ca_certificate = ca.self_signed(&ca_key)?;
        let server = server_params(now)?.signed_by(&server_key, &Issuer::new(ca, ca_key))?;
        // The key first: should this stop half way, the certificates do not fit it and all are made anew.
        write_new(&self.key, &server_key.serialize_pem(), 0o600)?;
        write_new(&self.certificate, &server.pem(), 0o644)?;
        write_new(&self.ca, &ca_certificate.pem(), 0o644)
    }
}

fn ca_params(now: Instant) -> CertificateParams {
    let mut params = dated(now, "skillsyms local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 1], 32)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(std::net::Ipv6Addr::LOCALHOST.octets(), 128)),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

fn server_params(now: Instant) -> Result<CertificateParams, TlsError> {
    let mut params = dated(now, "localhost");
    params.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()),
        SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()),
    ];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Valid from yesterday, so that a client whose clock is a little behind accepts it.
fn dated(now: Instant, name: &str) -> CertificateParams {
    let day = |at: Instant| {
        let date = at.south_african_date();
        rcgen::date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    let mut params = CertificateParams::default();
    params.not_before = day(now.plus_seconds(-DAY_SECONDS));
    params.not_after = day(now.plus_seconds(LOCAL_DAYS * DAY_SECONDS));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn unix_time(at: Instant) -> Option<UnixTime> {
    let micros = u64::try_from(at.micros()).ok()?;
    Some(UnixTime::since_unix_epoch(Duration::from_micros(micros)))
}

/// Writes a file that is not there yet as far as others can see: an old one is removed, never written into, because
/// its mode may be open.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let failed = |error| io_failed(path, error);
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn the_authoritys_key_is_never_written_and_the_servers_is_ours_alone() {
        let folder = folder();
        let local = self_signed(folder.path(), at("2026-11-22T10:00:00Z")).unwrap();
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["ca.pem", "server.key", "server.pem"]);
        let mode = fs::metadata(folder.path().join("server.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600);
        assert_eq!(local.ca_certificate, folder.path().join("ca.pem"));
        assert!(!fs::read_to_string(local.ca_certificate).unwrap().contains("PRIVATE"));
    }

    #[test]
    fn certificates_are_used_again_while_they_are_good() {
        let folder = folder();
        let ca = folder.path().join("ca.pem");
        let read_after = |now: &str| {
            self_signed(folder.path(), at(now)).unwrap();
            fs::read_to_string(&ca).unwrap()
        };
        let first = read_after("2026-11-22T10:00:00Z");
        assert_eq!(first, read_after("2027-10-01T10:00:00Z"));
        let second = read_after("2027-11-10T10:00:00Z");
        assert_ne!(first, second);
        // A clock that went back before the certificate began, and a file that was tampered with.
        assert_ne!(second, read_after("2026-01-01T10:00:00Z"));
        let third = read_after("2026-11-22T10:00:00Z");
        fs::write(folder.path().join("server.pem"), &third).unwrap();
        assert_ne!(third, read_after("2026-11-22T10:00:00Z"));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = folder();
        self_signed(folder.path(), at("2026-11-22T10:00:00Z")).unwrap();
        let (certificate, key) = (folder.path().join("server.pem"), folder.path().join("server.key"));
        for (mode, good) in [
            (0o600, true),
            (0o640, true),
            (0o644, false),
            (0o660, false),
            (0o604, false),
        ] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let loaded = from_files(&certificate, &key);
            assert_eq!(loaded.is_ok(), good, "{mode:o}");
            assert!(good || matches!(loaded, Err(TlsError::KeyOpen { .. })));
        }
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        let (one, two) = (folder(), folder());
        for folder in [&one, &two] {
            self_signed(folder.path(), at("2026-11-22T10:00:00Z")).unwrap();
        }
        let (certificate, key) = (one.path().join("server.pem"), one.path().join("server.key"));
        assert!(matches!(
            from_files(&certificate, &two.path().join("server.key")),
            Err(TlsError::Refused(_))
        ));
        assert!(matches!(
            from_files(&one.path().join("absent"), &key),
            Err(TlsError::Io { .. })
        ));
        assert!(matches!(
            from_files(&key, &key),
            Err(TlsError::Malformed {
                what: "certificate",
                ..
            })
        ));
        assert!(matches!(
            from_files(&certificate, &certificate),
            Err(TlsError::KeyOpen { .. })
        ));
        fs::set_permissions(&certificate, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            from_files(&certificate, &certificate),
            Err(TlsError::Malformed { .. })
        ));
    }

    #[test]
    fn only_tls_1_3_is_offered_with_the_hybrid_first() {
        let folder = folder();
        let config = self_signed(folder.path(), at("2026-11-22T10:00:00Z")).unwrap().config;
        assert_eq!(config.alpn_protocols, [ALPN_H2.to_vec(), ALPN_HTTP1.to_vec()]);
        assert_eq!(config.max_early_data_size, 0);
        assert_eq!(
            config.crypto_provider().kx_groups[0].name(),
            rustls::NamedGroup::X25519MLKEM768
        );
    }
}
