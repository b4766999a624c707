//! Introspection (RFC 7662): a resource server asks whether a token is alive and what it may do.

use countersign_protocol::{Params, Refusal, ScopeSet, Secret};
use serde::Serialize;

use super::{
    presented::{Facts, LiveToken, Presented, live_access, receipt},
    rules,
};
use crate::{Cx, Plan, client_auth::Authenticated, token::Realm};

/// Who asks about which token. `token_type_hint` is not needed: our tokens tell their kind.
pub fn parse(cx: &mut Cx<'_>, form: &Params) -> Result<Secret, Refusal> {
    cx.require_some(&rules::TOKEN_NAMED, form.find_secret("token"))
}

/// The reply (RFC 7662 §2.2).
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Reply {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

/// Decides. Anything but a living token that concerns the asker is `{"active":false}`, and nothing more is said.
pub fn decide(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    presented: &Presented,
    facts: &Facts,
) -> Plan<Result<Reply, Refusal>> {
    let public = || format!("{} is registered as public (token_endpoint_auth_method none)", client.id);
    if let Err(refusal) = cx.require_or(&rules::INTROSPECTION_ALLOWED, !client.is_public(), public) {
        return Plan::answer(Err(refusal));
    }
    match live_access(cx, presented, facts) {
        Ok(token) if token.client == client.id || realm.policy.may_introspect(&client.id, &token.audience) => {
            Plan::new(receipt(facts), Ok(active(realm, token, facts)))
        }
        _ => Plan::answer(Ok(Reply::default())),
    }
}

/// The subject is the one that the token's own client knows, whoever asks: it is what a JWT would say.
fn active(realm: Realm<'_>, token: LiveToken, facts: &Facts) -> Reply {
    let known = token.subject.as_ref().zip(facts.client.as_ref()).zip(facts.family.as_ref());
    let sub = known.map(|((subject, client), family)| realm.keys.known_as(family.subject_type(client), subject));
    let sub = sub.map_or_else(|| token.client.to_string(), |sub| sub.to_string());
    Reply {
        active: true,
        scope: Some(token.scope),
        client_id: Some(token.client.to_string()),
        token_type: Some("Bearer"),
        exp: Some(token.expires_at.secs()),
        iat: Some(token.issued_at.secs()),
        sub: Some(sub),
        aud: Some(token.audience),
        iss: Some(realm.policy.issuer.clone()),
        jti: token.id.map(|id| id.to_string()),
    }
}
