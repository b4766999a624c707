//! Client metadata as it travels in dynamic registration (RFC 7591 §2, OpenID Connect Dynamic Client Registration §2).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// What a client says about itself. Unknown members are ignored, as RFC 7591 §2 asks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    /// Where codes may be sent.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// How the client authenticates at the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// The grant types that it will use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    /// The response types that it will use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    /// Its name, as users will see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Scopes that it may ask for, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// People to reach.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Its public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// An identifier for the software, the same for every installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The version of that software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// The same and more, signed by somebody else (RFC 7591 §2.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    /// Where anybody may send a user to have the client begin a sign-in (OpenID Connect Core §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// `web` or `native`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    /// Algorithm for ID tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    /// How the key of encrypted ID tokens is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<String>,
    /// What encrypts the content of ID tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<String>,
    /// Algorithm for userinfo; without it userinfo is not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    /// How the key of encrypted userinfo is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<String>,
    /// What encrypts the content of userinfo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<String>,
    /// Algorithm for request objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<String>,
    /// Where request objects may be fetched from.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// Whether every authorization request must be a signed request object (RFC 9101 §10.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_signed_request_object: Option<bool>,
    /// Algorithm for `private_key_jwt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// `public` or `pairwise` (OpenID Connect Core §8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    /// Where the redirect URIs of its whole sector are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// Whether its ID tokens must say when the user signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_auth_time: Option<bool>,
    /// `acr_values` where a request names none.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Default `max_age`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    /// Where the user may land after signing out (OpenID Connect RP-Initiated Logout 1.0 §3.1).
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where a logout token is to be sent (OpenID Connect Back-Channel Logout 1.0 §2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether that token must carry `sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
    /// What to load in an iframe when the user signs out (OpenID Connect Front-Channel Logout 1.0 §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether that address must carry `iss` and `sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_session_required: Option<bool>,
    /// Everything else. Members in other languages, such as `client_name#fr`, are among it (OpenID Connect Dynamic
    /// Client Registration §2.1).
    #[serde(flatten)]
    pub others: BTreeMap<String, serde_json::Value>,
}

/// `null` is as good as a member that is not there (RFC 7592 §2.2); serde says so of everything but lists.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The reply to a registration (RFC 7591 §3.2.1).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RegistrationReply {
    /// The new client's identifier.
    pub client_id: String,
    /// Its secret, shown this once; absent for public clients and for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Seconds since the epoch.
    pub client_id_issued_at: i64,
    /// Seconds since the epoch; 0 means never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<i64>,
    /// The token with which the client manages itself; shown this once (RFC 7592 §3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_access_token: Option<String>,
    /// Where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_client_uri: Option<String>,
    /// Everything that was registered, defaults included.
    #[serde(flatten)]
    pub metadata: ClientMetadata,
}

/// Without secret and token.
impl std::fmt::Debug for RegistrationReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistrationReply").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// What a client wants to be from now on (RFC 7592 §2.2): all of its metadata, not only what changes.
#[derive(Deserialize)]
pub struct ClientUpdate {
    /// Which client it is.
    pub client_id: Option<String>,
    /// Its secret, if it has one and says so: never a new one.
    pub client_secret: Option<String>,
    /// Its metadata.
    #[serde(flatten)]
    pub metadata: ClientMetadata,
}

/// Without the secret.
impl std::fmt::Debug for ClientUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientUpdate").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ClientMetadata, ClientUpdate, RegistrationReply};

    #[test]
    fn null_is_as_good_as_nothing_for_every_member() {
        let whole = ClientMetadata {
            redirect_uris: vec!["a".to_owned()],
            contacts: vec!["a".to_owned()],
            request_uris: vec!["a".to_owned()],
            default_acr_values: vec!["a".to_owned()],
            post_logout_redirect_uris: vec!["a".to_owned()],
            client_name: Some("a".to_owned()),
            default_max_age: Some(1),
            jwks: Some(json!({})),
            ..ClientMetadata::default()
        };
        let mut members = serde_json::to_value(&whole).unwrap();
        for value in members.as_object_mut().unwrap().values_mut() {
            value.take();
        }
        assert_eq!(serde_json::from_value::<ClientMetadata>(members).unwrap(), ClientMetadata::default());
    }

    #[test]
    fn debug_output_names_the_client_and_no_secret() {
        let reply = json!({
            "client_id": "c_1", "client_id_issued_at": 0, "client_secret": "hush", "registration_access_token": "whist",
        });
        let update: ClientUpdate = serde_json::from_value(reply.clone()).unwrap();
        let reply: RegistrationReply = serde_json::from_value(reply).unwrap();
        for said in [format!("{reply:?}"), format!("{update:?}")] {
            assert!(said.contains("c_1") && !said.contains("hush") && !said.contains("whist"), "{said}");
        }
    }
}
