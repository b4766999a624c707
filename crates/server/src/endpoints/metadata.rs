//! `GET /.well-known/oauth-authorization-server` (RFC 8414) and `/.well-known/openid-configuration` (OpenID Connect
//! Discovery): one document, made from what the build and the policy really offer.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use countersign_engine::{keys::ALGORITHMS, tokens::userinfo::CLAIMS_OF_SCOPE};
use countersign_jose::Algorithm;
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
    ServerMetadata {
        issuer: realm.issuer().to_owned(),
        authorization_endpoint: realm.url("/authorize"),
        token_endpoint: realm.url("/token"),
        jwks_uri: realm.url("/jwks"),
        userinfo_endpoint: Some(realm.url("/userinfo")),
        registration_endpoint: (realm.registration != Registration::Closed).then(|| realm.url("/register")),
        revocation_endpoint: Some(realm.url("/revoke")),
        introspection_endpoint: Some(realm.url("/introspect")),
        scopes_supported: realm.policy.scopes.iter().map(|info| info.scope.to_string()).collect(),
        response_types_supported: vec!["code".into()],
        response_modes_supported: ResponseMode::ALL.iter().map(|mode| mode.as_str().to_owned()).collect(),
        grant_types_supported: GrantType::ALL.iter().map(|grant| grant.as_str().to_owned()).collect(),
        subject_types_supported: vec!["public".into()],
        id_token_signing_alg_values_supported: algorithms(&ALGORITHMS),
        token_endpoint_auth_methods_supported: methods.clone(),
        token_endpoint_auth_signing_alg_values_supported: algorithms(&Algorithm::ALL),
        revocation_endpoint_auth_methods_supported: methods,
        introspection_endpoint_auth_methods_supported: confidential,
        revocation_endpoint_auth_signing_alg_values_supported: algorithms(&Algorithm::ALL),
        introspection_endpoint_auth_signing_alg_values_supported: algorithms(&Algorithm::ALL),
        code_challenge_methods_supported: vec!["S256".into()],
        claims_supported: claims(),
        prompt_values_supported: Prompt::ALL.iter().map(|prompt| prompt.as_str().to_owned()).collect(),
        authorization_response_iss_parameter_supported: true,
        ..ServerMetadata::default()
    }
}

fn claims() -> Vec<String> {
    let fixed = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "amr", "sid"];
    let opened = CLAIMS_OF_SCOPE.iter().flat_map(|(_, claims)| claims.iter());
    fixed.iter().chain(opened).map(|claim| (*claim).to_owned()).collect()
}
