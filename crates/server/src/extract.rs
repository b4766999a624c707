//! What endpoints take from a request. Nothing here refuses by itself: what is wrong is kept, so that the refusal comes
//! in the format of the endpoint and under a rule.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use countersign_engine::{Cx, token::rules as token_rules};
use countersign_protocol::{Params, Refusal, params};

/// What to say of a body that is no form.
pub const NOT_A_FORM: &str = "The Content-Type header is missing or names something else";
/// What to say of a body that is too long.
pub const TOO_LONG: &str = "The body is larger than 64 KiB, or was cut off";

/// A form body with its Authorization header.
#[derive(Debug)]
pub struct Form {
    /// The header, if there was exactly one and it was text.
    pub authorization: Option<String>,
    /// Whether there was an Authorization header of any kind.
    pub had_authorization: bool,
    params: Result<Params, String>,
}

impl Form {
    /// The parameters, or the refusal.
    pub fn params(&self, cx: &mut Cx<'_>) -> Result<&Params, Refusal> {
        let read = cx.require_some(&token_rules::FORM_READABLE, self.params.as_ref().ok());
        read.map_err(|refusal| Refusal { detail: self.params.as_ref().err().cloned(), ..refusal })
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        let params = if is_form(&parts.headers) {
            match read(body, params::MAX_BYTES).await {
                Some(bytes) => Params::parse(&bytes).map_err(|error| error.to_string()),
                None => Err(TOO_LONG.into()),
            }
        } else {
            Err(NOT_A_FORM.into())
        };
        Ok(Self {
            authorization: authorization(&parts.headers),
            had_authorization: parts.headers.contains_key(header::AUTHORIZATION),
            params,
        })
    }
}

/// Whether the body is said to be a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    is_kind(headers, "application/x-www-form-urlencoded")
}

/// Whether the body is said to be JSON, which no foreign page can send without a preflight.
pub fn is_json(headers: &HeaderMap) -> bool {
    is_kind(headers, "application/json")
}

fn is_kind(headers: &HeaderMap, expected: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(expected))
}

/// The Authorization header, if there is exactly one and it is text. Two of them make the request ambiguous; it is then
/// as if there were an unreadable one.
pub fn authorization(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(one.to_str().unwrap_or("unreadable").to_owned()),
        (Some(_), Some(_)) => Some("Basic several".to_owned()),
        _ => None,
    }
}

/// Reads a body up to a limit; `None`: longer, or cut off.
pub async fn read(body: Body, limit: usize) -> Option<Bytes> {
    to_bytes(body, limit).await.ok()
}
