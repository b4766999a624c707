//! Tokens of the client's own (OAuth 2.1 §4.2), cached per scope and resource, renewed ahead of expiry, one request at
//! a time. Without a cache, clients ask for a token with every call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use countersign_protocol::{ScopeSet, Secret};
use futures_util::FutureExt;

use crate::client::Client;
use crate::error::CallError;
use crate::single_flight::{Outcome, SingleFlight, lock};
use crate::token::AccessToken;

/// Most kinds of token that are kept; when there are more, those that ended make room, then any.
const CAPACITY: usize = 256;

type Kind = (ScopeSet, Option<String>);

/// A cache of client-credentials tokens. Cheap to clone; all clones share the tokens.
#[derive(Clone)]
pub struct ClientCredentials {
    client: Client,
    slots: Arc<Mutex<HashMap<Kind, Arc<Slot>>>>,
}

#[derive(Default)]
struct Slot {
    token: Arc<Mutex<Option<AccessToken>>>,
    flight: SingleFlight<AccessToken>,
}

impl ClientCredentials {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, slots: Arc::default() }
    }

    /// A token for that scope and resource: the one at hand, or a new one if it is about to end. If none can be had
    /// just now, but the one at hand is still good, it is returned.
    pub async fn access_token(&self, scope: &ScopeSet, resource: Option<&str>) -> Result<Secret, CallError> {
        let kind = (scope.clone(), resource.map(str::to_owned));
        let slot = self.slot(&kind);
        let run = slot.flight.join(|| {
            let now = self.client.time();
            let at_hand = lock(&slot.token).clone().filter(|token| !token.is_due(now));
            at_hand.map_or(Ok(()), Err)?;
            let fetch = fetch(self.client.clone(), kind, Arc::clone(&slot.token)).boxed();
            Ok(self.client.edge().beside(fetch))
        });
        let outcome = match run {
            Ok(run) => run.await,
            Err(at_hand) => Ok(at_hand),
        };
        let old = lock(&slot.token).clone().filter(|token| token.is_valid(self.client.time()));
        match (outcome, old) {
            (Ok(token), _) | (Err(_), Some(token)) => Ok(token.secret),
            (Err(error), None) => Err(error),
        }
    }

    /// Forgets a token that a resource server answered with 401, so that the next call gets another.
    pub fn reject(&self, rejected: &Secret) {
        for slot in lock(&self.slots).values() {
            let mut token = lock(&slot.token);
            if token.as_ref().is_some_and(|token| token.secret == *rejected) {
                *token = None;
            }
        }
    }

    fn slot(&self, kind: &Kind) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        if !slots.contains_key(kind) && slots.len() >= CAPACITY {
            let now = self.client.time();
            slots.retain(|_, slot| lock(&slot.token).as_ref().is_some_and(|token| token.is_valid(now)));
            if slots.len() >= CAPACITY
                && let Some(any) = slots.keys().next().cloned()
            {
                slots.remove(&any);
            }
        }
        Arc::clone(slots.entry(kind.clone()).or_default())
    }
}

async fn fetch(client: Client, (scope, resource): Kind, slot: Arc<Mutex<Option<AccessToken>>>) -> Outcome<AccessToken> {
    let request = client.now(|now| client.core().client_credentials_request(&scope, resource.as_deref(), now))?;
    let reply = client.token_reply(request, &scope).await?;
    *lock(&slot) = Some(reply.access_token.clone());
    Ok(reply.access_token)
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials").field("client", &self.client).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
