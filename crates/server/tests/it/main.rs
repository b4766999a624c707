//! The authorization server at its edge, in process: the real router, the memory store, a clock that tests move, and a
//! small browser. One chapter per file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorize;
mod claims;
mod client_auth;
mod cors_headers;
mod faults;
mod interaction;
mod introspect_revoke;
mod keys;
mod listen;
mod logout;
mod metadata;
mod metrics;
mod observed;
mod races;
mod refresh;
mod register;
mod regression;
mod robustness;
mod secrets;
mod subjects;
mod support;
mod token;
mod told;
mod trace;
mod userinfo;
