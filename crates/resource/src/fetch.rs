//! HTTP as one method, so that tests, proxies and other clients fit in.

use async_trait::async_trait;
use countersign_protocol::{Ttl, freshness};
use http::header::{AGE, CACHE_CONTROL};
use http::{Request, Response};

/// The most bytes of an answer that are read. JWK Sets are limited to 64 KiB by their parser anyway.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Sends one request to the authorization server.
///
/// An implementation must not follow redirects, must give up after some seconds and must not read more than
/// [`MAX_ANSWER_BYTES`]. Any status is an answer; an error is the lack of one.
#[async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// Sends the request and reads the whole answer.
    async fn fetch(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError>;
}

/// Why there is no usable answer. For the log; clients get 503.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No connection, no answer in time, or too long an answer.
    #[error("no answer: {0}")]
    Transport(String),
    /// An answer with a status other than 200.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was asked.
        url: String,
        /// What came.
        status: u16,
    },
    /// An answer that is not what was asked for.
    #[error("{url} answered with something else: {reason}")]
    Content {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// `GET`s a JSON document; any status but 200 is an error.
pub(crate) async fn get(fetch: &dyn Fetch, url: &str) -> Result<Vec<u8>, FetchError> {
    Ok(get_fresh(fetch, url).await?.0)
}

/// The same, with the time for which its server lets it be kept, if it says so.
pub(crate) async fn get_fresh(fetch: &dyn Fetch, url: &str) -> Result<(Vec<u8>, Option<Ttl>), FetchError> {
    let request = Request::get(url).header(http::header::ACCEPT, "application/json").body(Vec::new());
    let answer = answer(fetch, url, request).await?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let left = freshness::left(header(CACHE_CONTROL), header(AGE));
    Ok((answer.into_body(), left))
}

/// Sends a request that may not have come about, and checks status and length of the answer.
pub(crate) async fn send(
    fetch: &dyn Fetch,
    url: &str,
    request: http::Result<Request<Vec<u8>>>,
) -> Result<Vec<u8>, FetchError> {
    Ok(answer(fetch, url, request).await?.into_body())
}

async fn answer(
    fetch: &dyn Fetch,
    url: &str,
    request: http::Result<Request<Vec<u8>>>,
) -> Result<Response<Vec<u8>>, FetchError> {
    let content = |reason: String| FetchError::Content { url: url.to_owned(), reason };
    let answer = fetch.fetch(request.map_err(|error| content(error.to_string()))?).await?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status { url: url.to_owned(), status });
    }
    if answer.body().len() > MAX_ANSWER_BYTES {
        return Err(content(format!("more than {MAX_ANSWER_BYTES} bytes")));
    }
    Ok(answer)
}
