//! Proof Key for Code Exchange (RFC 7636), method S256 only.
//!
//! `plain` has no representation here: a server built from these types can't accept it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Entropy, Malformed, Secret, base64url};

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// PKCE verifier: 43 to 128 unreserved characters (RFC 7636 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeVerifier(Secret);

impl CodeVerifier {
    /// A fresh verifier with 256 random bits, as RFC 7636 §7.1 recommends.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        Self(Secret::new(base64url(entropy.bytes32())))
    }

    /// Accepts 43 to 128 unreserved characters.
    pub fn parse(raw: &str) -> Result<Self, Malformed> {
        if (43..=128).contains(&raw.len()) && raw.bytes().all(is_unreserved) {
            Ok(Self(Secret::new(raw)))
        } else {
            Err(Malformed("code_verifier"))
        }
    }

    /// `BASE64URL(SHA256(ASCII(code_verifier)))` (RFC 7636 §4.2).
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(base64url(Sha256::digest(self.0.expose().as_bytes())))
    }

    /// The verifier, to be sent to the token endpoint and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// S256 challenge: 43 base64url characters, the hash of a verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Accepts what a SHA-256 hash in unpadded base64url can look like: 43 characters, spare bits zero.
    pub fn parse(raw: &str) -> Result<Self, Malformed> {
        use base64::Engine as _;
        match base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(raw) {
            Ok(hash) if hash.len() == 32 => Ok(Self(raw.to_owned())),
            _ => Err(Malformed("code_challenge")),
        }
    }

    /// Whether the verifier hashes to this challenge; constant time (RFC 7636 §4.6).
    pub fn matches(&self, verifier: &CodeVerifier) -> bool {
        self.0.as_bytes().ct_eq(verifier.challenge().0.as_bytes()).into()
    }

    /// The challenge as sent in `code_challenge`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeChallenge, CodeVerifier};

    #[test]
    fn the_example_of_rfc_7636_appendix_b_holds() {
        let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert_eq!(verifier.challenge(), challenge);
        assert!(challenge.matches(&verifier));
    }

    #[test]
    fn verifier_length_and_alphabet_are_enforced() {
        assert!(CodeVerifier::parse(&"a".repeat(42)).is_err());
        assert!(CodeVerifier::parse(&"a".repeat(43)).is_ok());
        assert!(CodeVerifier::parse(&"a".repeat(128)).is_ok());
        assert!(CodeVerifier::parse(&"a".repeat(129)).is_err());
        assert!(CodeVerifier::parse(&format!("{}+", "a".repeat(43))).is_err());
    }

    #[test]
    fn a_challenge_must_be_an_unpadded_sha256_hash() {
        assert!(CodeChallenge::parse(&"A".repeat(42)).is_err());
        assert!(CodeChallenge::parse(&format!("{}=", "A".repeat(43))).is_err());
        assert!(CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM").is_err());
    }
}
