//! Accepts connections, within limits, until it is told to stop; then finishes what runs.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::client_ip::customer;
use crate::connection::{self, Origin, Protocol, Shared};
use crate::decisions::{Layer, count_refusal};
use crate::stall::Stall;
use crate::tls::ALPN_H2;

/// How long to wait after the system could not give a connection: most often it is out of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Limits on connections and on the heads of requests.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. Further ones wait in the system's queue.
    pub connections: usize,
    /// Connections at once from one address (IPv6: from one /64). Further ones are closed.
    pub connections_per_address: usize,
    /// Time for the TLS handshake.
    pub handshake_time: Duration,
    /// Time for the head of an HTTP/1.1 request, and for the next one on a connection that is kept alive.
    pub head_time: Duration,
    /// Size of a request's head in bytes, its first line included.
    pub head_bytes: usize,
    /// HTTP/2 requests at once on one connection.
    pub h2_streams: u32,
    /// A connection on which no request waits and nothing moves is closed after so long.
    pub idle: Duration,
    /// A peer that takes nothing of what we write for so long is cut off.
    pub write_stall: Duration,
    /// Time for what runs to finish when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            // A whole training centre may come from one address, with six connections a browser at worst.
            connections_per_address: 256,
            handshake_time: Duration::from_secs(10),
            head_time: Duration::from_secs(15),
            head_bytes: 16 * 1024,
            h2_streams: 128,
            idle: Duration::from_secs(60),
            write_stall: Duration::from_secs(30),
            drain: Duration::from_secs(30),
        }
    }
}

/// Who is at the other end of the connection, in the request's extensions. Behind a proxy this is the proxy:
/// see [`crate::ClientAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Who is at the other end of the operators' socket, as the kernel says, in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsolePeer {
    /// The user.
    pub uid: u32,
    /// The process, where the system tells.
    pub pid: Option<i32>,
}

/// Serves an application over TCP, over TLS if a configuration is given, until `shutdown` resolves. Then nothing new is
/// accepted, and what runs has [`Limits::drain`] to finish.
///
/// # Errors
/// None at present: a connection that cannot be accepted is no reason to stop. The type leaves room for one.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    app: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let tls = tls.map(TlsAcceptor::from);
    let addresses = Arc::new(Addresses::new(limits.connections_per_address));
    let handle = move |stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>| {
        let Some(place) = Addresses::enter(&addresses, peer.ip()) else {
            count_refusal(Layer::Connection, "too many from one address");
            return None;
        };
        // Small answers must not wait for more: Nagle's algorithm helps nobody here. If it cannot be set, it is slower.
        let _ = stream.set_nodelay(true);
        let tls = tls.clone();
        Some(async move {
            let _place = place;
            let stream = Stall::new(stream, shared.limits.write_stall);
            match tls {
                Some(tls) => encrypted(stream, tls, Peer(peer), shared).await,
                None => connection::run(stream, Protocol::Http1, Origin::Plain(Peer(peer)), shared).await,
            }
        })
    };
    accept_loop(listener, handle, app, limits, shutdown).await;
    Ok(())
}

/// Serves an application over the operators' socket. Only processes of our own user or of root are let in, by what the
/// kernel says of them.
///
/// # Errors
/// None at present, as for [`serve`].
pub async fn serve_unix(
    listener: UnixListener,
    app: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let us = rustix::process::geteuid().as_raw();
    let handle = move |stream: UnixStream, (), shared: Arc<Shared>| {
        let peer = stream.peer_cred().ok().map(|cred| ConsolePeer {
            uid: cred.uid(),
            pid: cred.pid(),
        });
        let Some(peer) = peer.filter(|peer| may_operate(peer.uid, us)) else {
            count_refusal(Layer::Connection, "another user at the operators' socket");
            return None;
        };
        let stream = Stall::new(stream, shared.limits.write_stall);
        Some(connection::run(stream, Protocol::Http1, Origin::Console(peer), shared))
    };
    accept_loop(listener, handle, app, limits, shutdown).await;
    Ok(())
}

/// The operators' socket is for the user that the server runs as, and for root.
const fn may_operate(uid: u32, us: u32) -> bool {
    uid == us || uid == 0
}

/// Something that connections come from.
trait Source {
    type Stream;
    type From;
    async fn accept(&self) -> io::Result<(Self::Stream, Self::From)>;
}

impl Source for TcpListener {
    type Stream = TcpStream;
    type From = SocketAddr;
    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        Self::accept(self).await
    }
}

impl Source for UnixListener {
    type Stream = UnixStream;
    type From = ();
    async fn accept(&self) -> io::Result<(UnixStream, ())> {
        Self::accept(self).await.map(|(stream, _)| (stream, ()))
    }
}

async fn accept_loop<S, H, F>(source: S, handle: H, app: Router, limits: Limits, shutdown: impl Future<Output = ()>)
where
    S: Source,
    H: Fn(S::Stream, S::From, Arc<Shared>) -> Option<F>,
    F: Future<Output = ()> + Send + 'static,
{
    let (stop, stopped) = watch::channel(());
    let shared = Arc::new(Shared::new(app, limits, stopped));
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut running = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            // The place is taken before the connection: past the limit, connections wait in the system's queue.
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, source.accept().await)
        };
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = running.join_next() => {}
            (slot, accepted) = next => match accepted {
                Ok((stream, from)) => {
                    if let Some(connection) = handle(stream, from, Arc::clone(&shared)) {
                        running.spawn(async move {
                            let _slot = slot;
                            connection.await;
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(source);
    let _ = stop.send(());
    let finished = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, finished).await.is_err() {
        tracing::warn!("connections that did not finish in time were cut off");
        running.shutdown().await;
    }
}

async fn encrypted(stream: Stall<TcpStream>, tls: TlsAcceptor, peer: Peer, shared: Arc<Shared>) {
    let mut stopped = shared.stopped.clone();
    let handshake = tokio::time::timeout(shared.limits.handshake_time, tls.accept(stream));
    let accepted = tokio::select! {
        accepted = handshake => accepted,
        _ = stopped.changed() => return,
    };
    let stream = match accepted {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return count_refusal(Layer::Tls, "the handshake failed"),
        Err(_) => return count_refusal(Layer::Tls, "the handshake took too long"),
    };
    let protocol = match stream.get_ref().1.alpn_protocol() {
        Some(ALPN_H2) => Protocol::Http2,
        _ => Protocol::Http1,
    };
    connection::run(stream, protocol, Origin::Encrypted(peer), shared).await;
}

/// How many connections each address has.
struct Addresses {
    each: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

impl Addresses {
    fn new(each: usize) -> Self {
        Self {
            each,
            counts: Mutex::default(),
        }
    }

    fn enter(this: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = customer(address);
        let mut counts = this.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= this.each {
            return None;
        }
        *count += 1;
        Some(Place {
            address,
            of: Arc::clone(this),
        })
    }
}

/// A connection's place in the count of its address.
struct Place {
    address: IpAddr,
    of: Arc<Addresses>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_places_and_gives_them_back() {
        let addresses = Arc::new(Addresses::new(2));
        let enter = |text: &str| Addresses::enter(&addresses, text.parse().unwrap());
        let (one, _two) = (enter("192.0.2.1"), enter("192.0.2.1"));
        assert!(one.is_some() && enter("192.0.2.1").is_none() && enter("::ffff:192.0.2.1").is_none());
        assert!(enter("192.0.2.2").is_some());
        drop(one);
        assert!(enter("192.0.2.1").is_some());
        let _six = (enter("2001:db8::1"), enter("2001:db8::2"));
        assert!(enter("2001:db8::3").is_none() && enter("2001:db8:0:1::3").is_some());
        assert_eq!(addresses.counts.lock().unwrap().len(), 2);
    }

    #[test]
    fn only_our_user_and_root_operate() {
        assert!(may_operate(1000, 1000) && may_operate(0, 1000));
        assert!(!may_operate(1001, 1000) && !may_operate(1000, 0));
    }
}
