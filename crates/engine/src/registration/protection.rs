//! What a client registers about keys, signatures and encryption (OpenID Connect Dynamic Client Registration 1.0 §2).

use countersign_jose::{Algorithm, ContentEncryption, JwkSet, KeyManagement, Recipient};
use countersign_protocol::{Refusal, registration::ClientMetadata};

use super::rules;
use crate::{
    Cx,
    keys::ALGORITHMS,
    records::{Client, Encryption, UserinfoFormat},
};

/// How ID tokens and userinfo come to a client.
#[derive(Debug)]
pub(super) struct Protection {
    pub(super) id_token_alg: Algorithm,
    pub(super) id_token_encryption: Option<Encryption>,
    pub(super) userinfo: UserinfoFormat,
}

impl Protection {
    /// Reads the members, and proves that there is a key for whatever is to be encrypted.
    pub(super) fn read(cx: &mut Cx<'_>, metadata: &ClientMetadata, jwks: Option<&str>) -> Result<Self, Refusal> {
        let id_token_alg = algorithm(cx, metadata.id_token_signed_response_alg.as_deref())?;
        let id_token_encryption = encryption(
            cx,
            "id_token_encrypted_response",
            metadata.id_token_encrypted_response_alg.as_deref(),
            metadata.id_token_encrypted_response_enc.as_deref(),
        )?;
        let userinfo = UserinfoFormat {
            signed: algorithm(cx, metadata.userinfo_signed_response_alg.as_deref())?,
            encrypted: encryption(
                cx,
                "userinfo_encrypted_response",
                metadata.userinfo_encrypted_response_alg.as_deref(),
                metadata.userinfo_encrypted_response_enc.as_deref(),
            )?,
        };
        for encryption in [id_token_encryption, userinfo.encrypted].into_iter().flatten() {
            key_for(cx, jwks, encryption)?;
        }
        Ok(Self { id_token_alg: id_token_alg.unwrap_or(Algorithm::RS256), id_token_encryption, userinfo })
    }

    /// As it was registered.
    pub(super) fn of(client: &Client) -> Self {
        let Client { id_token_alg, id_token_encryption, userinfo, .. } = *client;
        Self { id_token_alg, id_token_encryption, userinfo }
    }

    /// Writes the members, defaults included.
    pub(super) fn describe(&self, metadata: &mut ClientMetadata) {
        let name = |algorithm: Algorithm| algorithm.name().to_owned();
        let alg = |encryption: Encryption| encryption.alg.name().to_owned();
        let enc = |encryption: Encryption| encryption.enc.name().to_owned();
        metadata.id_token_signed_response_alg = Some(name(self.id_token_alg));
        metadata.id_token_encrypted_response_alg = self.id_token_encryption.map(alg);
        metadata.id_token_encrypted_response_enc = self.id_token_encryption.map(enc);
        metadata.userinfo_signed_response_alg = self.userinfo.signed.map(name);
        metadata.userinfo_encrypted_response_alg = self.userinfo.encrypted.map(alg);
        metadata.userinfo_encrypted_response_enc = self.userinfo.encrypted.map(enc);
    }
}

/// The client's keys as a document: public ones only. `signing`: whether one must be for signatures.
pub(super) fn jwks(cx: &mut Cx<'_>, metadata: &ClientMetadata, signing: bool) -> Result<Option<String>, Refusal> {
    let jwks = metadata.jwks.as_ref().map(ToString::to_string);
    let why = match jwks.as_ref().map(|jwks| JwkSet::parse(jwks.as_bytes())) {
        None => signing.then(|| "there are none".to_owned()),
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(set)) if signing && set.keys().is_empty() => {
            Some(set.skipped().first().map_or_else(|| "there are none".to_owned(), |(_, why)| why.to_string()))
        }
        Some(Ok(_)) => None,
    };
    cx.require_or(&rules::KEYS, why.is_none(), || why.unwrap_or_default())?;
    Ok(jwks)
}

fn algorithm(cx: &mut Cx<'_>, name: Option<&str>) -> Result<Option<Algorithm>, Refusal> {
    let Some(name) = name else { return Ok(None) };
    let known = name.parse::<Algorithm>().ok().filter(|algorithm| ALGORITHMS.contains(algorithm));
    cx.require_some(&rules::ALGORITHM, known).map(Some)
}

fn encryption(
    cx: &mut Cx<'_>,
    members: &'static str,
    alg: Option<&str>,
    enc: Option<&str>,
) -> Result<Option<Encryption>, Refusal> {
    cx.require_or(&rules::ENCRYPTION_WHOLE, alg.is_some() || enc.is_none(), || format!("there is no {members}_alg"))?;
    let Some(alg) = alg else { return Ok(None) };
    let alg: KeyManagement = cx.require_some(&rules::ENCRYPTION, alg.parse().ok())?;
    let enc = enc.map_or(Ok(ContentEncryption::default()), str::parse).ok();
    Ok(Some(Encryption { alg, enc: cx.require_some(&rules::ENCRYPTION, enc)? }))
}

fn key_for(cx: &mut Cx<'_>, jwks: Option<&str>, Encryption { alg, enc }: Encryption) -> Result<(), Refusal> {
    let found = match jwks {
        Some(jwks) => Recipient::choose(jwks.as_bytes(), alg, enc).map(drop).map_err(|why| why.to_string()),
        None => Err("there are no keys".to_owned()),
    };
    cx.require_or(&rules::ENCRYPTION_KEY, found.is_ok(), || found.err().unwrap_or_default())
}
