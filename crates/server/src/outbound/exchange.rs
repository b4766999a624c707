//! One request and its answer over a connection that stands.

use axum::http::{Method, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use hyper::body::Bytes;

use super::{Fetch, Fetched, OutboundError, address::Target, connect::Stream};

/// Most bytes of the head of an answer, and most headers.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// One request and its answer. The connection is driven by this very future: dropping it, as a timeout does, ends both.
pub(super) async fn exchange(stream: Stream, target: &Target, fetch: Fetch<'_>) -> Result<Fetched, OutboundError> {
    let broken = |error: hyper::Error| OutboundError::Broken(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .handshake(stream)
        .await
        .map_err(broken)?;
    let (at_most, whole) = (fetch.at_most, fetch.whole);
    let request = request(target, fetch)?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let (head, body) = answer.into_parts();
        if head.status.is_redirection() {
            return Err(OutboundError::Redirected(head.status.as_u16()));
        }
        if !whole {
            return Ok(Fetched { status: head.status, headers: head.headers, body: Bytes::new() });
        }
        let body = Limited::new(body, at_most).collect().await.map_err(|error| {
            let large = error.is::<LengthLimitError>();
            if large { OutboundError::TooLarge(at_most) } else { OutboundError::Broken(error.to_string()) }
        })?;
        Ok(Fetched { status: head.status, headers: head.headers, body: body.to_bytes() })
    };
    let drive = async {
        // How it ended is known from the answer.
        let _ = connection.await;
        std::future::pending::<std::convert::Infallible>().await
    };
    tokio::select! {
        answer = answer => answer,
        never = drive => match never {},
    }
}

fn request(target: &Target, fetch: Fetch<'_>) -> Result<hyper::Request<String>, OutboundError> {
    let method = if fetch.form.is_some() { Method::POST } else { Method::GET };
    let mut request = hyper::Request::builder()
        .method(method)
        .uri(target.path_and_query())
        .header(header::HOST, target.authority())
        .header(header::USER_AGENT, concat!("Countersign/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, fetch.accept)
        .header(header::CONNECTION, "close");
    if fetch.form.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    request.body(fetch.form.unwrap_or_default()).map_err(|_| OutboundError::Url("the address does not fit a request"))
}
