//! Who is at the other end: the peer's address or, behind a proxy that the configuration names, what that proxy says.
//! Forwarded headers of anybody else are ignored (CVE-2025-64101), and no URL is ever built from them.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

/// Proxies whose `X-Forwarded-For` counts.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<Cidr>);

/// A block of addresses, such as `10.0.0.0/8` or `::1/128`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    network: u128,
    bits: u8,
}

impl Cidr {
    /// Accepts an address, alone or with a prefix length.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = match (address, bits) {
            (IpAddr::V4(_), Some(bits)) if bits <= 32 => bits + 96,
            (IpAddr::V6(_), Some(bits)) if bits <= 128 => bits,
            (_, None) => 128,
            _ => return None,
        };
        Some(Self { network: masked(mapped(address), bits), bits })
    }

    /// Whether that address is in the block.
    pub fn contains(self, address: IpAddr) -> bool {
        masked(mapped(address), self.bits) == self.network
    }
}

impl Proxies {
    /// The named proxies.
    pub const fn new(list: Vec<Cidr>) -> Self {
        Self(list)
    }

    /// Whether one of the named proxies is at that address.
    pub fn names(&self, address: IpAddr) -> bool {
        self.0.iter().any(|proxy| proxy.contains(address))
    }

    /// The address of the client: the last hop that no named proxy vouches for, reading from our end.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.ip();
        let values: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
        let hops = values.iter().rev().flat_map(|value| value.rsplit(','));
        for hop in hops {
            if !self.names(client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => client = address,
                Err(_) => break,
            }
        }
        client
    }
}

/// The network that limits count by: a single IPv4 address, a /64 of IPv6, of which one household has a whole one.
pub fn network_of(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(_) => mapped(address),
        IpAddr::V6(_) => masked(mapped(address), 64),
    }
}

fn mapped(address: IpAddr) -> u128 {
    let v6: Ipv6Addr = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    v6.to_bits()
}

const fn masked(bits: u128, keep: u8) -> u128 {
    if keep == 0 { 0 } else { bits & (u128::MAX << (128 - keep as u32)) }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use axum::http::{HeaderMap, HeaderValue};

    use super::{Cidr, Proxies, network_of};

    fn client(proxies: &[&str], peer: &str, forwarded: &[&'static str]) -> IpAddr {
        let proxies = Proxies::new(proxies.iter().map(|text| Cidr::parse(text).unwrap()).collect());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        proxies.client(SocketAddr::new(peer.parse().unwrap(), 1), &headers)
    }

    /// CVE-2025-64101, CVE-2026-33495: forwarded headers of strangers.
    #[test]
    fn a_stranger_cannot_choose_its_own_address() {
        assert_eq!(client(&[], "203.0.113.9", &["198.51.100.1"]).to_string(), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.9", &["198.51.100.1"]).to_string(), "203.0.113.9");
    }

    #[test]
    fn a_named_proxy_is_believed_up_to_the_first_unknown_hop() {
        let seen = client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, 203.0.113.9, 10.9.9.9"]);
        assert_eq!(seen.to_string(), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6", "203.0.113.9"]).to_string(), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["nonsense"]).to_string(), "10.1.2.3");
    }

    #[test]
    fn an_ipv6_household_counts_as_one_network() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("203.0.113.1"), network("203.0.113.2"));
        assert_eq!(network("::ffff:203.0.113.1"), network("203.0.113.1"));
    }

    #[test]
    fn blocks_parse_or_are_refused() {
        assert!(Cidr::parse("10.0.0.0/33").is_none());
        assert!(Cidr::parse("::/129").is_none());
        assert!(Cidr::parse("proxy.example").is_none());
        assert!(Cidr::parse("::/0").is_some());
    }
}
