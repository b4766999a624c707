//! `GET /.well-known/oauth-authorization-server` (RFC 8414) and `/.well-known/openid-configuration` (OpenID Connect
//! Discovery): one document, made from what the build and the policy really offer.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use std::collections::BTreeSet;

use countersign_engine::{
    Policy, claims, keys::ALGORITHMS, registration::subjects::SUBJECT_TYPES, session::ACR_VALUES,
};
use countersign_jose::{Algorithm, ContentEncryption, KeyManagement};
use countersign_protocol::{ClientAuthMethod, GrantType, Prompt, ResponseMode, metadata::ServerMetadata};

use crate::realm::{App, Realm, Registration};

/// The endpoint.
pub async fn metadata(State(realm): State<App>) -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(describe(&realm))).into_response()
}

/// What this server offers.
pub fn describe(realm: &Realm) -> ServerMetadata {
    let methods: Vec<String> = ClientAuthMethod::ALL.iter().map(|method| method.as_str().to_owned()).collect();
    let confidential = methods.iter().filter(|method| *method != "none").cloned().collect();
    let algorithms = |list: &[Algorithm]| list.iter().map(|algorithm| algorithm.name().to_owned()).collect();
    let key_management: Vec<String> = KeyManagement::ALL.iter().map(ToString::to_string).collect();
    let content_encryption: Vec<String> = ContentEncryption::ALL.iter().map(ToString::to_string).collect();
    // Elsewhere only who registered it may send unsigned ones, and nobody is to be led to that.
    let unsigned = realm.policy.registration.unsigned_request_objects.then(|| "none".to_owned());
    ServerMetadata {
        issuer: realm.issuer().to_owned(),
        authorization_endpoint: realm.url("/authorize"),
        token_endpoint: realm.url("/token"),
        jwks_uri: realm.url("/jwks"),
        userinfo_endpoint: Some(realm.url("/userinfo")),
        registration_endpoint: (realm.registration != Registration::Closed).then(|| realm.url("/register")),
        revocation_endpoint: Some(realm.url("/revoke")),
        introspection_endpoint: Some(realm.url("/introspect")),
        end_session_endpoint: Some(realm.url("/end-session")),
        scopes_supported: realm.policy.scopes.iter().map(|info| info.scope.to_string()).collect(),
        response_types_supported: vec!["code".into()],
        response_modes_supported: ResponseMode::ALL.iter().map(|mode| mode.as_str().to_owned()).collect(),
        grant_types_supported: GrantType::ALL.iter().map(|grant| grant.as_str().to_owned()).collect(),
        subject_types_supported: SUBJECT_TYPES.map(str::to_owned).to_vec(),
        id_token_signing_alg_values_supported: algorithms(&ALGORITHMS),
        id_token_encryption_alg_values_supported: key_management.clone(),
        id_token_encryption_enc_values_supported: content_encryption.clone(),
        request_object_signing_alg_values_supported: algorithms(&Algorithm::ALL).into_iter().chain(unsigned).collect(),
        request_parameter_supported: true,
        request_uri_parameter_supported: true,
        require_request_uri_registration: true,
        userinfo_signing_alg_values_supported: algorithms(&ALGORITHMS),
        userinfo_encryption_alg_values_supported: key_management,
        userinfo_encryption_enc_values_supported: content_encryption,
        token_endpoint_auth_methods_supported: methods.clone(),
        token_endpoint_auth_signing_alg_values_supported: algorithms(&Algorithm::ALL),
        revocation_endpoint_auth_methods_supported: methods,
        introspection_endpoint_auth_methods_supported: confidential,
        revocation_endpoint_auth_signing_alg_values_supported: algorithms(&Algorithm::ALL),
        introspection_endpoint_auth_signing_alg_values_supported: algorithms(&Algorithm::ALL),
        code_challenge_methods_supported: vec!["S256".into()],
        claims_supported: claims_supported(&realm.policy),
        acr_values_supported: ACR_VALUES.map(str::to_owned).to_vec(),
        display_values_supported: vec!["page".into(), "popup".into(), "touch".into()],
        claim_types_supported: vec!["normal".into()],
        ui_locales_supported: vec!["en".into()],
        prompt_values_supported: prompts(realm),
        authorization_response_iss_parameter_supported: true,
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        claims_parameter_supported: true,
    }
}

/// What tokens say of themselves, then what the scopes of this server open.
fn claims_supported(policy: &Policy) -> Vec<String> {
    let opened: BTreeSet<&String> = policy.scopes.iter().flat_map(|info| &info.claims).collect();
    claims::OF_ID_TOKENS.iter().map(|claim| (*claim).to_owned()).chain(opened.into_iter().cloned()).collect()
}

/// `create` only where accounts can be made (OpenID Connect Prompt Create §4.1).
fn prompts(realm: &Realm) -> Vec<String> {
    let offered = Prompt::ALL.iter().filter(|prompt| **prompt != Prompt::Create || realm.policy.sign_up);
    offered.map(|prompt| prompt.as_str().to_owned()).collect()
}
