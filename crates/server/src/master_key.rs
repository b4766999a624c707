//! The master key: the one secret of an installation that is not in its database. In a file of mode 0600, or given as text.

use std::path::Path;

use countersign_engine::Fault;
use countersign_jose::SealingKey;
use countersign_protocol::{Entropy, base64url, from_base64url};
use zeroize::Zeroizing;

const SEAL_CONTEXT: &str = "countersign signing keys at rest";
const FORM_CONTEXT: &[u8] = b"countersign form tokens";

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
