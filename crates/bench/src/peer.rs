//! Who is asked: a server at the end of a kept-alive connection, or a router in this process.
//!
//! Just enough of HTTP/1.1 (RFC 9112) for replies with a Content-Length, so that the driver costs little itself.

use std::{fmt::Write as _, net::SocketAddr};

use axum::{Router, body::Body, http::Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tower::ServiceExt as _;

use crate::{Outcome, doing, world::HOST};

/// The largest reply that is read.
const MAX: usize = 256 * 1024;

/// A request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    /// Path and query.
    pub(crate) path: String,
    /// Beside Host, Content-Type and Content-Length.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// A form; without it the request is a GET.
    pub(crate) form: Option<String>,
}

/// A reply.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: u16,
    /// Its header lines.
    pub(crate) head: String,
    /// Its body.
    pub(crate) body: String,
}

/// Somebody who answers.
#[derive(Debug)]
pub(crate) enum Peer {
    /// At the end of a connection; what was read beyond a reply is kept for the next.
    Wire(TcpStream, Vec<u8>),
    /// In this process.
    Inside(Router),
}

impl Peer {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await.map_err(doing("connecting"))?;
        stream.set_nodelay(true).map_err(doing("connecting"))?;
        Ok(Self::Wire(stream, Vec::with_capacity(8 * 1024)))
    }

    /// Sends a request and waits for its reply.
    pub(crate) async fn ask(&mut self, call: &Call) -> Outcome<Reply> {
        match self {
            Self::Wire(stream, buffer) => {
                stream.write_all(text(call).as_bytes()).await.map_err(doing("sending a request"))?;
                receive(stream, buffer).await
            }
            Self::Inside(router) => inside(router, call).await,
        }
    }
}

impl Reply {
    /// The value of a header, whose name is given in lower case, as servers here write it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.map(str::trim)
    }

    /// A text member of a JSON body, for values that need no escapes.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("\"{name}\":\""))?;
        rest.split('"').next()
    }
}

fn text(call: &Call) -> String {
    let mut text = String::with_capacity(1024);
    let method = if call.form.is_some() { "POST" } else { "GET" };
    // Writing to a string does not fail.
    let _ = write!(text, "{method} {} HTTP/1.1\r\nhost: {HOST}\r\n", call.path);
    for (name, value) in &call.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if let Some(form) = &call.form {
        let kind = "application/x-www-form-urlencoded";
        let _ = write!(text, "content-type: {kind}\r\ncontent-length: {}\r\n\r\n{form}", form.len());
    } else {
        text.push_str("\r\n");
    }
    text
}

async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome<Reply> {
    loop {
        if let Some((reply, length)) = reply(buffer)? {
            buffer.drain(..length);
            return Ok(reply);
        }
        if buffer.len() > MAX {
            return Err("a reply is too large".into());
        }
        if stream.read_buf(buffer).await.map_err(doing("waiting for a reply"))? == 0 {
            return Err("the server closed the connection".into());
        }
    }
}

/// The reply at the beginning of what was received, and its length, if all of it is there.
fn reply(received: &[u8]) -> Outcome<Option<(Reply, usize)>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&received[..end]).map_err(doing("reading a reply"))?;
    let (status, head) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("a reply without status")?;
    let mut reply = Reply { status, head: head.to_owned(), body: String::new() };
    let length = reply.header("content-length").map_or(Ok(0), str::parse::<usize>);
    let length = length.ok().filter(|length| *length <= MAX).ok_or("a reply without length")?;
    let Some(body) = received.get(end + 4..end + 4 + length) else { return Ok(None) };
    std::str::from_utf8(body).map_err(doing("reading a reply"))?.clone_into(&mut reply.body);
    Ok(Some((reply, end + 4 + length)))
}

async fn inside(router: &Router, call: &Call) -> Outcome<Reply> {
    let method = if call.form.is_some() { "POST" } else { "GET" };
    let mut request = Request::builder().method(method).uri(&call.path).header("host", HOST);
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    if call.form.is_some() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    let request = request.body(Body::from(call.form.clone().unwrap_or_default())).map_err(doing("making a request"))?;
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let mut reply = Reply { status: parts.status.as_u16(), ..Reply::default() };
    for (name, value) in &parts.headers {
        let value = value.to_str().map_err(doing("reading a header"))?;
        let _ = write!(reply.head, "{name}: {value}\r\n");
    }
    let body = axum::body::to_bytes(body, MAX).await.map_err(doing("reading a reply"))?;
    reply.body = String::from_utf8(body.to_vec()).map_err(doing("reading a reply"))?;
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::reply;

    #[test]
    fn a_reply_is_whole_when_all_of_its_length_is_there() {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\nx-a: b\r\n\r\n{\"a\":\"b\"}\n\n\nHTTP/1.1";
        for end in 0..text.len() - 8 {
            assert!(reply(&text[..end]).unwrap().is_none(), "{end}");
        }
        let (whole, length) = reply(text).unwrap().unwrap();
        assert_eq!((whole.status, length), (200, text.len() - 8));
        assert_eq!((whole.header("x-a"), whole.member("a"), whole.member("b")), (Some("b"), Some("b"), None));
    }
}
