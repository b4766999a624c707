//! The demo applications, driven in process: a network in memory, a clock that stands still, randomness from a seed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod cli;
mod initiated;
mod issuer;
mod resource_server;
mod sign_out;
mod spa;
mod web_app;
mod world;
