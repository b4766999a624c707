//! Encrypting for a client, with the key that it registered (OpenID Connect Core §10.2).

use countersign_jose::Recipient;

use crate::{
    Cx, Fault,
    records::{Client, Encryption},
};

/// What is to be encrypted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    /// A token that was signed before, so that its reader knows who made it (RFC 7519 §11.2).
    Signed(&'a str),
    /// Claims as JSON.
    Claims(&'a [u8]),
}

/// Encrypts. Registration made sure that there is a key.
pub(crate) fn encrypt(
    cx: &mut Cx<'_>,
    client: &Client,
    Encryption { alg, enc }: Encryption,
    content: Content<'_>,
) -> Result<String, Fault> {
    let keys = client.key_document().unwrap_or_default();
    let recipient = Recipient::choose(keys.as_bytes(), alg, enc).map_err(|_| Fault::NoKey(alg.name()))?;
    let (cty, content) = match content {
        Content::Signed(token) => (Some("JWT"), token.as_bytes()),
        Content::Claims(claims) => (None, claims),
    };
    Ok(recipient.encrypt(cty, content, cx.entropy)?)
}
