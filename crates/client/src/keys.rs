//! The provider's signing keys: fetched when needed, kept, fetched again when a token names a key that is not there.
//!
//! A rotation must not sign users out, nor an unreachable `jwks_uri`: the last good set is kept until a better one
//! comes, for a day at most. Refetching has a cool-down, so that tokens with invented key ids don't turn into requests.

use std::sync::{Arc, Mutex};

use countersign_jose::{JwkSet, Unverified, Verified, VerifyError};
use countersign_protocol::{Refusal, Rule, Timestamp, Ttl, freshness};
use futures_util::FutureExt;
use http::header::{AGE, CACHE_CONTROL};

use crate::check::Checks;
use crate::edge::Edge;
use crate::error::CallError;
use crate::rules;
use crate::single_flight::{SingleFlight, lock};
use crate::wire::{Endpoint, Request, Response, json_object};

/// Seconds between two fetches, after the first.
const COOL_DOWN: u64 = 30;
/// Seconds after which a set is fetched anew even if it knows every key, so that withdrawn keys are forgotten; sooner if
/// the provider says so. By then a provider that rotates by the book has published the key that signs next.
const STALE_AFTER: u64 = 3600;
/// Seconds after which a set is good for nothing: a withdrawn key must not be accepted for as long as somebody keeps us
/// from hearing of it.
const GIVEN_UP_AFTER: u64 = 86_400;

/// The request for a provider's keys.
pub fn request(jwks_uri: &Endpoint) -> Request {
    jwks_uri.get()
}

/// Reads the reply to [`request`].
pub fn read(response: &Response, checks: Checks<'_>) -> Result<JwkSet, Refusal> {
    json_object(response, checks)?;
    let set = JwkSet::parse(response.body());
    let why = set.as_ref().err().map_or_else(|| "It has no usable key".to_owned(), ToString::to_string);
    // Who publishes no key can't have signed anything: a mistake, which must not take a good set's place.
    checks.some(&rules::KEYS_READABLE, set.ok().filter(|set| !set.keys().is_empty()), || why)
}

fn lifetime_of(response: &Response) -> Option<Ttl> {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    freshness::left(header(CACHE_CONTROL), header(AGE))
}

/// What is known of a provider's keys, and when to ask again. Pure: time is an argument.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    good: Option<Good>,
    tried: Option<Timestamp>,
}

#[derive(Debug)]
struct Good {
    set: Arc<JwkSet>,
    since: Timestamp,
    /// Seconds.
    lifetime: u64,
}

impl KeyCache {
    fn usable(&self, now: Timestamp) -> Option<&Good> {
        self.good.as_ref().filter(|good| now.secs_since(good.since) < GIVEN_UP_AFTER)
    }

    pub(crate) fn set(&self, now: Timestamp) -> Option<Arc<JwkSet>> {
        self.usable(now).map(|good| Arc::clone(&good.set))
    }

    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.good.as_ref().is_some_and(|good| now.secs_since(good.since) < good.lifetime)
    }

    /// Whether a fetch may begin; notes that it does. Without any set there is nothing to go on with, so no wait, and no
    /// cool-down afterwards either: keys that are rotated right after the first fetch are found at once.
    pub(crate) fn may_fetch(&mut self, now: Timestamp) -> bool {
        let Some(good) = self.usable(now) else { return true };
        // Whose document lives for less than the cool-down wants to be asked more often.
        let cool_down = good.lifetime.min(COOL_DOWN);
        let may = self.tried.is_none_or(|at| now.secs_since(at) >= cool_down);
        if may {
            self.tried = Some(now);
        }
        may
    }

    /// Keeps a set for as long as the provider says, if it does.
    pub(crate) fn keep(&mut self, set: JwkSet, said: Option<Ttl>, now: Timestamp) {
        let lifetime = said.map_or(STALE_AFTER, |said| u64::from(said.as_secs()).min(STALE_AFTER));
        self.good = Some(Good { set: Arc::new(set), since: now, lifetime });
    }
}

/// The rules on a signature, for one kind of token.
pub(crate) struct Signature {
    /// The token names a key that is published.
    pub(crate) key: &'static Rule,
    /// That key made the signature.
    pub(crate) fits: &'static Rule,
}

/// ID tokens.
pub(crate) static ID_TOKEN: Signature = Signature { key: &rules::ID_TOKEN_KEY, fits: &rules::ID_TOKEN_SIGNATURE };

/// The keys of one provider, with the fetching.
#[derive(Default)]
pub(crate) struct Keys {
    cache: Arc<Mutex<KeyCache>>,
    flight: SingleFlight,
}

impl Keys {
    /// Checks a signature with the keys at hand; if they don't fit, with newer ones, as far as the cool-down allows.
    pub(crate) async fn verify(
        &self,
        (token, rule): (&Unverified<'_>, &Signature),
        jwks_uri: &Endpoint,
        edge: &Edge,
    ) -> Result<Verified, CallError> {
        let fresh = lock(&self.cache).is_fresh(edge.now());
        if !fresh {
            self.fetch(jwks_uri, edge).await?;
        }
        let first = token.clone().verify(&self.current(edge.now()));
        if first.is_ok() || !fresh {
            return Ok(judge(first, rule, edge.checks())?);
        }
        self.fetch(jwks_uri, edge).await?;
        Ok(judge(token.clone().verify(&self.current(edge.now())), rule, edge.checks())?)
    }

    fn current(&self, now: Timestamp) -> Arc<JwkSet> {
        lock(&self.cache).set(now).unwrap_or_default()
    }

    /// Fetches the set, or joins a fetch under way. Fails only if there is no set to go on with.
    async fn fetch(&self, jwks_uri: &Endpoint, edge: &Edge) -> Result<(), CallError> {
        let (cache, request, own) = (Arc::clone(&self.cache), request(jwks_uri), edge.clone());
        let run = self.flight.join(|| {
            if !lock(&self.cache).may_fetch(edge.now()) {
                return Err(());
            }
            let run = async move {
                let asked = own.now();
                let response = own.send(request).await?;
                let set = read(&response, own.checks())?;
                lock(&cache).keep(set, lifetime_of(&response), asked);
                Ok(())
            };
            Ok(edge.beside(run.boxed()))
        });
        let outcome = match run {
            Ok(run) => run.await,
            Err(()) => Ok(()),
        };
        if lock(&self.cache).set(edge.now()).is_some() { Ok(()) } else { outcome }
    }
}

/// Turns the outcome of a signature check into rules.
fn judge(outcome: Result<Verified, VerifyError>, rule: &Signature, checks: Checks<'_>) -> Result<Verified, Refusal> {
    let error = outcome.as_ref().err();
    let unknown = matches!(error, Some(VerifyError::UnknownKey { .. } | VerifyError::NoKey { .. }));
    let why = || error.map(ToString::to_string).unwrap_or_default();
    let hint = || format!("{}; the provider must publish a key before it signs with it", why());
    checks.require(rule.key, !unknown, hint)?;
    checks.require(rule.fits, error.is_none(), why)?;
    outcome.map_err(|_| Refusal::of(rule.fits))
}

#[cfg(test)]
mod tests;
