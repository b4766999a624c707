//! The token endpoint (OAuth 2.1 §3.2): requests for the three grants, and the one reading of its reply.
//!
//! An access token is never looked into: it is the resource server's to understand (OAuth 2.1 §1.4).

use countersign_protocol::{CodeVerifier, Refusal, Scope, ScopeSet, Secret, Timestamp, Ttl};
use serde_json::{Map, Value};

use crate::check::{Checks, quote};
use crate::error::{CallError, ProviderError};
use crate::id_token::IdToken;
use crate::rules;
use crate::sans_io::{Core, Now};
use crate::transaction::Transaction;
use crate::wire::{Request, Response, json_object};

/// An access token and how long it is good for.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token: to be sent as `Authorization: Bearer`, never in a URL, and not to be parsed.
    pub secret: Secret,
    /// When it was asked for.
    pub obtained_at: Timestamp,
    /// When it ends; `None` if the provider did not say.
    pub expires_at: Option<Timestamp>,
    /// What it may do: as granted, which may be less than was asked for.
    pub scope: ScopeSet,
}

impl AccessToken {
    /// Whether it may still be used.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it is time to get another: a tenth of its lifetime, but at most a minute, before it ends.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| {
            let ahead = u32::try_from(end.secs_since(self.obtained_at) / 10).unwrap_or(u32::MAX).min(60);
            now >= end.minus(Ttl::secs(ahead))
        })
    }
}

/// A reply of the token endpoint, read; its ID token is not verified yet.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names of OAuth 2.1 §3.2.3")]
pub struct TokenReply {
    /// The access token.
    pub access_token: AccessToken,
    /// The refresh token, if one was issued.
    pub refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
}

/// What a sign-in yields.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names of OAuth 2.1 §3.2.3")]
pub struct Tokens {
    /// Proof of what the bearer may do; says nothing about who the user is.
    pub access_token: AccessToken,
    /// For a new access token when this one ends. Keep it as you would a password.
    pub refresh_token: Option<Secret>,
    /// Who signed in. There if, and only if, `openid` was asked for.
    pub id_token: Option<IdToken>,
}

impl Core {
    /// The request that redeems a code (OAuth 2.1 §4.1.3). Call it once, for a code that
    /// [`check_callback`](Self::check_callback) let through.
    pub fn code_request(
        &self,
        transaction: &Transaction,
        code: &Secret,
        now: &mut Now<'_>,
    ) -> Result<Request, CallError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            // Servers of OAuth 2.0 insist on it (OAuth 2.1 §10.2).
            ("redirect_uri", &transaction.redirect_uri),
        ];
        form.extend(transaction.verifier.as_ref().map(|v| ("code_verifier", CodeVerifier::expose(v))));
        form.extend(transaction.resource.iter().map(|uri| ("resource", uri.as_str())));
        self.token_request(form, now)
    }

    /// The request for new tokens with a refresh token (OAuth 2.1 §4.3): the same scope again.
    pub fn refresh_request(&self, refresh_token: &Secret, now: &mut Now<'_>) -> Result<Request, CallError> {
        self.token_request(vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())], now)
    }

    /// The request for a token of the client's own (OAuth 2.1 §4.2).
    pub fn client_credentials_request(
        &self,
        scope: &ScopeSet,
        resource: Option<&str>,
        now: &mut Now<'_>,
    ) -> Result<Request, CallError> {
        let scope = scope.to_string();
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(Some(("scope", scope.as_str())).filter(|_| !scope.is_empty()));
        form.extend(resource.map(|uri| ("resource", uri)));
        self.token_request(form, now)
    }

    fn token_request(&self, form: Vec<(&str, &str)>, now: &mut Now<'_>) -> Result<Request, CallError> {
        let endpoint = self.metadata.needed("token_endpoint", self.metadata.token.as_ref(), now.checks)?;
        self.authenticated(endpoint, form, now)
    }
}

/// Reads a reply of the token endpoint.
///
/// `asked` is the scope that counts as granted if the reply names none (OAuth 2.1 §3.2.3); `sent_at` is when the
/// request was sent: lifetimes are counted from there, so that a slow reply never makes a token look younger than it is.
pub fn read_reply(
    response: &Response,
    asked: &ScopeSet,
    sent_at: Timestamp,
    checks: Checks<'_>,
) -> Result<TokenReply, CallError> {
    if let Some(error) = ProviderError::read("token", response) {
        return Err(error.into());
    }
    let reply = json_object(response, checks)?;
    let kind = reply.get("token_type").and_then(Value::as_str).unwrap_or_default();
    checks
        .require(&rules::TOKEN_TYPE_BEARER, kind.eq_ignore_ascii_case("bearer"), || format!("Got {}", quote(kind)))?;
    let token = reply.get("access_token").and_then(Value::as_str);
    let token = token.filter(|t| !t.is_empty() && t.bytes().all(|b| (0x21..=0x7e).contains(&b)));
    let token =
        checks.some(&rules::ACCESS_TOKEN_PRESENT, token, || "There is none that could be sent on".to_owned())?;
    let lifetime = member(&reply, "expires_in", checks, lifetime)?;
    let scope = member(&reply, "scope", checks, |value| granted(value.as_str()?))?;
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(Secret::new);
    Ok(TokenReply {
        access_token: AccessToken {
            secret: Secret::new(token),
            obtained_at: sent_at,
            expires_at: lifetime.map(|ttl| sent_at.plus(ttl)),
            scope: scope.unwrap_or_else(|| asked.clone()),
        },
        refresh_token: member(&reply, "refresh_token", checks, text)?,
        id_token: member(&reply, "id_token", checks, text)?,
    })
}

/// An optional member; `null` counts as absent, as some servers write it.
fn member<T>(
    reply: &Map<String, Value>,
    name: &'static str,
    checks: Checks<'_>,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    match reply.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => checks.some(&rules::TOKEN_REPLY_FORM, read(value), || format!("{name} can't be used")).map(Some),
    }
}

/// Seconds, as a number or, as some servers write it, as digits in a string. More than 136 years are 136 years.
fn lifetime(value: &Value) -> Option<Ttl> {
    let secs = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    Some(Ttl::secs(u32::try_from(secs).unwrap_or(u32::MAX)))
}

/// A granted scope. Stray spaces are forgiven; what is in it is not ours to bound more tightly than [`ScopeSet`] does.
fn granted(text: &str) -> Option<ScopeSet> {
    text.split(' ').filter(|token| !token.is_empty()).map(|token| Scope::parse(token).ok()).collect()
}

#[cfg(test)]
mod tests;
