//! The endpoints that clients and resource servers call, one file each. No rule is decided here: a handler parses,
//! loads, asks the engine, commits, replies.

pub mod authorize;
pub mod client;
pub mod client_configuration;
pub mod doctor;
pub mod health;
pub mod introspect;
pub mod jwks;
pub mod metadata;
pub mod register;
pub mod revoke;
pub mod token;
pub mod userinfo;
