//! The HTTP adapter on reqwest: rustls, no redirects, ten seconds, a cap on the size. The only file that names the
//! feature's crate.

use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};

use crate::address::is_loopback;
use crate::fetch::{Fetch, FetchError, MAX_ANSWER_BYTES};

/// Many servers close a connection that is idle for five seconds. A question about a token that meets the closing is lost,
/// and not sent again.
const IDLE: Duration = Duration::from_secs(4);

/// A [`Fetch`] on reqwest clients of its own.
///
/// A proxy from the environment (`HTTPS_PROXY`, `NO_PROXY`) is used, but not on the way to this very machine.
#[derive(Debug, Clone)]
pub struct ReqwestFetch {
    outward: reqwest::Client,
    loopback: reqwest::Client,
}

impl ReqwestFetch {
    /// Makes the clients; fails when the system's TLS configuration can't be used.
    pub fn new() -> Result<Self, FetchError> {
        let outward = builder().build().or_else(|error| {
            // A container without CA certificates can still reach `http` on loopback; `https` will fail by itself.
            tracing::warn!(error = %transport(&error), "https will not work");
            builder().tls_certs_only([]).build()
        });
        let outward = outward.map_err(|error| transport(&error))?;
        let loopback = builder().no_proxy().build().or_else(|_| builder().no_proxy().tls_certs_only([]).build());
        Ok(Self { outward, loopback: loopback.map_err(|error| transport(&error))? })
    }
}

fn builder() -> reqwest::ClientBuilder {
    #[expect(clippy::disallowed_methods, reason = "this is the HTTP adapter; it sets limits and forbids redirects")]
    let builder = reqwest::Client::builder();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(10))
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("countersign-resource/", env!("CARGO_PKG_VERSION")))
}

#[async_trait]
impl Fetch for ReqwestFetch {
    async fn fetch(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let here = request.uri().host().is_some_and(is_loopback);
        let client = if here { &self.loopback } else { &self.outward };
        let request = reqwest::Request::try_from(request).map_err(|error| transport(&error))?;
        let mut answer = client.execute(request).await.map_err(|error| transport(&error))?;
        let mut response = Response::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        while let Some(chunk) = answer.chunk().await.map_err(|error| transport(&error))? {
            if response.body().len().saturating_add(chunk.len()) > MAX_ANSWER_BYTES {
                return Err(FetchError::Transport(format!("more than {MAX_ANSWER_BYTES} bytes")));
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

/// Every cause, down to the one that helps: reqwest's own words end with "error sending request".
fn transport(error: &reqwest::Error) -> FetchError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    FetchError::Transport(text)
}
