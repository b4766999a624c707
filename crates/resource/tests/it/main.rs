//! The layer as an application uses it: an axum router in process, a fake authorization server behind a counting
//! [`Fetch`](countersign_resource::Fetch), a clock that tests set.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod builder;
mod challenge;
mod introspection;
mod jwt;
mod keys;
#[cfg(feature = "reqwest")]
mod reqwest;
mod scope;
mod world;
