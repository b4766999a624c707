//! Client authentication (OAuth 2.1 §2.4): from credentials to an [`Authenticated`] client, which every grant asks for.

mod credentials;
pub mod rules;

#[cfg(test)]
mod tests;

use countersign_jose::{Expect, JwkSet, NumericDate, Typ, Unverified};
use countersign_protocol::{ClientId, Refusal, Secret, Timestamp, Ttl};
use serde::Deserialize;

pub use credentials::{Credentials, Proof};

use crate::{
    Cx, Policy, Stored, Writes,
    records::{Client, ClientKeys, ClientKind, ClientSecret, Once},
};

/// Most secrets of one client: the current one, and those that rotation has not ended yet.
pub const MAX_SECRETS: usize = 5;
/// The explicit type of client assertions (draft-ietf-oauth-rfc7523bis).
const ASSERTION_JWT: &str = "client-authentication+jwt";
/// Longest life of a client assertion.
const ASSERTION_MAX: Ttl = Ttl::minutes(60);

/// A client that proved itself. Grants take this, not a [`Client`].
#[derive(Debug)]
pub struct Authenticated {
    client: Stored<Client>,
    writes: Writes,
}

impl Authenticated {
    /// What has to be remembered of the authentication, in the same commit as what follows.
    pub fn take_writes(&mut self) -> Writes {
        std::mem::take(&mut self.writes)
    }

    /// The client's record with its revision.
    pub const fn record(&self) -> &Stored<Client> {
        &self.client
    }
}

impl std::ops::Deref for Authenticated {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

/// What [`authenticate`] looks at.
#[derive(Debug)]
pub struct Facts {
    /// The claimed client, if there is one.
    pub client: Option<Stored<Client>>,
    /// Whether the `jti` of the assertion was seen before.
    pub assertion_seen: bool,
}

/// Proves the client. `audiences`: what `aud` of an assertion may say, the issuer first.
pub fn authenticate(
    cx: &mut Cx<'_>,
    policy: &Policy,
    audiences: &[&str],
    credentials: &Credentials,
    facts: Facts,
) -> Result<Authenticated, Refusal> {
    let mut writes = Writes::none();
    let client = cx.require_some(&rules::AUTHENTICATED, facts.client)?;
    cx.client = Some(client.id.clone());
    match (&client.kind, &credentials.proof) {
        (ClientKind::Public, Proof::None) => cx.require(&rules::AUTHENTICATED, true)?,
        (ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }), Proof::Secret(secret)) => {
            cx.require(&rules::AUTHENTICATED, secret_matches(cx.now, secrets, secret))?;
        }
        (ClientKind::Confidential(ClientKeys::Jwks(jwks)), Proof::Assertion(jwt)) => {
            let claims = assertion(cx, policy, audiences, (&client.id, jwks), jwt)?;
            cx.require(&rules::ASSERTION_ONCE, !facts.assertion_seen)?;
            // Remembered a leeway longer than it is valid, since it is accepted that long.
            let until = claims.exp.timestamp().plus(policy.leeway).plus(policy.leeway);
            writes.insert(&Once::assertion(&client.id, &claims.jti, until));
        }
        // Another method than the registered one. Which that would be is not said: it would say that the client exists.
        _ => cx.require(&rules::AUTHENTICATED, false)?,
    }
    cx.require(&rules::ENABLED, client.enabled)?;
    Ok(Authenticated { client, writes })
}

/// Compares with every living secret, in constant time each.
fn secret_matches(now: Timestamp, secrets: &[ClientSecret], sent: &Secret) -> bool {
    let sent = countersign_protocol::HandleHash::of(sent.expose());
    let living = secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| now < end));
    living.fold(false, |found, secret| secret.hash.matches(&sent) | found)
}

#[derive(Deserialize)]
struct Assertion {
    sub: String,
    exp: NumericDate,
    jti: String,
}

fn assertion(
    cx: &mut Cx<'_>,
    policy: &Policy,
    audiences: &[&str],
    client: (&ClientId, &str),
    jwt: &Secret,
) -> Result<Assertion, Refusal> {
    let (id, jwks) = client;
    let checked = verify_assertion(cx.now, policy, audiences, (id.as_str(), jwks), jwt);
    cx.require(&rules::ASSERTION_VALID, checked.is_ok())
        .and_then(|()| checked.map_err(|why| Refusal::of(&rules::ASSERTION_VALID).because(why)))
}

fn verify_assertion(
    now: Timestamp,
    policy: &Policy,
    audiences: &[&str],
    client: (&str, &str),
    jwt: &Secret,
) -> Result<Assertion, String> {
    let keys = JwkSet::parse(client.1.as_bytes()).map_err(|error| error.to_string())?;
    let unverified = Unverified::parse(jwt.expose()).map_err(|error| error.to_string())?;
    // rfc7523bis names the type; older clients send JWT or nothing.
    let typed = unverified.typ().is_some_and(|typ| typ.eq_ignore_ascii_case(ASSERTION_JWT));
    let typ = if typed { Typ::Exactly(ASSERTION_JWT) } else { Typ::Generic };
    let verified = unverified.verify(&keys).map_err(|error| error.to_string())?;
    let (issuer, leeway) = (client.0, policy.leeway);
    let expect = Expect { issuer, audience: audiences, typ, now, leeway, max_lifetime: Some(ASSERTION_MAX) };
    let claims: Assertion = expect.check(&verified).map_err(|error| error.to_string())?;
    if claims.sub != client.0 {
        return Err("sub must be the client_id, like iss".into());
    }
    if claims.jti.is_empty() {
        return Err("jti must not be empty".into());
    }
    Ok(claims)
}
