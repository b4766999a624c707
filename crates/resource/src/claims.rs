//! What an access token says, once it was checked (RFC 9068 §2.2, RFC 7662 §2.2).

use std::fmt;
use std::ops::Deref;

use countersign_jose::{Audience, NumericDate};
use countersign_protocol::{ScopeSet, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Something that a [`Verifier`](crate::Verifier) has checked. As an axum extractor it yields what
/// [`ResourceServer::layer`](crate::ResourceServer::layer) found out about the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified<T>(pub(crate) T);

impl<T> Verified<T> {
    /// Calls something verified that nobody has verified: for unit tests of handlers, never for a request.
    pub const fn without_any_check(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The claims of an access token that is good for this API, now.
///
/// `subject` identifies the user only together with `issuer`. For a token that a client got for itself (client
/// credentials) it is the client's own identifier, see [`is_clients_own`](Self::is_clients_own).
#[derive(Clone, PartialEq)]
pub struct AccessClaims {
    /// `iss`: the authorization server.
    pub issuer: String,
    /// `sub`: on whose behalf.
    pub subject: String,
    /// `client_id`: which client got the token.
    pub client_id: String,
    /// `aud`: for which APIs, this one among them.
    pub audience: Audience,
    /// `scope`: what the token is good for, with what those scopes imply
    /// ([`Builder::scope_implies`](crate::Builder::scope_implies)).
    pub scope: ScopeSet,
    /// `exp`: the moment from which the token no longer counts.
    pub expires_at: Timestamp,
    /// `iat`: when it was issued.
    pub issued_at: Option<Timestamp>,
    /// `jti`: its identifier; every JWT access token has one.
    pub token_id: Option<String>,
    /// `auth_time`: when the user signed in.
    pub auth_time: Option<Timestamp>,
    /// `acr`: how strongly the user signed in.
    pub acr: Option<String>,
    /// Every other claim.
    pub extra: Map<String, Value>,
}

impl AccessClaims {
    /// Whether the client got the token for itself, so that there is no user (RFC 9068 §2.2, §5).
    pub fn is_clients_own(&self) -> bool {
        self.subject == self.client_id
    }
}

/// Names of further claims only: their values may be personal data.
impl fmt::Debug for AccessClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessClaims")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("client_id", &self.client_id)
            .field("audience", &self.audience)
            .field("scope", &self.scope)
            .field("expires_at", &self.expires_at)
            .field("token_id", &self.token_id)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The claims as they come, from a JWT or from introspection: typed, nothing else checked.
#[derive(Clone, Deserialize)]
pub(crate) struct RawClaims {
    iss: Option<String>,
    sub: Option<String>,
    client_id: Option<String>,
    pub(crate) aud: Option<Audience>,
    scope: Option<ScopeSet>,
    pub(crate) exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    jti: Option<String>,
    auth_time: Option<NumericDate>,
    acr: Option<String>,
    token_type: Option<String>,
    #[serde(default, deserialize_with = "present")]
    cnf: Option<Value>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// `Some` for whatever stands there, `null` too: an empty binding is still one that we can't check.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Complete claims, still to be judged.
pub(crate) struct Candidate {
    pub(crate) claims: AccessClaims,
    /// `nbf`.
    pub(crate) not_before: Option<Timestamp>,
    /// Whether the token is bound to a key of its client (RFC 7800 §3.1, RFC 9449 §6.2).
    pub(crate) sender_constrained: bool,
}

impl RawClaims {
    /// All that a JWT access token must have (RFC 9068 §2.2).
    pub(crate) fn of_jwt(self) -> Result<Candidate, String> {
        for (name, present) in [("iat", self.iat.is_some()), ("jti", self.jti.is_some())] {
            if !present {
                return Err(missing(name));
            }
        }
        self.complete()
    }

    /// Introspection may leave out `iss`, which is who answered, and `sub` of a token without a user, which stands for
    /// its client then, as in a JWT (RFC 7662 §2.2, RFC 9068 §2.2).
    pub(crate) fn of_introspection(mut self, issuer: &str) -> Result<Candidate, String> {
        self.iss.get_or_insert_with(|| issuer.to_owned());
        self.extra.remove("active");
        self.sub = self.sub.or_else(|| self.client_id.clone());
        self.complete()
    }

    fn complete(self) -> Result<Candidate, String> {
        let typed = self.token_type.as_deref();
        let bound_type = typed.is_some_and(|t| t.eq_ignore_ascii_case("DPoP") || t.eq_ignore_ascii_case("PoP"));
        let claims = AccessClaims {
            issuer: self.iss.ok_or_else(|| missing("iss"))?,
            subject: self.sub.ok_or_else(|| missing("sub"))?,
            client_id: self.client_id.ok_or_else(|| missing("client_id"))?,
            audience: self.aud.ok_or_else(|| missing("aud"))?,
            scope: self.scope.unwrap_or_default(),
            expires_at: self.exp.ok_or_else(|| missing("exp"))?.timestamp(),
            issued_at: self.iat.map(NumericDate::timestamp),
            token_id: self.jti,
            auth_time: self.auth_time.map(NumericDate::timestamp),
            acr: self.acr,
            extra: self.extra,
        };
        let not_before = self.nbf.map(NumericDate::timestamp);
        Ok(Candidate { claims, not_before, sender_constrained: self.cnf.is_some() || bound_type })
    }
}

fn missing(name: &str) -> String {
    format!("\"{name}\" is missing")
}
