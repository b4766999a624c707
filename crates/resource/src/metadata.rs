//! The protected resource metadata document (RFC 9728 §2): how a client that got a challenge finds the authorization
//! server. Left out: signed metadata (§2.2).

use serde::{Deserialize, Serialize};

/// The well-known suffix (RFC 9728 §3).
pub(crate) const WELL_KNOWN: &str = "oauth-protected-resource";

/// The document. `resource` is the exact URL that was configured; clients compare it byte for byte (§3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtectedResourceMetadata {
    /// The URL of this API, which is also what `aud` must hold.
    pub resource: String,
    /// The issuers whose tokens are accepted.
    pub authorization_servers: Vec<String>,
    /// The API's own public keys, if it signs its answers. Not those of the authorization server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The scopes that this API uses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// `header`, and nothing else from us.
    pub bearer_methods_supported: Vec<String>,
    /// What people call this API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Where developers read about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_documentation: Option<String>,
}
