//! The driver of `POST /token` (OAuth 2.1 §3.2): what every grant has in common.
//!
//! The driver parses, checks that the client may use the grant, re-checks user, client and consent, issues and hands
//! back a [`Plan`]. A grant only fills in its own part, so that it can't forget the rest (GO-2026-5231,
//! CVE-2026-79652).

pub mod rules;

#[cfg(test)]
mod tests;

use countersign_protocol::{GrantType, Params, Refusal, Scope, ScopeSet, text};
use serde::Serialize;

use crate::{
    Cx, Fault, Keys, Plan, Policy, Stored, Writes,
    client_auth::Authenticated,
    grants::{authorization_code, client_credentials, refresh_token},
    records::{Authorization, User},
    tokens::encrypt::require_key,
};

/// A token request, by grant type.
#[derive(Debug)]
pub enum GrantRequest {
    /// OAuth 2.1 §4.1.3.
    AuthorizationCode(authorization_code::Request),
    /// OAuth 2.1 §4.3.
    RefreshToken(refresh_token::Request),
    /// OAuth 2.1 §4.2.
    ClientCredentials(client_credentials::Request),
}

impl GrantRequest {
    /// Reads the form. Client credentials are read elsewhere.
    pub fn parse(cx: &mut Cx<'_>, form: &Params) -> Result<Self, Refusal> {
        let name = cx.require_some(&rules::GRANT_TYPE_PRESENT, form.find("grant_type"))?;
        cx.require(&rules::NO_PASSWORD_GRANT, name != "password")?;
        Ok(match cx.require_ok(&rules::GRANT_TYPE_KNOWN, GrantType::parse(name).ok_or_else(|| text::came(name)))? {
            GrantType::AuthorizationCode => Self::AuthorizationCode(authorization_code::Request::parse(cx, form)?),
            GrantType::RefreshToken => Self::RefreshToken(refresh_token::Request::parse(cx, form)?),
            GrantType::ClientCredentials => Self::ClientCredentials(client_credentials::Request::parse(cx, form)?),
        })
    }

    /// The grant type of the request.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
        }
    }
}

/// What the store knows about a token request.
#[derive(Debug)]
pub enum Facts {
    /// For the authorization-code grant.
    AuthorizationCode(authorization_code::Facts),
    /// For the refresh-token grant.
    RefreshToken(refresh_token::Facts),
    /// The client-credentials grant needs nothing.
    ClientCredentials,
}

/// Whom a token acts for, and by which approval.
#[derive(Debug, Default)]
pub struct Principal {
    /// The user, if the account still exists.
    pub user: Option<Stored<User>>,
    /// The user's approval for the client, if it still exists.
    pub authorization: Option<Stored<Authorization>>,
}

/// A token reply (OAuth 2.1 §3.2.3).
#[derive(Clone, PartialEq, Serialize)]
pub struct TokenReply {
    /// The access token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds that the access token is good for.
    pub expires_in: u64,
    /// The refresh token, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What the access token may do; always said, since the user may have narrowed it.
    pub scope: ScopeSet,
    /// The ID token, if `openid` was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl std::fmt::Debug for TokenReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenReply").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// What a token request comes to, once its writes are durable.
pub type Outcome = Result<TokenReply, Refusal>;

/// Decides a token request of an authenticated client.
pub fn decide(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    request: &GrantRequest,
    facts: Facts,
) -> Result<Plan<Outcome>, Fault> {
    let registered = || {
        let list: Vec<&str> = client.grant_types.iter().map(|grant| grant.as_str()).collect();
        format!("It is registered for: {}", if list.is_empty() { "none".to_owned() } else { list.join(", ") })
    };
    if let Err(refusal) = cx.require_or(&rules::GRANT_ALLOWED, client.may(request.grant_type()), registered) {
        return Ok(Plan::answer(Err(refusal)));
    }
    // Every other grant may bring an ID token.
    if request.grant_type() != GrantType::ClientCredentials
        && let Err(refusal) = require_key(cx, client.key_document(), client.id_token_encryption)
    {
        return Ok(Plan::answer(Err(refusal)));
    }
    match (request, facts) {
        (GrantRequest::AuthorizationCode(request), Facts::AuthorizationCode(facts)) => {
            authorization_code::decide(cx, realm, client, request, facts)
        }
        (GrantRequest::RefreshToken(request), Facts::RefreshToken(facts)) => {
            refresh_token::decide(cx, realm, client, request, facts)
        }
        (GrantRequest::ClientCredentials(request), Facts::ClientCredentials) => {
            client_credentials::decide(cx, realm, client, request)
        }
        _ => Err(Fault::Inconsistent("facts of another grant than the request's")),
    }
}

/// What every decision at the token endpoint may look at.
#[derive(Debug, Clone, Copy)]
pub struct Realm<'a> {
    /// Lifetimes, scopes, resources.
    pub policy: &'a Policy,
    /// Signing keys.
    pub keys: &'a Keys,
}

/// The user and the approval behind a token, both alive: re-checked at every use (CVE-2026-43983,
/// GHSA-wv3h-x6c4-r867, CVE-2024-47000).
pub(crate) fn alive(
    cx: &mut Cx<'_>,
    principal: Principal,
    approval: &countersign_protocol::AuthorizationId,
) -> Result<(Stored<User>, Stored<Authorization>), Refusal> {
    let user = principal.user.filter(|user| user.enabled);
    let user = cx.require_some(&rules::USER_ENABLED, user)?;
    let authorization = principal.authorization.filter(|authorization| authorization.id == *approval);
    let authorization = cx.require_some(&rules::CONSENT_ALIVE, authorization)?;
    Ok((user, authorization))
}

/// What is left of an approved scope: what the client may still ask for and this server still offers. An administrator
/// who takes a scope away means the tokens of tomorrow too (CVE-2026-43983).
pub(crate) fn still_offered(realm: Realm<'_>, client: &Authenticated, scope: &ScopeSet) -> ScopeSet {
    scope.intersection(&client.scope).intersection(&realm.policy.all_scopes())
}

/// A refusal that changes nothing.
pub(crate) fn refused(refusal: Refusal) -> Plan<Outcome> {
    Plan::answer(Err(refusal))
}

/// A refusal that changes something.
pub(crate) fn refused_with(writes: Writes, refusal: Refusal) -> Plan<Outcome> {
    Plan::new(writes, Err(refusal))
}

/// The `scope` of a token request; `None` if it names none.
pub(crate) fn scope(cx: &mut Cx<'_>, form: &Params) -> Result<Option<ScopeSet>, Refusal> {
    let Some(text) = form.find("scope") else { return Ok(None) };
    cx.require_ok(&rules::SCOPE_FORM, ScopeSet::parse(text)).map(Some)
}

/// Whether the set asks for an ID token.
pub(crate) fn is_openid(scope: &ScopeSet) -> bool {
    scope.iter().map(Scope::as_str).any(|scope| scope == "openid")
}
