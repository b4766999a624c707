//! [`HttpClient`] over reqwest: rustls, no redirects, bounded time and size. The only file that names the feature's
//! crate.

use std::time::Duration;

use crate::wire::{HttpClient, MAX_BODY, Request, Response, TransportError};

/// Longest time for one request with its reply; a refresh that takes longer is better tried again.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Many servers close a connection that is idle for five seconds. A form that meets the closing is lost, and not sent
/// again.
const IDLE: Duration = Duration::from_secs(4);

/// The HTTP client that comes with this library. Cheap to clone; connections are shared and kept alive.
#[derive(Debug, Clone)]
pub struct ReqwestClient(reqwest::Client);

impl ReqwestClient {
    /// A client that trusts the certificates that the system trusts.
    pub fn new() -> Result<Self, TransportError> {
        #[expect(clippy::disallowed_methods, reason = "this is the guarded HTTP adapter")]
        Self::from_builder(reqwest::Client::builder())
    }

    /// A client with settings of the caller's own: a proxy, a certificate authority, a TLS identity. Redirects stay off
    /// and times bounded, whatever the builder says.
    pub fn from_builder(builder: reqwest::ClientBuilder) -> Result<Self, TransportError> {
        Self::patient(builder, TIMEOUT)
    }

    /// The same, but waits that long for a reply: for test beds in which somebody holds messages up to look at them.
    pub fn patient(builder: reqwest::ClientBuilder, patience: Duration) -> Result<Self, TransportError> {
        let builder = builder.redirect(reqwest::redirect::Policy::none()).referer(false);
        let client = builder.timeout(patience).connect_timeout(CONNECT_TIMEOUT).pool_idle_timeout(IDLE).build();
        client.map(Self).map_err(TransportError::new)
    }
}

#[async_trait::async_trait]
impl HttpClient for ReqwestClient {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(without_url)?;
        let mut reply = self.0.execute(request).await.map_err(without_url)?;
        let mut response = Response::new(Vec::new());
        *response.status_mut() = reply.status();
        *response.headers_mut() = std::mem::take(reply.headers_mut());
        while let Some(chunk) = reply.chunk().await.map_err(without_url)? {
            if response.body().len().saturating_add(chunk.len()) > MAX_BODY {
                return Err(TransportError::new("the reply is longer than 1 MiB"));
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

/// Addresses may have parameters that belong into no log.
fn without_url(error: reqwest::Error) -> TransportError {
    TransportError::new(error.without_url())
}

#[cfg(test)]
mod tests;
