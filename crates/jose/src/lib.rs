//! JSON Object Signing for Countersign: keys, signatures, claims, sealed values.
//!
//! The only crate that touches a crypto provider (aws-lc-rs). What lives here: JWK and JWK Set (RFC 7517, RFC 7518
//! §6, RFC 8037, RFC 7638), compact JWS (RFC 7515), the checks of a JWT (RFC 7519, RFC 8725), hashes, and values
//! sealed with AES-256-GCM. What does not: JWE, DPoP, X.509, symmetric signatures, and reading a clock.
//!
//! The way of a token through the types is one-way: [`Unverified::parse`] proves its form,
//! [`Unverified::verify`] its signature, [`jwt::Expect::check`] its claims. No step can be skipped: nothing but
//! `verify` makes a [`Verified`].
//!
//! `none` and the HS algorithms have no representation ([`Algorithm`]), and a key's algorithm belongs to the key, so
//! a token cannot choose how it is checked (RFC 8725 §3.1).

mod algorithm;
mod base64url;
mod error;
pub mod hash;
mod header;
mod json;
mod jwk;
mod jwk_set;
mod jws;
pub mod jwt;
pub mod seal;
mod signing;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::JoseError;
pub use header::Header;
pub use jwk::{Jwk, JwkError};
pub use jwk_set::{JwkSet, JwkSetError};
pub use jws::{ParseError, Unverified, Verified, VerifyError};
pub use jwt::{Audience, ClaimsError, Expect, NumericDate, Typ};
pub use seal::SealingKey;
pub use signing::SigningKey;
