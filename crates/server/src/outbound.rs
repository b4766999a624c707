//! The one way out: every fetch of an address that somebody else chose goes through here (logout delivery, `jwks_uri`,
//! `request_uri`, `sector_identifier_uri`, the keys of software statements). Nothing else in this crate opens a connection.
//!
//! ```ignore
//! let answer = realm.outbound.fetch(Fetch::get(uri, "application/json").at_most(64 * 1024)).await?;
//! if answer.status == StatusCode::OK { parse(&answer.body) }
//! ```
//!
//! What holds for every fetch, so that callers need not think of it:
//!
//! - The name is resolved once, and the connection goes to one of the very addresses that were checked: a name that
//!   answers otherwise a moment later changes nothing (DNS rebinding).
//! - If any of its addresses is of special use (loopback, private, link-local, documentation, …), nothing is fetched,
//!   unless the configuration says `outbound.allow_special_use = true`. Plain http goes to such addresses only.
//! - Redirects are errors. No proxies, no cookies, no credentials of the URL, no compression, no kept connections.
//! - One bound on time for everything from the name to the last byte, one on the size of the body, one on the number of
//!   fetches at once, and a lower one for those that anybody can cause.
//!
//! Any other status is an answer: whether 404 is a failure is the caller's to say. An error is for the log; to a client it
//! says too much about the network that this server stands in. What is fetched is not cached here.

mod address;
mod connect;
mod exchange;
#[cfg(test)]
mod tests;

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::http::{HeaderMap, StatusCode};
use hyper::body::Bytes;
use tokio::sync::Semaphore;
use tokio_rustls::rustls::pki_types::CertificateDer;

use address::Target;
use connect::Trust;

/// Most fetches at once; further ones wait, in the time that they have.
const AT_ONCE: usize = 32;
/// Most of them that anybody can cause as often as they like, by opening a page or by registering: keys of clients and
/// logout notices need places too.
const BY_ANYBODY: usize = 8;
/// Time and size of a fetch that names none.
const WITHIN: Duration = Duration::from_secs(10);
const AT_MOST: usize = 64 * 1024;

/// `[outbound]`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether loopback, private and other special-use addresses may be asked, and by plain http.
    pub allow_special_use: bool,
    /// Certificate authorities that are trusted beside the system's.
    pub extra_ca: Vec<CertificateDer<'static>>,
}

/// What finds the addresses of a name.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All of them.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The system's resolver.
#[derive(Debug)]
struct System;

#[async_trait]
impl Resolve for System {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// One fetch.
#[derive(Debug)]
pub struct Fetch<'a> {
    url: &'a str,
    accept: &'static str,
    /// A form, if it is a POST.
    form: Option<String>,
    at_most: usize,
    within: Duration,
    /// Whether the body is wanted at all.
    whole: bool,
    by_anybody: bool,
}

impl<'a> Fetch<'a> {
    /// `GET`, of that media type.
    pub const fn get(url: &'a str, accept: &'static str) -> Self {
        Self { url, accept, form: None, at_most: AT_MOST, within: WITHIN, whole: true, by_anybody: false }
    }

    /// `POST` of an encoded form.
    pub const fn post_form(url: &'a str, form: String) -> Self {
        Self { url, accept: "*/*", form: Some(form), at_most: AT_MOST, within: WITHIN, whole: true, by_anybody: false }
    }

    /// Bound of the body, in bytes.
    pub const fn at_most(mut self, bytes: usize) -> Self {
        self.at_most = bytes;
        self
    }

    /// Only the status and the headers are of interest: the body is not read, and comes out empty.
    pub const fn without_body(mut self) -> Self {
        self.whole = false;
        self
    }

    /// Anybody can cause it, as often as they like: it shares few places with its like.
    pub const fn by_anybody(mut self) -> Self {
        self.by_anybody = true;
        self
    }

    /// Bound of the time for all of it.
    pub const fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }
}

/// What came back.
#[derive(Debug)]
pub struct Fetched {
    /// Never one of 300 to 399.
    pub status: StatusCode,
    /// Headers, as the other side sent them.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// Why nothing came back. For the log, not for clients.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// Not an address that may be fetched.
    #[error("{0}")]
    Url(&'static str),
    /// The name has no address.
    #[error("the name does not resolve: {0}")]
    Unresolved(String),
    /// One of its addresses is not of the public internet.
    #[error("the name resolves to the special-use address {0}; outbound.allow_special_use = true would permit it")]
    SpecialUse(std::net::IpAddr),
    /// Plain http over the public internet.
    #[error("http is for special-use addresses only; expected https")]
    Plain,
    /// No connection, or no TLS on it.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The other side does not speak HTTP as it should.
    #[error("no proper answer: {0}")]
    Broken(String),
    /// A redirect.
    #[error("redirected with status {0}; redirects are not followed")]
    Redirected(u16),
    /// Too many bytes.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// Took too long.
    #[error("no answer within {0:?}")]
    Late(Duration),
}

/// The guarded fetcher.
pub struct Outbound {
    allow_special_use: bool,
    resolver: Arc<dyn Resolve>,
    trust: Trust,
    places: Semaphore,
    by_anybody: Semaphore,
}

impl Outbound {
    /// With the system's resolver.
    pub fn new(settings: Settings) -> Self {
        Self::with_resolver(settings, Arc::new(System))
    }

    /// With another one: for tests.
    pub fn with_resolver(settings: Settings, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            allow_special_use: settings.allow_special_use,
            resolver,
            trust: Trust::new(settings.extra_ca),
            places: Semaphore::new(AT_ONCE),
            by_anybody: Semaphore::new(BY_ANYBODY),
        }
    }

    /// Fetches within the bounds that the fetch names.
    pub async fn fetch(&self, fetch: Fetch<'_>) -> Result<Fetched, OutboundError> {
        let within = fetch.within;
        let all = async {
            let _share = if fetch.by_anybody { Some(self.by_anybody.acquire().await) } else { None };
            let _place = self.places.acquire().await;
            self.fetch_now(fetch).await
        };
        tokio::time::timeout(within, all).await.unwrap_or(Err(OutboundError::Late(within)))
    }

    async fn fetch_now(&self, fetch: Fetch<'_>) -> Result<Fetched, OutboundError> {
        let target = Target::parse(fetch.url)?;
        let addresses = self.addresses(&target).await?;
        let stream = connect::open(&target, &addresses, &self.trust).await?;
        exchange::exchange(stream, &target, fetch).await
    }

    /// The addresses of a target: all of them fit to be asked, or none is returned.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, OutboundError> {
        let found = if let Some(address) = target.literal() {
            vec![address]
        } else {
            let found = self.resolver.resolve(&target.host(), target.port()).await;
            found.map_err(|error| OutboundError::Unresolved(error.to_string()))?
        };
        let special = found.iter().map(SocketAddr::ip).find(|ip| address::is_special_use(*ip));
        match special {
            _ if found.is_empty() => Err(OutboundError::Unresolved("no address".to_owned())),
            Some(ip) if !self.allow_special_use => Err(OutboundError::SpecialUse(ip)),
            _ if !target.is_https() && !found.iter().all(|at| address::is_special_use(at.ip())) => {
                Err(OutboundError::Plain)
            }
            _ => Ok(found),
        }
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("allow_special_use", &self.allow_special_use).finish_non_exhaustive()
    }
}
