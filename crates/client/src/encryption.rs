//! Encrypted answers (RFC 7516): opened with the client's key where encryption was registered, refused where it was not.
//!
//! Encryption hides, it proves nothing about the sender: what comes out is checked like any other token.

use countersign_jose::{DecryptionKey, Encrypted};
use countersign_protocol::{Refusal, Secret};

use crate::rules;
use crate::sans_io::Now;

/// What is inside. A plain token is not accepted in place of an encrypted one, nor the other way round: what came is not
/// what was agreed on.
pub(crate) fn open(key: Option<&DecryptionKey>, raw: Secret, now: &mut Now<'_>) -> Result<Secret, Refusal> {
    let is_encrypted = raw.expose().split('.').count() == 5;
    now.checks.require(&rules::ENCRYPTED_AS_REGISTERED, is_encrypted == key.is_some(), || {
        if is_encrypted {
            "It is encrypted, but this client was set up without a decryption key".to_owned()
        } else {
            "It came without encryption; whoever sent it can be somebody else than the provider that was asked"
                .to_owned()
        }
    })?;
    let Some(key) = key else { return Ok(raw) };
    let content = Encrypted::parse(raw.expose()).and_then(|token| token.decrypt(key, now.entropy));
    let why = content.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let text = content.ok().and_then(|content| Some(Secret::new(str::from_utf8(content.content()).ok()?)));
    now.checks.some(&rules::DECRYPTS, text, || why)
}
