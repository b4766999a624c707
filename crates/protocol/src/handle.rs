//! Opaque credentials that we issue: codes, tokens, cookies, client secrets.
//!
//! Form: `cs` + two letters for the kind + `_` + 256 random bits in base64url + a 24-bit checksum in base64url.
//! The prefix and the checksum let leak scanners find one; neither carries meaning for us. Rows hold the
//! [`HandleHash`] only, and a lookup by that hash needs the complete handle, so that a truncated one never matches
//! (the fault of CVE-2026-27840).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Entropy, Malformed, Secret, base64url};

/// What a handle is for. A handle of one kind is never accepted as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleKind {
    /// Authorization code.
    Code,
    /// Refresh token.
    RefreshToken,
    /// Opaque access token.
    AccessToken,
    /// Client secret.
    ClientSecret,
    /// Registration access token or initial access token (RFC 7591 §1.2).
    Registration,
    /// Cookie that names a browser.
    Browser,
    /// One authorization request that waits for the user.
    Interaction,
}

impl HandleKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "csac_",
            Self::RefreshToken => "csrt_",
            Self::AccessToken => "csat_",
            Self::ClientSecret => "cscs_",
            Self::Registration => "csrg_",
            Self::Browser => "csbr_",
            Self::Interaction => "csia_",
        }
    }
}

/// 5 for the prefix, 43 for 256 bits, 4 for the checksum.
const LEN: usize = 52;

/// A credential in the clear, on its way in or out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle(Secret);

impl Handle {
    /// A fresh handle with 256 random bits (OAuth 2.1 §7.7 asks for 160).
    pub fn random(kind: HandleKind, entropy: &mut dyn Entropy) -> Self {
        let body = format!("{}{}", kind.prefix(), base64url(entropy.bytes32()));
        let sum = checksum(&body);
        Self(Secret::new(body + &sum))
    }

    /// Accepts exactly the form that [`Handle::random`] makes for this kind.
    pub fn parse(kind: HandleKind, text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed("handle");
        if text.len() != LEN || !text.is_ascii() || !text.starts_with(kind.prefix()) {
            return Err(malformed);
        }
        let (body, sum) = text.split_at(LEN - 4);
        if checksum(body) == sum { Ok(Self(Secret::new(text))) } else { Err(malformed) }
    }

    /// The handle as its owner sends it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What a row may hold. A fast hash is enough: there are 256 bits to guess, not a password.
    pub fn hash(&self) -> HandleHash {
        HandleHash::of(self.0.expose())
    }
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    base64url(&digest[..3])
}

/// SHA-256 of a credential: what the store keeps in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HandleHash(String);

impl HandleHash {
    /// Hashes any secret text.
    pub fn of(text: &str) -> Self {
        Self(base64url(Sha256::digest(text.as_bytes())))
    }

    /// The hash in base64url, 43 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq;
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Handle, HandleKind, LEN};
    use crate::Entropy;

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[test]
    fn a_handle_parses_as_its_own_kind_only() {
        let code = Handle::random(HandleKind::Code, &mut Zeros);
        assert_eq!(code.expose().len(), LEN);
        assert_eq!(Handle::parse(HandleKind::Code, code.expose()).unwrap(), code);
        assert!(Handle::parse(HandleKind::RefreshToken, code.expose()).is_err());
    }

    /// CVE-2026-27840: truncated opaque tokens stayed valid.
    #[test]
    fn a_truncated_padded_or_altered_handle_is_refused() {
        let text = Handle::random(HandleKind::AccessToken, &mut Zeros).expose().to_owned();
        assert!(Handle::parse(HandleKind::AccessToken, &text[..LEN - 1]).is_err());
        assert!(Handle::parse(HandleKind::AccessToken, &format!("{text}A")).is_err());
        let altered = text.replace("_A", "_B");
        assert!(Handle::parse(HandleKind::AccessToken, &altered).is_err());
    }
}
