//! The authorization server at its edge, in process: the real router, the memory store, a clock that tests move, and a
//! small browser. One chapter per file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorize;
mod interaction;
mod support;
