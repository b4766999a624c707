//! Software statements (RFC 7591 §2.3): metadata that somebody whom the administrator trusts has signed. What such a
//! statement says goes before what the client says itself.

use std::borrow::Cow;

use countersign_jose::{Audience, NumericDate, Unverified, Verified};
use countersign_protocol::{Refusal, registration::ClientMetadata};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::rules;
use crate::{Cx, Policy};

/// Claims that are about the statement, not about the client.
const ABOUT_ITSELF: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"];

#[derive(Deserialize)]
struct Bounds {
    aud: Option<Audience>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
}

/// The metadata with what its software statement says, if there is one; by itself an untrusted one is refused, since
/// the client believes that it was believed.
pub(super) fn apply<'a>(
    cx: &mut Cx<'_>,
    policy: &Policy,
    metadata: &'a ClientMetadata,
) -> Result<Cow<'a, ClientMetadata>, Refusal> {
    let Some(text) = metadata.software_statement.as_deref() else { return Ok(Cow::Borrowed(metadata)) };
    let statement = cx.require_ok(&rules::STATEMENT_FORM, Unverified::parse(text))?;
    let issuer = cx.require_some(&rules::STATEMENT_FORM, statement.unverified_claim("iss"))?;
    let authority = policy.registration.authorities.iter().find(|authority| authority.issuer == issuer);
    let authority = cx.require_some(&rules::STATEMENT_APPROVED, authority)?;
    let verified = cx.require_ok(&rules::STATEMENT_GENUINE, statement.verify(&authority.keys))?;
    in_bounds(cx, policy, &verified)?;
    let claims: Map<String, Value> = cx.require_ok(&rules::STATEMENT_FORM, verified.claims())?;
    let said = claims.into_iter().filter(|(name, _)| !ABOUT_ITSELF.contains(&name.as_str()));
    let mut whole = match serde_json::to_value(metadata) {
        Ok(Value::Object(whole)) => whole,
        _ => Map::new(),
    };
    whole.extend(said);
    let together = serde_json::from_value(Value::Object(whole));
    cx.require_ok(&rules::STATEMENT_FORM, together).map(Cow::Owned)
}

/// Whether it is meant for this server, if it says for whom, and still good, if it says how long.
fn in_bounds(cx: &mut Cx<'_>, policy: &Policy, verified: &Verified) -> Result<(), Refusal> {
    let bounds: Bounds = cx.require_ok(&rules::STATEMENT_FORM, verified.claims())?;
    let ours = bounds.aud.is_none_or(|audience| audience.contains(&policy.issuer));
    cx.require_or(&rules::STATEMENT_GENUINE, ours, || "It is meant for another server")?;
    let leeway = policy.leeway;
    let begun = bounds.nbf.is_none_or(|nbf| nbf.timestamp() <= cx.now.plus(leeway));
    let over = bounds.exp.is_some_and(|exp| exp.timestamp().plus(leeway) <= cx.now);
    cx.require_or(&rules::STATEMENT_GENUINE, begun && !over, || "It has expired, or is not good yet")
}
