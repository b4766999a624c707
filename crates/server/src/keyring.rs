//! The signing keys at rest: sealed under a key that is not in the database, made at first start, moved on by schedule.

use std::path::Path;

use countersign_engine::{
    Fault, Keys, Pairwise, Stored, Writes,
    keys::{ALGORITHMS, Due, Schedule, due, forget, promote},
    records::{KeyRecord, KeyState, Once, SealedValue},
};
use countersign_jose::{Algorithm, SealingKey, SigningKey};
use countersign_protocol::{Entropy, KeyId, Timestamp, Ttl, base64url, from_base64url};
use countersign_store::Store;
use zeroize::Zeroizing;

use crate::{edge::SystemEntropy, endpoints::token::MAX_RACES, reply::Failure};

const SEAL_CONTEXT: &str = "countersign signing keys at rest";
const FORM_CONTEXT: &[u8] = b"countersign form tokens";
/// How long it is remembered that somebody added a key to certain others: longer than anybody takes to do the same.
const TURN: Ttl = Ttl::minutes(10);

/// The secret of an installation, from which the other keys at rest are derived. 256 bits.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file can't be read or made.
    #[error("key file {path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not 32 bytes in base64url.
    #[error("{0}: expected 43 characters of base64url (32 bytes); make one with `countersign key new-master`")]
    Form(String),
    /// Others may read the file.
    #[error("key file {path} has mode {mode:o}; make it 600, so that only its owner can read it")]
    Mode {
        /// Which file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
}

impl MasterKey {
    /// From its text form; `origin` is named in the error.
    pub fn parse(text: &str, origin: &str) -> Result<Self, MasterKeyError> {
        let form = || MasterKeyError::Form(origin.to_owned());
        let bytes = Zeroizing::new(from_base64url(text.trim()).map_err(|_| form())?);
        Ok(Self(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| form())?)))
    }

    /// From a file of mode 0600; makes the file at the first start.
    pub fn load_or_make(path: &Path, entropy: &mut dyn Entropy) -> Result<Self, MasterKeyError> {
        let name = path.display().to_string();
        let failed = |source| MasterKeyError::File { path: name.clone(), source };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                check_mode(path, &name)?;
                Self::parse(&text, &name)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Self(Zeroizing::new(entropy.bytes32()));
                write_new(path, &key.text()).map_err(failed)?;
                Ok(key)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The text form.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(base64url(self.0.as_slice()))
    }

    /// The key that seals signing keys.
    pub fn sealing(&self) -> Result<SealingKey, Fault> {
        Ok(SealingKey::derive(self.0.as_slice(), SEAL_CONTEXT)?)
    }

    /// The key of form tokens, the same on every node.
    pub fn form_key(&self) -> [u8; 32] {
        countersign_jose::hash::hmac_sha256(self.0.as_slice(), FORM_CONTEXT)
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, name: &str) -> Result<(), MasterKeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|source| MasterKeyError::File { path: name.to_owned(), source })?;
    // The lower six bits are what group and others may.
    let mode = metadata.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(MasterKeyError::Mode { path: name.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &str) -> Result<(), MasterKeyError> {
    Ok(())
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

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
    pub async fn refresh(&self, now: Timestamp, entropy: &mut dyn Entropy) -> Result<Keys, Failure> {
        for algorithm in ALGORITHMS {
            for _ in 0..MAX_RACES {
                let all = self.of(algorithm).await?;
                let writes = self.due(now, algorithm, &all, entropy).await?;
                if writes.is_empty() || self.store.commit(&writes).await?.is_some() {
                    break;
                }
            }
        }
        self.draw_pairwise(now, entropy).await?;
        self.open().await
    }

    /// Announces a new key and lets it sign at once: for an emergency, or a test bed. Verifiers that cache the key set
    /// have to fetch it again, as they do for any unknown `kid`.
    pub async fn rotate_now(&self, now: Timestamp, entropy: &mut dyn Entropy) -> Result<(), Failure> {
        for algorithm in ALGORITHMS {
            self.rotate_one(now, algorithm, entropy).await?;
        }
        Ok(())
    }

    async fn rotate_one(&self, now: Timestamp, algorithm: Algorithm, entropy: &mut dyn Entropy) -> Result<(), Failure> {
        for _ in 0..MAX_RACES {
            let all = self.of(algorithm).await?;
            let announced = all.iter().any(|key| key.state == KeyState::Next);
            let mut writes = Writes::none();
            if announced {
                writes.extend(promote(now, &all));
            } else {
                writes.extend(self.make(now, (algorithm, &all), KeyState::Next, entropy).await?);
            }
            if self.store.commit(&writes).await?.is_some() && announced {
                return Ok(());
            }
        }
        Err(Failure::Overloaded("the keys changed again and again"))
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

    async fn due(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        all: &[Stored<KeyRecord>],
        entropy: &mut dyn Entropy,
    ) -> Result<Writes, Failure> {
        let mut writes = forget(now, &self.schedule, all);
        let refs: Vec<&Stored<KeyRecord>> = all.iter().collect();
        match due(now, &self.schedule, &refs) {
            Due::Nothing => {}
            Due::First => writes.extend(self.make(now, (algorithm, all), KeyState::Current, entropy).await?),
            Due::Announce => writes.extend(self.make(now, (algorithm, all), KeyState::Next, entropy).await?),
            Due::Promote => writes.extend(promote(now, all)),
        }
        Ok(writes)
    }

    /// A new key. Nodes that add one to the same others at the same moment want to write the same row beside it: one of
    /// them does, and who is late looks again and finds that key.
    async fn make(
        &self,
        now: Timestamp,
        (algorithm, others): (Algorithm, &[Stored<KeyRecord>]),
        state: KeyState,
        entropy: &mut dyn Entropy,
    ) -> Result<Writes, Failure> {
        let key = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await;
        let key = key.map_err(|_| Fault::Inconsistent("key generation was cancelled"))?.map_err(Fault::from)?;
        let id = KeyId::parse(key.kid()).map_err(|_| Fault::Inconsistent("a kid that is no id"))?;
        let mut nonce = [0; 12];
        entropy.fill(&mut nonce);
        let der = key.to_pkcs8().map_err(Fault::from)?;
        let sealed = self.master.sealing()?.seal(nonce, id.as_str().as_bytes(), &der).map_err(Fault::from)?;
        tracing::info!(kid = %id, algorithm = algorithm.name(), ?state, "signing key made");
        let mut writes = Writes::none();
        writes.insert(&Once::key_beside(algorithm, others, now.plus(TURN)));
        writes.insert(&KeyRecord { id, algorithm, sealed: base64url(sealed), state, created_at: now, changed_at: now });
        Ok(writes)
    }
}
