//! Passwords: argon2id, off the async threads, bounded in number.
//!
//! A hash takes 19 MiB and some tens of milliseconds, so only as many run at once as there are cores, and only so many
//! wait; beyond that the answer is "try again in a moment" instead of a queue without end. An unknown user costs the
//! same as a known one (CVE-2026-23511: enumeration).

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use countersign_protocol::{Entropy, Secret};
use tokio::sync::Semaphore;

/// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const MAX_WAITING: usize = 64;
/// Shortest password that a new account may have, in characters.
pub const MIN_PASSWORD: usize = 8;
/// Longest password that is hashed, in bytes: generous for people, a bound for everybody else.
pub const MAX_PASSWORD: usize = 1024;

/// Room for 33 MiB, of which a hash touches what it needs: the C library gives back what is larger than 32 MiB as soon
/// as it is freed. Smaller blocks stay with each thread that ever hashed, which was 100 MiB after a dozen sign-ins.
const ROOM: usize = 33 * 1024;

/// A hash of nothing that anybody knows, with the parameters above: what an unknown user is checked against.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24gbm9ib2R5$1Yt6yQ0H0pVQ2cYVxvVdC6mL1Zt4m3dUuU5f2c1nq1A";

/// Checks and makes password hashes.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Too many sign-ins at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins are being checked at once")]
pub struct Busy;

impl Passwords {
    /// With as many hashes at once as there are cores.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { running: Arc::new(Semaphore::new(cores)), waiting: Arc::new(Semaphore::new(cores + MAX_WAITING)) }
    }

    /// Whether the password is the one that was hashed; `None`: there is no such user, which takes as long.
    pub async fn verify(&self, password: Secret, phc: Option<String>) -> Result<bool, Busy> {
        self.blocking(move || {
            let known = phc.is_some();
            let phc = phc.unwrap_or_else(|| NOBODY.to_owned());
            let fits = password.expose().len() <= MAX_PASSWORD;
            let ok = matches(password.expose().as_bytes(), &phc);
            ok == Some(true) && known && fits
        })
        .await
    }

    /// A hash in PHC form, with a fresh salt.
    pub async fn hash(&self, password: Secret, salt: [u8; 16]) -> Result<String, Busy> {
        self.blocking(move || hash(&password, salt)).await?.ok_or(Busy)
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let _place = self.waiting.try_acquire().map_err(|_| Busy)?;
        let _turn = self.running.acquire().await.map_err(|_| Busy)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// Hashes a password at once, for commands that have no threads to spare. `None`: longer than [`MAX_PASSWORD`].
pub fn hash(password: &Secret, salt: [u8; 16]) -> Option<String> {
    if password.expose().len() > MAX_PASSWORD {
        return None;
    }
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(&salt).ok()?),
        hash: None,
    };
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let output = derive(&argon, password.expose().as_bytes(), &salt, Params::DEFAULT_OUTPUT_LEN)?;
    Some(PasswordHash { hash: Some(output), ..hash }.to_string())
}

/// Whether the password is the one of that hash, whose own parameters count; `None`: it is no argon2 hash.
fn matches(password: &[u8], phc: &str) -> Option<bool> {
    let hash = PasswordHash::new(phc).ok()?;
    let (salt, expected) = (hash.salt?, hash.hash?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
    let argon = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
    // Outputs compare in constant time.
    Some(derive(&argon, password, &salt, expected.len())? == expected)
}

fn derive(argon: &Argon2<'_>, password: &[u8], salt: &[u8], length: usize) -> Option<Output> {
    let count = argon.params().block_count();
    let mut blocks = Vec::with_capacity(count.max(ROOM));
    blocks.resize(count, Block::default());
    let mut buffer = [0; Output::MAX_LENGTH];
    let out = buffer.get_mut(..length)?;
    argon.hash_password_into_with_memory(password, salt, out, &mut blocks).ok()?;
    Output::new(out).ok()
}

/// A fresh salt.
pub fn salt(entropy: &mut dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

#[cfg(test)]
mod tests {
    use countersign_protocol::Secret;

    use super::{MAX_PASSWORD, NOBODY, PasswordHash, Passwords, hash};

    const ELSEWHERE: [&str; 2] = [
        "$argon2id$v=19$m=65536,t=3,p=4$Y291bnRlcnNpZ24gc2FsdA$q4yt0D1KDke18r+nrcMBiSnf/k0hYyj8PD/h9giiXrE",
        "$argon2i$v=19$m=8192,t=2,p=1$Y291bnRlcnNpZ24gc2FsdA$o6GWbPH9nOP8+o7OEEok/w",
    ];

    #[tokio::test]
    async fn the_right_password_passes_and_a_wrong_one_does_not() {
        let phc = hash(&Secret::new("wonderland"), [7; 16]).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let passwords = Passwords::new();
        assert!(passwords.verify(Secret::new("wonderland"), Some(phc.clone())).await.unwrap());
        assert!(!passwords.verify(Secret::new("Wonderland"), Some(phc)).await.unwrap());
    }

    /// CVE-2026-23511, CVE-2024-41952: an unknown user is checked against a hash of the same cost.
    #[tokio::test]
    async fn nobody_has_a_hash_of_the_same_cost_that_no_password_opens() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real = hash(&Secret::new("x"), [7; 16]).unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!(format!("{:?}", nobody.params), format!("{:?}", real.params));
        assert!(!Passwords::new().verify(Secret::new(""), None).await.unwrap());
    }

    /// Made by libargon2: RFC 9106's second choice (64 MiB, three passes, four lanes), and argon2i with a short output.
    #[tokio::test]
    async fn a_hash_from_elsewhere_counts_with_its_own_parameters() {
        let passwords = Passwords::new();
        for phc in ELSEWHERE {
            assert!(passwords.verify(Secret::new("wonderland"), Some(phc.to_owned())).await.unwrap(), "{phc}");
            assert!(!passwords.verify(Secret::new("looking-glass"), Some(phc.to_owned())).await.unwrap(), "{phc}");
        }
        assert!(!passwords.verify(Secret::new("wonderland"), Some("$2y$10$x".to_owned())).await.unwrap());
    }

    #[tokio::test]
    async fn an_endless_password_is_refused() {
        assert!(hash(&Secret::new("x".repeat(MAX_PASSWORD + 1)), [7; 16]).is_none());
        let phc = hash(&Secret::new("x"), [7; 16]);
        assert!(!Passwords::new().verify(Secret::new("x".repeat(5000)), phc).await.unwrap());
    }
}
