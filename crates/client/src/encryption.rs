//! Encrypted answers (RFC 7516): opened with one of the client's keys where encryption was registered, refused where it
//! was not.
//!
//! Encryption hides, it proves nothing about the sender: what comes out is checked like any other token.

use countersign_jose::{Encrypted, JweError, KeyManagement};
use countersign_protocol::{Entropy, Refusal, Secret};

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
    let content = decrypt(config, alg, raw.expose(), entropy);
    let why = content.as_ref().err().map(ToString::to_string).unwrap_or_default();
    checks.some(&rules::DECRYPTS, content.ok(), || why)
}

/// Opens a token with the key that it names; where it names none, with any for its algorithm.
fn decrypt(
    config: &ClientConfig,
    alg: KeyManagement,
    raw: &str,
    entropy: &mut dyn Entropy,
) -> Result<Secret, JweError> {
    let token = Encrypted::parse(raw)?;
    if token.alg() != alg {
        return Err(JweError::WrongAlgorithm { expected: alg, found: token.alg() });
    }
    let named = |kid: &str| token.kid().is_none_or(|wanted| wanted == kid);
    let mut keys = config.decryption_keys.iter().filter(|key| key.alg() == alg && named(key.kid()));
    let opened = keys.find_map(|key| Encrypted::parse(raw).ok()?.decrypt(key, entropy).ok());
    let text = opened.and_then(|content| Some(Secret::new(str::from_utf8(content.content()).ok()?)));
    text.ok_or(JweError::NotDecrypted)
}
