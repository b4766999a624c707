//! Claims about people: which exist, which scope opens which, who is told what and where (OpenID Connect Core §5).
//!
//! With the code flow, the claims of a scope are told at userinfo only (§5.4); the ID token holds what the `claims`
//! parameter puts there. Aggregated and distributed claims (§5.6.2) are not offered.

mod release;
mod standard;
mod wanted;

#[cfg(test)]
mod tests;

pub use release::{Told, value_of};
pub use standard::{CLAIMS_OF_SCOPE, check, of_scope, parse, standard};
pub use wanted::Wanted;

/// What ID tokens say about themselves and the sign-in (OpenID Connect Core §2).
pub const OF_ID_TOKENS: [&str; 11] =
    ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"];

/// Names that a token or a userinfo reply gives a meaning of its own (OpenID Connect Core §2, RFC 7519 §4.1, RFC 7800
/// §3.1): nobody's own claim may have one, or it could pass for what the server says.
const RESERVED: [&str; 24] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "cnf",
    "act",
    "may_act",
    "scope",
    "client_id",
    "events",
    "_claim_names",
    "_claim_sources",
];

/// Longest name of a claim, in bytes.
const MAX_NAME: usize = 128;

/// Whether a claim about a person may have that name: printable ASCII, not one that the server speaks for itself with.
/// What follows a `#` is a language (§5.2) and belongs to the value.
pub fn is_name(name: &str) -> bool {
    let printable = name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\' && b != b'#');
    (1..=MAX_NAME).contains(&name.len()) && printable && !RESERVED.contains(&name)
}

/// The name of a claim without its language tag: `name` of `name#de` (OpenID Connect Core §5.2).
pub fn base(name: &str) -> &str {
    name.split_once('#').map_or(name, |(base, _)| base)
}
