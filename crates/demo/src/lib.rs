#![doc = include_str!("../README.md")]

pub mod cli;
mod clients;
mod edge;
pub mod resource_server;
mod site;
pub mod spa;
pub mod web_app;

pub use clients::{API, API_SCOPES, Addresses, CLI, DemoClient, SCOPE, SPA, SecretSource, WEB, WEB_LEGACY, clients};
pub use edge::Edge;
