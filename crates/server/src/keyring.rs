//! The signing keys at rest: sealed under a key that is not in the database, made at first start, moved on by schedule.

use countersign_engine::{
    Fault, Keys, Pairwise, Stored, Writes,
    keys::{ALGORITHMS, Due, Schedule, due, forget, promote, room},
    records::{KeyRecord, KeyState, Once, SealedValue},
};
use countersign_jose::{Algorithm, JoseError, SealingKey, SigningKey};
use countersign_protocol::{Entropy, KeyId, Timestamp, Ttl, base64url, from_base64url};
use countersign_store::Store;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::{
    edge::{Clock, SystemEntropy},
    endpoints::token::MAX_RACES,
    reply::Failure,
};

mod rotation;

pub use self::rotation::RotationError;
pub use crate::master_key::{MasterKey, MasterKeyError};

/// How long it is remembered that somebody added a key to certain others: longer than anybody takes to do the same.
const TURN: Ttl = Ttl::minutes(10);

/// The keys of a realm in its store.
#[derive(Debug)]
pub struct Keyring<'a> {
    /// Where they are.
    pub store: &'a Store,
    /// What opens them.
    pub master: &'a MasterKey,
    /// When they move on.
    pub schedule: Schedule,
}

impl Keyring<'_> {
    /// Does what is due now, then opens all keys. Several nodes may do this at once: who loses a race looks again.
    ///
    /// The time is read again once new keys are made, for RSA takes a while: a key counts as published from when it is.
    pub async fn refresh(&self, clock: &dyn Clock, entropy: &mut dyn Entropy) -> Result<Keys, Failure> {
        let mut fresh = self.make_due(clock.now()).await?;
        let now = clock.now();
        for algorithm in ALGORITHMS {
            for _ in 0..MAX_RACES {
                let all = self.of(algorithm).await?;
                let writes = self.due(now, algorithm, &all, (&mut fresh, &mut *entropy)).await?;
                if writes.is_empty() || self.store.commit(&writes).await?.is_some() {
                    break;
                }
            }
        }
        self.draw_pairwise(now, entropy).await?;
        self.open().await
    }

    /// Every key, opened.
    pub async fn open(&self) -> Result<Keys, Failure> {
        let sealing = self.master.sealing()?;
        let mut opened = Vec::new();
        for record in self.store.keys().await? {
            let sealed =
                from_base64url(&record.sealed).map_err(|_| Fault::Inconsistent("a key that is not base64url"))?;
            let der = sealing.open(record.id.as_str().as_bytes(), &sealed).map_err(Fault::from)?;
            opened.push((record.state, SigningKey::from_pkcs8(record.algorithm, &der).map_err(Fault::from)?));
        }
        Ok(Keys::new(opened, self.pairwise(&sealing).await?))
    }

    /// Draws the key of pairwise subjects at the first start, and never again: with another one every user would be a
    /// stranger to every client.
    async fn draw_pairwise(&self, now: Timestamp, entropy: &mut dyn Entropy) -> Result<(), Failure> {
        let name = SealedValue::PAIRWISE;
        if self.store.sealed_value(name).await?.is_some() {
            return Ok(());
        }
        let (mut nonce, key) = ([0; 12], Zeroizing::new(entropy.bytes32()));
        entropy.fill(&mut nonce);
        let sealed = self.master.sealing()?.seal(nonce, name.as_bytes(), key.as_slice()).map_err(Fault::from)?;
        let mut writes = Writes::none();
        writes.insert(&SealedValue { name: name.to_owned(), sealed: base64url(sealed), created_at: now });
        // Another node may be faster; then its key is the one.
        self.store.commit(&writes).await?;
        Ok(())
    }

    async fn pairwise(&self, sealing: &SealingKey) -> Result<Pairwise, Failure> {
        let name = SealedValue::PAIRWISE;
        let Some(value) = self.store.sealed_value(name).await? else {
            // A command that looks at a database which no server has opened yet. It tells no client anything.
            return Ok(Pairwise::new(SystemEntropy.bytes32()));
        };
        let sealed =
            from_base64url(&value.sealed).map_err(|_| Fault::Inconsistent("a sealed value that is not base64url"))?;
        let opened = sealing.open(name.as_bytes(), &sealed).map_err(Fault::from)?;
        let key = opened.as_slice().try_into().map_err(|_| Fault::Inconsistent("a sealed value of another length"))?;
        Ok(Pairwise::new(key))
    }

    async fn of(&self, algorithm: Algorithm) -> Result<Vec<Stored<KeyRecord>>, Failure> {
        let all = self.store.keys().await?;
        Ok(all.into_iter().filter(|key| key.algorithm == algorithm).collect())
    }

    /// Makes the keys that are due, side by side.
    async fn make_due(&self, now: Timestamp) -> Result<Vec<SigningKey>, Failure> {
        let all = self.store.keys().await?;
        let is_due = |algorithm: &Algorithm| {
            let same: Vec<&Stored<KeyRecord>> = all.iter().filter(|key| key.algorithm == *algorithm).collect();
            matches!(due(now, &self.schedule, &same), Due::First | Due::Announce)
        };
        let tasks: Vec<_> = ALGORITHMS.into_iter().filter(is_due).map(generate).collect();
        let mut all_made = Vec::new();
        for task in tasks {
            all_made.push(made(task).await?);
        }
        Ok(all_made)
    }

    async fn due(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        all: &[Stored<KeyRecord>],
        (fresh, entropy): (&mut Vec<SigningKey>, &mut dyn Entropy),
    ) -> Result<Writes, Failure> {
        let mut forgotten = forget(now, &self.schedule, all);
        let refs: Vec<&Stored<KeyRecord>> = all.iter().collect();
        let (state, mut writes) = match (due(now, &self.schedule, &refs), room(now, &self.schedule, all)) {
            (Due::Nothing, _) => return Ok(forgotten),
            (Due::Promote, _) => {
                forgotten.extend(promote(now, all));
                return Ok(forgotten);
            }
            (Due::First, room) => (KeyState::Current, room.unwrap_or(forgotten)),
            (Due::Announce, Ok(room)) => (KeyState::Next, room),
            (Due::Announce, Err(until)) => {
                tracing::debug!(
                    algorithm = algorithm.name(),
                    until = until.secs(),
                    "no room for a new key: the one that signs goes on"
                );
                return Ok(forgotten);
            }
        };
        let key = match fresh.iter().position(|key| key.algorithm() == algorithm) {
            Some(at) => fresh.swap_remove(at),
            // It became due while the others were made.
            None => made(generate(algorithm)).await?,
        };
        writes.extend(beside(all, &self.record(&key, state, now, entropy)?));
        Ok(writes)
    }

    fn record(
        &self,
        key: &SigningKey,
        state: KeyState,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyRecord, Failure> {
        let algorithm = key.algorithm();
        let id = KeyId::parse(key.kid()).map_err(|_| Fault::Inconsistent("a kid that is no id"))?;
        let mut nonce = [0; 12];
        entropy.fill(&mut nonce);
        let der = key.to_pkcs8().map_err(Fault::from)?;
        let sealed = self.master.sealing()?.seal(nonce, id.as_str().as_bytes(), &der).map_err(Fault::from)?;
        tracing::info!(kid = %id, algorithm = algorithm.name(), ?state, "signing key made");
        Ok(KeyRecord {
            id,
            algorithm,
            sealed: base64url(sealed),
            state,
            created_at: now,
            changed_at: now,
            signs_from: None,
        })
    }
}

/// A new key. Nodes that add one to the same others at the same moment want to write the same row beside it: one of them
/// does, and who is late looks again and finds that key.
fn beside(others: &[Stored<KeyRecord>], fresh: &KeyRecord) -> Writes {
    let mut writes = Writes::none();
    writes.insert(&Once::key_beside(fresh.algorithm, others, fresh.created_at.plus(TURN)));
    writes.insert(fresh);
    writes
}

/// Begins to make a key; RSA takes a while, so not on a thread that answers requests.
fn generate(algorithm: Algorithm) -> JoinHandle<Result<SigningKey, JoseError>> {
    tokio::task::spawn_blocking(move || SigningKey::generate(algorithm))
}

async fn made(task: JoinHandle<Result<SigningKey, JoseError>>) -> Result<SigningKey, Failure> {
    let key = task.await.map_err(|_| Fault::Inconsistent("key generation was cancelled"))?;
    Ok(key.map_err(Fault::from)?)
}
