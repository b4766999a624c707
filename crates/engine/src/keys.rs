//! The signing keys of a realm, opened and ready, and how they live: published before they sign, published still after
//! they stopped (RFC 7517, OpenID Connect Core §10.1.1).

use std::time::Duration;

use countersign_jose::{Algorithm, Jwk, JwkSet, SigningKey};
use countersign_protocol::{Subject, Timestamp, Ttl};

use crate::{
    Fault, Pairwise, Stored, Writes,
    records::{KeyRecord, KeyState, SubjectType},
};

/// The algorithms for which every realm has a key.
pub const ALGORITHMS: [Algorithm; 5] = Algorithm::ALL;

/// Most keys of one algorithm, whatever their state: those of all algorithms together are as many as verifiers read, our
/// own included.
pub const MAX_OF_ONE: usize = JwkSet::MAX_KEYS / ALGORITHMS.len();

/// The keys that sign now, and all public keys that verifiers may need.
pub struct Keys {
    current: Vec<SigningKey>,
    public: JwkSet,
    json: String,
    pairwise: Pairwise,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("current", &self.current.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// From opened keys with their states, and the key of pairwise subjects.
    pub fn new(keys: Vec<(KeyState, SigningKey)>, pairwise: Pairwise) -> Self {
        let public: Vec<Jwk> = keys.iter().map(|(_, key)| key.public_jwk().clone()).collect();
        let public = public.into_iter().collect::<JwkSet>();
        let json = public.to_json();
        let current = keys.into_iter().filter(|(state, _)| *state == KeyState::Current).map(|(_, key)| key).collect();
        Self { current, public, json, pairwise }
    }

    /// The key that signs with that algorithm now.
    pub fn signing(&self, algorithm: Algorithm) -> Result<&SigningKey, Fault> {
        self.current.iter().find(|key| key.algorithm() == algorithm).ok_or(Fault::NoKey(algorithm.name()))
    }

    /// As whom a client of that type knows that user (OpenID Connect Core §8).
    pub fn known_as(&self, kind: &SubjectType, subject: &Subject) -> Subject {
        self.pairwise.known_as(kind, subject)
    }

    /// All public keys, for verifying our own tokens.
    pub const fn public(&self) -> &JwkSet {
        &self.public
    }

    /// The JWK Set document.
    pub fn jwks(&self) -> &str {
        &self.json
    }
}

/// When keys move on.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How long a key signs.
    pub sign_for: Ttl,
    /// How long it is published beforehand: longer than verifiers cache the document.
    pub publish_before: Ttl,
    /// How long it stays published afterwards: longer than its tokens live.
    pub publish_after: Ttl,
    /// How long the tokens live that it signs.
    pub tokens: Ttl,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            sign_for: Ttl::days(90),
            publish_before: Ttl::days(7),
            publish_after: Ttl::days(2),
            tokens: Ttl::minutes(5),
        }
    }
}

impl Schedule {
    /// The longest time for which verifiers may keep the key document, however long keys are published beforehand.
    const CACHED: Ttl = Ttl::minutes(5);
    /// The longest time between two looks of a node at what the others did.
    const LOOK: Duration = Duration::from_secs(30);

    /// How long verifiers may keep the key document. A copy made just before a key was published ends before that key
    /// signs, with half of the time left for nodes that publish it later than the first, and for slow answers.
    pub fn cached(&self) -> Ttl {
        Ttl::secs(self.publish_before.as_secs() / 2).min(Self::CACHED)
    }

    /// How often a node looks what is due, and what the others did: so that each of them publishes a key in the first
    /// quarter of the time before it signs.
    pub fn look_every(&self) -> Duration {
        (Duration::from_secs(self.publish_before.as_secs().into()) / 4).min(Self::LOOK)
    }

    /// When everybody has a key that was announced then: each node has looked, and what was kept before has ended.
    pub fn known_at(&self, announced: Timestamp) -> Timestamp {
        announced.plus(self.cached()).plus(self.looks()).plus(self.looks())
    }

    /// [`look_every`](Self::look_every) in whole seconds, rounded up.
    fn looks(&self) -> Ttl {
        Ttl::secs(u32::try_from(self.look_every().as_millis().div_ceil(1000)).unwrap_or(u32::MAX))
    }

    /// When a key that retired is removed: when the last token has ended that some node signed before it looked.
    pub fn removed_at(&self, retired: Timestamp) -> Timestamp {
        retired.plus(self.publish_after).plus(self.looks())
    }

    /// When nobody needs a key any more that retired: before its time if it has to make room, and never while a token of
    /// it lives.
    fn needless_at(&self, retired: Timestamp) -> Timestamp {
        retired.plus(self.tokens.min(self.publish_after)).plus(self.looks())
    }
}

/// What has to happen to the keys of one algorithm now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// There is no key at all: make one that signs at once.
    First,
    /// Make a key and publish it; it will sign later.
    Announce,
    /// The announced key takes over.
    Promote,
}

/// Decides what is due. `all` are the keys of one algorithm.
pub fn due(now: Timestamp, schedule: &Schedule, all: &[&Stored<KeyRecord>]) -> Due {
    let newest = |state: KeyState| all.iter().filter(|key| key.state == state).map(|key| key.changed_at).max();
    let hastened = |key: &Stored<KeyRecord>| key.state == KeyState::Next && key.signs_from.is_some_and(|at| at <= now);
    let Some(current_since) = newest(KeyState::Current) else { return Due::First };
    let age = now.secs_since(current_since);
    let sign_for = u64::from(schedule.sign_for.as_secs());
    match newest(KeyState::Next) {
        Some(_) if all.iter().any(|key| hastened(key)) => Due::Promote,
        None if age + u64::from(schedule.publish_before.as_secs()) >= sign_for => Due::Announce,
        Some(announced) if age >= sign_for && announced.plus(schedule.publish_before) <= now => Due::Promote,
        _ => Due::Nothing,
    }
}

/// Moves the announced key of an algorithm to `Current` and the current one to `Retired`. Without an announced one
/// nothing moves: something has to sign.
pub fn promote(now: Timestamp, all: &[Stored<KeyRecord>]) -> Writes {
    let mut writes = Writes::none();
    if !all.iter().any(|key| key.state == KeyState::Next) {
        return writes;
    }
    for key in all {
        let next = match key.state {
            KeyState::Current => KeyState::Retired,
            KeyState::Next => KeyState::Current,
            KeyState::Retired => continue,
        };
        let mut moved = key.clone();
        (moved.state, moved.changed_at) = (next, now);
        writes.replace(&moved);
    }
    writes
}

/// Lets the announced key of an algorithm sign as soon as every copy of the key document that somebody may have kept has
/// it: ahead of the schedule, and yet no verifier meets an unknown key.
pub fn hasten(now: Timestamp, schedule: &Schedule, all: &[Stored<KeyRecord>]) -> Writes {
    let mut writes = Writes::none();
    for key in all.iter().filter(|key| key.state == KeyState::Next && key.signs_from.is_none()) {
        let mut hastened = key.clone();
        hastened.signs_from = Some(schedule.known_at(key.changed_at).max(now));
        writes.replace(&hastened);
    }
    writes
}

/// Makes room for one more key of an algorithm, beside what [`forget`] removes: where there are [`MAX_OF_ONE`], those that
/// retired first go before their time, if no token of theirs lives. `Err`: when they may go.
///
/// With the one row that nodes write beside a new key ([`Once::key_beside`](crate::records::Once::key_beside)) this holds
/// for simultaneous ones as well.
pub fn room(now: Timestamp, schedule: &Schedule, all: &[Stored<KeyRecord>]) -> Result<Writes, Timestamp> {
    let surplus = (all.len() + 1).saturating_sub(MAX_OF_ONE);
    let mut retired: Vec<_> = all.iter().filter(|key| key.state == KeyState::Retired).collect();
    retired.sort_by_key(|key| key.changed_at);
    let needless = |key: &Stored<KeyRecord>| schedule.needless_at(key.changed_at);
    if let Some(last) = retired.iter().take(surplus).next_back().filter(|last| needless(last) > now) {
        return Err(needless(last));
    }
    let mut writes = Writes::none();
    for (n, key) in retired.into_iter().enumerate() {
        if n < surplus || schedule.removed_at(key.changed_at) <= now {
            writes.delete(key);
        }
    }
    Ok(writes)
}

/// Removes keys whose last tokens have expired.
pub fn forget(now: Timestamp, schedule: &Schedule, all: &[Stored<KeyRecord>]) -> Writes {
    let mut writes = Writes::none();
    for key in all.iter().filter(|key| key.state == KeyState::Retired) {
        if schedule.removed_at(key.changed_at) <= now {
            writes.delete(key);
        }
    }
    writes
}

#[cfg(test)]
mod tests;
