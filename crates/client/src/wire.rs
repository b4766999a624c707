//! Requests and replies as plain values, and the trait that carries one to the other.
//!
//! Nothing here does I/O: a module writes a [`Request`], somebody sends it, the module reads the [`Response`].

use std::fmt;
use std::sync::Arc;

use countersign_protocol::{Malformed, Refusal, Secret, params};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode, Uri};
use serde_json::{Map, Value};

use crate::check::{Checks, quote};
use crate::rules;

/// A request to a provider, complete but for the sending.
pub type Request = http::Request<Vec<u8>>;
/// What came back, the body whole.
pub type Response = http::Response<Vec<u8>>;

/// Longest reply that is read, in bytes. A JWK Set with a hundred certificates stays far below.
pub const MAX_BODY: usize = 1024 * 1024;

/// Sends requests. One method, so that any HTTP client can be used.
///
/// An implementation must verify TLS certificates, follow **no** redirects (a token request sent elsewhere is a leak),
/// give up after a while, and stop reading at [`MAX_BODY`].
#[async_trait::async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends one request and reads the whole reply, whatever its status.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// No reply came: no connection, no trust, no time, or too many bytes. Trying again later may help.
#[derive(Debug, Clone)]
pub struct TransportError(Arc<dyn std::error::Error + Send + Sync>);

impl TransportError {
    /// Wraps the reason of the HTTP client; it must not contain header values or bodies.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(source.into()))
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no reply from the provider: {}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        f.write_str(" (check the address, the network, and that its certificate is trusted here)")
    }
}

impl std::error::Error for TransportError {}

/// An address that may be called: `https`, or `http` on loopback (OAuth 2.1 §1.5). Kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    uri: Uri,
}

impl Endpoint {
    /// Accepts an absolute URL without fragment and user information.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed("endpoint URL");
        let uri: Uri = text.parse().map_err(|_| malformed)?;
        let host = uri.host().unwrap_or_default();
        let secure = match uri.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => is_loopback(host),
            _ => false,
        };
        let plain = !text.contains('#') && !uri.authority().is_some_and(|a| a.as_str().contains('@'));
        if secure && plain { Ok(Self { text: text.to_owned(), uri }) } else { Err(malformed) }
    }

    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `GET`, accepting JSON.
    pub(crate) fn get(&self) -> Request {
        self.request(Method::GET, Vec::new())
    }

    /// `POST` of a form.
    pub(crate) fn post_form<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Request {
        let mut request = self.request(Method::POST, params::write(pairs).into_bytes());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request
    }

    /// `POST` of a JSON document.
    pub(crate) fn post_json(&self, body: Vec<u8>) -> Request {
        let mut request = self.request(Method::POST, body);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request
    }

    fn request(&self, method: Method, body: Vec<u8>) -> Request {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.map_or(host == "localhost" || host.ends_with(".localhost"), |ip| ip.is_loopback())
}

/// Puts a credential into the `Authorization` header, marked so that HTTP clients keep it out of their logs.
pub(crate) fn authorize(request: &mut Request, credential: &Secret, checks: Checks<'_>) -> Result<(), Refusal> {
    let value = HeaderValue::from_str(credential.expose()).ok();
    let mut value = checks.some(&rules::CREDENTIAL_FORM, value, || "It has other characters in it".to_owned())?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}

/// The media type of a reply.
pub(crate) fn media_type(response: &Response) -> &str {
    response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("no media type")
}

/// The body of a reply, if it is no longer than it may be.
pub(crate) fn bounded<'r>(response: &'r Response, checks: Checks<'_>) -> Result<&'r [u8], Refusal> {
    let size = response.body().len();
    checks.require(&rules::REPLY_SIZE, size <= MAX_BODY, || format!("{size} bytes came"))?;
    Ok(response.body())
}

/// Reads a successful reply as one JSON object. Never quotes the body: it may hold tokens.
pub(crate) fn json_object(response: &Response, checks: Checks<'_>) -> Result<Map<String, Value>, Refusal> {
    let body = bounded(response, checks)?;
    let fine = matches!(response.status(), StatusCode::OK | StatusCode::CREATED);
    let object = if fine { serde_json::from_slice(body).ok() } else { None };
    checks.some(&rules::REPLY_JSON, object, || {
        let (status, kind) = (response.status().as_u16(), quote(media_type(response)));
        format!("Status {status} came with {kind}; is this the provider's address, or a proxy's error page?")
    })
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, MAX_BODY, Response, json_object};
    use crate::check::Checks;
    use crate::rules;

    #[test]
    fn an_endpoint_is_https_or_on_loopback() {
        for good in [
            "https://id.example/token",
            "https://id.example:8443/t?tenant=1",
            "http://127.0.0.1:9000/token",
            "http://[::1]:9000/token",
            "http://localhost/token",
            "http://id.localhost:3000/token",
        ] {
            assert!(Endpoint::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example/token",
            "http://127.0.0.1.evil.example/token",
            "http://localhost.evil.example/",
            "https://user@id.example/token",
            "http://127.0.0.1@evil.example/",
            "https://id.example/token#frag",
            "ftp://id.example/",
            "/token",
            "id.example",
            "https:///token",
            "javascript:alert(1)",
            "",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_huge_body_and_a_web_page_are_refused_in_words() {
        let huge = Response::new(vec![b' '; MAX_BODY + 1]);
        assert_eq!(json_object(&huge, Checks::unobserved()).unwrap_err().rule, &rules::REPLY_SIZE);
        let mut page = Response::new(b"<html>Bad gateway</html>".to_vec());
        *page.status_mut() = http::StatusCode::BAD_GATEWAY;
        page.headers_mut().insert("content-type", "text/html".parse().unwrap());
        let refusal = json_object(&page, Checks::unobserved()).unwrap_err();
        assert_eq!(refusal.rule, &rules::REPLY_JSON);
        assert!(refusal.description().contains("Status 502 came with 'text/html'"), "{}", refusal.description());
    }

    #[test]
    fn a_reply_that_is_no_object_is_refused() {
        for body in ["", "[]", "1", "{}{}", "{\"a\":1,}"] {
            assert!(json_object(&Response::new(body.into()), Checks::unobserved()).is_err(), "{body}");
        }
    }
}
