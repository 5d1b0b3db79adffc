//! The real address of the client. Only a proxy that is configured is believed, and only about who stands before it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The header that proxies append to: the last entry is from the proxy nearest to us.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Taken away before the application sees the request, so that nothing inside can believe them.
const HOP_HEADERS: [&str; 9] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
];
/// Most proxies that are looked through: more than any real chain has, and a bound on the work.
const HOPS_MAX: usize = 16;

/// Bits of an IPv6 address that are one customer's: a whole /64 counts as one address.
const IPV6_CUSTOMER: u128 = !((1 << 64) - 1);

/// The address of the client, in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The networks whose proxies are believed. Empty: nobody is.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// These networks.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: the peer, or, if that is a trusted proxy, the rightmost address in `X-Forwarded-For`
    /// that is none.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        // Several header lines are one list (RFC 9110 section 5.3).
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for hop in hops.take(HOPS_MAX) {
            if !self.trust(client) {
                return client;
            }
            // Behind an entry that is no address nothing can be believed: the proxy that wrote it is the client.
            let Some(address) = parse_hop(hop) else { return client };
            client = address;
        }
        client
    }
}

/// The address by which connections and requests are counted.
pub(crate) const fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & IPV6_CUSTOMER)),
        v4 => v4,
    }
}

/// Takes away every header that tells of the client's address or of proxies. Says whether there was one.
pub(crate) fn strip(headers: &mut HeaderMap) -> bool {
    let before = headers.keys_len();
    for name in HOP_HEADERS {
        headers.remove(name);
    }
    headers.keys_len() != before
}

/// An address, with or without a port, IPv6 in brackets or not.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, lines: &[&str]) -> IpAddr {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        proxies.client(ip(peer), &headers)
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), ip("203.0.113.9"));
        assert_eq!(
            Proxies::default().client(ip("10.0.0.1"), &HeaderMap::new()),
            ip("10.0.0.1")
        );
    }

    #[test]
    fn behind_proxies_the_rightmost_address_that_is_none_counts() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), ip("198.51.100.1"));
        assert_eq!(
            client("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.9.9.9"]),
            ip("198.51.100.1")
        );
        assert_eq!(
            client("10.0.0.1", &["1.2.3.4", "198.51.100.1, 10.9.9.9"]),
            ip("198.51.100.1")
        );
        assert_eq!(client("10.0.0.1", &["10.1.1.1, 10.2.2.2"]), ip("10.1.1.1"));
        assert_eq!(client("10.0.0.1", &[]), ip("10.0.0.1"));
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1:4711"]), ip("198.51.100.1"));
        assert_eq!(client("2001:db8::1", &["[2a00::1]:4711"]), ip("2a00::1"));
        assert_eq!(client("2001:db8::1", &["[2a00::1]"]), ip("2a00::1"));
        assert_eq!(client("::ffff:10.0.0.1", &["::ffff:198.51.100.1"]), ip("198.51.100.1"));
    }

    #[test]
    fn nothing_is_believed_behind_an_entry_that_is_no_address() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1, unknown"]), ip("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &["198.51.100.1, "]), ip("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &[&"10.0.0.2, ".repeat(5_000)]), ip("10.0.0.1"));
    }

    #[test]
    fn the_application_never_sees_the_headers() {
        let mut headers = HeaderMap::new();
        assert!(!strip(&mut headers));
        headers.append("x-forwarded-for", HeaderValue::from_static("1.2.3.4"));
        headers.append("x-forwarded-for", HeaderValue::from_static("1.2.3.5"));
        headers.append("forwarded", HeaderValue::from_static("for=1.2.3.4"));
        assert!(strip(&mut headers));
        assert!(headers.is_empty());
    }
}
