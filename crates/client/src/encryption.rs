//! Encrypted answers (RFC 7516): opened with one of the client's keys where encryption was registered, refused where it
//! was not.
//!
//! Encryption hides, it proves nothing about the sender: what comes out is checked like any other token.

use countersign_jose::{DecryptionKey, Encrypted, JweError, KeyManagement};
use countersign_protocol::{Refusal, Secret};

use crate::config::ClientConfig;
use crate::rules;
use crate::sans_io::Now;

/// What is inside. A plain token is not accepted in place of an encrypted one, nor the other way round: what came is not
/// what was agreed on.
pub(crate) fn open(
    config: &ClientConfig,
    registered: Option<KeyManagement>,
    raw: Secret,
    now: &mut Now<'_>,
) -> Result<Secret, Refusal> {
    let is_encrypted = raw.expose().split('.').count() == 5;
    now.checks.require(&rules::ENCRYPTED_AS_REGISTERED, is_encrypted == registered.is_some(), || {
        if is_encrypted {
            "It is encrypted, but this client was set up without encryption".to_owned()
        } else {
            "It came without encryption; whoever sent it can be somebody else than the provider that was asked"
                .to_owned()
        }
    })?;
    let Some(alg) = registered else { return Ok(raw) };
    let (checks, entropy) = (now.checks, &mut *now.entropy);
    let content = Encrypted::parse(raw.expose()).and_then(|token| {
        if token.alg() != alg {
            return Err(JweError::WrongAlgorithm { expected: alg, found: token.alg() });
        }
        match key_for(config, &token) {
            Some(key) => token.decrypt(key, entropy),
            None => Err(JweError::NotDecrypted),
        }
    });
    let why = content.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let text = content.ok().and_then(|content| Some(Secret::new(str::from_utf8(content.content()).ok()?)));
    checks.some(&rules::DECRYPTS, text, || why)
}

/// The key that the token names; where it names none, the first for its algorithm.
fn key_for<'c>(config: &'c ClientConfig, token: &Encrypted<'_>) -> Option<&'c DecryptionKey> {
    let mut keys = config.decryption_keys.iter().filter(|key| key.alg() == token.alg());
    let found = keys.find(|key| token.kid().is_none_or(|kid| kid == key.kid()));
    found.map(AsRef::as_ref)
}
