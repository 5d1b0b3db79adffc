//! One connection: HTTP/1.1 or HTTP/2 with their limits, closed when nothing moves or when the server stops.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::decisions::{Decisions, Layer, Outcome};
use crate::server::{ConsolePeer, Limits, Peer};

/// Window of one HTTP/2 stream in bytes: what a client may send of one body before we read it.
const H2_STREAM_WINDOW: u32 = 256 * 1024;
/// Window of a whole HTTP/2 connection in bytes, the bound on what it can make us hold.
const H2_CONNECTION_WINDOW: u32 = 512 * 1024;
/// HTTP/2 pings this often, and gives up on a peer that leaves one unanswered as long.
const H2_PING: Duration = Duration::from_secs(20);
/// How long a connection that we close for idleness may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long a body that nobody reads to its end is kept after it is let go, so that the client sees our answer first.
const LINGER: Duration = Duration::from_secs(1);

/// Which protocol a connection speaks, as ALPN settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// The network, without TLS.
    Plain(Peer),
    /// The network, over TLS 1.3.
    Encrypted(Peer),
    /// The operators' socket.
    Console(ConsolePeer),
}

impl Origin {
    fn mark(self, request: &mut Request<Body>) {
        let decisions = Decisions::default();
        decisions.note(Layer::Connection, Outcome::Passed, "within the limits");
        match self {
            Self::Plain(peer) => {
                decisions.note(Layer::Tls, Outcome::Passed, "no TLS on this listener");
                request.extensions_mut().insert(peer);
            }
            Self::Encrypted(peer) => {
                decisions.note(Layer::Tls, Outcome::Passed, "TLS 1.3");
                request.extensions_mut().insert(peer);
            }
            Self::Console(peer) => {
                decisions.note(Layer::Tls, Outcome::Passed, "the operators' socket");
                request.extensions_mut().insert(peer);
            }
        }
        request.extensions_mut().insert(decisions);
    }
}

/// What all connections of a server share.
pub(crate) struct Shared {
    router: Router,
    pub(crate) limits: Limits,
    pub(crate) stopped: watch::Receiver<()>,
}

impl Shared {
    pub(crate) const fn new(router: Router, limits: Limits, stopped: watch::Receiver<()>) -> Self {
        Self {
            router,
            limits,
            stopped,
        }
    }
}

/// Serves one connection to its end.
pub(crate) async fn run<I>(io: I, protocol: Protocol, origin: Origin, shared: Arc<Shared>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(io);
    let (limits, activity) = (shared.limits, Arc::new(Activity::new()));
    let (router, seen) = (shared.router.clone(), Arc::clone(&activity));
    let service = service_fn(move |request: Request<Incoming>| {
        let exchange = Exchange::begin(Arc::clone(&seen));
        let mut request = request.map(|body| Body::new(Lingering::new(body)));
        origin.mark(&mut request);
        let answer = router.clone().oneshot(request);
        async move {
            let response: Response<Body> = answer.await?;
            Ok::<_, Infallible>(response.map(|body| exchange.answered(body)))
        }
    });
    match protocol {
        Protocol::Http1 => drive(http1_builder(limits).serve_connection(io, service), activity, &shared).await,
        Protocol::Http2 => drive(http2_builder(limits).serve_connection(io, service), activity, &shared).await,
    }
}

fn http1_builder(limits: Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head_bytes)
        // Also the most that is read of a head before it is refused, hence not far above the limit.
        .max_buf_size(limits.head_bytes.saturating_mul(2).max(8192));
    builder
}

fn http2_builder(limits: Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(H2_STREAM_WINDOW)
        .initial_connection_window_size(H2_CONNECTION_WINDOW)
        .keep_alive_interval(H2_PING)
        .keep_alive_timeout(H2_PING);
    builder
}

/// Polls a connection until it ends, is idle for too long, or the server stops.
async fn drive<C: GracefulConnection>(connection: C, activity: Arc<Activity>, shared: &Shared) {
    let mut connection = pin!(connection);
    let mut stopped = shared.stopped.clone();
    let idle = shared.limits.idle;
    let mut stopping = false;
    loop {
        tokio::select! {
            // An error here is the peer's doing: reset, bad framing, a head too slow. There is nobody to tell.
            _ = connection.as_mut() => return,
            _ = stopped.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep_until(activity.quiet_since() + idle) => {
                if activity.is_quiet(idle) {
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(GOODBYE, connection.as_mut()).await;
                    return;
                }
            }
        }
    }
}

/// When something last moved on a connection, and how many requests wait for their answer.
struct Activity {
    start: Instant,
    /// Milliseconds after `start`.
    moved_ms: AtomicU64,
    unanswered: AtomicUsize,
}

impl Activity {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            moved_ms: AtomicU64::new(0),
            unanswered: AtomicUsize::new(0),
        }
    }

    fn touch(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_ms.store(elapsed, Ordering::Relaxed);
    }

    fn moved(&self) -> Instant {
        self.start + Duration::from_millis(self.moved_ms.load(Ordering::Relaxed))
    }

    /// From when idleness counts. A request that waits for its answer has a limit of its own.
    fn quiet_since(&self) -> Instant {
        if self.unanswered.load(Ordering::Relaxed) > 0 {
            Instant::now()
        } else {
            self.moved()
        }
    }

    fn is_quiet(&self, idle: Duration) -> bool {
        self.unanswered.load(Ordering::Relaxed) == 0 && self.moved().elapsed() >= idle
    }
}

/// A request that waits for its answer.
struct Exchange(Arc<Activity>);

impl Exchange {
    fn begin(activity: Arc<Activity>) -> Self {
        activity.unanswered.fetch_add(1, Ordering::Relaxed);
        activity.touch();
        Self(activity)
    }

    /// The head of the answer is there; the body goes on telling that something moves.
    fn answered(self, body: Body) -> Watched {
        Watched {
            body,
            activity: Arc::clone(&self.0),
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.unanswered.fetch_sub(1, Ordering::Relaxed);
        self.0.touch();
    }
}

/// The body of a request. When the application answers without reading all of it (too long, or not allowed), the rest
/// is not cut off at once: clients that still send would see a reset (some of them, curl 7.88 for one, then throw away
/// the answer that came just before it). It is not read either, so it costs its window and no more.
struct Lingering {
    body: Option<Incoming>,
    ended: bool,
}

impl Lingering {
    const fn new(body: Incoming) -> Self {
        Self {
            body: Some(body),
            ended: false,
        }
    }
}

impl http_body::Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(cx);
        self.ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(http_body::Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if http_body::Body::is_end_stream(self) {
            return;
        }
        // Without a runtime there is no connection left to be polite on.
        if let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) {
            runtime.spawn(async move {
                tokio::time::sleep(LINGER).await;
                drop(body);
            });
        }
    }
}

/// The body of an answer. Its reader stands still if it is not asked for more.
struct Watched {
    body: Body,
    activity: Arc<Activity>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.activity.touch();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
