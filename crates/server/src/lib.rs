//! The HTTP side of Countersign: endpoints, pages, configuration.
//!
//! [`router::router`] makes an axum router of a [`realm::Realm`]; [`listen::serve`] puts it on a socket. No rule is
//! decided here: handlers parse, load, ask the engine, commit and reply.

pub mod attempts;
pub mod body;
pub mod client_keys;
pub mod config;
pub mod courier;
pub mod edge;
pub mod endpoints;
pub mod extract;
pub mod interaction;
pub mod keyring;
pub mod listen;
pub mod logos;
mod master_key;
pub mod metrics;
pub mod network;
pub mod observed;
pub mod outbound;
pub mod pages;
pub mod passwords;
pub mod realm;
mod recent;
pub mod registrations;
pub mod reply;
pub mod router;
pub mod start;
pub mod tls;
pub mod trace;
pub mod upkeep;
