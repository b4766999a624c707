//! The claims of a verified JWT (RFC 7519 §4.1), checked against what the caller expects (RFC 8725 §3.8 to §3.11).
//!
//! `exp`, `iss`, `aud` and `typ` are always checked: an [`Expect`] cannot be written without saying what they must
//! be. What only one kind of token has (`nonce`, `azp`, `jti`, `scope`) is for the caller's claims type.

mod audience;
mod date;
mod error;

pub use audience::Audience;
use countersign_protocol::{Timestamp, Ttl};
pub use date::NumericDate;
pub use error::ClaimsError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Unverified, Verified, json};

/// What a token must say to be accepted.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// `iss` must be exactly this.
    pub issuer: &'a str,
    /// `aud` must name at least one of these. Usually one; an empty list accepts nothing.
    pub audience: &'a [&'a str],
    /// What `typ` in the header must be.
    pub typ: Typ<'a>,
    /// The time of the check.
    pub now: Timestamp,
    /// How far the clocks may differ: `exp` may be so long past, `iat` and `nbf` so far ahead.
    pub leeway: Ttl,
    /// How far ahead of `now` the token may expire at most (plus leeway). A bound here bounds how long a caller
    /// must remember a `jti` against replay. `None`: no bound.
    pub max_lifetime: Option<Ttl>,
}

/// What the header's `typ` must be (RFC 7515 §4.1.9, RFC 8725 §3.11). Letter case and a leading `application/` do not
/// matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ<'a> {
    /// Present and this: `at+jwt` for access tokens (RFC 9068 §4).
    Exactly(&'a str),
    /// Absent, or `JWT`: for kinds older than explicit typing, such as ID tokens and client assertions. A token
    /// with a more telling type is some other kind, and is refused.
    Generic,
}

impl Typ<'_> {
    /// Whether a token of that `typ` is meant.
    pub fn accepts(self, found: Option<&str>) -> bool {
        match (self, found) {
            (Self::Exactly(expected), found) => found.is_some_and(|found| same_type(found, expected)),
            (Self::Generic, found) => found.is_none_or(|found| same_type(found, "JWT")),
        }
    }
}

impl Expect<'_> {
    /// Checks the claims and yields them as the caller's type.
    pub fn check<T: DeserializeOwned>(&self, token: &Verified) -> Result<T, ClaimsError> {
        let claims = token.claims_object()?;
        self.judge(token.header().typ.as_deref(), &claims)?;
        T::deserialize(Value::Object(claims)).map_err(|error| ClaimsError::Shape(json::excerpt(&error.to_string())))
    }

    /// What [`check`](Self::check) will object to, told before anybody has looked at the signature: for saying early
    /// what is wrong with a token, to whoever sent it. It hands out no claim, and finding nothing proves nothing.
    pub fn objection(&self, token: &Unverified<'_>) -> Option<ClaimsError> {
        let judged = token.claims_object().and_then(|claims| self.judge(token.typ(), &claims));
        judged.err()
    }

    fn judge(&self, typ: Option<&str>, claims: &Map<String, Value>) -> Result<(), ClaimsError> {
        self.check_typ(typ)?;
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        self.check_times(claims)
    }

    fn check_typ(&self, found: Option<&str>) -> Result<(), ClaimsError> {
        if self.typ.accepts(found) {
            return Ok(());
        }
        let expected = if let Typ::Exactly(expected) = self.typ { expected } else { "JWT" };
        Err(ClaimsError::Typ { expected: expected.to_owned(), found: found.map(json::excerpt) })
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), ClaimsError> {
        match claims.get("iss") {
            Some(Value::String(issuer)) if issuer == self.issuer => Ok(()),
            Some(Value::String(issuer)) => {
                Err(ClaimsError::Issuer { expected: self.issuer.to_owned(), found: json::excerpt(issuer) })
            }
            Some(_) => Err(ClaimsError::Type { claim: "iss", expected: "a string" }),
            None => Err(ClaimsError::Missing("iss")),
        }
    }

    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), ClaimsError> {
        let audience = claims.get("aud").ok_or(ClaimsError::Missing("aud"))?;
        let audience = Audience::from_value(audience)
            .ok_or(ClaimsError::Type { claim: "aud", expected: "a string or an array of strings" })?;
        if self.audience.iter().any(|expected| audience.contains(expected)) {
            return Ok(());
        }
        Err(ClaimsError::Audience { expected: self.audience.join(" or "), found: json::excerpt(&audience.to_string()) })
    }

    fn check_times(&self, claims: &Map<String, Value>) -> Result<(), ClaimsError> {
        let (now, leeway) = (self.now, self.leeway);
        let exp = date(claims, "exp")?.ok_or(ClaimsError::Missing("exp"))?;
        // "On or after which" the token must not be accepted: the second itself is too late (RFC 7519 §4.1.4).
        if now >= exp.plus(leeway) {
            return Err(ClaimsError::Expired { exp: exp.secs(), now: now.secs(), leeway: leeway.as_secs() });
        }
        if let Some(max) = self.max_lifetime
            && exp > now.plus(max).plus(leeway)
        {
            return Err(ClaimsError::LivesTooLong { exp: exp.secs(), now: now.secs(), max: max.as_secs() });
        }
        for claim in ["nbf", "iat"] {
            if let Some(time) = date(claims, claim)?
                && time > now.plus(leeway)
            {
                return Err(ClaimsError::InTheFuture {
                    claim,
                    time: time.secs(),
                    now: now.secs(),
                    leeway: leeway.as_secs(),
                });
            }
        }
        Ok(())
    }
}

fn date(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Timestamp>, ClaimsError> {
    let wrong = ClaimsError::Type { claim, expected: "seconds since 1970, at most those of the year 9999" };
    claims.get(claim).map(|value| NumericDate::from_value(value).map(NumericDate::timestamp).ok_or(wrong)).transpose()
}

/// Media types are compared without regard to case, and `application/` may be left out when no other slash follows
/// (RFC 7515 §4.1.9).
fn same_type(found: &str, expected: &str) -> bool {
    bare(found).eq_ignore_ascii_case(bare(expected))
}

fn bare(typ: &str) -> &str {
    match typ.split_once('/') {
        Some((tree, name)) if tree.eq_ignore_ascii_case("application") && !name.contains('/') => name,
        _ => typ,
    }
}
