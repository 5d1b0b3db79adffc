//! The server over real sockets of this machine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::routing::{get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use skillsyms_core::{Clock, SystemClock};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::body::limit_body;
use crate::decisions::{Decisions, Layer};
use crate::server::{ConsolePeer, Limits, Peer, serve, serve_unix};
use crate::tls::{ALPN_H2, ALPN_HTTP1, self_signed};

/// Nothing here takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// A limit that the tests wait for.
const SHORT: Duration = Duration::from_millis(150);

struct Server {
    address: SocketAddr,
    roots: Arc<RootCertStore>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<io::Result<()>>,
    _folder: tempfile::TempDir,
}

#[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
fn app() -> Router {
    let peer = async |Extension(peer): Extension<Peer>, Extension(decisions): Extension<Decisions>| {
        format!("{} {}", peer.0.ip(), decisions.of(Layer::Tls).unwrap().why)
    };
    Router::new()
        .route("/", get(async || "hello"))
        .route("/peer", get(peer))
}

async fn start(app: Router, limits: Limits) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let local = self_signed(folder.path(), SystemClock.now()).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(&local.ca_certificate).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(serve(listener, Some(local.config), app, limits, async {
        let _ = stopped.await;
    }));
    Server {
        address,
        roots: Arc::new(roots),
        stop,
        ended,
        _folder: folder,
    }
}

impl Server {
    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn try_tls(&self, alpn: &[&[u8]]) -> io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(Arc::clone(&self.roots))
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let connector = TlsConnector::from(Arc::new(config));
        connector
            .connect("localhost".try_into().unwrap(), self.tcp().await)
            .await
    }

    async fn tls(&self, alpn: &[&[u8]]) -> TlsStream<TcpStream> {
        in_time(self.try_tls(alpn)).await.unwrap()
    }

    async fn http2(&self) -> http2::SendRequest<Empty<Bytes>> {
        let stream = TokioIo::new(self.tls(&[ALPN_H2]).await);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

fn ask(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path)
        .header("host", "localhost")
        .body(Empty::new())
        .unwrap()
}

async fn http1<I>(io: I) -> http1::SendRequest<Empty<Bytes>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(io)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// Reads until the other side closes; what came before is returned.
async fn until_closed(mut io: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut all = Vec::new();
    // A reset is a close, too.
    let _ = in_time(io.read_to_end(&mut all)).await;
    all
}

#[tokio::test]
async fn tls_1_3_serves_http_1_and_2() {
    let server = start(app(), Limits::default()).await;
    for alpn in [&[ALPN_HTTP1][..], &[]] {
        let stream = server.tls(alpn).await;
        assert_eq!(
            stream.get_ref().1.protocol_version(),
            Some(rustls::ProtocolVersion::TLSv1_3)
        );
        let response = http1(stream).await.send_request(ask("/")).await.unwrap();
        assert_eq!(response.version(), http::Version::HTTP_11);
        assert!(!response.headers().contains_key("server"));
        assert_eq!(text(response).await, "hello");
    }
    let mut sender = server.http2().await;
    let response = sender.send_request(ask("https://localhost/peer")).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(text(response).await, "127.0.0.1 TLS 1.3");
    let both = server.tls(&[ALPN_HTTP1, ALPN_H2]).await;
    assert_eq!(both.get_ref().1.alpn_protocol(), Some(ALPN_H2));
}

/// A client that speaks TLS 1.2 at most, written by hand: the library that we build has no 1.2 in it.
fn tls12_client_hello() -> Vec<u8> {
    let extensions: &[&[u8]] = &[
        // supported_groups: x25519, secp256r1
        &[0, 10, 0, 6, 0, 4, 0, 29, 0, 23],
        // ec_point_formats: uncompressed
        &[0, 11, 0, 2, 1, 0],
        // signature_algorithms: ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256
        &[0, 13, 0, 6, 0, 4, 4, 3, 8, 4],
    ];
    let extensions = extensions.concat();
    let mut hello = vec![3, 3];
    hello.extend_from_slice(&[7; 32]);
    // No session; ECDHE-ECDSA and ECDHE-RSA with AES-128-GCM; no compression.
    hello.extend_from_slice(&[0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0]);
    hello.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    hello.extend_from_slice(&extensions);
    let mut handshake = vec![1, 0];
    handshake.extend_from_slice(&(hello.len() as u16).to_be_bytes());
    handshake.extend_from_slice(&hello);
    let mut record = vec![22, 3, 1];
    record.extend_from_slice(&(handshake.len() as u16).to_be_bytes());
    record.extend_from_slice(&handshake);
    record
}

#[tokio::test]
async fn a_tls_1_2_client_is_refused() {
    let server = start(app(), Limits::default()).await;
    let mut stream = server.tcp().await;
    stream.write_all(&tls12_client_hello()).await.unwrap();
    // A fatal alert, protocol_version (RFC 8446 section 6.2), and nothing else.
    assert_eq!(until_closed(stream).await, [21, 3, 3, 0, 2, 2, 70]);
}

#[tokio::test]
async fn plain_http_on_the_encrypted_port_gets_no_answer() {
    let server = start(app(), Limits::default()).await;
    let mut stream = server.tcp().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let answer = until_closed(stream).await;
    assert!(!answer.starts_with(b"HTTP"));
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_is_closed() {
    let server = start(
        app(),
        Limits {
            handshake_time: SHORT,
            ..Limits::default()
        },
    )
    .await;
    assert!(until_closed(server.tcp().await).await.is_empty());
}

#[tokio::test]
async fn a_client_with_a_slow_head_is_closed() {
    let server = start(
        app(),
        Limits {
            head_time: SHORT,
            ..Limits::default()
        },
    )
    .await;
    let mut stream = server.tls(&[ALPN_HTTP1]).await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow")
        .await
        .unwrap();
    let answer = until_closed(stream).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    // Nor may it say nothing at all.
    let silent = server.tls(&[ALPN_HTTP1]).await;
    assert!(until_closed(silent).await.is_empty());
}

#[tokio::test]
async fn an_http_2_connection_on_which_nothing_moves_is_closed() {
    let server = start(
        app(),
        Limits {
            idle: SHORT,
            ..Limits::default()
        },
    )
    .await;
    let mut sender = server.http2().await;
    let response = sender.send_request(ask("https://localhost/")).await.unwrap();
    assert_eq!(text(response).await, "hello");
    in_time(async {
        while sender.ready().await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // One that never sends its first frame holds nothing either.
    let silent = server.tls(&[ALPN_H2]).await;
    until_closed(silent).await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
async fn a_request_that_waits_for_its_answer_is_not_idle() {
    let slow = async || {
        tokio::time::sleep(SHORT * 4).await;
        "late"
    };
    let server = start(
        Router::new().route("/", get(slow)),
        Limits {
            idle: SHORT,
            ..Limits::default()
        },
    )
    .await;
    let response = server
        .http2()
        .await
        .send_request(ask("https://localhost/"))
        .await
        .unwrap();
    assert_eq!(text(response).await, "late");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = start(app(), Limits::default()).await;
    let head = |len: usize| {
        Request::get("https://localhost/")
            .header("host", "localhost")
            .header("x-long", "a".repeat(len))
    };
    for (len, status) in [
        (15_000, StatusCode::OK),
        (17_000, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
    ] {
        let mut one = http1(server.tls(&[ALPN_HTTP1]).await).await;
        assert_eq!(
            one.send_request(head(len).body(Empty::new()).unwrap())
                .await
                .unwrap()
                .status(),
            status
        );
        let response = server
            .http2()
            .await
            .send_request(head(len).body(Empty::new()).unwrap())
            .await;
        let accepted = response.is_ok_and(|response| response.status() == StatusCode::OK);
        assert_eq!(accepted, status == StatusCode::OK);
    }
    let mut many = Request::get("/").header("host", "localhost");
    for n in 0..101 {
        many = many.header(format!("x-{n}"), "a");
    }
    let mut sender = http1(server.tls(&[ALPN_HTTP1]).await).await;
    let response = sender.send_request(many.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
async fn who_still_sends_sees_the_refusal() {
    let app = Router::new()
        .route(
            "/limited",
            post(async |body: Bytes| body.len().to_string()).layer(limit_body(1_000)),
        )
        .route("/refused", post(async || StatusCode::FORBIDDEN));
    let server = start(app, Limits::default()).await;
    for (path, status) in [
        ("/limited", StatusCode::PAYLOAD_TOO_LARGE),
        ("/refused", StatusCode::FORBIDDEN),
    ] {
        let body = || Full::new(Bytes::from(vec![0; 3_000_000]));
        let request = |path: &str| Request::post(path).header("host", "localhost").body(body()).unwrap();
        let stream = TokioIo::new(server.tls(&[ALPN_HTTP1]).await);
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        assert_eq!(
            in_time(sender.send_request(request(path))).await.unwrap().status(),
            status
        );
        let stream = TokioIo::new(server.tls(&[ALPN_H2]).await);
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        let path = format!("https://localhost{path}");
        for _ in 0..3 {
            // The connection goes on serving: the window of what was not read is given back.
            assert_eq!(
                in_time(sender.send_request(request(&path))).await.unwrap().status(),
                status
            );
        }
    }
}

/// An application whose one answer waits until it is told to go on.
#[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
fn waiting() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, told) = (Arc::clone(&entered), Arc::clone(&go));
    let wait = async move || {
        inside.notify_one();
        told.notified().await;
        Body::from("finished")
    };
    (Router::new().route("/", get(wait)), entered, go)
}

#[tokio::test]
async fn stopping_finishes_what_runs_and_takes_nothing_new() {
    for h2 in [false, true] {
        let (app, entered, go) = waiting();
        let server = start(app, Limits::default()).await;
        let running = if h2 {
            let mut sender = server.http2().await;
            tokio::spawn(async move { sender.send_request(ask("https://localhost/")).await })
        } else {
            let mut sender = http1(server.tls(&[ALPN_HTTP1]).await).await;
            tokio::spawn(async move { sender.send_request(ask("/")).await })
        };
        let idle = server.tls(&[ALPN_HTTP1]).await;
        in_time(entered.notified()).await;
        server.stop.send(()).unwrap();
        // The idle connection closes at once: then the server has heard, and its listener is gone.
        until_closed(idle).await;
        assert!(TcpStream::connect(server.address).await.is_err());
        go.notify_one();
        let response = in_time(running).await.unwrap().unwrap();
        assert_eq!(text(response).await, "finished");
        in_time(server.ended).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut_off() {
    let (app, entered, _go) = waiting();
    let server = start(
        app,
        Limits {
            drain: SHORT,
            ..Limits::default()
        },
    )
    .await;
    let mut sender = http1(server.tls(&[ALPN_HTTP1]).await).await;
    let running = tokio::spawn(async move { sender.send_request(ask("/")).await });
    in_time(entered.notified()).await;
    server.stop.send(()).unwrap();
    in_time(server.ended).await.unwrap().unwrap();
    assert!(in_time(running).await.unwrap().is_err());
}

#[tokio::test]
async fn past_the_limit_connections_wait() {
    let server = start(
        app(),
        Limits {
            connections: 1,
            ..Limits::default()
        },
    )
    .await;
    let first = server.tls(&[ALPN_HTTP1]).await;
    let mut second = Box::pin(server.try_tls(&[ALPN_HTTP1]));
    assert!(tokio::time::timeout(SHORT, &mut second).await.is_err());
    drop(first);
    let mut sender = http1(in_time(second).await.unwrap()).await;
    assert_eq!(sender.send_request(ask("/")).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let server = start(
        app(),
        Limits {
            connections_per_address: 1,
            ..Limits::default()
        },
    )
    .await;
    let first = server.tls(&[ALPN_HTTP1]).await;
    assert!(in_time(server.try_tls(&[ALPN_HTTP1])).await.is_err());
    let mut sender = http1(first).await;
    assert_eq!(sender.send_request(ask("/")).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn without_tls_it_serves_http_1() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve(listener, None, app(), Limits::default(), async {
        let _ = stopped.await;
    }));
    let mut sender = http1(TcpStream::connect(address).await.unwrap()).await;
    let response = sender.send_request(ask("/peer")).await.unwrap();
    assert_eq!(text(response).await, "127.0.0.1 no TLS on this listener");
    drop(stop);
    in_time(ended).await.unwrap().unwrap();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the registry of routes is above this crate")]
async fn the_operators_socket_says_who_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("console.sock");
    let who = async |Extension(peer): Extension<ConsolePeer>| format!("{} {}", peer.uid, peer.pid.unwrap());
    let listener = UnixListener::bind(&path).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve_unix(
        listener,
        Router::new().route("/", get(who)),
        Limits::default(),
        async {
            let _ = stopped.await;
        },
    ));
    let mut sender = http1(UnixStream::connect(&path).await.unwrap()).await;
    let answer = text(sender.send_request(ask("/")).await.unwrap()).await;
    assert_eq!(
        answer,
        format!("{} {}", rustix::process::geteuid().as_raw(), std::process::id())
    );
    stop.send(()).unwrap();
    in_time(ended).await.unwrap().unwrap();
}
