//! Answers about tokens, kept for a short time, sans-IO.
//!
//! The key is the hash of the whole token, so that one token's answer never serves another (CVE-2026-33496), and the
//! value is the answer, not a decision: audience, expiry and scope are judged at every use (GO-2022-0406).

use std::collections::{BTreeSet, HashMap};

use countersign_jose::hash::sha256;
use countersign_protocol::{Timestamp, Ttl};

use crate::Introspection;

/// That a token is not active may still change (replication, `nbf`), and attackers choose what is asked: so much at
/// most.
const INACTIVE_TTL: Ttl = Ttl::secs(1);

type Key = [u8; 32];

/// A bounded set of answers. When it is full the one that ends first makes room.
pub(crate) struct IntrospectionCache {
    ttl: Ttl,
    capacity: usize,
    answers: HashMap<Key, Entry>,
    /// The same keys by their end.
    ends: BTreeSet<(Timestamp, Key)>,
}

struct Entry {
    answer: Introspection,
    asked_at: Timestamp,
    ends_at: Timestamp,
}

impl IntrospectionCache {
    /// Keeps answers for `ttl`, and none with a `ttl` of zero.
    pub(crate) fn new(ttl: Ttl, capacity: usize) -> Self {
        Self { ttl, capacity, answers: HashMap::new(), ends: BTreeSet::new() }
    }

    /// What was answered about this token, if that is still recent.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<Introspection> {
        let entry = self.answers.get(&sha256(token.as_bytes()))?;
        // From the future only if the clock was set back: then its age is unknown.
        (entry.asked_at <= now && now < entry.ends_at).then(|| entry.answer.clone())
    }

    /// Keeps what was asked at `asked_at`: never beyond the token's own end, nor without one.
    pub(crate) fn keep(&mut self, token: &str, answer: &Introspection, asked_at: Timestamp) {
        let ends_at = match (answer.active(), answer.expires_at()) {
            (Some(_), Some(expires_at)) => expires_at.min(asked_at.plus(self.ttl)),
            (Some(_), None) => asked_at,
            (None, _) => asked_at.plus(self.ttl.min(INACTIVE_TTL)),
        };
        let key = sha256(token.as_bytes());
        self.remove(key);
        if ends_at <= asked_at {
            return;
        }
        while self.ends.first().is_some_and(|(end, _)| *end <= asked_at || self.ends.len() >= self.capacity) {
            if let Some((_, oldest)) = self.ends.pop_first() {
                self.answers.remove(&oldest);
            }
        }
        self.ends.insert((ends_at, key));
        self.answers.insert(key, Entry { answer: answer.clone(), asked_at, ends_at });
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.answers.remove(&key) {
            self.ends.remove(&(entry.ends_at, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{Timestamp, Ttl};

    use super::IntrospectionCache;
    use crate::Introspection;

    const T0: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn active(exp_in: u32) -> Introspection {
        let exp = T0.plus(Ttl::secs(exp_in)).secs();
        Introspection::parse(format!(r#"{{"active":true,"exp":{exp}}}"#).as_bytes()).unwrap()
    }

    fn later(secs: u32) -> Timestamp {
        T0.plus(Ttl::secs(secs))
    }

    #[test]
    fn an_answer_ends_with_its_bound_or_with_its_token_whichever_is_first() {
        let mut cache = IntrospectionCache::new(Ttl::secs(5), 10);
        cache.keep("long", &active(300), T0);
        cache.keep("short", &active(2), T0);
        assert!(cache.find("long", later(4)).is_some() && cache.find("long", later(5)).is_none());
        assert!(cache.find("short", later(1)).is_some() && cache.find("short", later(2)).is_none());
    }

    #[test]
    fn an_expired_answer_one_without_exp_and_all_with_a_bound_of_zero_are_not_kept() {
        let mut cache = IntrospectionCache::new(Ttl::secs(5), 10);
        cache.keep("expired", &active(0), T0);
        cache.keep("endless", &Introspection::parse(br#"{"active":true}"#).unwrap(), T0);
        assert!(cache.answers.is_empty() && cache.ends.is_empty());
        let mut off = IntrospectionCache::new(Ttl::secs(0), 10);
        off.keep("a", &active(300), T0);
        assert!(off.find("a", T0).is_none());
    }

    #[test]
    fn an_inactive_answer_is_kept_for_a_second() {
        let mut cache = IntrospectionCache::new(Ttl::secs(5), 10);
        cache.keep("gone", &Introspection::parse(br#"{"active":false}"#).unwrap(), T0);
        assert!(cache.find("gone", T0).is_some() && cache.find("gone", later(1)).is_none());
    }

    /// CVE-2026-33496: cache-key confusion.
    #[test]
    fn the_answer_for_one_token_never_serves_another() {
        let mut cache = IntrospectionCache::new(Ttl::secs(5), 10);
        cache.keep("token", &active(300), T0);
        for other in ["token ", "toke", "Token", "", "tokentoken"] {
            assert!(cache.find(other, T0).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_full_cache_drops_what_ends_first_so_that_a_flood_of_bad_tokens_displaces_itself() {
        let mut cache = IntrospectionCache::new(Ttl::secs(60), 10);
        cache.keep("good", &active(300), T0);
        for n in 0..1000 {
            cache.keep(&format!("bad {n}"), &Introspection::parse(br#"{"active":false}"#).unwrap(), T0);
        }
        assert_eq!((cache.answers.len(), cache.ends.len()), (10, 10));
        assert!(cache.find("good", T0).is_some());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_answer_last_longer() {
        let mut cache = IntrospectionCache::new(Ttl::secs(5), 10);
        cache.keep("a", &active(300), later(100));
        assert!(cache.find("a", T0).is_none());
    }
}
