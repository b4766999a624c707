//! Relying-party library: Authorization Code with PKCE, made and checked for you.
//!
//! Left out: front ends (a browser application needs no Rust client, or has a server behind it), and every flow by
//! which a token would pass through a URL.
#![cfg_attr(all(feature = "reqwest", feature = "native"), doc = "")]
#![cfg_attr(all(feature = "reqwest", feature = "native"), doc = include_str!("../README.md"))]

mod auth;
mod callback;
pub mod check;
mod client;
mod config;
mod credentials;
mod edge;
mod encryption;
pub mod error;
pub mod id_token;
mod initiation;
mod keeper;
pub mod keys;
mod login;
mod logout;
pub mod metadata;
#[cfg(feature = "native")]
pub mod native;
mod provider;
pub mod registration;
#[cfg(feature = "reqwest")]
mod reqwest_client;
pub mod revocation;
pub mod rules;
mod sans_io;
mod single_flight;
#[cfg(test)]
mod testing;
pub mod token;
mod transaction;
mod transaction_store;
pub mod userinfo;
pub mod wire;

pub use callback::{Callback, FinishError};
pub use check::Checks;
pub use client::Client;
pub use config::{ClientAuth, ClientConfig, Pkce};
pub use countersign_jose::{Algorithm, DecryptionKey, KeyManagement, SigningKey};
pub use countersign_protocol::registration::ClientMetadata;
pub use countersign_protocol::{ErrorCode, Prompt, Refusal, Rule, ScopeSet, Secret, Timestamp, Ttl};
pub use credentials::ClientCredentials;
pub use edge::{Edge, Origin};
pub use error::{CallError, ProviderError};
pub use id_token::{IdClaims, IdToken};
pub use initiation::Initiation;
pub use keeper::{Ended, RefreshError, TokenKeeper};
pub use login::{Begun, LoginOptions};
pub use logout::LogoutNotice;
pub use metadata::Metadata;
pub use provider::{ClientError, Provider};
pub use registration::Registered;
#[cfg(feature = "reqwest")]
pub use reqwest_client::ReqwestClient;
pub use revocation::TokenKind;
pub use sans_io::{Core, LEEWAY, Now};
pub use token::{AccessToken, TokenReply, Tokens};
pub use transaction::{SealedTransaction, Transaction};
pub use transaction_store::TransactionStore;
pub use userinfo::{UserInfo, bearer};
pub use wire::{Endpoint, HttpClient, Request, Response, TransportError};
