//! Dynamic registration (RFC 7591): asking a provider for a client of one's own.
//!
//! Left out: software statements, and managing the registration afterwards (RFC 7592).

use countersign_protocol::registration::ClientMetadata;
use countersign_protocol::{Refusal, Secret, Timestamp};
use serde_json::Value;

use crate::check::Checks;
use crate::error::{CallError, ProviderError};
use crate::metadata::Metadata;
use crate::rules;
use crate::wire::{Request, Response, authorize, json_object};

/// A client that was registered. Keep it: each registration makes another one.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The client's identifier.
    pub client_id: String,
    /// Its secret, if it has one; shown this once.
    pub client_secret: Option<Secret>,
    /// When the secret ends; `None` means never.
    pub client_secret_expires_at: Option<Timestamp>,
    /// How the client is to authenticate, if the provider says so: it may have decided otherwise than was asked.
    pub token_endpoint_auth_method: Option<String>,
}

/// The request that registers a client. Many providers want an initial access token for it.
pub fn request(
    metadata: &Metadata,
    client: &ClientMetadata,
    initial_access_token: Option<&Secret>,
    checks: Checks<'_>,
) -> Result<Request, Refusal> {
    let endpoint = metadata.needed("registration_endpoint", metadata.registration.as_ref(), checks)?;
    let body = serde_json::to_vec(client).unwrap_or_default();
    let mut request = endpoint.post_json(body);
    if let Some(token) = initial_access_token {
        authorize(&mut request, &crate::userinfo::bearer(token), checks)?;
    }
    Ok(request)
}

/// Reads the reply.
pub fn read(response: &Response, checks: Checks<'_>) -> Result<Registered, CallError> {
    if let Some(error) = ProviderError::read("registration", response) {
        return Err(error.into());
    }
    let reply = json_object(response, checks)?;
    let text = |name: &str| reply.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let client_id = checks.some(&rules::REGISTRATION_FORM, text("client_id"), || "It has none".to_owned())?;
    let expires = reply.get("client_secret_expires_at").and_then(Value::as_i64).filter(|secs| *secs > 0);
    Ok(Registered {
        client_id,
        client_secret: text("client_secret").map(Secret::new),
        client_secret_expires_at: expires.map(Timestamp::from_secs),
        token_endpoint_auth_method: text("token_endpoint_auth_method"),
    })
}
