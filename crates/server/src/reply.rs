//! From outcomes to HTTP: JSON replies, OAuth errors, trace ids, and the headers that nobody may forget.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_engine::{Cx, Fault};
use countersign_protocol::{Entropy, ErrorBody, ErrorCode, Refusal, base64url};
use countersign_store::StoreError;
use serde::Serialize;

use crate::observed::Observed;

/// Why a request ends without what it asked for. Only a refusal is explained to whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule was broken.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A fault on our side.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
    /// Too much at once: the store's queue is full, or the same record changed under us again and again.
    #[error("overloaded: {0}")]
    Overloaded(&'static str),
}

impl Failure {
    /// The error code that whoever asked gets.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Overloaded(_) => ErrorCode::TemporarilyUnavailable,
            Self::Fault(_) | Self::Store(_) => ErrorCode::ServerError,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded => Self::Overloaded("the store's queue is full"),
            other => Self::Store(other),
        }
    }
}

/// Which challenge goes with a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// None: the credentials came in the body.
    None,
    /// `Basic`: the client used the header (RFC 6749 §5.2).
    Basic,
    /// `Bearer`: an access token is wanted (RFC 6750 §3).
    Bearer {
        /// Whether a token came. If none did, the challenge names no error (RFC 6750 §3.1).
        sent: bool,
    },
}

/// A short id under which the log knows this reply.
pub fn trace_id(entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0; 9];
    entropy.fill(&mut bytes);
    base64url(bytes)
}

/// The reply of an endpoint that speaks JSON.
pub fn json<T: Serialize>(
    cx: &mut Cx<'_>,
    endpoint: &'static str,
    outcome: Result<T, Failure>,
    challenge: Challenge,
) -> Response {
    let mut response = match outcome {
        Ok(body) => {
            let mut response = Json(body).into_response();
            Observed::of(cx, endpoint).attach(&mut response);
            response
        }
        Err(failure) => error(cx, endpoint, &failure, challenge),
    };
    no_store(&mut response);
    response
}

/// The reply of an endpoint that answers this client with a token of its own (RFC 7519 §10.3.1).
pub fn jwt(cx: &mut Cx<'_>, endpoint: &'static str, token: String) -> Response {
    let media_type = HeaderValue::from_static("application/jwt");
    let mut response = ([(header::CONTENT_TYPE, media_type)], token).into_response();
    Observed::of(cx, endpoint).attach(&mut response);
    no_store(&mut response);
    response
}

fn error(cx: &mut Cx<'_>, endpoint: &'static str, failure: &Failure, challenge: Challenge) -> Response {
    let (trace_id, observed) = report(cx, endpoint, failure);
    let code = failure.code();
    let description = match failure {
        Failure::Refused(refusal) => refusal.description(),
        Failure::Overloaded(_) => "Too many requests at once; try again.".into(),
        Failure::Fault(_) | Failure::Store(_) => "A fault on our side. Tell the administrator the trace_id.".into(),
    };
    let body = ErrorBody {
        error: code.as_str().to_owned(),
        error_description: Some(description.clone()),
        trace_id: Some(trace_id.clone()),
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(body)).into_response();
    if let Some(value) = challenge_header(challenge, code, &description, &trace_id) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    if code == ErrorCode::TemporarilyUnavailable {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    observed.attach(&mut response);
    response
}

/// The challenge of a 401. Of a Bearer challenge more attributes than the defined ones are allowed (RFC 6750 §3), and
/// `HEAD` or a proxy may have lost the body, so it tells the trace id too.
fn challenge_header(challenge: Challenge, code: ErrorCode, description: &str, trace_id: &str) -> Option<HeaderValue> {
    let text = match challenge {
        Challenge::Basic if code == ErrorCode::InvalidClient => "Basic realm=\"countersign\", charset=\"UTF-8\"".into(),
        Challenge::Bearer { sent: false } if code == ErrorCode::InvalidToken => "Bearer realm=\"countersign\"".into(),
        Challenge::Bearer { sent: true }
            if matches!(code, ErrorCode::InvalidToken | ErrorCode::InsufficientScope | ErrorCode::InvalidRequest) =>
        {
            let told = format!("error=\"{code}\", error_description=\"{description}\", trace_id=\"{trace_id}\"");
            format!("Bearer realm=\"countersign\", {told}")
        }
        _ => return None,
    };
    HeaderValue::from_str(&text).ok()
}

/// Writes a failure to the log, and returns the id under which it stands there, with the trace for the reply.
pub fn report(cx: &mut Cx<'_>, endpoint: &'static str, failure: &Failure) -> (String, Observed) {
    let trace_id = trace_id(cx.entropy);
    let flow = cx.flow.as_ref().map(ToString::to_string);
    match failure {
        Failure::Refused(refusal) => tracing::info!(
            endpoint,
            rule = refusal.rule.id,
            error = refusal.code().as_str(),
            detail = refusal.detail,
            aside = refusal.aside,
            client = cx.client.as_ref().map(tracing::field::display),
            flow,
            trace_id,
            "refused"
        ),
        Failure::Overloaded(what) => tracing::warn!(endpoint, what, flow, trace_id, "overloaded"),
        Failure::Fault(_) | Failure::Store(_) => {
            tracing::error!(endpoint, trace_id, flow, cause = %failure, "fault");
        }
    }
    let observed = Observed::of(cx, endpoint).failed(failure, &trace_id);
    (trace_id, observed)
}

/// Writes every check and its outcome to the log, where that is asked for.
pub fn log_checks(cx: &Cx<'_>, endpoint: &str) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        let flow = cx.flow.as_ref().map(ToString::to_string);
        for check in cx.checks() {
            tracing::debug!(endpoint, flow, rule = check.rule.id, ok = check.ok, "checked");
        }
    }
}

/// Keeps a reply out of every cache (OAuth 2.1 §3.2.3).
pub fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}
