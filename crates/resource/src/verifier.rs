//! The decision on one access token, sans-IO: text, keys or the authorization server's answer, and the time go in;
//! claims or a refusal come out (RFC 9068 §4, RFC 7662 §4, RFC 9700 §4.10).
//!
//! Both kinds of token end in the same checks, on every use: an answer from a cache passes them like a fresh one. Left
//! out: encrypted tokens, and proofs for tokens that are bound to a key (RFC 9449, RFC 8705); those are refused.

use std::collections::{BTreeMap, BTreeSet};

use countersign_jose::{JwkSet, Unverified, Verified as Signed, VerifyError};
use countersign_protocol::{Refusal, Rule, Scope, ScopeSet, Timestamp, Ttl};

use crate::claims::{Candidate, RawClaims};
use crate::{AccessClaims, Checks, Introspection, Verified, excerpt, rules};

/// What this API accepts. Free of I/O; [`ResourceServer`](crate::ResourceServer) feeds it.
#[derive(Debug, Clone)]
pub struct Verifier {
    issuer: String,
    audiences: Vec<String>,
    late: Ttl,
    early: Ttl,
    implied: BTreeMap<Scope, BTreeSet<Scope>>,
}

impl Verifier {
    /// Accepts the tokens of that issuer for that audience. Both are compared byte for byte.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let (late, early) = (Ttl::secs(0), Ttl::secs(30));
        Self { issuer: issuer.into(), audiences: vec![audience.into()], late, early, implied: BTreeMap::new() }
    }

    /// Another name by which tokens may mean this API.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// How far the two clocks may differ, for `exp` and for `nbf`.
    ///
    /// Without a call `exp` counts to the millisecond and `nbf` may lie 30 s ahead: a client whose token ended early
    /// gets another one, but a token that is refused as too new breaks a login that just succeeded.
    pub const fn leeway(mut self, leeway: Ttl) -> Self {
        self.late = leeway;
        self.early = leeway;
        self
    }

    /// Whoever has the `wide` scope has the `narrow` one too, and what that implies in turn.
    pub fn scope_implies(mut self, wide: Scope, narrow: Scope) -> Self {
        self.implied.entry(wide).or_default().insert(narrow);
        self
    }

    /// Reads a JWT as far as that goes without keys: its form and its type.
    pub fn read_jwt<'t>(token: &'t str, checks: &mut Checks) -> Result<Unverified<'t>, Refusal> {
        let token = checks.require_ok(&rules::JWT_FORM, Unverified::parse(token))?;
        checks.require(&rules::NOT_ID_TOKEN, !looks_like_id_token(&token))?;
        let fits = token.typ().is_some_and(is_access_token_type);
        checks.require_or(&rules::ACCESS_TOKEN_TYPE, fits, || match token.typ() {
            Some(typ) => format!("It is \"{}\"", excerpt(typ)),
            None => "It has none".to_owned(),
        })?;
        Ok(token)
    }

    /// Decides on a JWT with the issuer's keys.
    pub fn jwt(
        &self,
        token: Unverified<'_>,
        keys: &JwkSet,
        now: Timestamp,
        checks: &mut Checks,
    ) -> Result<Verified<AccessClaims>, Refusal> {
        let token = signed(token.verify(keys), checks)?;
        let claims = token.claims::<RawClaims>().map_err(|error| error.to_string()).and_then(RawClaims::of_jwt);
        let candidate = checks.require_ok(&rules::REQUIRED_CLAIMS, claims)?;
        self.judge(candidate, now, checks)
    }

    /// Decides on a token with what the authorization server answered about it.
    pub fn introspected(
        &self,
        token: &str,
        answer: &Introspection,
        now: Timestamp,
        checks: &mut Checks,
    ) -> Result<Verified<AccessClaims>, Refusal> {
        let ours = answer.active().and_then(|claims| claims.aud.as_ref()).is_some_and(|aud| self.is_for_us(aud));
        let id_token = !ours && Unverified::parse(token).is_ok_and(|token| looks_like_id_token(&token));
        checks.require(&rules::NOT_ID_TOKEN, !id_token)?;
        let claims = checks.require_some(&rules::ACTIVE, answer.active())?;
        let complete = claims.clone().of_introspection(&self.issuer);
        let candidate = checks.require_ok(&rules::REQUIRED_CLAIMS, complete)?;
        self.judge(candidate, now, checks)
    }

    fn judge(
        &self,
        candidate: Candidate,
        now: Timestamp,
        checks: &mut Checks,
    ) -> Result<Verified<AccessClaims>, Refusal> {
        let Candidate { mut claims, not_before, sender_constrained } = candidate;
        checks.require_or(&rules::ISSUER, claims.issuer == self.issuer, || {
            format!("Expected {}, it is from {}", self.issuer, excerpt(&claims.issuer))
        })?;
        checks.require_or(&rules::AUDIENCE, self.is_for_us(&claims.audience), || {
            format!("Expected {}, it is for {}", self.audiences.join(" or "), excerpt(&claims.audience.to_string()))
        })?;
        checks.require_or(&rules::NOT_EXPIRED, now < claims.expires_at.plus(self.late), || {
            format!("It expired {} s ago", now.secs_since(claims.expires_at))
        })?;
        let valid_from = not_before.unwrap_or(now);
        checks.require_or(&rules::NOT_BEFORE, valid_from <= now.plus(self.early), || {
            format!("It is valid in {} s; compare the clocks", valid_from.secs_since(now))
        })?;
        checks.require(&rules::SENDER_CONSTRAINT, !sender_constrained)?;
        claims.scope = self.widen(&claims.scope);
        Ok(Verified(claims))
    }

    fn is_for_us(&self, audience: &countersign_jose::Audience) -> bool {
        self.audiences.iter().any(|ours| audience.contains(ours))
    }

    /// The scopes with all that they imply. Ends because no scope is looked at twice.
    fn widen(&self, granted: &ScopeSet) -> ScopeSet {
        let mut all: BTreeSet<Scope> = granted.iter().cloned().collect();
        let mut unseen: Vec<Scope> = granted.iter().cloned().collect();
        while let Some(scope) = unseen.pop() {
            for narrow in self.implied.get(&scope).into_iter().flatten() {
                if all.insert(narrow.clone()) {
                    unseen.push(narrow.clone());
                }
            }
        }
        all.into_iter().collect()
    }
}

/// Records how far the signature check came.
fn signed(outcome: Result<Signed, VerifyError>, checks: &mut Checks) -> Result<Signed, Refusal> {
    let (held, last): (&[&'static Rule], &'static Rule) = match &outcome {
        Err(VerifyError::UnknownKey { .. } | VerifyError::NoKey { .. } | VerifyError::Ambiguous { .. }) => {
            (&[], &rules::KNOWN_KEY)
        }
        Err(VerifyError::WrongAlgorithm { .. }) => (&[&rules::KNOWN_KEY], &rules::ALGORITHM),
        Err(VerifyError::BadSignature) | Ok(_) => (&[&rules::KNOWN_KEY, &rules::ALGORITHM], &rules::SIGNATURE),
    };
    for rule in held {
        checks.require(rule, true)?;
    }
    checks.require_ok(last, outcome)
}

/// `at+jwt` or `application/at+jwt`, in any letter case (RFC 9068 §4).
fn is_access_token_type(typ: &str) -> bool {
    ["at+jwt", "application/at+jwt"].iter().any(|expected| typ.eq_ignore_ascii_case(expected))
}

/// A JWT of no particular type that says who somebody is and not what may be done. It is refused either way; this only
/// chooses the words, so that unverified claims are good enough.
fn looks_like_id_token(token: &Unverified<'_>) -> bool {
    let generic = token.typ().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    let says = |claim: &str| token.unverified_claim(claim).is_some();
    generic && says("sub") && !["client_id", "scope", "scp"].into_iter().any(says)
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{Timestamp, Ttl};
    use proptest::prelude::*;

    use super::Verifier;
    use crate::{Checks, Introspection};

    const NOW: i64 = 1_800_000_000;

    proptest! {
        #[test]
        fn times_decide_exactly_at_their_bounds(exp in -10_i64..20, nbf in -10_i64..20, leeway in 0_u32..10) {
            let body = format!(
                r#"{{"active":true,"client_id":"c","aud":"a","exp":{},"nbf":{}}}"#, NOW + exp, NOW + nbf
            );
            let answer = Introspection::parse(body.as_bytes()).unwrap();
            let verifier = Verifier::new("i", "a").leeway(Ttl::secs(leeway));
            let outcome = verifier.introspected("t", &answer, Timestamp::from_secs(NOW), &mut Checks::default());
            let leeway = i64::from(leeway);
            prop_assert_eq!(outcome.is_ok(), exp + leeway > 0 && nbf <= leeway);
        }

        /// ezpds: `i64::MIN` in a time claim overflowed.
        #[test]
        fn no_number_in_a_time_claim_panics(exp: i64, nbf: i64, now: i64, leeway: u32) {
            let body = format!(r#"{{"active":true,"client_id":"c","aud":"a","exp":{exp},"nbf":{nbf},"iat":{exp}}}"#);
            if let Ok(answer) = Introspection::parse(body.as_bytes()) {
                let verifier = Verifier::new("i", "a").leeway(Ttl::secs(leeway));
                let _outcome = verifier.introspected("t", &answer, Timestamp::from_millis(now), &mut Checks::default());
            }
        }

        #[test]
        fn no_token_text_and_no_answer_panics(text in "\\PC{0,200}", body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _outcome = Verifier::read_jwt(&text, &mut Checks::default());
            let _outcome = Introspection::parse(&body);
        }
    }
}
