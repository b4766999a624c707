//! Requests and replies, without ceremony.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use countersign_protocol::{Secret, basic, params};
use countersign_server::observed::Observed;
use serde_json::Value;

const FORM: &str = "application/x-www-form-urlencoded";

/// A request in the making.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) peer: IpAddr,
}

impl Ask {
    pub(crate) fn new(method: &str, uri: impl Into<String>) -> Self {
        Self {
            method: method.parse().unwrap(),
            uri: uri.into(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            peer: [192, 0, 2, 1].into(),
        }
    }

    pub(crate) fn get(uri: impl Into<String>) -> Self {
        Self::new("GET", uri)
    }

    pub(crate) fn post(uri: impl Into<String>) -> Self {
        Self::new("POST", uri)
    }

    /// Adds a header; twice the same name makes two headers.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    pub(crate) fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", kind)
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        self.body(FORM, params::write(fields.iter().copied()))
    }

    /// A form body just as it is.
    pub(crate) fn raw_form(self, body: impl Into<Vec<u8>>) -> Self {
        self.body(FORM, body)
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    pub(crate) fn basic(self, id: &str, secret: &str) -> Self {
        self.header("authorization", basic::write(id, &Secret::new(secret)).expose())
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn from(mut self, address: &str) -> Self {
        self.peer = address.parse().unwrap();
        self
    }
}

/// A reply with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) observed: Option<Observed>,
}

impl Reply {
    /// The one value of a header; empty if it is absent.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut all = self.headers.get_all(name).iter();
        let first = all.next().map_or("", |value| value.to_str().unwrap());
        assert!(all.next().is_none(), "{name} came twice");
        first
    }

    /// The trace that came with it.
    #[track_caller]
    pub(crate) fn observed(&self) -> &Observed {
        self.observed.as_ref().unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Where a 303 leads.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.header("location")
    }

    /// The code of an OAuth error, which must come with its words and its trace id.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let body = self.json();
        assert!(self.status.is_client_error() || self.status.is_server_error(), "{}", self.status);
        assert!(body["error_description"].as_str().is_some_and(|text| text.len() > 10), "{body}");
        assert!(body["trace_id"].as_str().is_some_and(|id| id.len() >= 12), "{body}");
        body["error"].as_str().unwrap().to_owned()
    }

    /// Refused with that status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.error().as_str()), (status, code), "{}", self.text());
    }

    pub(crate) fn is_html(&self) -> bool {
        self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    }
}
