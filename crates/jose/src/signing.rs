//! Private keys and what they do: make compact JWS (RFC 7515 §3.1, §5.1).

use aws_lc_rs::digest::{self, SHA256, SHA384};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{Algorithm, JoseError, Jwk, JwkError, Unverified, base64url};

/// A private key for one algorithm. Its `Debug` output shows the public id only.
pub struct SigningKey {
    pair: Pair,
    kid: String,
    public: Jwk,
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair, &'static digest::Algorithm),
    Ed(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a new key with randomness of the crypto provider. RSA keys have 2048 bits and take about 100 ms or more:
    /// do not call this on a thread that serves requests.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        let failed = |_| JoseError::Provider("generate a key");
        let pair = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => {
                Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?, padding(algorithm))
            }
            Algorithm::ES256 | Algorithm::ES384 => {
                let (curve, hash) = curve(algorithm);
                Pair::Ec(EcdsaKeyPair::generate(curve).map_err(failed)?, hash)
            }
            Algorithm::EdDSA => Pair::Ed(Ed25519KeyPair::generate().map_err(failed)?),
        };
        Self::new(algorithm, pair)
    }

    /// Reads an unencrypted PKCS#8 document (RFC 5208) in DER, such as [`to_pkcs8`](Self::to_pkcs8) writes.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, JoseError> {
        let pair = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => {
                RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(pair, padding(algorithm)))
            }
            Algorithm::ES256 | Algorithm::ES384 => {
                let (curve, hash) = curve(algorithm);
                EcdsaKeyPair::from_pkcs8(curve, der).map(|pair| Pair::Ec(pair, hash))
            }
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed),
        };
        let pair = pair.map_err(|error| JoseError::KeyRejected { algorithm, reason: error.to_string() })?;
        Self::new(algorithm, pair)
    }

    fn new(algorithm: Algorithm, pair: Pair) -> Result<Self, JoseError> {
        let public = match &pair {
            Pair::Rsa(pair, _) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                Jwk::rsa(algorithm, None, n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero())
            }
            // An uncompressed point: one octet 0x04, then x and y (SEC 1 §2.3.3).
            Pair::Ec(pair, _) => match pair.public_key().as_ref() {
                [4, point @ ..] => Jwk::point(algorithm, None, point),
                _ => Err(JwkError::Invalid("the point is not uncompressed")),
            },
            Pair::Ed(pair) => Jwk::point(algorithm, None, pair.public_key().as_ref()),
        };
        let public = public.map_err(|error| JoseError::KeyRejected { algorithm, reason: error.to_string() })?;
        let kid = public.thumbprint();
        Ok(Self { pair, public: public.with_kid(kid.clone()), kid })
    }

    /// The private key as PKCS#8 in DER. Cleared on drop; seal it before it is stored.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let failed = |_| JoseError::Provider("export a private key");
        let document = match &self.pair {
            Pair::Rsa(pair, _) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                return Ok(Zeroizing::new(der.as_ref().to_vec()));
            }
            Pair::Ec(pair, _) => pair.to_pkcs8v1(),
            Pair::Ed(pair) => pair.to_pkcs8v1(),
        };
        Ok(Zeroizing::new(document.map_err(failed)?.as_ref().to_vec()))
    }

    /// The key's one algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The key's id: its RFC 7638 thumbprint, so it never needs to be stored or agreed on.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public part, with `kid`, to be published.
    pub fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// Signs claims into a compact JWS with the header `alg`, `typ`, `kid`.
    ///
    /// `typ` says what the token is (`at+jwt`, `JWT`), so that one kind cannot stand in for another (RFC 8725 §3.11).
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, JoseError> {
        #[derive(Serialize)]
        struct ProtectedHeader<'a> {
            alg: Algorithm,
            typ: &'a str,
            kid: &'a str,
        }
        let not_json = |error: serde_json::Error| JoseError::Claims(error.to_string());
        let header = ProtectedHeader { alg: self.algorithm(), typ, kid: self.kid() };
        let header = serde_json::to_vec(&header).map_err(not_json)?;
        let payload = serde_json::to_vec(claims).map_err(not_json)?;
        let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 4 + self.signature_room());
        base64url::append(header, &mut token);
        token.push('.');
        base64url::append(payload, &mut token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        base64url::append(signature, &mut token);
        if token.len() > Unverified::MAX_BYTES {
            return Err(JoseError::TooLarge { size: token.len(), limit: Unverified::MAX_BYTES });
        }
        Ok(token)
    }

    /// The raw signature over the signing input (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
    fn signature(&self, input: &[u8]) -> Result<Vec<u8>, JoseError> {
        let failed = |_| JoseError::Provider("sign");
        // `sign_digest` rather than `sign`: the latter asks for a random source, which the provider then ignores.
        match &self.pair {
            Pair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(*padding, &digest::digest(&SHA256, input), &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Pair::Ec(pair, hash) => {
                Ok(pair.sign_digest(&digest::digest(hash, input)).map_err(failed)?.as_ref().to_vec())
            }
            Pair::Ed(pair) => Ok(pair.try_sign(input).map_err(failed)?.as_ref().to_vec()),
        }
    }

    /// Base64url characters that a signature takes, so that the token is allocated once.
    fn signature_room(&self) -> usize {
        match &self.pair {
            Pair::Rsa(pair, _) => pair.public_modulus_len() * 4 / 3 + 4,
            Pair::Ec(..) | Pair::Ed(_) => 132,
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

fn padding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    if algorithm == Algorithm::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 }
}

fn curve(algorithm: Algorithm) -> (&'static EcdsaSigningAlgorithm, &'static digest::Algorithm) {
    if algorithm == Algorithm::ES384 {
        (&ECDSA_P384_SHA384_FIXED_SIGNING, &SHA384)
    } else {
        (&ECDSA_P256_SHA256_FIXED_SIGNING, &SHA256)
    }
}
