//! Why a verifier does not hash to a challenge: the usual mistakes, each tried in turn.
//!
//! Everything here follows from the verifier that was sent and the challenge, which was public from the start, so it
//! may be told to whoever sent the verifier. No answer repeats either of them.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{CodeChallenge, CodeVerifier};
use crate::{base64url, from_base64url};

const IS_CHALLENGE: &str = "What was sent is the challenge itself: either the verifier went out as code_challenge (the \
    plain method), or the challenge came as code_verifier";
const SWAPPED: &str = "The two are swapped: what came as code_verifier is the hash of what went out as code_challenge";
const TWICE: &str = "The challenge is the verifier hashed twice; hash it once";
const HEX_HASHED: &str = "The challenge is a hash of the hash in hexadecimal; encode the hash's 32 bytes in base64url";
const BYTES: &str = "The challenge hashes the bytes that the verifier encodes; hash its characters (ASCII)";
const UTF_16: &str = "The challenge hashes the verifier in UTF-16; hash its characters as ASCII";
const PADDED: &str = "The challenge hashes the verifier with base64 padding ('=') at its end, which was sent without";
const STANDARD: &str = "The challenge hashes the verifier in the standard base64 alphabet ('+' and '/'), which was sent \
    with '-' and '_'";
const SPACE: &str = "The challenge hashes the verifier with white space around it, which was sent without";
const QUOTED: &str = "The challenge hashes the verifier in quotation marks (as JSON text), which was sent without";
const ENCODED: &str = "The challenge hashes the verifier percent-encoded; hash it as it is";
const EMPTY: &str = "The challenge is the hash of nothing, or of a word such as undefined: there was no verifier yet when \
    it was made";
const OTHER: &str = "No usual mistake explains it: perhaps the verifier of another login came, as when two tabs keep \
    theirs in one place";

/// The mistake, in words.
pub(super) fn explain(challenge: &CodeChallenge, verifier: &CodeVerifier) -> &'static str {
    let (wanted, sent) = (challenge.as_str(), verifier.expose());
    if wanted == sent {
        return IS_CHALLENGE;
    }
    if hash(&[wanted]) == sent {
        return SWAPPED;
    }
    ["", "undefined", "null", "None", "[object Promise]", "[object Object]"]
        .iter()
        .find(|word| hash(&[word]) == wanted)
        .map(|_| EMPTY)
        .or_else(|| of_text(wanted, sent))
        .or_else(|| of_bytes(wanted, sent))
        .unwrap_or(OTHER)
}

/// Another text was hashed: the verifier with something added, taken away or replaced.
fn of_text(wanted: &str, sent: &str) -> Option<&'static str> {
    let standard = Zeroizing::new(sent.replace('-', "+").replace('_', "/"));
    let encoded = Zeroizing::new(sent.replace('~', "%7E"));
    let tries: [(&[&str], &str); 13] = [
        (&[&hash(&[sent])], TWICE),
        (&[&hex(&Sha256::digest(sent))], HEX_HASHED),
        (&[sent, "="], PADDED),
        (&[sent, "=="], PADDED),
        (&[&standard], STANDARD),
        (&[&standard, "="], STANDARD),
        (&[&standard, "=="], STANDARD),
        (&[sent, "\n"], SPACE),
        (&[sent, "\r\n"], SPACE),
        (&[sent, " "], SPACE),
        (&[" ", sent], SPACE),
        (&["\"", sent, "\""], QUOTED),
        (&[&encoded], ENCODED),
    ];
    tries.iter().find(|(parts, _)| hash(parts) == wanted).map(|(_, words)| *words)
}

/// The right text was hashed, but as other bytes, or once more.
fn of_bytes(wanted: &str, sent: &str) -> Option<&'static str> {
    let hashes = |bytes: &[u8]| base64url(Sha256::digest(bytes)) == wanted;
    if hashes(&Sha256::digest(sent)) {
        return Some(TWICE);
    }
    let decoded = from_base64url(sent).ok().map(Zeroizing::new);
    if decoded.is_some_and(|bytes| hashes(&bytes)) || unhex(sent).is_some_and(|bytes| hashes(&bytes)) {
        return Some(BYTES);
    }
    let utf_16: Zeroizing<Vec<u8>> = Zeroizing::new(sent.encode_utf16().flat_map(u16::to_le_bytes).collect());
    hashes(&utf_16).then_some(UTF_16)
}

fn hash(parts: &[&str]) -> String {
    let hash = parts.iter().fold(Sha256::new(), Sha256::chain_update);
    base64url(hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = Zeroizing::new(digits?);
    let byte = |pair: &[u32]| u8::try_from(pair.iter().fold(0, |byte, digit| byte << 4 | digit)).ok();
    (digits.len() % 2 == 0).then(|| digits.chunks(2).filter_map(byte).collect::<Vec<u8>>().into())
}

#[cfg(test)]
mod tests;
