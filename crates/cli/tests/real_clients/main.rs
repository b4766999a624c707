//! Client libraries from crates.io that nobody here wrote, against the built binary over real HTTP.
//!
//! Those from other package registries are in `tests/interop/`, since they need more than Rust.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod system;
mod user;
mod with_oauth2;
mod with_openidconnect;
