//! The server speaks TLS 1.3 and nothing older.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore};

use crate::controls::probe::{Context, Finding, Probe, TlsTarget};

/// How long the server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Versions that must be refused, as they stand in a `ClientHello` (RFC 5246 appendix E.1).
const OLD: [(&str, [u8; 2]); 3] = [("TLS 1.2", [3, 3]), ("TLS 1.1", [3, 2]), ("TLS 1.0", [3, 1])];

/// Record types (RFC 8446 section 5.1) and the handshake type of a `ServerHello` (section 4).
const RECORD_ALERT: u8 = 21;
const RECORD_HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;

/// A client that trusts only the given authority is served with TLS 1.3, and clients that offer nothing newer than
/// TLS 1.2, 1.1 or 1.0 are refused.
#[must_use]
pub fn tls13_only(target: &TlsTarget) -> Finding {
    match served(target) {
        Ok(Some(ProtocolVersion::TLSv1_3)) => {}
        Ok(_) => return Finding::fails("the server chose another version than TLS 1.3"),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Finding::fails("the TLS 1.3 handshake failed: certificate or server name do not hold");
        }
        Err(error) => return Finding::unknown(format!("the server does not answer: {}", error.kind())),
    }
    refuses_older(target.addr, &target.name)
}

/// The version that a modern client is served with.
fn served(target: &TlsTarget) -> io::Result<Option<ProtocolVersion>> {
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(target.ca_pem.as_bytes()) {
        let certificate = certificate.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        roots.add(certificate).map_err(invalid)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(target.name.clone()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(invalid)?;
    let mut socket = connect(target.addr)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    Ok(connection.protocol_version())
}

/// Whether clients that offer an older version are refused.
fn refuses_older(addr: SocketAddr, name: &str) -> Finding {
    for (version, bytes) in OLD {
        match answer(addr, &client_hello(bytes, name)) {
            Ok(Answer::Refused) => {}
            Ok(Answer::Accepted) => return Finding::fails(format!("the server accepts {version}")),
            Ok(Answer::Neither) => return Finding::fails(format!("the answer to {version} is no TLS")),
            Err(error) => return Finding::unknown(format!("no answer to {version}: {}", error.kind())),
        }
    }
    Finding::holds("TLS 1.3 is served; 1.2, 1.1 and 1.0 are refused")
}

enum Answer {
    Refused,
    Accepted,
    Neither,
}

fn answer(addr: SocketAddr, hello: &[u8]) -> io::Result<Answer> {
    let mut socket = connect(addr)?;
    socket.write_all(hello)?;
    // A record's header is 5 bytes; the sixth is the type of the handshake message.
    let mut head = [0_u8; 6];
    match socket.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if closed(error.kind()) => return Ok(Answer::Refused),
        Err(error) => return Err(error),
    }
    let [record, .., message] = head;
    Ok(match (record, message) {
        (RECORD_ALERT, _) => Answer::Refused,
        (RECORD_HANDSHAKE, SERVER_HELLO) => Answer::Accepted,
        _ => Answer::Neither,
    })
}

fn closed(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&addr, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// A `ClientHello` that offers this version at most (RFC 5246 section 7.4.1.2), with what a client of its time would
/// send. It never becomes a connection, so its random bytes need not be random.
fn client_hello(version: [u8; 2], name: &str) -> Vec<u8> {
    const SUITES: [[u8; 2]; 9] = [
        [0xc0, 0x2f],
        [0xc0, 0x30],
        [0xc0, 0x2b],
        [0xc0, 0x2c],
        [0xc0, 0x13],
        [0xc0, 0x14],
        [0x00, 0x9c],
        [0x00, 0x2f],
        [0x00, 0x35],
    ];
    let host = [&[0][..], &sized16(name.as_bytes())].concat();
    let extensions = [
        extension(0, &sized16(&host)),
        // Groups: X25519, P-256. Points: uncompressed. Signatures: ECDSA, RSA-PSS, RSA, with SHA-256 and SHA-1.
        extension(10, &sized16(&[0, 0x1d, 0, 0x17])),
        extension(11, &[1, 0]),
        extension(13, &sized16(&[4, 3, 8, 4, 4, 1, 2, 3, 2, 1])),
    ]
    .concat();
    let body = [
        &version[..],
        &[0x5a; 32],
        &[0],
        &sized16(SUITES.as_flattened()),
        &[1, 0],
        &sized16(&extensions),
    ]
    .concat();
    // Handshake type 1, its length in 24 bits; around it a record.
    let message = [&[1, 0][..], &sized16(&body)].concat();
    [&[RECORD_HANDSHAKE, 3, 1][..], &sized16(&message)].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized16(body)].concat()
}

/// The bytes with their length before them, in 16 bits. Nothing here comes near that limit but a host name, and a
/// name that long is refused by every server.
fn sized16(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes()[..], bytes].concat()
}

/// Probe `tls`.
pub struct Tls13Only;

impl Probe for Tls13Only {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn version(&self) -> u32 {
        1
    }

    fn source(&self) -> &'static str {
        "handshakes with the server"
    }

    fn run(&self, cx: &Context) -> Finding {
        match &cx.tls {
            Some(target) => tls13_only(target),
            None => Finding::unknown("no server is running here"),
        }
    }

    /// Asks a server of our own that says yes to TLS 1.2.
    fn prove_it_can_fail(&self, _cx: &Context) -> Finding {
        match accepting() {
            Ok(addr) => refuses_older(addr, "localhost"),
            Err(error) => Finding::unknown(format!("no server could be planted: {}", error.kind())),
        }
    }
}

/// A server for one client, which answers whatever comes with the beginning of a TLS 1.2 `ServerHello`.
fn accepting() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    std::thread::spawn(move || {
        let Ok((mut socket, _)) = listener.accept() else { return };
        let _ = socket.set_read_timeout(Some(PATIENCE));
        let mut hello = [0; 512];
        let read = socket.read(&mut hello).unwrap_or(0);
        if read > 0 {
            let _ = socket.write_all(&[RECORD_HANDSHAKE, 3, 3, 0, 42, SERVER_HELLO, 0, 0, 38, 3, 3]);
        }
    });
    Ok(addr)
}

#[cfg(test)]
mod tests {
    use rustls::{ServerConfig, ServerConnection};

    use super::*;
    use crate::controls::probe::Verdict;

    /// A TLS 1.3 server for as many clients as come, and the certificate to trust.
    fn server(name: &str) -> (SocketAddr, String) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let mut socket = socket.unwrap();
                let mut connection = ServerConnection::new(config.clone()).unwrap();
                while connection.is_handshaking() {
                    if connection.complete_io(&mut socket).is_err() {
                        let _ = connection.write_tls(&mut socket);
                        break;
                    }
                }
            }
        });
        (addr, made.cert.pem())
    }

    #[test]
    fn the_probe_can_fail() {
        let finding = Tls13Only.prove_it_can_fail(&Context::default());
        assert_eq!(finding, Finding::fails("the server accepts TLS 1.2"));
    }

    #[test]
    fn a_server_with_1_3_only_holds() {
        let (addr, ca_pem) = server("localhost");
        let target = TlsTarget {
            addr,
            name: "localhost".to_owned(),
            ca_pem,
        };
        assert_eq!(
            tls13_only(&target).verdict,
            Verdict::Holds,
            "{}",
            tls13_only(&target).detail
        );
    }

    #[test]
    fn a_certificate_of_somebody_else_fails() {
        let (addr, _) = server("localhost");
        let (_, other) = server("localhost");
        let target = TlsTarget {
            addr,
            name: "localhost".to_owned(),
            ca_pem: other,
        };
        assert_eq!(tls13_only(&target).verdict, Verdict::Fails);
    }

    #[test]
    fn no_server_is_unknown() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        drop(listener);
        let (_, ca_pem) = server("localhost");
        let target = TlsTarget {
            addr,
            name: "localhost".to_owned(),
            ca_pem,
        };
        assert_eq!(tls13_only(&target).verdict, Verdict::Unknown);
        assert_eq!(Tls13Only.run(&Context::default()).verdict, Verdict::Unknown);
    }

    #[test]
    fn the_hello_is_one_record_of_the_right_length() {
        for (_, version) in OLD {
            let hello = client_hello(version, "localhost");
            let record = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
            assert_eq!(hello.len(), record + 5);
            let message = usize::from(u16::from_be_bytes([hello[7], hello[8]]));
            assert_eq!(record, message + 4);
            assert_eq!(hello[9..11], version);
        }
    }
}
