//! The Config plan: what the metadata says (OpenID Connect Discovery 1.0 §3, §4), and the key set.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::provider;

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_document_is_json_and_names_the_issuer_under_which_it_was_found() {
    let reply = provider().get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(reply.header("content-type"), "application/json");
    let metadata = reply.json();
    assert_eq!(metadata["issuer"], provider().issuer);
    assert!(provider().issuer.starts_with("https://") && !provider().issuer.contains(['?', '#']));
}

#[tokio::test]
async fn every_endpoint_is_there_and_https() {
    let metadata = provider().metadata().await;
    let needed = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "registration_endpoint", "jwks_uri"];
    for name in needed.iter().chain(&["end_session_endpoint"]) {
        assert!(metadata[*name].is_string(), "{name}");
    }
    for (name, value) in metadata.as_object().unwrap() {
        let address = name.ends_with("_endpoint") || name.ends_with("_uri");
        assert!(!address || value.as_str().unwrap().starts_with(&provider().issuer), "{name}: {value}");
    }
}

#[tokio::test]
async fn what_is_offered_is_said_in_full() {
    let metadata = provider().metadata().await;
    assert_eq!(texts(&metadata["response_types_supported"]), ["code"]);
    assert!(texts(&metadata["grant_types_supported"]).contains(&"authorization_code"));
    assert!(texts(&metadata["subject_types_supported"]).contains(&"public"));
    assert!(texts(&metadata["response_modes_supported"]).contains(&"form_post"));
    for name in ["id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"] {
        assert!(texts(&metadata[name]).contains(&"RS256"), "{name}");
    }
    let methods = texts(&metadata["token_endpoint_auth_methods_supported"]);
    for method in ["client_secret_basic", "client_secret_post", "private_key_jwt"] {
        assert!(methods.contains(&method), "{method}");
    }
    assert!(texts(&metadata["claims_supported"]).contains(&"sub"));
    assert_eq!(texts(&metadata["code_challenge_methods_supported"]), ["S256"]);
    let signed = &metadata["request_object_signing_alg_values_supported"];
    assert!(signed.is_null() || texts(signed).contains(&"RS256"));
}

#[tokio::test]
async fn scopes_and_languages_are_written_as_they_must_be() {
    let metadata = provider().metadata().await;
    let scopes = texts(&metadata["scopes_supported"]);
    assert!(["openid", "profile", "email", "address", "phone", "offline_access"].iter().all(|s| scopes.contains(s)));
    assert!(scopes.iter().all(|scope| !scope.is_empty() && !scope.contains([' ', '"', '\\'])));
    for name in ["ui_locales_supported", "claims_locales_supported"].iter().filter(|name| metadata[**name].is_array()) {
        assert!(texts(&metadata[*name]).iter().all(|tag| tag.len() == 2 && *tag == tag.to_ascii_lowercase()), "{name}");
    }
}

#[tokio::test]
async fn keys_are_public_named_and_each_of_them_different() {
    let set: Value = serde_json::from_slice(&provider().jwks().await).unwrap();
    let keys = set["keys"].as_array().unwrap();
    let names: BTreeSet<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(names.len(), keys.len());
    assert!(keys.iter().any(|key| key["kty"] == "RSA" && key["alg"] == "RS256" && key["use"] == "sig"));
    for key in keys {
        let members = key.as_object().unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains_key(private), "{private}");
        }
        for number in ["n", "e", "x", "y"].iter().filter_map(|name| members.get(*name)) {
            let text = number.as_str().unwrap();
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{text}");
        }
    }
}

/// OAuth 2.1 has no implicit grant, so this is not offered, and the one check of the Dynamic plan that wants it fails: it
/// looks for `id_token`, `token id_token` and `implicit` (OpenID Connect Core §15.2).
#[tokio::test]
async fn the_implicit_flow_is_not_offered() {
    let metadata = provider().metadata().await;
    assert!(!texts(&metadata["grant_types_supported"]).contains(&"implicit"));
    let changes = json!({"response_types": ["id_token"], "grant_types": ["implicit"]});
    crate::support::party::try_register(provider(), changes).await.refused(400, "invalid_client_metadata");
}
