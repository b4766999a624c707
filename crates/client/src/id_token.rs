//! ID tokens (OpenID Connect Core §2, §3.1.3.7): who signed in, believed only after every check.
//!
//! What holds besides for one from a refresh is in `refreshed.rs`. Left out: symmetric signatures, and `c_hash`, which
//! only the hybrid flow has.

mod refreshed;

use countersign_jose::{Audience, ClaimsError, Expect, NumericDate, ParseError, Typ, Unverified, Verified};
use countersign_protocol::{Refusal, Rule, Secret, Timestamp, Ttl};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::check::{Checks, quote};
use crate::rules;
use crate::sans_io::{Core, LEEWAY};
use crate::token::AccessToken;

/// The claims of an ID token that this library knows, and the rest.
#[derive(Clone, Deserialize)]
pub struct IdClaims {
    /// Who vouches.
    pub iss: String,
    /// The user, for ever the same at this issuer. Together with `iss` the only key to store a user under: addresses
    /// change hands. Left out, it is empty, so that the rule on `sub` is what catches that.
    #[serde(default)]
    pub sub: String,
    /// For whom.
    pub aud: Audience,
    /// Until when the token could be accepted; not how long the user stays signed in.
    pub exp: NumericDate,
    /// When it was made.
    pub iat: NumericDate,
    /// When the user last gave proof.
    pub auth_time: Option<NumericDate>,
    /// Ties it to our request.
    pub nonce: Option<String>,
    /// How strong the proof was.
    pub acr: Option<String>,
    /// By which means.
    #[serde(default)]
    pub amr: Vec<String>,
    /// The client that asked for it.
    pub azp: Option<String>,
    /// Ties it to the access token.
    pub at_hash: Option<String>,
    /// The provider's name for the user's session.
    pub sid: Option<String>,
    /// Everything else, such as `email` and `name`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A verified ID token. Its `Debug` output shows `iss` and `sub` only.
#[derive(Clone)]
pub struct IdToken {
    raw: Secret,
    claims: IdClaims,
}

impl IdToken {
    /// The claims.
    pub fn claims(&self) -> &IdClaims {
        &self.claims
    }

    /// The user.
    pub fn sub(&self) -> &str {
        &self.claims.sub
    }

    /// One of the other claims, if it is there and of that type.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.claims.other.get(name)?).ok()
    }

    /// The signed token, out of its encryption if it had one: for `id_token_hint`, not for resource servers.
    pub fn raw(&self) -> &Secret {
        &self.raw
    }
}

impl std::fmt::Debug for IdToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let IdClaims { iss, sub, .. } = &self.claims;
        f.debug_struct("IdToken").field("iss", iss).field("sub", sub).finish_non_exhaustive()
    }
}

/// The same token is the same sign-in.
impl PartialEq for IdToken {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for IdToken {}

/// What an ID token must agree with, beside the provider and the client.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The nonce that was sent. `None` for a refresh, whose ID token need not have one.
    pub nonce: Option<&'a Secret>,
    /// The access token that came with it.
    pub access_token: &'a Secret,
    /// `max_age` as it was asked for.
    pub max_age: Option<u32>,
    /// When the request was begun: what `max_age` counts from.
    pub begun: Timestamp,
    /// The `acr` values of which one is demanded; none if it is not.
    pub acr: &'a [String],
    /// The user of the earlier ID token, if this one comes from a refresh or answers an `id_token_hint`.
    pub sub: Option<&'a str>,
    /// The claims of the sign-in's ID token, if this one comes from a refresh.
    pub original: Option<&'a IdClaims>,
}

impl<'a> Expected<'a> {
    /// What an ID token from a refresh must agree with (OpenID Connect Core §12.2).
    pub fn from_refresh(access_token: &'a AccessToken, original: &'a IdClaims) -> Self {
        let (begun, access_token) = (access_token.obtained_at, &access_token.secret);
        let (sub, original) = (Some(original.sub.as_str()), Some(original));
        Self { nonce: None, access_token, max_age: None, begun, acr: &[], sub, original }
    }
}

/// The rules that ID tokens and logout tokens have in common, as they are called for one of the two.
pub(crate) struct TokenRules {
    pub(crate) form: &'static Rule,
    pub(crate) alg: &'static Rule,
    pub(crate) iss: &'static Rule,
    pub(crate) aud: &'static Rule,
    pub(crate) exp: &'static Rule,
    pub(crate) iat: &'static Rule,
}

static RULES: TokenRules = TokenRules {
    form: &rules::ID_TOKEN_FORM,
    alg: &rules::ID_TOKEN_ALG,
    iss: &rules::ID_TOKEN_ISS,
    aud: &rules::ID_TOKEN_AUD,
    exp: &rules::ID_TOKEN_EXP,
    iat: &rules::ID_TOKEN_IAT,
};

/// Proves the form of an ID token, and that it is signed with what was agreed on.
pub fn parse<'a>(core: &Core, raw: &'a Secret, checks: Checks<'_>) -> Result<Unverified<'a>, Refusal> {
    parse_as(core, raw, &RULES, checks)
}

/// Logout tokens are signed like ID tokens (Back-Channel Logout 1.0 §2.6).
pub(crate) fn parse_as<'a>(
    core: &Core,
    raw: &'a Secret,
    rule: &TokenRules,
    checks: Checks<'_>,
) -> Result<Unverified<'a>, Refusal> {
    let parsed = Unverified::parse(raw.expose());
    let why = parsed.as_ref().err().map(ToString::to_string).unwrap_or_default();
    if let Err(ParseError::NotSigned | ParseError::Symmetric(_) | ParseError::Algorithm(_)) = parsed {
        checks.require(rule.alg, false, || why.clone())?;
    }
    let token = checks.some(rule.form, parsed.ok(), || why)?;
    let alg = token.alg();
    let (agreed, expected) = if let Some(expected) = core.config.id_token_alg {
        (alg == expected, expected.to_string())
    } else {
        let listed = &core.metadata.document().id_token_signing_alg_values_supported;
        let known = listed.is_empty() || listed.iter().any(|name| name.parse() == Ok(alg));
        (known, listed.join(" "))
    };
    checks.require(rule.alg, agreed, || format!("Expected {}, got {alg}", quote(&expected)))?;
    Ok(token)
}

/// Checks the claims of a token whose signature was verified.
pub fn check(
    core: &Core,
    (raw, token): (Secret, &Verified),
    expected: Expected<'_>,
    now: Timestamp,
    checks: Checks<'_>,
) -> Result<IdToken, Refusal> {
    let expect = Expect {
        issuer: core.metadata.issuer(),
        audience: &[core.client_id()],
        typ: Typ::Generic,
        now,
        leeway: LEEWAY,
        max_lifetime: None,
    };
    let claims: IdClaims = report(expect.check(token), &RULES, checks)?;
    check_parties(core, &claims, expected, checks)?;
    check_bindings(&claims, token, expected, checks)?;
    check_age(&claims, expected, checks)?;
    check_acr(&claims, expected, checks)?;
    if let Some(original) = expected.original {
        refreshed::check(&claims, original, checks)?;
    }
    Ok(IdToken { raw, claims })
}

/// Reports the checks that `jose` made, each under its own rule, up to the one that failed.
pub(crate) fn report<T>(outcome: Result<T, ClaimsError>, rule: &TokenRules, checks: Checks<'_>) -> Result<T, Refusal> {
    let failed: Option<(&'static Rule, &ClaimsError)> = outcome.as_ref().err().map(|error| {
        let rule = match error {
            ClaimsError::Issuer { .. } | ClaimsError::Missing("iss") => rule.iss,
            ClaimsError::Audience { .. } | ClaimsError::Missing("aud") => rule.aud,
            ClaimsError::Expired { .. } | ClaimsError::LivesTooLong { .. } | ClaimsError::Missing("exp") => rule.exp,
            ClaimsError::InTheFuture { .. } => rule.iat,
            _ => rule.form,
        };
        (rule, error)
    });
    let mut order = vec![rule.form, rule.iss, rule.aud, rule.exp, rule.iat];
    // Of a logout token the last two are one rule.
    order.dedup();
    for rule in order {
        let broken = failed.filter(|(broken, _)| *broken == rule);
        checks.require(rule, broken.is_none(), || broken.map(|(_, error)| advise(error)).unwrap_or_default())?;
    }
    outcome.map_err(|_| Refusal::of(rule.form))
}

fn advise(error: &ClaimsError) -> String {
    match error {
        ClaimsError::InTheFuture { .. } | ClaimsError::Expired { .. } => {
            format!("{error}; compare this machine's clock with the provider's")
        }
        _ => error.to_string(),
    }
}

fn check_parties(core: &Core, claims: &IdClaims, expected: Expected<'_>, checks: Checks<'_>) -> Result<(), Refusal> {
    let sub_ok = (1..=255).contains(&claims.sub.len()) && claims.sub.is_ascii();
    checks.require(&rules::ID_TOKEN_SUB, sub_ok, || format!("{} bytes came", claims.sub.len()))?;
    let azp_ok = match &claims.azp {
        Some(azp) => azp == core.client_id(),
        None => claims.aud.count() == 1,
    };
    checks.require(&rules::ID_TOKEN_AZP, azp_ok, || {
        let found = claims.azp.as_deref().map_or_else(|| "none".to_owned(), quote);
        format!("Expected {}, got {found}", quote(core.client_id()))
    })?;
    match expected.sub {
        None => Ok(()),
        Some(sub) => checks.require(&rules::ID_TOKEN_SAME_USER, claims.sub == sub, || {
            format!("Expected {}, got {}", quote(sub), quote(&claims.sub))
        }),
    }
}

fn check_bindings(
    claims: &IdClaims,
    token: &Verified,
    expected: Expected<'_>,
    checks: Checks<'_>,
) -> Result<(), Refusal> {
    if let Some(nonce) = expected.nonce {
        let same = claims.nonce.as_ref().is_some_and(|found| Secret::new(found.as_str()) == *nonce);
        checks.require(&rules::ID_TOKEN_NONCE, same, || match claims.nonce {
            None => "It has none, though one was sent".to_owned(),
            Some(_) => "It has another one: a token of another sign-in, replayed or injected".to_owned(),
        })?;
    }
    let Some(found) = &claims.at_hash else { return Ok(()) };
    let hash = countersign_jose::hash::at_hash(token.header().alg, expected.access_token.expose());
    checks.require(&rules::ID_TOKEN_AT_HASH, *found == hash, || "The access token was exchanged on the way".to_owned())
}

/// `auth_time` counts from the moment of the request, not from now: a user may take long over the provider's pages.
fn check_age(claims: &IdClaims, expected: Expected<'_>, checks: Checks<'_>) -> Result<(), Refusal> {
    let Some(max_age) = expected.max_age else { return Ok(()) };
    let earliest = expected.begun.minus(Ttl::secs(max_age)).minus(LEEWAY);
    let fresh = claims.auth_time.is_some_and(|at| at.timestamp() >= earliest);
    checks.require(&rules::ID_TOKEN_AUTH_TIME, fresh, || {
        let found = claims.auth_time.map_or_else(|| "nothing".to_owned(), |at| at.timestamp().secs().to_string());
        format!("Expected {} or later, got {found}", earliest.secs())
    })
}

/// A step-up that was not made is no sign-in (OpenID Connect Core §5.5.1.1).
fn check_acr(claims: &IdClaims, expected: Expected<'_>, checks: Checks<'_>) -> Result<(), Refusal> {
    if expected.acr.is_empty() {
        return Ok(());
    }
    let met = claims.acr.as_ref().is_some_and(|found| expected.acr.contains(found));
    checks.require(&rules::ID_TOKEN_ACR, met, || {
        let found = claims.acr.as_deref().map_or_else(|| "none".to_owned(), quote);
        format!("Expected one of {}, got {found}", quote(&expected.acr.join(" ")))
    })
}
