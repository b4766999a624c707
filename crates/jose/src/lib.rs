//! JSON Object Signing and Encryption for Countersign: keys, signatures, encrypted tokens, claims, sealed values.
//!
//! The only crate that touches a crypto provider (aws-lc-rs). What lives here: JWK and JWK Set (RFC 7517, RFC 7518
//! §6, RFC 8037, RFC 7638), compact JWS (RFC 7515), compact JWE (RFC 7516), the checks of a JWT (RFC 7519, RFC 8725),
//! hashes, and values sealed with AES-256-GCM. What does not: DPoP, X.509, symmetric signatures, and reading a clock.
//!
//! The way of a token through the types is one-way: [`Unverified::parse`] proves its form,
//! [`Unverified::verify`] its signature, [`jwt::Expect::check`] its claims. No step can be skipped: nothing but
//! `verify` makes a [`Verified`].
//!
//! ```
//! use countersign_jose::{Algorithm, Expect, JwkSet, SigningKey, Typ, Unverified};
//! use countersign_protocol::{Timestamp, Ttl};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::generate(Algorithm::ES256)?;
//! let claims = serde_json::json!({"iss": "https://as.example", "aud": "https://api.example", "exp": 1_800_000_060});
//! let token = key.sign("at+jwt", &claims)?;
//!
//! let published: JwkSet = [key.public_jwk().clone()].into_iter().collect();
//! let keys = JwkSet::parse(published.to_json().as_bytes())?;
//! let expect = Expect {
//!     issuer: "https://as.example",
//!     audience: &["https://api.example"],
//!     typ: Typ::Exactly("at+jwt"),
//!     now: Timestamp::from_secs(1_800_000_000),
//!     leeway: Ttl::secs(5),
//!     max_lifetime: None,
//! };
//! let read: serde_json::Value = expect.check(&Unverified::parse(&token)?.verify(&keys)?)?;
//! assert_eq!(read, claims);
//! # Ok(())
//! # }
//! ```
//!
//! `none` and the HS algorithms have no representation ([`Algorithm`]), and a key's algorithm belongs to the key, so
//! a token cannot choose how it is checked (RFC 8725 §3.1). What may be unsigned is read by another type, [`Unsecured`],
//! which nothing turns into a [`Verified`].

mod algorithm;
mod base64url;
mod error;
pub mod hash;
mod header;
mod json;
pub mod jwe;
mod jwk;
mod jwk_set;
mod jws;
pub mod jwt;
mod members;
pub mod seal;
mod signing;
mod unsecured;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::JoseError;
pub use header::Header;
pub use jwe::{ContentEncryption, DecryptionKey, Encrypted, JweError, KeyManagement, Recipient, RecipientError};
pub use jwk::{Jwk, JwkError};
pub use jwk_set::{JwkSet, JwkSetError};
pub use jws::{ParseError, Unverified, Verified, VerifyError};
pub use jwt::{Audience, ClaimsError, Expect, NumericDate, Typ};
pub use seal::SealingKey;
pub use signing::SigningKey;
pub use unsecured::Unsecured;
