//! Rotations that somebody asks for: ahead of the schedule, or at once.
//!
//! However often, there are never more keys than verifiers read: those whose tokens have ended make room, and while there
//! are none, nothing is rotated.

use countersign_engine::{
    Stored, Writes,
    keys::{MAX_OF_ONE, hasten, promote, room},
    records::{KeyRecord, KeyState},
};
use countersign_jose::Algorithm;
use countersign_protocol::{Entropy, Timestamp};

use super::{Keyring, beside, generate, made};
use crate::{endpoints::token::MAX_RACES, reply::Failure};

/// Why keys were not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// There are as many as verifiers read, and tokens of each may live.
    #[error(
        "there are {MAX_OF_ONE} keys of one algorithm, as many as verifiers read, and tokens of each may still be alive"
    )]
    Full {
        /// When there is room.
        until: Timestamp,
    },
    /// The server could not.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Keyring<'_> {
    /// Announces new keys of these algorithms ahead of the schedule. They sign as soon as nobody keeps a key document any
    /// longer that lacks them; where none signs yet, at once.
    pub async fn rotate(
        &self,
        now: Timestamp,
        of: &[Algorithm],
        entropy: &mut dyn Entropy,
    ) -> Result<(), RotationError> {
        self.check_room(now, of).await?;
        for &algorithm in of {
            if self.of(algorithm).await?.iter().any(|key| key.state == KeyState::Current) {
                self.hasten(now, algorithm, entropy).await?;
            } else {
                self.rotate_one(now, algorithm, entropy).await?;
            }
        }
        Ok(())
    }

    /// Announces a new key of each of these algorithms and lets it sign at once: for an emergency, or a test bed.
    /// Verifiers that cache the key set have to fetch it again, as they do for any unknown `kid`.
    pub async fn rotate_now(
        &self,
        now: Timestamp,
        of: &[Algorithm],
        entropy: &mut dyn Entropy,
    ) -> Result<(), RotationError> {
        self.check_room(now, of).await?;
        for &algorithm in of {
            self.rotate_one(now, algorithm, entropy).await?;
        }
        Ok(())
    }

    /// Looks before the first key is made, so that not only some of the algorithms get one.
    async fn check_room(&self, now: Timestamp, of: &[Algorithm]) -> Result<(), RotationError> {
        let mut full = None;
        for &algorithm in of {
            let all = self.of(algorithm).await?;
            if !announced(&all) {
                full = full.max(room(now, &self.schedule, &all).err());
            }
        }
        full.map_or(Ok(()), |until| Err(RotationError::Full { until }))
    }

    async fn hasten(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        entropy: &mut dyn Entropy,
    ) -> Result<(), RotationError> {
        for _ in 0..MAX_RACES {
            let all = self.of(algorithm).await?;
            let mut writes = hasten(now, &self.schedule, &all);
            if !announced(&all) {
                let signs_from = Some(self.schedule.known_at(now));
                let next = |fresh: KeyRecord| KeyRecord { signs_from, ..fresh };
                writes.extend(self.one_more(now, algorithm, &all, (next, &mut *entropy)).await?);
            }
            if writes.is_empty() || self.store.commit(&writes).await.map_err(Failure::from)?.is_some() {
                return Ok(());
            }
        }
        Err(Failure::Overloaded("the keys changed again and again").into())
    }

    async fn rotate_one(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        entropy: &mut dyn Entropy,
    ) -> Result<(), RotationError> {
        for _ in 0..MAX_RACES {
            let all = self.of(algorithm).await?;
            let announced = announced(&all);
            let writes = if announced {
                promote(now, &all)
            } else {
                self.one_more(now, algorithm, &all, (|fresh| fresh, &mut *entropy)).await?
            };
            if self.store.commit(&writes).await.map_err(Failure::from)?.is_some() && announced {
                return Ok(());
            }
        }
        Err(Failure::Overloaded("the keys changed again and again").into())
    }

    /// Makes a key to announce, and room for it.
    async fn one_more(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        all: &[Stored<KeyRecord>],
        (change, entropy): (impl FnOnce(KeyRecord) -> KeyRecord, &mut dyn Entropy),
    ) -> Result<Writes, RotationError> {
        let mut writes = room(now, &self.schedule, all).map_err(|until| RotationError::Full { until })?;
        let key = made(generate(algorithm)).await?;
        writes.extend(beside(all, &change(self.record(&key, KeyState::Next, now, entropy)?)));
        Ok(writes)
    }
}

fn announced(all: &[Stored<KeyRecord>]) -> bool {
    all.iter().any(|key| key.state == KeyState::Next)
}
