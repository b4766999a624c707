//! Refusals on the wire: status, `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1) and a JSON body that says the same.

use axum::body::Body;
use axum::response::Response;
use countersign_protocol::{ErrorBody, ErrorCode, Refusal, ScopeSet, Ttl};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::rules::HEADER_ONLY;

/// Why a request does not reach its handler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The request or its token broke a rule: 400 or 401.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The token lacks a scope: 403 with every scope that the request needs, so that one more consent is enough.
    #[error("{refusal}")]
    InsufficientScope {
        /// What to say.
        refusal: Refusal,
        /// All that the request needs, what the token has included.
        needed: ScopeSet,
    },
    /// The authorization server did not answer, so nobody knows whether the token is good: 503, never 401, or clients
    /// would throw good tokens away.
    #[error("the authorization server cannot be reached")]
    Unavailable {
        /// When another try may succeed.
        retry_after: Ttl,
    },
    /// The application is put together wrongly, see the log: 500.
    #[error("the resource server is misconfigured: {0}")]
    Misconfigured(&'static str),
}

/// Writes rejections as responses, all with the parameters of one API.
#[derive(Debug, Clone)]
pub(crate) struct Challenger {
    realm: Option<String>,
    resource_metadata: String,
}

impl Challenger {
    /// Both values must be free of quotes, backslashes and control characters.
    pub(crate) const fn new(realm: Option<String>, resource_metadata: String) -> Self {
        Self { realm, resource_metadata }
    }

    /// The whole response.
    pub(crate) fn response(&self, rejection: &Rejection) -> Response {
        tracing::debug!(%rejection, "request refused");
        let (refusal, needed) = match rejection {
            Rejection::Refused(refusal) => (refusal, None),
            Rejection::InsufficientScope { refusal, needed } => (refusal, Some(needed)),
            Rejection::Unavailable { retry_after } => return unavailable(*retry_after),
            Rejection::Misconfigured(what) => return misconfigured(what),
        };
        let bare = refusal.rule == &HEADER_ONLY;
        let mut response =
            if bare { Response::new(Body::empty()) } else { json(refusal.code(), refusal.description()) };
        *response.status_mut() = StatusCode::from_u16(refusal.code().status()).unwrap_or(StatusCode::UNAUTHORIZED);
        let challenge = self.challenge((!bare).then_some(refusal), needed);
        let challenge = HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer"));
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        response
    }

    /// Without a refusal it is the bare challenge of RFC 6750 §3.1: no token was sent, so there is no error to name.
    fn challenge(&self, refusal: Option<&Refusal>, needed: Option<&ScopeSet>) -> String {
        let mut parameters = Vec::new();
        parameters.extend(self.realm.as_ref().map(|realm| format!("realm=\"{realm}\"")));
        if let Some(refusal) = refusal {
            parameters.push(format!("error=\"{}\"", refusal.code()));
            parameters.push(format!("error_description=\"{}\"", refusal.description()));
        }
        parameters.extend(needed.map(|scope| format!("scope=\"{scope}\"")));
        parameters.push(format!("resource_metadata=\"{}\"", self.resource_metadata));
        format!("Bearer {}", parameters.join(", "))
    }
}

fn unavailable(retry_after: Ttl) -> Response {
    let text = "The authorization server does not answer, so the access token can't be checked. It may be good: keep it \
                and try again.";
    let mut response = json(ErrorCode::TemporarilyUnavailable, text.to_owned());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    response
}

/// For the developer of the API, in the log; its clients learn nothing but that it is not their fault.
pub(crate) fn misconfigured(what: &str) -> Response {
    tracing::error!("the resource server is misconfigured: {what}");
    let mut response = json(ErrorCode::ServerError, "The API is misconfigured.".to_owned());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

fn json(code: ErrorCode, description: String) -> Response {
    let body = ErrorBody { error: code.to_string(), error_description: Some(description), trace_id: None };
    // Three strings always have a JSON form.
    let mut response = Response::new(Body::from(serde_json::to_string(&body).unwrap_or_default()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
