//! Client assertions (RFC 7523 §3), in two halves: what an assertion shows by itself, which its sender may be told, and
//! whether it is signed by a key of the client, which says something about the client.

use countersign_jose::{Algorithm, ClaimsError, Expect, JwkSet, NumericDate, Typ, Unverified, VerifyError};
use countersign_protocol::{Secret, Timestamp, Ttl};
use serde::Deserialize;

use crate::{Policy, records::Client, words::sentence};

/// The explicit type of client assertions (draft-ietf-oauth-rfc7523bis).
const ASSERTION_JWT: &str = "client-authentication+jwt";
/// Longest life of a client assertion.
const LONGEST: Ttl = Ttl::minutes(60);

/// The claims that matter once the assertion is believed.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) exp: NumericDate,
    pub(super) jti: String,
}

/// What an assertion is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) now: Timestamp,
    pub(super) leeway: Ttl,
    pub(super) audiences: &'a [&'a str],
    pub(super) client: &'a str,
}

impl<'a> Terms<'a> {
    pub(super) const fn new(now: Timestamp, policy: &Policy, audiences: &'a [&'a str], client: &'a str) -> Self {
        Self { now, leeway: policy.leeway, audiences, client }
    }

    fn expect(self, jwt: &Unverified<'_>) -> Expect<'a> {
        // rfc7523bis names the type; older clients send JWT or nothing.
        let typed = jwt.typ().is_some_and(|typ| typ.eq_ignore_ascii_case(ASSERTION_JWT));
        let typ = if typed { Typ::Exactly(ASSERTION_JWT) } else { Typ::Generic };
        let Self { now, leeway, audiences: audience, client: issuer } = self;
        Expect { issuer, audience, typ, now, leeway, max_lifetime: Some(LONGEST) }
    }

    /// What is wrong with an assertion whoever signed it: follows from the assertion, the time and our own addresses.
    pub(super) fn flaw(self, jwt: &Secret) -> Option<String> {
        let jwt = match Unverified::parse(jwt.expose()) {
            Ok(jwt) => jwt,
            Err(error) => return Some(sentence(&error)),
        };
        let lacking = jwt.lacks(&["iss", "sub", "aud", "exp", "jti"]);
        if !lacking.is_empty() {
            return Some(format!("It lacks {}", lacking.join(", ")));
        }
        if let Some(error) = self.expect(&jwt).objection(&jwt) {
            return Some(words(&error));
        }
        if jwt.unverified_claim("sub").as_deref() != Some(self.client) {
            return Some("Its sub must be the client_id, like its iss".to_owned());
        }
        let named = jwt.unverified_claim("jti").is_some_and(|jti| !jti.is_empty());
        (!named).then(|| "Its jti must be a text, and not empty".to_owned())
    }

    /// Proves that a key of the client signed it. The reason of a failure speaks of the client's keys: for the log only.
    pub(super) fn verify(self, client: &Client, fetched_keys: Option<&str>, jwt: &Secret) -> Result<Claims, String> {
        let keys = client.key_document(fetched_keys).ok_or("the keys at its jwks_uri could not be fetched")?;
        let keys = JwkSet::parse_for(keys.as_bytes(), client.assertion_alg.unwrap_or(Algorithm::RS256));
        let keys = keys.map_err(|error| error.to_string())?;
        let unverified = Unverified::parse(jwt.expose()).map_err(|error| error.to_string())?;
        if let Some(registered) = client.assertion_alg.filter(|registered| *registered != unverified.alg()) {
            return Err(format!("it registered {registered} for its assertions, and used {}", unverified.alg()));
        }
        let expect = self.expect(&unverified);
        let verified = unverified.verify(&keys).map_err(|error: VerifyError| error.to_string())?;
        expect.check(&verified).map_err(|error| error.to_string())
    }
}

/// The faults that have a usual cause, with that cause.
fn words(error: &ClaimsError) -> String {
    match error {
        ClaimsError::Audience { expected, found } => format!("Its aud must name {expected}; it names {found}"),
        ClaimsError::Expired { exp, now, .. } => format!(
            "It expired {} s ago: the client's clock is behind, or it was made long before it was sent",
            now.saturating_sub(*exp)
        ),
        ClaimsError::InTheFuture { claim, time, now, .. } => {
            let ahead = time.saturating_sub(*now);
            format!("Its {claim} lies {ahead} s in the future: the client's clock is about {ahead} s ahead")
        }
        ClaimsError::LivesTooLong { exp, now, max } => {
            format!("It is good for {} s; at most {max} s are accepted", exp.saturating_sub(*now))
        }
        other => sentence(other),
    }
}
