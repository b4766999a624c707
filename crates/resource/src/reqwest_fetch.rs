//! The HTTP adapter on reqwest: rustls, no redirects, ten seconds, a cap on the size. The only file that names the feature's
//! crate.

use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};

use crate::fetch::{Fetch, FetchError, MAX_ANSWER_BYTES};

/// A [`Fetch`] on a reqwest client of its own.
#[derive(Debug, Clone)]
pub struct ReqwestFetch(reqwest::Client);

impl ReqwestFetch {
    /// Makes the client; fails when the system's TLS configuration can't be used.
    pub fn new() -> Result<Self, FetchError> {
        #[expect(clippy::disallowed_methods, reason = "this is the HTTP adapter; it sets limits and forbids redirects")]
        let builder = reqwest::Client::builder();
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(10))
            .user_agent(concat!("countersign-resource/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(transport)
    }
}

#[async_trait]
impl Fetch for ReqwestFetch {
    async fn fetch(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(transport)?;
        let mut answer = self.0.execute(request).await.map_err(transport)?;
        let mut response = Response::new(Vec::new());
        *response.status_mut() = answer.status();
        while let Some(chunk) = answer.chunk().await.map_err(transport)? {
            if response.body().len().saturating_add(chunk.len()) > MAX_ANSWER_BYTES {
                return Err(FetchError::Transport(format!("more than {MAX_ANSWER_BYTES} bytes")));
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

/// Every cause, down to the one that helps: reqwest's own words end with "error sending request".
#[expect(clippy::needless_pass_by_value, reason = "it stands behind `map_err`")]
fn transport(error: reqwest::Error) -> FetchError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    FetchError::Transport(text)
}
