//! Opaque credentials that we issue: codes, tokens, cookies, client secrets.
//!
//! Form: `cs` + two letters for the kind + `_` + 256 random bits in base64url + a 24-bit checksum in base64url.
//! The prefix and the checksum let leak scanners find one; neither carries meaning for us. Rows hold the
//! [`HandleHash`] only, and a lookup by that hash needs the complete handle, so that a truncated one never matches
//! (the fault of CVE-2026-27840).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Entropy, Secret, base64url};

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
    /// What it is called in a sentence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Code => "an authorization code",
            Self::RefreshToken => "a refresh token",
            Self::AccessToken => "an access token",
            Self::ClientSecret => "a client secret",
            Self::Registration => "a registration token",
            Self::Browser => "a browser's cookie",
            Self::Interaction => "the name of an interaction",
        }
    }

    /// The kind that a text claims to be, by its prefix.
    pub fn claimed(text: &str) -> Option<Self> {
        const ALL: [HandleKind; 7] = [
            HandleKind::Code,
            HandleKind::RefreshToken,
            HandleKind::AccessToken,
            HandleKind::ClientSecret,
            HandleKind::Registration,
            HandleKind::Browser,
            HandleKind::Interaction,
        ];
        ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }

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

/// Why text is no handle of the kind that was asked for. What it says follows from the text and the public form of
/// handles; it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHandle {
    /// A handle of another kind.
    #[error("What came has the form of {}, not of {}", .found.name(), .wanted.name())]
    OtherKind {
        /// What it looks like.
        found: HandleKind,
        /// What was asked for.
        wanted: HandleKind,
    },
    /// Not made by this server, or not only.
    #[error("What came does not have the form of {}: those of this server begin with {}", .0.name(), .0.prefix())]
    Foreign(HandleKind),
    /// A character that no handle has.
    #[error("One of its characters is {0}")]
    Character(&'static str),
    /// Cut, or something was added.
    #[error("It has {0} characters in place of {LEN}: it was cut, or something was added to it")]
    Length(usize),
    /// The checksum does not fit.
    #[error("It was altered on its way: its check characters do not fit the rest")]
    Checksum,
}

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
    pub fn parse(kind: HandleKind, text: &str) -> Result<Self, NotHandle> {
        match HandleKind::claimed(text) {
            Some(found) if found == kind => (),
            Some(found) => return Err(NotHandle::OtherKind { found, wanted: kind }),
            None => return Err(NotHandle::Foreign(kind)),
        }
        if let Some(odd) = crate::text::first_odd(text, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(NotHandle::Character(odd));
        }
        if text.len() != LEN {
            return Err(NotHandle::Length(text.len()));
        }
        let (body, sum) = text.split_at(LEN - 4);
        if checksum(body) == sum { Ok(Self(Secret::new(text))) } else { Err(NotHandle::Checksum) }
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

    #[test]
    fn what_is_wrong_with_a_handle_is_said_without_repeating_it() {
        let code = Handle::random(HandleKind::Code, &mut Zeros).expose().to_owned();
        let altered = code.replace("csac_A", "csac_B");
        for (text, words) in [
            (Handle::random(HandleKind::RefreshToken, &mut Zeros).expose(), "the form of a refresh token, not of an"),
            ("SplxlOBeZQQYbYS6WxSbIA", "begin with csac_"),
            ("", "begin with csac_"),
            (&code[..40], "40 characters in place of 52: it was cut"),
            (&format!("{code} "), "white space"),
            (&format!("{code}%3D"), "percent-encoded"),
            (&altered, "altered on its way"),
        ] {
            let why = Handle::parse(HandleKind::Code, text).unwrap_err().to_string();
            assert!(why.contains(words), "{text}: {why}");
            assert!(!why.contains("AAA") && !why.contains("Splx"), "{why}");
        }
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
