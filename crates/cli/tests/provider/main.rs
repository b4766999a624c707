//! Countersign as an OpenID Provider, from outside: the built binary serves `examples/conformance.toml` over TLS, on a port
//! and in a folder of its own. A chapter is a plan of the OpenID Foundation's conformance suite for providers, a test one
//! of its modules; what is a mere warning there is a failure here.
//!
//! Chapters: `config`, `basic` (with static and with dynamic clients), `form_post`, `dynamic`, `rp_logout`,
//! `back_channel`, `front_channel`, `third_party`. `operation` is about the running process itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod back_channel;
mod basic;
mod config;
mod dynamic;
mod form_post;
mod front_channel;
mod modules;
mod operation;
mod rp_logout;
mod support;
mod third_party;
