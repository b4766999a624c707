//! What this crate promises, checked from outside: one binary, so that it is linked once.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod attacks;
mod claims;
mod encrypted;
mod keys;
mod properties;
mod round_trip;
mod support;
mod vectors;
