//! What a client registers about keys, signatures and encryption (OpenID Connect Dynamic Client Registration 1.0 §2).

use countersign_jose::{Algorithm, ContentEncryption, JwkSet, KeyManagement, Recipient};
use countersign_protocol::{RedirectUri, Refusal, registration::ClientMetadata};

use super::rules;
use crate::{
    Cx,
    keys::ALGORITHMS,
    records::{Client, Encryption, KeySource, UserinfoFormat},
};

/// How ID tokens and userinfo come to a client.
#[derive(Debug)]
pub(super) struct Protection {
    pub(super) assertion_alg: Option<Algorithm>,
    pub(super) id_token_alg: Algorithm,
    pub(super) id_token_encryption: Option<Encryption>,
    pub(super) userinfo: UserinfoFormat,
}

impl Protection {
    /// Reads the members, and proves that there is a key for whatever is to be encrypted.
    pub(super) fn read(cx: &mut Cx<'_>, metadata: &ClientMetadata, keys: Option<&KeySource>) -> Result<Self, Refusal> {
        let assertion_alg = algorithm(cx, metadata.token_endpoint_auth_signing_alg.as_deref())?;
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
            key_for(cx, keys, encryption)?;
        }
        let id_token_alg = id_token_alg.unwrap_or(Algorithm::RS256);
        Ok(Self { assertion_alg, id_token_alg, id_token_encryption, userinfo })
    }

    /// As it was registered.
    pub(super) fn of(client: &Client) -> Self {
        let Client { assertion_alg, id_token_alg, id_token_encryption, userinfo, .. } = *client;
        Self { assertion_alg, id_token_alg, id_token_encryption, userinfo }
    }

    /// Writes the members, defaults included.
    pub(super) fn describe(&self, metadata: &mut ClientMetadata) {
        let name = |algorithm: Algorithm| algorithm.name().to_owned();
        let alg = |encryption: Encryption| encryption.alg.name().to_owned();
        let enc = |encryption: Encryption| encryption.enc.name().to_owned();
        metadata.token_endpoint_auth_signing_alg = self.assertion_alg.map(name);
        metadata.id_token_signed_response_alg = Some(name(self.id_token_alg));
        metadata.id_token_encrypted_response_alg = self.id_token_encryption.map(alg);
        metadata.id_token_encrypted_response_enc = self.id_token_encryption.map(enc);
        metadata.userinfo_signed_response_alg = self.userinfo.signed.map(name);
        metadata.userinfo_encrypted_response_alg = self.userinfo.encrypted.map(alg);
        metadata.userinfo_encrypted_response_enc = self.userinfo.encrypted.map(enc);
    }
}

/// Where the client's public keys are. `signing`: whether one must be for signatures.
pub(super) fn keys(cx: &mut Cx<'_>, metadata: &ClientMetadata, signing: bool) -> Result<Option<KeySource>, Refusal> {
    let (jwks, uri) = (metadata.jwks.as_ref().map(ToString::to_string), metadata.jwks_uri.as_ref());
    cx.require(&rules::KEYS_ONE_SOURCE, jwks.is_none() || uri.is_none())?;
    if let Some(uri) = uri {
        // What is there is looked at when it is needed: the client may not be up yet.
        cx.require(&rules::JWKS_URI, RedirectUri::parse(uri).is_ok_and(|uri| !uri.is_private_use()))?;
        return Ok(Some(KeySource::Uri { uri: uri.clone() }));
    }
    let why = match jwks.as_ref().map(|jwks| JwkSet::parse(jwks.as_bytes())) {
        None => signing.then(|| "there are none".to_owned()),
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(set)) if signing && set.keys().is_empty() => {
            Some(set.skipped().first().map_or_else(|| "there are none".to_owned(), |(_, why)| why.to_string()))
        }
        Some(Ok(_)) => None,
    };
    cx.require_or(&rules::KEYS, why.is_none(), || why.unwrap_or_default())?;
    Ok(jwks.map(KeySource::Inline))
}

/// Writes the members that say where the keys are.
pub(super) fn describe_keys(keys: Option<&KeySource>, metadata: &mut ClientMetadata) {
    match keys {
        None => {}
        Some(KeySource::Inline(document)) => metadata.jwks = serde_json::from_str(document).ok(),
        Some(KeySource::Uri { uri }) => metadata.jwks_uri = Some(uri.clone()),
    }
}

pub(super) fn algorithm(cx: &mut Cx<'_>, name: Option<&str>) -> Result<Option<Algorithm>, Refusal> {
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

/// Keys at an address are looked at when they are needed.
fn key_for(cx: &mut Cx<'_>, keys: Option<&KeySource>, Encryption { alg, enc }: Encryption) -> Result<(), Refusal> {
    let found = match keys {
        Some(KeySource::Inline(jwks)) => {
            Recipient::choose(jwks.as_bytes(), alg, enc).map(drop).map_err(|why| why.to_string())
        }
        Some(KeySource::Uri { .. }) => Ok(()),
        None => Err("there are no keys".to_owned()),
    };
    cx.require_or(&rules::ENCRYPTION_KEY, found.is_ok(), || found.err().unwrap_or_default())
}
