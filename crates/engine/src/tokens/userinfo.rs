//! Userinfo (OpenID Connect Core §5.3): what the user let the client know about them.

use countersign_protocol::Refusal;
use serde_json::{Map, Value};

use super::{
    presented::{Facts, Presented, live_access, receipt},
    rules,
};
use crate::{Cx, Plan, Policy, claims::Told, token::is_openid};

/// Decides.
pub fn decide(
    cx: &mut Cx<'_>,
    policy: &Policy,
    presented: &Presented,
    facts: &Facts,
) -> Plan<Result<Map<String, Value>, Refusal>> {
    match check(cx, policy, presented, facts) {
        Ok(claims) => Plan::new(receipt(facts), Ok(claims)),
        Err(refusal) => Plan::answer(Err(refusal)),
    }
}

fn check(
    cx: &mut Cx<'_>,
    policy: &Policy,
    presented: &Presented,
    facts: &Facts,
) -> Result<Map<String, Value>, Refusal> {
    let token = live_access(cx, presented, facts)?;
    let user = token.subject.as_ref().and(facts.principal.user.as_ref());
    cx.require(&rules::OPENID_SCOPE, is_openid(&token.scope) && user.is_some())?;
    cx.require(&rules::TOKEN_AUDIENCE, token.audience.contains(&policy.issuer))?;
    let user = cx.require_some(&rules::OPENID_SCOPE, user)?;
    let mut claims = Told { policy, scope: &token.scope }.at_userinfo(user);
    claims.insert("sub".into(), user.subject.as_str().into());
    Ok(claims)
}
