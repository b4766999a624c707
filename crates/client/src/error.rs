//! Why a call to a provider ended without a result. Errors say what to do; none of them holds a secret.

use std::fmt;
use std::sync::Arc;

use countersign_jose::JoseError;
use countersign_protocol::error::description_text;
use countersign_protocol::{ErrorCode, Refusal};
use http::header::WWW_AUTHENTICATE;
use serde_json::Value;

use crate::wire::{Response, TransportError};

/// Why a call to one of the provider's endpoints failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// No reply came. The same call may be tried again later.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The provider refused, with an OAuth error.
    #[error(transparent)]
    Refused(#[from] ProviderError),
    /// A check of ours failed: on the provider's reply, or on what it was asked for.
    #[error(transparent)]
    Check(#[from] Refusal),
    /// The client's own key could not sign.
    #[error("the client assertion could not be signed: {0}")]
    Signing(Arc<JoseError>),
}

impl From<JoseError> for CallError {
    fn from(error: JoseError) -> Self {
        Self::Signing(Arc::new(error))
    }
}

impl CallError {
    /// Whether the provider refused with that error.
    pub fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Refused(error) if error.is(code))
    }
}

/// An error that the provider sent, in a callback or in a reply (OAuth 2.1 §3.2.4, §4.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderError {
    /// Which endpoint it came from: `authorization`, `token`, `userinfo`, `revocation`, `registration`.
    pub endpoint: &'static str,
    /// The `error` value: printable, shortened.
    pub error: String,
    /// `error_description`: the provider's words to the developer. Not to be shown to the user.
    pub description: Option<String>,
    /// The provider's name for this refusal in its own logs, if it tells one.
    pub trace_id: Option<String>,
}

impl ProviderError {
    /// Whether it is that error.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.error == code.as_str()
    }

    /// Reads the error out of a reply that is not a success, if it is an OAuth error: the JSON body first, then the
    /// `WWW-Authenticate` header (RFC 6750 §3).
    pub(crate) fn read(endpoint: &'static str, response: &Response) -> Option<Self> {
        if response.status().is_success() || response.body().len() > crate::wire::MAX_BODY {
            return None;
        }
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let member = |name: &str| body.get(name).and_then(Value::as_str).map(description_text);
        if let Some(error) = member("error") {
            let (description, trace_id) = (member("error_description"), member("trace_id"));
            return Some(Self { endpoint, error, description, trace_id });
        }
        let challenge = response.headers().get(WWW_AUTHENTICATE)?.to_str().ok()?;
        let error = auth_param(challenge, "error")?;
        Some(Self { endpoint, error, description: auth_param(challenge, "error_description"), trace_id: None })
    }

    fn advice(&self) -> &'static str {
        match (self.endpoint, self.error.as_str()) {
            (_, "invalid_client") => "check client_id, the secret or key, and the authentication method",
            ("token", "invalid_grant") => {
                "the code or refresh token was used before, has expired, or is another client's; sign in again"
            }
            (_, "invalid_scope") => "ask only for scopes that are registered for this client",
            (_, "invalid_target") => "resource must be one that the provider knows",
            (_, "unauthorized_client") => "allow this grant type in the client's registration",
            ("authorization", "access_denied") => "the user declined, or may not use this client",
            (_, "login_required" | "consent_required" | "interaction_required" | "account_selection_required") => {
                "the user has to act: begin again without prompt=none"
            }
            (_, "temporarily_unavailable" | "server_error") => "a fault of the provider: try again later",
            ("userinfo", "invalid_token") => "refresh the access token, or sign in again",
            (_, "insufficient_scope") => "ask for the missing scope when signing in",
            _ => "see the description and the provider's log",
        }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider's {} endpoint answered {}", self.endpoint, self.error)?;
        if let Some(description) = &self.description {
            write!(f, " ({description})")?;
        }
        if let Some(id) = &self.trace_id {
            write!(f, " [trace {id}]")?;
        }
        write!(f, ": {}", self.advice())
    }
}

impl std::error::Error for ProviderError {}

/// The value of one quoted parameter of a challenge such as `Bearer error="invalid_token"`.
fn auth_param(challenge: &str, name: &str) -> Option<String> {
    challenge.split([',', ' ']).find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(|_| ())?;
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(description_text(value))
}

#[cfg(test)]
mod tests {
    use countersign_protocol::ErrorCode;

    use super::ProviderError;
    use crate::wire::Response;

    fn reply(status: u16, body: &str) -> Response {
        let mut response = Response::new(body.into());
        *response.status_mut() = status.try_into().unwrap();
        response
    }

    #[test]
    fn an_error_body_is_read_and_says_what_to_do() {
        let body = r#"{"error":"invalid_grant","error_description":"used twice","trace_id":"f_1"}"#;
        let error = ProviderError::read("token", &reply(400, body)).unwrap();
        assert!(error.is(ErrorCode::InvalidGrant));
        assert_eq!(
            error.to_string(),
            "the provider's token endpoint answered invalid_grant (used twice) [trace f_1]: the code or refresh token \
             was used before, has expired, or is another client's; sign in again"
        );
    }

    #[test]
    fn a_bearer_challenge_is_read_when_the_body_says_nothing() {
        let mut response = reply(401, "");
        let challenge = r#"Bearer realm="x", error="invalid_token", error_description="expired, sorry""#;
        response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
        let error = ProviderError::read("userinfo", &response).unwrap();
        assert_eq!((error.error.as_str(), error.description.as_deref()), ("invalid_token", Some("expired, sorry")));
    }

    #[test]
    fn pages_and_successes_are_no_oauth_errors() {
        assert_eq!(ProviderError::read("token", &reply(502, "<html>")), None);
        assert_eq!(ProviderError::read("token", &reply(200, r#"{"error":"x"}"#)), None);
        assert_eq!(ProviderError::read("token", &reply(400, r#"{"error":7}"#)), None);
    }

    #[test]
    fn text_from_outside_cannot_forge_log_lines() {
        let error = ProviderError::read("token", &reply(400, r#"{"error":"a\n[INFO] ok"}"#)).unwrap();
        assert!(!error.to_string().contains('\n'));
    }
}
