//! What may be asked: reads a URL into its parts once, and knows the special-use addresses (RFC 6890 and the registries of
//! IANA that keep it). The parts are what is connected to; nobody parses the URL a second time in another way.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::LazyLock,
};

use url::{Host, Url};

use super::OutboundError;
use crate::network::Cidr;

/// Longest URL.
const MAX_URL: usize = 2048;

/// IPv4 blocks that are not the public internet, or that lead elsewhere from there.
static SPECIAL_V4: LazyLock<Vec<Cidr>> = LazyLock::new(|| {
    blocks(&[
        "0.0.0.0/8",       // "this network"
        "10.0.0.0/8",      // private
        "100.64.0.0/10",   // shared by carriers
        "127.0.0.0/8",     // loopback
        "169.254.0.0/16",  // link-local; metadata services of clouds
        "172.16.0.0/12",   // private
        "192.0.0.0/24",    // protocol assignments
        "192.0.2.0/24",    // documentation
        "192.88.99.0/24",  // 6to4 relays
        "192.168.0.0/16",  // private
        "198.18.0.0/15",   // benchmarks
        "198.51.100.0/24", // documentation
        "203.0.113.0/24",  // documentation
        "224.0.0.0/4",     // multicast
        "240.0.0.0/4",     // reserved; broadcast
    ])
});

/// Global unicast: the only IPv6 block that may be asked at all ...
static GLOBAL_V6: LazyLock<Vec<Cidr>> = LazyLock::new(|| blocks(&["2000::/3"]));

/// ... but for these.
static SPECIAL_V6: LazyLock<Vec<Cidr>> = LazyLock::new(|| {
    blocks(&[
        "2001::/23",     // protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32", // documentation
        "2002::/16",     // 6to4
        "3fff::/20",     // documentation
    ])
});

/// Where networks without IPv4 reach it (RFC 6052 §2.1): as special as the address inside.
static NAT64: LazyLock<Vec<Cidr>> = LazyLock::new(|| blocks(&["64:ff9b::/96"]));

fn blocks(list: &[&str]) -> Vec<Cidr> {
    list.iter().filter_map(|block| Cidr::parse(block)).collect()
}

/// Whether that address is anything else than a host of the public internet.
pub(super) fn is_special_use(address: IpAddr) -> bool {
    let is_in = |list: &[Cidr], address: IpAddr| list.iter().any(|block| block.contains(address));
    match address.to_canonical() {
        IpAddr::V4(v4) => is_in(&SPECIAL_V4, v4.into()),
        IpAddr::V6(v6) if is_in(&NAT64, v6.into()) => is_in(&SPECIAL_V4, embedded(v6).into()),
        IpAddr::V6(v6) => !is_in(&GLOBAL_V6, v6.into()) || is_in(&SPECIAL_V6, v6.into()),
    }
}

/// The last four bytes.
const fn embedded(v6: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = v6.octets();
    Ipv4Addr::new(a, b, c, d)
}

/// A URL in its parts.
#[derive(Debug)]
pub(super) struct Target {
    url: Url,
    host: Host<String>,
    port: u16,
}

impl Target {
    /// Accepts http and https without user and fragment.
    pub(super) fn parse(text: &str) -> Result<Self, OutboundError> {
        if text.len() > MAX_URL {
            return Err(OutboundError::Url("the URL is too long"));
        }
        let url = Url::parse(text).map_err(|_| OutboundError::Url("not a URL"))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(OutboundError::Url("neither https nor http"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Url("a URL with a user or a password in it"));
        }
        if url.fragment().is_some() {
            return Err(OutboundError::Url("a URL with a fragment"));
        }
        let host = url.host().map(|host| host.to_owned()).ok_or(OutboundError::Url("a URL without a host"))?;
        let port = url.port_or_known_default().ok_or(OutboundError::Url("a URL without a port"))?;
        Ok(Self { url, host, port })
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address, if the URL names one itself. Every way of writing it has become one by now: `0x7f.1` is 127.0.0.1.
    pub(super) fn literal(&self) -> Option<SocketAddr> {
        let ip: IpAddr = match self.host {
            Host::Domain(_) => return None,
            Host::Ipv4(v4) => v4.into(),
            Host::Ipv6(v6) => v6.into(),
        };
        Some(SocketAddr::new(ip, self.port))
    }

    /// The host: a name or an address, without brackets.
    pub(super) fn host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(v4) => v4.to_string(),
            Host::Ipv6(v6) => v6.to_string(),
        }
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// What the Host header says.
    pub(super) fn authority(&self) -> String {
        self.url.port().map_or_else(|| self.host.to_string(), |port| format!("{}:{port}", self.host))
    }

    /// What the request line says.
    pub(super) fn path_and_query(&self) -> String {
        self.url.query().map_or_else(|| self.url.path().to_owned(), |query| format!("{}?{query}", self.url.path()))
    }
}
