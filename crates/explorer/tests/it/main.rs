//! The explorer at its edge: the four sites of the demo with their taps on real sockets, a clock that tests move, and the
//! runner as the one who uses them. One chapter per file.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod bytes;
mod events;
mod faults;
mod guard;
mod guided;
mod login;
mod runs;
mod serve;
