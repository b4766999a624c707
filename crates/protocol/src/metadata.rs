//! Authorization-server metadata (RFC 8414) and OpenID Provider metadata (OpenID Connect Discovery 1.0 §3).

use serde::{Deserialize, Serialize};

/// One document serves both well-known addresses: OpenID Discovery adds members, it contradicts none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the wire format has them")]
pub struct ServerMetadata {
    /// The issuer identifier; compared byte for byte.
    pub issuer: String,
    /// `GET|POST /authorize`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub authorization_endpoint: String,
    /// `POST /token`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token_endpoint: String,
    /// The public signing keys.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub jwks_uri: String,
    /// OpenID Connect Core §5.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// RFC 7591.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// RFC 7009.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// RFC 7662.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0 §2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// Scopes that a client may ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// `code`, and nothing else from us.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<String>,
    /// `query`, `form_post`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// The grant types that the token endpoint knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// `public` and, where offered, `pairwise`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_types_supported: Vec<String>,
    /// Algorithms for ID tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// How the key of encrypted ID tokens is sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_encryption_alg_values_supported: Vec<String>,
    /// What encrypts the content of ID tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token_encryption_enc_values_supported: Vec<String>,
    /// Algorithms for signed userinfo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_signing_alg_values_supported: Vec<String>,
    /// How the key of encrypted userinfo is sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_alg_values_supported: Vec<String>,
    /// What encrypts the content of userinfo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_enc_values_supported: Vec<String>,
    /// Algorithms for request objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_signing_alg_values_supported: Vec<String>,
    /// Client authentication at the token endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms for `private_key_jwt` at the token endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Client authentication at the revocation endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms for `private_key_jwt` at the revocation endpoint (RFC 8414 §2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Client authentication at the introspection endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms for `private_key_jwt` at the introspection endpoint (RFC 8414 §2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// `S256`. A client that finds none here must stop (RFC 9700 §2.1.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// Claims that userinfo and ID tokens may carry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Vec<String>,
    /// Authentication context classes that a sign-in can be of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<String>,
    /// `display` values that the pages are fit for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub display_values_supported: Vec<String>,
    /// `normal`: aggregated and distributed claims are not offered (OpenID Connect Core §5.6).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claim_types_supported: Vec<String>,
    /// Languages of the pages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ui_locales_supported: Vec<String>,
    /// `prompt` values (OpenID Connect Prompt Create 1.0 §4.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prompt_values_supported: Vec<String>,
    /// Whether every authorization response carries `iss` (RFC 9207 §3).
    pub authorization_response_iss_parameter_supported: bool,
    /// OpenID Connect Core §6.1.
    pub request_parameter_supported: bool,
    /// OpenID Connect Core §6.2; absent means true, so we always write it.
    pub request_uri_parameter_supported: bool,
    /// Whether a `request_uri` must be registered (OpenID Connect Discovery §3).
    pub require_request_uri_registration: bool,
    /// OpenID Connect Core §5.5.
    pub claims_parameter_supported: bool,
    /// OpenID Connect Front-Channel Logout 1.0 §3.
    pub frontchannel_logout_supported: bool,
    /// Whether addresses in frames carry `iss` and `sid`.
    pub frontchannel_logout_session_supported: bool,
    /// OpenID Connect Back-Channel Logout 1.0 §2.1.
    pub backchannel_logout_supported: bool,
    /// Whether logout tokens carry `sid`.
    pub backchannel_logout_session_supported: bool,
}
