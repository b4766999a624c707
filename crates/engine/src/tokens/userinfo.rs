//! Userinfo (OpenID Connect Core §5.3): what the user let the client know about them.

use countersign_protocol::{Refusal, ScopeSet};
use serde_json::{Map, Value};

use super::{
    presented::{Facts, Presented, live_access, receipt},
    rules,
};
use crate::{Cx, Plan, Policy, token::is_openid};

/// Which claims a scope opens (OpenID Connect Core §5.4).
pub const CLAIMS_OF_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

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
    let mut claims = claims_for(&token.scope, &user.claims);
    if token.scope.contains("profile") {
        claims.entry("preferred_username").or_insert_with(|| user.username.clone().into());
    }
    claims.insert("sub".into(), user.subject.as_str().into());
    Ok(claims)
}

fn claims_for(scope: &ScopeSet, all: &Map<String, Value>) -> Map<String, Value> {
    let open = CLAIMS_OF_SCOPE.iter().filter(|(name, _)| scope.contains(name)).flat_map(|(_, claims)| *claims);
    open.filter_map(|name| all.get(*name).map(|value| ((*name).to_owned(), value.clone()))).collect()
}
