//! Client authentication (OAuth 2.1 §2.4): from credentials to an [`Authenticated`] client, which every grant asks for.
//!
//! The order decides who is told what.
//!
//! 1. What the request shows by itself comes first, before anybody looks at the client's record: its form, two methods at
//!    once, the claims and times of an assertion. Whoever sent it may be told everything about it, known client or not.
//! 2. Whether the client exists, how it is registered, which of its secrets or keys would fit: one rule with one answer
//!    for all, [`rules::AUTHENTICATED`]. The answer says what came, never what would have been right; the reason goes to
//!    the log, as the refusal's `aside`.
//! 3. Once it is proven, a client may be told all about its own registration, codes and tokens, and nothing about
//!    anybody else's. A public client is "proven" by its name, which anybody can send: what is told about a code or token
//!    comes after whoever asks has shown that code or token.

mod assertion;
mod credentials;
pub mod rules;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use countersign_protocol::{ClientId, Handle, HandleKind, Refusal, Secret, Timestamp, basic};

use assertion::{Claims, Terms};
pub use credentials::{Credentials, Proof};

use crate::{
    Cx, Policy, Stored, Writes,
    records::{Client, ClientKeys, ClientKind, ClientSecret, Once},
};

/// Most secrets of one client: the current one, and those that rotation has not ended yet.
pub const MAX_SECRETS: usize = 5;

/// A client that proved itself. Grants take this, not a [`Client`].
#[derive(Debug)]
pub struct Authenticated {
    client: Stored<Client>,
    fetched_keys: Option<Arc<str>>,
    writes: Writes,
}

impl Authenticated {
    /// What has to be remembered of the authentication, in the same commit as what follows.
    pub fn take_writes(&mut self) -> Writes {
        std::mem::take(&mut self.writes)
    }

    /// The client's public keys as a JWK Set document.
    pub fn key_document(&self) -> Option<&str> {
        self.client.key_document(self.fetched_keys.as_deref())
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
    /// What its `jwks_uri` had, where it has one and that is of use here.
    pub fetched_keys: Option<Arc<str>>,
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
    cx.client = facts.client.as_ref().map(|client| client.id.clone());
    let terms = Terms::new(cx.now, policy, audiences, credentials.client_id.as_str());
    if let Proof::Assertion(jwt) = &credentials.proof {
        let flaw = terms.flaw(jwt);
        cx.require_or(&rules::ASSERTION_VALID, flaw.is_none(), || flaw.unwrap_or_default())?;
    }
    let (claims, why) = match prove(terms, facts.client.as_deref(), facts.fetched_keys.as_deref(), &credentials.proof) {
        Ok(claims) => (claims, None),
        Err(why) => (None, Some(why)),
    };
    cx.require(&rules::AUTHENTICATED, why.is_none())
        .map_err(|refusal| refusal.because(came(credentials)).aside(why.unwrap_or_default()))?;
    let client = cx.require_some(&rules::AUTHENTICATED, facts.client)?;
    let mut writes = Writes::none();
    if let Some(claims) = claims {
        cx.require(&rules::ASSERTION_ONCE, !facts.assertion_seen)?;
        // Remembered a leeway longer than it is valid, since it is accepted that long.
        let until = claims.exp.timestamp().plus(policy.leeway).plus(policy.leeway);
        writes.insert(&Once::assertion(&client.id, &claims.jti, until));
    }
    cx.require(&rules::ENABLED, client.enabled)?;
    Ok(Authenticated { client, fetched_keys: facts.fetched_keys, writes })
}

/// Whether the proof is the client's. Why not, is for the log: it says how the client is registered.
fn prove(
    terms: Terms<'_>,
    client: Option<&Client>,
    fetched_keys: Option<&str>,
    proof: &Proof,
) -> Result<Option<Claims>, String> {
    let client = client.ok_or("no client has this client_id")?;
    match (&client.kind, proof) {
        (ClientKind::Public, Proof::None) => Ok(None),
        (ClientKind::Confidential(ClientKeys::Jwks(_)), Proof::Assertion(jwt)) => {
            terms.verify(client, fetched_keys, jwt).map(Some)
        }
        (
            ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }),
            Proof::Header { secret, .. } | Proof::Form(secret),
        ) => {
            if secret_matches(terms.now, secrets, secret) {
                Ok(None)
            } else {
                Err("the secret is none of its secrets that still work".to_owned())
            }
        }
        _ => {
            let (registered, used) = (client.auth_method().as_str(), proof.method().as_str());
            Err(format!("it is registered for {registered}, and used {used}"))
        }
    }
}

/// What came, for whoever sent it; the same whether the client exists or not.
fn came(credentials: &Credentials) -> String {
    let what = match &credentials.proof {
        Proof::None => "No secret and no assertion came".to_owned(),
        Proof::Header { doubtful: true, .. } => {
            format!("What the Basic header holds does not look encoded: {}", basic::FORGOTTEN)
        }
        Proof::Header { secret, .. } => format!("A secret came in a Basic header{}", flaw(secret)),
        Proof::Form(secret) => format!("A secret came in the form{}", flaw(secret)),
        Proof::Assertion(_) => "A client assertion came, in order but for what only the client's keys show".to_owned(),
    };
    let oddity = ClientId::oddity(credentials.client_id.as_str());
    let oddity = oddity.map(|oddity| format!(" About the client_id: {oddity}.")).unwrap_or_default();
    format!("{what}.{oddity} The server's log says which of these it was, under the trace_id")
}

/// What a secret shows by itself, as far as it is one that we could have made.
fn flaw(secret: &Secret) -> String {
    let text = secret.expose();
    if text.trim() != text {
        return ", with white space around it".to_owned();
    }
    match HandleKind::claimed(text).map(|_| Handle::parse(HandleKind::ClientSecret, text)) {
        Some(Err(why)) => format!(". {why}"),
        _ => String::new(),
    }
}

/// Compares with every living secret, in constant time each.
fn secret_matches(now: Timestamp, secrets: &[ClientSecret], sent: &Secret) -> bool {
    let sent = countersign_protocol::HandleHash::of(sent.expose());
    let living = secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| now < end));
    living.fold(false, |found, secret| secret.hash.matches(&sent) | found)
}
