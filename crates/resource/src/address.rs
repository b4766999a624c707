//! The two URLs that name this API and its authorization server, and the well-known addresses made from them
//! (RFC 9728 §3.1, RFC 8414 §3.1, OpenID Connect Discovery 1.0 §4).
//!
//! Both are identifiers: they are kept and compared as the bytes that were configured.

use std::net::IpAddr;

use countersign_protocol::redirect_uri::origin_of;
use http::Uri;

/// An `https` URL, or `http` on loopback, without user information, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

/// Why a URL can't name an API or an authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an absolute `http` or `https` URL with a host.
    #[error("is not an absolute https URL")]
    NotAUrl,
    /// A user or password before the host.
    #[error("must not contain user information (@)")]
    UserInfo,
    /// RFC 8414 §2 forbids both for issuers; RFC 9728 §1.2 forbids the fragment and advises against the query.
    #[error("must not contain a query or a fragment")]
    QueryOrFragment,
    /// Tokens and keys would travel in the clear.
    #[error("must be https; http is for loopback addresses only")]
    PlainHttp,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        if text.contains(['?', '#']) {
            return Err(AddressError::QueryOrFragment);
        }
        let graphic =
            text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'{' | b'}'));
        let uri: Uri = text.parse().map_err(|_| AddressError::NotAUrl)?;
        let (Some(_), Some(authority), true) = (origin_of(text), uri.authority(), graphic) else {
            return Err(AddressError::NotAUrl);
        };
        if authority.as_str().contains('@') {
            return Err(AddressError::UserInfo);
        }
        if text.starts_with("http:") && !is_loopback(authority.host()) {
            return Err(AddressError::PlainHttp);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The well-known address with that suffix, put between host and path; a path of `/` alone vanishes.
    pub(crate) fn well_known(&self, suffix: &str) -> String {
        format!("{}{}", self.origin(), self.well_known_path(suffix))
    }

    /// The path of [`well_known`](Self::well_known).
    pub(crate) fn well_known_path(&self, suffix: &str) -> String {
        let path = self.0.get(self.origin().len()..).filter(|path| *path != "/").unwrap_or_default();
        format!("/.well-known/{suffix}{path}")
    }

    /// The address of OpenID Connect Discovery, which appends where RFC 8414 inserts.
    pub(crate) fn openid_configuration(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.0.strip_suffix('/').unwrap_or(&self.0))
    }

    fn origin(&self) -> &str {
        origin_of(&self.0).unwrap_or(&self.0)
    }
}

/// Whether a URL from the issuer's metadata may be fetched: what the issuer publishes over TLS must not lead out of it.
pub(crate) fn is_fetchable(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_loopback(host),
        _ => false,
    })
}

/// Whether a host as it stands in a URL is this very machine (RFC 6761 §6.3 for the name).
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let named = bare.eq_ignore_ascii_case("localhost") || bare.to_ascii_lowercase().ends_with(".localhost");
    named || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError, is_fetchable};

    #[test]
    fn well_known_addresses_stand_between_host_and_path() {
        for (url, expected) in [
            ("https://api.example.com", "https://api.example.com/.well-known/x"),
            ("https://api.example.com/", "https://api.example.com/.well-known/x"),
            ("https://api.example.com/v1", "https://api.example.com/.well-known/x/v1"),
            ("https://api.example.com:8443/v1/", "https://api.example.com:8443/.well-known/x/v1/"),
            ("http://localhost:4003", "http://localhost:4003/.well-known/x"),
        ] {
            assert_eq!(Address::parse(url).unwrap().well_known("x"), expected);
        }
        let issuer = Address::parse("https://as.example.com/tenant").unwrap();
        assert_eq!(issuer.openid_configuration(), "https://as.example.com/tenant/.well-known/openid-configuration");
    }

    #[test]
    fn what_cannot_name_an_api_is_refused() {
        for (url, why) in [
            ("", AddressError::NotAUrl),
            ("/v1", AddressError::NotAUrl),
            ("api.example.com", AddressError::NotAUrl),
            ("ftp://api.example.com", AddressError::NotAUrl),
            ("https://", AddressError::NotAUrl),
            ("https:///path", AddressError::NotAUrl),
            ("https://api.example.com/a\"b", AddressError::NotAUrl),
            ("https://u:p@api.example.com", AddressError::UserInfo),
            ("https://api.example.com/#x", AddressError::QueryOrFragment),
            ("https://api.example.com?x", AddressError::QueryOrFragment),
            ("http://api.example.com", AddressError::PlainHttp),
            ("http://localhost.example.com", AddressError::PlainHttp),
        ] {
            assert_eq!(Address::parse(url).unwrap_err(), why, "{url:?}");
        }
        for url in ["http://127.0.0.1:4003/x", "http://[::1]:4003", "http://api.localhost:4003", "http://LOCALHOST"] {
            assert!(Address::parse(url).is_ok(), "{url:?}");
        }
    }

    #[test]
    fn metadata_cannot_lead_out_of_tls() {
        assert!(is_fetchable("https://as.example.com/jwks") && is_fetchable("http://127.0.0.1:1/jwks"));
        assert!(
            !is_fetchable("http://as.example.com/jwks") && !is_fetchable("file:///etc/passwd") && !is_fetchable("x")
        );
    }
}
