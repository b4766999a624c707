//! The administrator's commands from outside: the built binary in folders of its own, beside a store or a server that
//! works on the same database.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod clients;
mod config;
mod damage;
mod doctor;
mod keys;
mod tokens;
mod users;
mod world;
