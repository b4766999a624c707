//! Redirect URIs, kept and compared as the bytes that were registered (OAuth 2.1 §2.3.1, RFC 9700 §4.1.3).
//!
//! There is no URL parser here on purpose: two parsers that disagree about `@`, `\` or `..;/` are how codes reach
//! strangers (CVE-2026-28512, CVE-2026-7504, CVE-2026-3872). The one exception to byte equality is the port of a
//! loopback address, which a native app can't know beforehand (RFC 8252 §7.3).

use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

/// Longest redirect URI that can be registered, in bytes.
pub const MAX_LEN: usize = 2048;

const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// A redirect URI that may be registered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a redirect URI can't be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unregistrable {
    /// Empty, too long, or with characters that no URI has (RFC 3986 §2).
    #[error("must be 1 to 2048 characters that a URI may hold; no spaces, no backslash, no quotes")]
    Characters,
    /// No scheme, hence relative.
    #[error("must be absolute: begin with a scheme such as https:")]
    Relative,
    /// A fragment (RFC 6749 §3.1.2).
    #[error("must not contain a fragment (#)")]
    Fragment,
    /// A user or password before the host.
    #[error("must not contain user information (@) before the host")]
    UserInfo,
    /// `https` without a host, or with one that can't be.
    #[error("must name a host: a name, an IPv4 address, or an IPv6 address in brackets")]
    Host,
    /// Something after the host that is no port.
    #[error("the port must be a number from 1 to 65535, or be left out with its colon")]
    Port,
    /// `http` to something else than loopback.
    #[error("http is for loopback addresses only (127.0.0.1, [::1], localhost); use https")]
    PlainHttp,
    /// A scheme without a dot: it can't be told from a browser's own (OAuth 2.1 §2.3.1).
    #[error("a private-use scheme must be a reversed domain name with a dot, such as com.example.app:/callback")]
    Scheme,
}

impl RedirectUri {
    /// Accepts `https` with a host, `http` on loopback, and private-use schemes with a dot (RFC 8252 §7).
    pub fn parse(text: &str) -> Result<Self, Unregistrable> {
        if text.is_empty() || text.len() > MAX_LEN || !text.bytes().all(is_uri_byte) {
            return Err(Unregistrable::Characters);
        }
        if text.contains('#') {
            return Err(Unregistrable::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(Unregistrable::Relative)?;
        let mut chars = scheme.bytes();
        let first_ok = chars.next().is_some_and(|b| b.is_ascii_alphabetic());
        if !first_ok || !chars.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) {
            return Err(Unregistrable::Relative);
        }
        match scheme {
            "https" => authority(rest)?,
            "http" if loopback_parts(text).is_some() => (),
            "http" => return Err(Unregistrable::PlainHttp),
            private if private.contains('.') => (),
            _ => return Err(Unregistrable::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether a request may use `sent` where this URI is registered: byte for byte the same, but for the port of a
    /// loopback literal. `localhost` is a name that another program may resolve, so its port is free for native apps
    /// only (`native`), which registered it knowingly (OAuth 2.1 §8.4.2).
    pub fn accepts(&self, sent: &str, native: bool) -> bool {
        if self.0 == sent {
            return true;
        }
        let (Some(ours), Some(theirs)) = (loopback_parts(&self.0), loopback_parts(sent)) else {
            return false;
        };
        ours == theirs && (native || ours.0 != "http://localhost")
    }

    /// Whether this is `http` on a loopback address or `localhost`.
    pub fn is_loopback(&self) -> bool {
        self.0.starts_with("http:")
    }

    /// Whether this is a private-use scheme such as `com.example.app:`.
    pub fn is_private_use(&self) -> bool {
        !self.0.starts_with("http:") && !self.0.starts_with("https:")
    }

    /// Scheme and authority of an http(s) URI, as an `Origin` header has them; `None` for private-use schemes.
    pub fn origin(&self) -> Option<&str> {
        origin_of(&self.0)
    }

    /// What a consent page shows: the host with its port, or the private-use scheme.
    pub fn host_for_display(&self) -> &str {
        match self.origin() {
            Some(origin) => origin.split_once("://").map_or(origin, |(_, host)| host),
            None => self.0.split_once(':').map_or(&self.0, |(scheme, _)| scheme),
        }
    }

    /// The URI as registered or sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Scheme and authority of an http(s) URL, byte for byte; `None` for anything else.
pub fn origin_of(url: &str) -> Option<&str> {
    let start = ["https://", "http://"].into_iter().find(|p| url.starts_with(p))?.len();
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |n| start + n);
    (end > start).then(|| &url[..end])
}

/// The bytes that RFC 3986 §2 allows, `#` among them so that it gets its own message.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

fn authority(rest: &str) -> Result<(), Unregistrable> {
    let rest = rest.strip_prefix("//").ok_or(Unregistrable::Host)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Unregistrable::UserInfo);
    }
    let port = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(Unregistrable::Host)?;
        address.parse::<Ipv6Addr>().map_err(|_| Unregistrable::Host)?;
        port
    } else {
        let host = authority.split(':').next().unwrap_or_default();
        if host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
            return Err(Unregistrable::Host);
        }
        &authority[host.len()..]
    };
    if port.is_empty() || port.strip_prefix(':').is_some_and(is_port) { Ok(()) } else { Err(Unregistrable::Port) }
}

/// Digits only: the parser for numbers would take a plus sign as well.
fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Splits a loopback URI into its part before the port and its part after; `None` if it is not loopback.
fn loopback_parts(text: &str) -> Option<(&str, &str)> {
    let host = LOOPBACK.into_iter().find(|host| text.starts_with(host))?;
    let rest = &text[host.len()..];
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let digits = port.bytes().take_while(u8::is_ascii_digit).count();
            port[..digits].parse::<u16>().ok()?;
            &port[digits..]
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// The registered URI most like the one that was sent, and the byte offset at which they first differ.
pub fn nearest<'a>(registered: &'a [RedirectUri], sent: &str) -> Option<(&'a RedirectUri, usize)> {
    registered.iter().map(|uri| (uri, common_prefix(uri.as_str(), sent))).max_by_key(|(uri, prefix)| {
        let tail = common_suffix(uri.as_str(), sent);
        prefix + tail
    })
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y).map_or(a.len().min(b.len()), |((at, _), _)| at)
}

fn common_suffix(a: &str, b: &str) -> usize {
    a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count()
}

impl std::fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = Unregistrable;
    fn try_from(text: String) -> Result<Self, Unregistrable> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
mod tests;
