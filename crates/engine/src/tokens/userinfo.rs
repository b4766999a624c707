//! Userinfo (OpenID Connect Core §5.3): what the user let the client know about them.

use countersign_protocol::Refusal;
use serde_json::{Map, Value};

use super::{
    encrypt::{Content, encrypt, require_key},
    presented::{Facts, Presented, live_access, receipt},
    rules,
};
use crate::{
    Cx, Fault, Plan,
    claims::Told,
    records::{Client, UserinfoFormat},
    token::{Realm, is_openid},
    words::scopes,
};

/// Decides.
pub fn decide(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    presented: &Presented,
    facts: &Facts,
) -> Plan<Result<Map<String, Value>, Refusal>> {
    match check(cx, realm, presented, facts) {
        Ok(claims) => Plan::new(receipt(facts), Ok(claims)),
        Err(refusal) => Plan::answer(Err(refusal)),
    }
}

/// Userinfo on its way to the client.
#[derive(Debug)]
pub enum Answer {
    /// As JSON.
    Claims(Map<String, Value>),
    /// Signed, encrypted or both: `application/jwt`.
    Token(String),
}

/// Puts claims into the form that the client registered (OpenID Connect Core §5.3.2). `fetched_keys`: what its
/// `jwks_uri` had, where it has one.
pub fn answer(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    (client, fetched_keys): (&Client, Option<&str>),
    mut claims: Map<String, Value>,
) -> Result<Result<Answer, Refusal>, Fault> {
    let UserinfoFormat { signed, encrypted } = client.userinfo;
    let keys = client.key_document(fetched_keys);
    if let Err(refusal) = require_key(cx, keys, encrypted) {
        return Ok(Err(refusal));
    }
    let token = match signed {
        Some(algorithm) => {
            claims.insert("iss".into(), realm.policy.issuer.as_str().into());
            claims.insert("aud".into(), client.id.as_str().into());
            Some(realm.keys.signing(algorithm)?.sign("JWT", &claims)?)
        }
        None => None,
    };
    Ok(Ok(match (token, encrypted) {
        (None, None) => Answer::Claims(claims),
        (Some(token), None) => Answer::Token(token),
        (Some(token), Some(how)) => Answer::Token(encrypt(cx, keys, how, Content::Signed(&token))?),
        (None, Some(how)) => {
            let claims = Value::Object(claims).to_string();
            Answer::Token(encrypt(cx, keys, how, Content::Claims(claims.as_bytes()))?)
        }
    }))
}

fn check(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    presented: &Presented,
    facts: &Facts,
) -> Result<Map<String, Value>, Refusal> {
    let policy = realm.policy;
    let token = live_access(cx, presented, facts)?;
    let user = token.subject.as_ref().and(facts.principal.user.as_ref());
    cx.require_or(&rules::OPENID_SCOPE, is_openid(&token.scope) && user.is_some(), || match token.subject {
        Some(_) => format!("This one has: {}", scopes(policy, &token.scope)),
        None => "This one acts for the client itself, so there is no user".to_owned(),
    })?;
    cx.require_or(&rules::TOKEN_AUDIENCE, token.audience.contains(&policy.issuer), || {
        format!("It is for {}, and this is {}", token.audience.join(" and "), policy.issuer)
    })?;
    let user = cx.require_some(&rules::OPENID_SCOPE, user)?;
    let (family, approved) = (facts.family.as_ref(), facts.principal.authorization.as_ref());
    let (family, approved) = cx.require_some(&rules::OPENID_SCOPE, family.zip(approved))?;
    let told = Told { policy, scope: &token.scope, singly: &approved.claims, wanted: &family.wanted };
    let mut claims = told.at_userinfo(user);
    let client = cx.require_some(&rules::OPENID_SCOPE, facts.client.as_ref())?;
    let known = realm.keys.known_as(family.subject_type(client), &user.subject);
    claims.insert("sub".into(), known.as_str().into());
    Ok(claims)
}
