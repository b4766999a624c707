//! `POST /token` with `authorization_code` and `client_credentials` (OAuth 2.1 §3.2, §4.1.3, §4.2).

mod client_credentials;
mod code;
mod form;
