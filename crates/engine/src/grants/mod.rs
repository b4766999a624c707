//! The grant types, a folder each: request, facts, decision, rules, tests.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;
