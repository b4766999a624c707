//! Encrypting for a client, with the key that it registered (OpenID Connect Core §10.2).

use countersign_jose::Recipient;
use countersign_protocol::Refusal;

use super::rules;
use crate::{Cx, Fault, records::Encryption};

/// What is to be encrypted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    /// A token that was signed before, so that its reader knows who made it (RFC 7519 §11.2).
    Signed(&'a str),
    /// Claims as JSON.
    Claims(&'a [u8]),
}

/// Proves that the client's keys hold one to encrypt for: what was at its `jwks_uri` when it registered, nobody knows.
/// To be asked before anything is used up.
pub(crate) fn require_key(cx: &mut Cx<'_>, keys: Option<&str>, encryption: Option<Encryption>) -> Result<(), Refusal> {
    let Some(Encryption { alg, enc }) = encryption else { return Ok(()) };
    let why = match keys {
        Some(keys) => Recipient::choose(keys.as_bytes(), alg, enc).err().map(|why| why.to_string()),
        None => Some("they could not be fetched from its jwks_uri".to_owned()),
    };
    cx.require_or(&rules::ENCRYPTION_KEY, why.is_none(), || why.unwrap_or_default())
}

/// Encrypts. That there is a key was proven before.
pub(crate) fn encrypt(
    cx: &mut Cx<'_>,
    keys: Option<&str>,
    Encryption { alg, enc }: Encryption,
    content: Content<'_>,
) -> Result<String, Fault> {
    let recipient =
        Recipient::choose(keys.unwrap_or_default().as_bytes(), alg, enc).map_err(|_| Fault::NoKey(alg.name()))?;
    let (cty, content) = match content {
        Content::Signed(token) => (Some("JWT"), token.as_bytes()),
        Content::Claims(claims) => (None, claims),
    };
    Ok(recipient.encrypt(cty, content, cx.entropy)?)
}
