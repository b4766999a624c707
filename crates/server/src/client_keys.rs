//! Public keys that clients publish at their `jwks_uri` (RFC 7591 §2, OpenID Connect Core §10): fetched when they are
//! needed, kept for a while, fetched again for a key that is not among them.
//!
//! - A set is used for [`FRESH`] without asking again: so long a key that its client took away still works here.
//! - An unknown `kid` fetches at once, a few times in a row ([`AT_ONCE`]), but in the long run not more often than each
//!   [`COOL_DOWN`], whoever asks. After a failure there is no other fetch within that time.
//! - While the client's server fails, its last good set stays in use, for [`KEPT`] at most.
//! - One fetch at a time for an address. It runs in a task of its own: whoever hangs up half-way does not stop it, or
//!   strangers could keep a client's new keys from us.

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use countersign_jose::JwkSet;
use countersign_protocol::{Timestamp, Ttl};
use serde_json::Value;

use crate::{
    outbound::{Fetch, Outbound},
    recent::Recent,
};

/// How long a set is used without asking again.
pub const FRESH: Ttl = Ttl::minutes(5);
/// How long a set is used that could not be fetched again.
pub const KEPT: Ttl = Ttl::days(1);
/// Between two fetches that an unknown key is the reason for, in the long run; after a failure always.
pub const COOL_DOWN: Ttl = Ttl::secs(15);
/// So many fetches for unknown keys may follow each other: a client rotates twice, or is registered anew with its old
/// address.
pub const AT_ONCE: u32 = 3;
/// How long a fetch may take: somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most addresses that are remembered; beyond, the one that was longest not asked for goes.
const MOST: usize = 500;

/// The sets of all clients that have some.
#[derive(Debug)]
pub struct ClientKeySets {
    outbound: Arc<Outbound>,
    sets: Recent<State>,
}

#[derive(Debug, Default)]
struct State {
    good: Option<Known>,
    /// The last fetch failed; none before that time.
    rests_until: Option<Timestamp>,
    /// Fetches for unknown keys are used up until then: each takes a [`COOL_DOWN`], and some may be taken ahead.
    looked_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Known {
    document: Arc<str>,
    kids: Vec<String>,
    fetched_at: Timestamp,
}

impl ClientKeySets {
    /// With nothing known yet.
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self { outbound, sets: Recent::new(MOST) }
    }

    /// The JWK Set document at that address, with the key of that id if it can be had. `None`: there is none.
    pub async fn document(&self, now: Timestamp, uri: &str, kid: Option<&str>) -> Option<Arc<str>> {
        let mut state = self.sets.of(now, uri).lock_owned().await;
        if let Some(reason) = state.reason_to_fetch(now, kid) {
            let (outbound, uri) = (Arc::clone(&self.outbound), uri.to_owned());
            let fetching = tokio::spawn(async move {
                state.refresh(&outbound, now, &uri, reason).await;
                state
            });
            state = fetching.await.ok()?;
        }
        let good = state.good.as_ref().filter(|known| now < known.fetched_at.plus(KEPT));
        good.map(|known| Arc::clone(&known.document))
    }
}

/// Why a set is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// It was never fetched.
    First,
    /// It is old.
    Old,
    /// A key is not in it.
    UnknownKey,
}

impl State {
    fn reason_to_fetch(&self, now: Timestamp, kid: Option<&str>) -> Option<Reason> {
        let reason = match &self.good {
            None => Reason::First,
            Some(known) if known.fetched_at.plus(FRESH) <= now => Reason::Old,
            Some(known) if kid.is_some_and(|kid| !known.kids.iter().any(|known| known == kid)) => Reason::UnknownKey,
            Some(_) => return None,
        };
        let ahead = Ttl::secs(COOL_DOWN.as_secs() * (AT_ONCE - 1));
        let looks_again = self.looked_until.is_none_or(|until| until <= now.plus(ahead));
        let rested = self.rests_until.is_none_or(|until| until <= now);
        (rested && (reason != Reason::UnknownKey || looks_again)).then_some(reason)
    }

    async fn refresh(&mut self, outbound: &Outbound, now: Timestamp, uri: &str, reason: Reason) {
        if reason == Reason::UnknownKey {
            self.looked_until = Some(self.looked_until.map_or(now, |until| until.max(now)).plus(COOL_DOWN));
        }
        match fetch(outbound, now, uri).await {
            Ok(known) => {
                tracing::debug!(uri, ?reason, keys = known.kids.len(), "client keys fetched");
                self.good = Some(known);
                self.rests_until = None;
            }
            Err(why) => {
                tracing::warn!(uri, ?reason, why, kept = self.good.is_some(), "client keys not fetched");
                self.rests_until = Some(now.plus(COOL_DOWN));
            }
        }
    }
}

async fn fetch(outbound: &Outbound, now: Timestamp, uri: &str) -> Result<Known, String> {
    let fetch = Fetch::get(uri, "application/jwk-set+json, application/json").at_most(JwkSet::MAX_BYTES);
    let answer = outbound.fetch(fetch.within(PATIENCE)).await.map_err(|error| error.to_string())?;
    if answer.status != StatusCode::OK {
        return Err(format!("status {}", answer.status.as_u16()));
    }
    JwkSet::parse(&answer.body).map_err(|error| error.to_string())?;
    let document = str::from_utf8(&answer.body).map_err(|_| "not UTF-8".to_owned())?;
    Ok(Known { document: document.into(), kids: kids(document), fetched_at: now })
}

/// The ids of all keys, of any kind: a client may look for one to encrypt with.
fn kids(document: &str) -> Vec<String> {
    let parsed: Value = serde_json::from_str(document).unwrap_or_default();
    let keys = parsed["keys"].as_array().into_iter().flatten();
    keys.filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect()
}
