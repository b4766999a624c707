//! Proof Key for Code Exchange (RFC 7636), method S256 only.
//!
//! `plain` has no representation here: a server built from these types can't accept it.

mod mismatch;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Entropy, Secret, base64url, text};

const fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
}

/// PKCE verifier: 43 to 128 unreserved characters (RFC 7636 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeVerifier(Secret);

/// Why text is no verifier: its length and the kind of a character, never the text, which is as good as a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("It has {length} characters{}{}", bound(*.length), holds(*.odd))]
pub struct NotVerifier {
    length: usize,
    odd: Option<&'static str>,
}

fn bound(length: usize) -> &'static str {
    match length {
        0..=42 => ", at least 43 are needed",
        43..=128 => "",
        _ => ", at most 128 are allowed",
    }
}

fn holds(odd: Option<&'static str>) -> String {
    odd.map(|odd| format!(", and one of them is {odd}")).unwrap_or_default()
}

impl CodeVerifier {
    /// A fresh verifier with 256 random bits, as RFC 7636 §7.1 recommends.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        Self(Secret::new(base64url(entropy.bytes32())))
    }

    /// Accepts 43 to 128 unreserved characters.
    pub fn parse(raw: &str) -> Result<Self, NotVerifier> {
        let odd = text::first_odd(raw, is_unreserved);
        if (43..=128).contains(&raw.len()) && odd.is_none() {
            Ok(Self(Secret::new(raw)))
        } else {
            Err(NotVerifier { length: raw.chars().count(), odd })
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

/// Why text is no S256 challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotChallenge {
    /// The hash in hexadecimal.
    #[error("It looks like the hash in hexadecimal, 64 digits; base64url of the hash's 32 bytes is wanted")]
    Hexadecimal,
    /// The hash with `=` at its end.
    #[error("It ends with '='; leave the padding out")]
    Padding,
    /// A character that base64url does not have.
    #[error("One of its characters is {0}")]
    Character(&'static str),
    /// Another length.
    #[error("It has {0} characters: a verifier that was sent in place of its hash, perhaps, or a hash that was cut")]
    Length(usize),
    /// 43 characters, whose last can't be the end of 32 bytes.
    #[error("Its last character can't end a hash of 32 bytes: it was cut, or it is no hash but the verifier itself")]
    Ending,
}

impl CodeChallenge {
    /// Accepts what a SHA-256 hash in unpadded base64url can look like: 43 characters, spare bits zero.
    pub fn parse(raw: &str) -> Result<Self, NotChallenge> {
        if raw.len() == 64 && raw.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NotChallenge::Hexadecimal);
        }
        let bare = raw.trim_end_matches('=');
        if let Some(odd) = text::first_odd(bare, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(NotChallenge::Character(odd));
        }
        match (bare.len(), raw.len()) {
            (43, 43) => match crate::from_base64url(raw) {
                Ok(_) => Ok(Self(raw.to_owned())),
                Err(_) => Err(NotChallenge::Ending),
            },
            (43, _) => Err(NotChallenge::Padding),
            (_, length) => Err(NotChallenge::Length(length)),
        }
    }

    /// Whether the verifier hashes to this challenge; constant time (RFC 7636 §4.6).
    pub fn matches(&self, verifier: &CodeVerifier) -> bool {
        self.0.as_bytes().ct_eq(verifier.challenge().0.as_bytes()).into()
    }

    /// Why a verifier that does not match does not: the usual mistake, as far as the two of them show it.
    pub fn mismatch(&self, verifier: &CodeVerifier) -> &'static str {
        mismatch::explain(self, verifier)
    }

    /// The challenge as sent in `code_challenge`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeChallenge, CodeVerifier, NotChallenge};

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
    fn what_is_wrong_with_a_verifier_is_said_without_repeating_it() {
        let why = |raw: &str| CodeVerifier::parse(raw).unwrap_err().to_string();
        assert_eq!(why("tooshort1234"), "It has 12 characters, at least 43 are needed");
        assert_eq!(why(&"a".repeat(129)), "It has 129 characters, at most 128 are allowed");
        for (end, kind) in
            [("=", "padding"), ("+", "standard base64"), ("%7E", "once too often"), ("\n", "white space")]
        {
            let raw = format!("{}{end}", "s".repeat(43));
            let why = why(&raw);
            assert!(why.contains(kind) && !why.contains("sss"), "{why}");
        }
        assert_eq!(
            why(&format!("{}\u{e9}", "s".repeat(42))),
            "It has 43 characters, and one of them is a character outside ASCII"
        );
    }

    #[test]
    fn what_is_wrong_with_a_challenge_is_called_by_its_name() {
        let hash = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for (raw, expected) in [
            ("13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3".to_owned(), NotChallenge::Hexadecimal),
            (format!("{hash}="), NotChallenge::Padding),
            ("A".repeat(42), NotChallenge::Length(42)),
            ("A".repeat(64) + "AA", NotChallenge::Length(66)),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl".to_owned(), NotChallenge::Ending),
        ] {
            assert_eq!(CodeChallenge::parse(&raw), Err(expected), "{raw}");
        }
        let standard = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM").unwrap_err().to_string();
        assert!(standard.contains("base64url has '-' and '_'"), "{standard}");
        assert!(CodeChallenge::parse(&"A".repeat(64)).is_err(), "64 letters A are hexadecimal too");
    }

    #[test]
    fn a_challenge_must_be_an_unpadded_sha256_hash() {
        assert!(CodeChallenge::parse(&"A".repeat(42)).is_err());
        assert!(CodeChallenge::parse(&format!("{}=", "A".repeat(43))).is_err());
        assert!(CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM").is_err());
    }
}
