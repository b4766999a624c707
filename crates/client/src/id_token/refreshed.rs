//! An ID token from a refresh (OpenID Connect Core §12.2): it continues a sign-in, so it is for the same parties, answers
//! no other request and tells the same moment of proof.
//!
//! Left out: `iss`, `sub`, `exp` and `iat`, which are judged as in every ID token.

use std::collections::BTreeSet;

use countersign_protocol::Refusal;

use super::IdClaims;
use crate::check::{Checks, quote};
use crate::rules;

/// Compares with the ID token of the sign-in.
pub(super) fn check(claims: &IdClaims, original: &IdClaims, checks: Checks<'_>) -> Result<(), Refusal> {
    // The order of recipients means nothing.
    let aud = |claims: &'_ IdClaims| claims.aud.iter().map(str::to_owned).collect::<BTreeSet<_>>();
    checks.require(&rules::ID_TOKEN_SAME_AUD, aud(claims) == aud(original), || {
        let (expected, found) = (original.aud.to_string(), claims.aud.to_string());
        format!("Expected {}, got {}", quote(&expected), quote(&found))
    })?;
    checks.require(&rules::ID_TOKEN_SAME_AZP, claims.azp == original.azp, || {
        let shown = |azp: &Option<String>| azp.as_deref().map_or_else(|| "none".to_owned(), quote);
        format!("Expected {}, got {}", shown(&original.azp), shown(&claims.azp))
    })?;
    let answers_nothing_else = claims.nonce.is_none() || claims.nonce == original.nonce;
    checks.require(&rules::ID_TOKEN_SAME_NONCE, answers_nothing_else, || {
        "It has another one: a token of another sign-in".to_owned()
    })?;
    let times = original.auth_time.zip(claims.auth_time);
    checks.require(&rules::ID_TOKEN_SAME_AUTH_TIME, times.is_none_or(|(then, now)| then == now), || {
        let [then, now] = times.map_or([0; 2], |(then, now)| [then, now].map(|time| time.timestamp().secs()));
        format!("Expected {then}, got {now}")
    })
}
