//! The loopback listener: waits for exactly one callback with the right `state` and answers everything else politely.
//!
//! Any local program and any web page can send requests here, so whatever does not match is refused and the waiting
//! goes on; one connection that says nothing (browsers open some ahead) keeps nobody else from being heard.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY};
use http::{HeaderValue, Method, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::NativeError;
use crate::callback::Callback;
use crate::check::Checks;
use crate::single_flight::lock;
use crate::transaction::Transaction;

const PATH: &str = "/callback";
/// Connections that are heard at the same time.
const MAX_CONNECTIONS: usize = 32;
/// Longest request line and headers.
const MAX_HEAD: usize = 16 * 1024;
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A port on loopback, open until the callback has come or this is dropped.
#[derive(Debug)]
pub struct LoopbackListener {
    listener: TcpListener,
    authority: String,
    redirect_uri: String,
}

/// What makes a request the callback that is waited for.
struct Expected<'a> {
    authority: &'a str,
    transaction: &'a Transaction,
}

impl LoopbackListener {
    /// Opens a free port on 127.0.0.1. Not on `localhost`, which may be resolved to something else (OAuth 2.1 §8.4.2).
    pub async fn bind() -> io::Result<Self> {
        Self::bind_to((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Opens a free port on `[::1]`, for machines without IPv4.
    pub async fn bind_ipv6() -> io::Result<Self> {
        Self::bind_to((Ipv6Addr::LOCALHOST, 0).into()).await
    }

    async fn bind_to(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let authority = listener.local_addr()?.to_string();
        let redirect_uri = format!("http://{authority}{PATH}");
        Ok(Self { listener, authority, redirect_uri })
    }

    /// Where the provider has to send the browser.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the callback of this transaction. The port is closed when this returns, however it ends.
    pub async fn wait(self, transaction: &Transaction, limit: Duration) -> Result<Callback, NativeError> {
        let expected = Expected { authority: &self.authority, transaction };
        let found = tokio::time::timeout(limit, listen(&self.listener, &expected)).await;
        found.map_err(|_| NativeError::TimedOut(limit))?.map_err(NativeError::Listen)
    }
}

async fn listen(listener: &TcpListener, expected: &Expected<'_>) -> io::Result<Callback> {
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => connections.push(serve(stream, expected)),
                // Who connected is gone again.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => return Err(error),
            },
            Some(Some(callback)) = connections.next(), if !connections.is_empty() => return Ok(callback),
        }
    }
}

/// Answers the one request of a connection. Yields the callback once the answer is on its way to the browser.
async fn serve(stream: TcpStream, expected: &Expected<'_>) -> Option<Callback> {
    let found = Mutex::new(None);
    let answer = service_fn(|request: hyper::Request<Incoming>| {
        let page = match judge(&request, expected) {
            Ok(callback) => {
                let page = if callback.is_error() { Page::FAILED } else { Page::DONE };
                *lock(&found) = Some(callback);
                page
            }
            Err(page) => page,
        };
        std::future::ready(Ok::<_, Infallible>(page.response()))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    // Whether the browser read the page to its end changes nothing about what it brought.
    let _ = connection.await;
    lock(&found).take()
}

fn judge(request: &hyper::Request<Incoming>, expected: &Expected<'_>) -> Result<Callback, Page> {
    // Another name for this address means that a web page had it resolved to us (DNS rebinding).
    if request.headers().get(HOST).is_none_or(|host| host.as_bytes() != expected.authority.as_bytes()) {
        return Err(Page::NOT_HERE);
    }
    if request.uri().path() != PATH {
        return Err(Page::NOT_HERE);
    }
    if request.method() != Method::GET {
        return Err(Page::ONLY_GET);
    }
    let query = request.uri().query().unwrap_or_default();
    let callback = Callback::parse(query, Checks::unobserved()).map_err(|_| Page::FOREIGN)?;
    if expected.transaction.has_state(callback.state()) { Ok(callback) } else { Err(Page::FOREIGN) }
}

/// An answer to the browser. Constant text only: nothing that came in a request is shown.
#[derive(Clone, Copy)]
struct Page {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
}

impl Page {
    const DONE: Self = Self {
        status: StatusCode::OK,
        title: "You can close this window",
        text: "The app has what it needs. Go back to it to go on.",
    };
    const FAILED: Self = Self {
        status: StatusCode::OK,
        title: "The sign-in was not completed",
        text: "You can close this window. The app tells you more.",
    };
    const FOREIGN: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "This is not the sign-in under way",
        text: "The link belongs to another sign-in, or was changed. Finish the one that the app began last.",
    };
    const NOT_HERE: Self = Self { status: StatusCode::NOT_FOUND, title: "Nothing here", text: "" };
    const ONLY_GET: Self = Self { status: StatusCode::METHOD_NOT_ALLOWED, title: "Only GET", text: "" };

    fn response(self) -> hyper::Response<Full<Bytes>> {
        let Self { status, title, text } = self;
        let html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1>\
             <p>{text}</p></main></html>\n"
        );
        let mut response = hyper::Response::new(Full::new(Bytes::from(html)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
        response
    }
}

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;\
    margin:0;color-scheme:light dark}main{max-width:30rem;padding:2rem}h1{font-size:1.5rem}";

#[cfg(test)]
mod tests;
