//! From where a key may be used, and from where it was.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use skillsyms_cells::CellError;
use skillsyms_core::Problem;

use crate::throttle::wide_network;

/// Networks that a key may name. Whoever needs more has a network of their own in front of them.
pub const NETWORKS_MAX: usize = 16;
/// Characters of the longest network: an IPv6 address of 45 with `/128`. Nothing longer is looked at.
const NETWORK_CHARS_MAX: usize = 49;
/// Bits that an IPv4 network has before it when it is written as one of IPv6 (RFC 4291 section 2.5.5.2).
const MAPPED_BITS: u8 = 96;
/// Wide networks that a key remembers: an integration with two data centres over both protocols, twice.
const REMEMBERED_MAX: usize = 8;

/// The networks from which a key may be used. None named: it may be used from everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads networks as somebody wrote them: `192.0.2.0/24`, `2001:db8::/32`, or one address. Bits of the host are dropped.
    ///
    /// # Errors
    /// `api_key.network` if there are too many or one is none.
    pub fn parse(names: &[String]) -> Result<Self, Problem> {
        if names.len() > NETWORKS_MAX {
            return Err(Problem::field(
                "networks",
                "api_key.networks",
                "Name at most 16 networks.",
            ));
        }
        let mut all = names
            .iter()
            .map(|name| network(name))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                let message = "Write networks like 192.0.2.0/24 or 2001:db8::/32. For every network, name none.";
                Problem::field("networks", "api_key.network", message)
            })?;
        all.sort_unstable();
        all.dedup();
        Ok(Self(all))
    }

    /// Reads the column. What cannot be read lets nobody in.
    pub(crate) fn of(text: &str) -> Result<Self, CellError> {
        let all = text.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
        all.map(Self)
            .map_err(|_| CellError::Damaged("a network of a key that is none"))
    }

    /// As the column keeps them, with a space between.
    pub(crate) fn text(&self) -> String {
        self.words().join(" ")
    }

    /// As they are written.
    pub(crate) fn words(&self) -> Vec<String> {
        self.0.iter().map(IpNet::to_string).collect()
    }

    /// Whether the key may be used from there. Who does not know where it comes from is not in a network.
    pub(crate) fn let_in(&self, from: Option<IpAddr>) -> bool {
        let Some(from) = from else {
            return self.0.is_empty();
        };
        let from = from.to_canonical();
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&from))
    }
}

/// One network. All addresses are none: whoever means that names no network.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    if text.len() > NETWORK_CHARS_MAX {
        return None;
    }
    let read = text.parse().ok().or_else(|| text.parse().ok().map(IpAddr::into))?;
    let canonical = canonical(read)?.trunc();
    (canonical.prefix_len() > 0).then_some(canonical)
}

/// A network of IPv4 that is written as one of IPv6 is the one of IPv4: as such the edge knows the callers. One that is wider than
/// all of IPv4 there would let nobody in, and is none.
fn canonical(network: IpNet) -> Option<IpNet> {
    let IpNet::V6(v6) = network else {
        return Some(network);
    };
    let Some(v4) = v6.addr().to_ipv4_mapped() else {
        return Some(network);
    };
    let bits = v6.prefix_len().checked_sub(MAPPED_BITS)?;
    Ipv4Net::new(v4, bits).ok().map(IpNet::V4)
}

/// The wide networks from which a key was used last, the latest at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsedFrom(Vec<IpAddr>);

impl UsedFrom {
    pub(crate) fn of(text: &str) -> Result<Self, CellError> {
        let all = text.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
        all.map(Self)
            .map_err(|_| CellError::Damaged("a network of a key that is none"))
    }

    pub(crate) fn text(&self) -> String {
        let words: Vec<String> = self.0.iter().map(IpAddr::to_string).collect();
        words.join(" ")
    }

    /// Whether it was used, and lately not from there. The first use of all is news to nobody: who made the key awaits it.
    pub(crate) fn is_new(&self, from: Option<IpAddr>) -> bool {
        let from = from.map(wide_network);
        from.is_some_and(|from| !self.0.is_empty() && !self.0.contains(&from))
    }

    /// After one more use.
    pub(crate) fn and(mut self, from: Option<IpAddr>) -> Self {
        let Some(from) = from.map(wide_network) else {
            return self;
        };
        self.0.retain(|known| *known != from);
        self.0.push(from);
        let too_many = self.0.len().saturating_sub(REMEMBERED_MAX);
        self.0.drain(..too_many);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &[&str]) -> Result<Networks, Problem> {
        Networks::parse(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn networks_are_read_in_one_spelling_and_read_what_they_write() {
        let read = parse(&[
            " 192.0.2.7/24",
            "::ffff:192.0.2.0/120",
            "2001:DB8:0:0::1/32",
            "198.51.100.9",
        ])
        .unwrap();
        assert_eq!(read.words(), ["192.0.2.0/24", "198.51.100.9/32", "2001:db8::/32"]);
        assert_eq!(Networks::of(&read.text()).unwrap(), read);
        assert_eq!(Networks::of("").unwrap(), parse(&[]).unwrap());
        assert!(Networks::of("192.0.2.0/24 everywhere").is_err());
    }

    #[test]
    fn what_is_no_network_or_all_of_them_is_refused() {
        let long = "1".repeat(10_000);
        for name in [
            "",
            "x",
            "192.0.2.0/33",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
            "::ffff:0.0.0.0/64",
            "192.0.2.0/24 10.0.0.0/8",
            "fe80::1%eth0",
            "192.0.2.0/-1",
            "0300.0.2.0/24",
            &long,
        ] {
            assert!(parse(&[name]).is_err(), "{name}");
        }
        assert!(parse(&["192.0.2.0/24"; NETWORKS_MAX]).is_ok());
        assert!(parse(&["192.0.2.0/24"; NETWORKS_MAX + 1]).is_err());
    }

    #[test]
    fn a_key_is_let_in_from_its_networks_alone() {
        let read = parse(&["192.0.2.0/24", "2001:db8::/32"]).unwrap();
        for (from, is_let_in) in [
            (ip("192.0.2.255"), true),
            (ip("::ffff:192.0.2.255"), true),
            (ip("2001:db8:ffff::1"), true),
            (ip("192.0.3.0"), false),
            (ip("2001:db9::"), false),
            (ip("::192.0.2.1"), false),
            (ip("64:ff9b::192.0.2.1"), false),
            (None, false),
        ] {
            assert_eq!(read.let_in(from), is_let_in, "{from:?}");
            assert!(Networks::default().let_in(from));
        }
    }

    #[test]
    fn the_last_eight_wide_networks_are_remembered() {
        let mut used = UsedFrom::of("").unwrap();
        assert!(!used.is_new(ip("192.0.2.1")), "the first use of all");
        used = used.and(None).and(ip("192.0.2.1"));
        assert!(!used.is_new(ip("192.0.2.200")) && !used.is_new(ip("::ffff:192.0.2.2")) && !used.is_new(None));
        assert!(used.is_new(ip("192.0.3.1")) && used.is_new(ip("2001:db8::1")));
        for third in 0..7 {
            used = used.and(ip(&format!("198.51.{third}.1")));
        }
        used = used.and(ip("192.0.2.9")).and(ip("203.0.113.1"));
        assert_eq!(UsedFrom::of(&used.text()).unwrap(), used);
        assert_eq!(used.0.len(), REMEMBERED_MAX);
        assert!(!used.is_new(ip("192.0.2.1")), "used again, it is not the oldest");
        assert!(used.is_new(ip("198.51.0.1")), "the oldest is forgotten");
    }
}
