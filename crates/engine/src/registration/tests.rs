//! Registration (RFC 7591): what may be registered, what is refused, what is echoed.

mod about;
mod addresses;
mod keys;
mod statement;

use countersign_protocol::{ClientId, ErrorCode, Refusal, Rule, registration::ClientMetadata};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Cx,
    bench::{Bench, client_key, scopes},
    records::{Client, ClientKind, Origin, Pkce},
    registration::{Registered, Registrar, describe, register, rules},
};

fn try_register(t: &mut Bench, metadata: &Value) -> Result<Registered, Refusal> {
    let metadata: ClientMetadata = serde_json::from_value(metadata.clone()).unwrap();
    let registrar = Registrar { origin: Origin::Dynamic, id: None, sector: None };
    register(&mut Cx::new(t.now, &mut t.entropy), &t.policy, registrar, &metadata)
}

fn registered(metadata: &Value) -> Registered {
    try_register(&mut Bench::new(), metadata).unwrap()
}

fn refused(metadata: &Value) -> (&'static Rule, ErrorCode) {
    let refusal = try_register(&mut Bench::new(), metadata).map(|new| describe(&new.client)).unwrap_err();
    (refusal.rule, refusal.code())
}

/// Metadata in order, with one member changed.
fn with(member: &str, value: Value) -> Value {
    let mut metadata = json!({"redirect_uris": ["https://new.example/callback"], "client_name": "New"});
    metadata[member] = value;
    metadata
}

fn native(uri: &str) -> Value {
    let mut metadata = with("application_type", json!("native"));
    metadata["redirect_uris"] = json!([uri]);
    metadata
}

#[test]
fn defaults_are_filled_in_and_echoed() {
    let new = registered(&json!({"redirect_uris": ["https://new.example:8443/callback"]}));
    let echoed = serde_json::to_value(describe(&new.client)).unwrap();
    let expected = json!({
        "redirect_uris": ["https://new.example:8443/callback"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "client_name": "new.example:8443",
        "scope": "address admin email offline_access openid phone profile read:files read:profile",
        "application_type": "web",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "public",
        "require_auth_time": false,
    });
    assert_eq!(echoed, expected);
    assert_eq!((new.client.pkce, new.client.enabled, new.client.origin), (Pkce::Required, true, Origin::Dynamic));
}

#[test]
fn everything_that_is_kept_is_echoed() {
    let jwks = json!({"keys": [client_key().public_jwk()]});
    let metadata = json!({
        "redirect_uris": ["https://new.example/a?x=1", "https://new.example/b"],
        "post_logout_redirect_uris": ["https://new.example/bye"],
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "client_name": "New",
        "client_uri": "https://new.example/",
        "policy_uri": "https://new.example/policy",
        "tos_uri": "https://new.example/terms",
        "scope": "openid read:files",
        "application_type": "web",
        "id_token_signed_response_alg": "EdDSA",
        "default_max_age": 600,
        "subject_type": "pairwise",
        "require_auth_time": true,
        "default_acr_values": ["1"],
        "jwks": jwks,
    });
    let new = registered(&metadata);
    assert_eq!(serde_json::to_value(describe(&new.client)).unwrap(), metadata);
    assert_eq!(new.secret, None);
}

#[test]
fn each_member_is_held_to_its_rule() {
    let long = "n".repeat(101);
    let many: Vec<String> = (0..51).map(|n| format!("https://new.example/{n}")).collect();
    let invalid = ErrorCode::InvalidClientMetadata;
    let redirect = ErrorCode::InvalidRedirectUri;
    let table: &[(&str, Value, &Rule, ErrorCode)] = &[
        ("application_type", json!("desktop"), &rules::APPLICATION_TYPE, invalid),
        ("grant_types", json!(["implicit"]), &rules::GRANT_TYPES, invalid),
        ("grant_types", json!(["authorization_code", "password"]), &rules::GRANT_TYPES, invalid),
        ("response_types", json!(["token"]), &rules::RESPONSE_TYPES, invalid),
        ("response_types", json!(["code", "code id_token"]), &rules::RESPONSE_TYPES, invalid),
        ("redirect_uris", json!([]), &rules::REDIRECT_URI_NEEDED, redirect),
        ("redirect_uris", json!(many), &rules::REDIRECT_URIS, redirect),
        ("post_logout_redirect_uris", json!(["http://new.example/"]), &rules::REDIRECT_URIS, redirect),
        ("token_endpoint_auth_method", json!("client_secret_jwt"), &rules::AUTH_METHOD, invalid),
        ("token_endpoint_auth_method", json!("tls_client_auth"), &rules::AUTH_METHOD, invalid),
        ("token_endpoint_auth_method", json!("private_key_jwt"), &rules::KEYS, invalid),
        ("scope", json!("openid made:up"), &rules::SCOPE, invalid),
        ("scope", json!("a\"b"), &rules::SCOPE, invalid),
        ("id_token_signed_response_alg", json!("none"), &rules::ALGORITHM, invalid),
        ("id_token_signed_response_alg", json!("HS256"), &rules::ALGORITHM, invalid),
        ("id_token_signed_response_alg", json!("RS512"), &rules::ALGORITHM, invalid),
        ("userinfo_signed_response_alg", json!("none"), &rules::ALGORITHM, invalid),
        ("userinfo_signed_response_alg", json!("HS256"), &rules::ALGORITHM, invalid),
        ("id_token_encrypted_response_alg", json!("RSA1_5"), &rules::ENCRYPTION, invalid),
        ("id_token_encrypted_response_alg", json!("RSA-OAEP"), &rules::ENCRYPTION, invalid),
        ("userinfo_encrypted_response_alg", json!("dir"), &rules::ENCRYPTION, invalid),
        ("id_token_encrypted_response_alg", json!("ECDH-ES"), &rules::ENCRYPTION_KEY, invalid),
        ("userinfo_encrypted_response_alg", json!("RSA-OAEP-256"), &rules::ENCRYPTION_KEY, invalid),
        ("id_token_encrypted_response_enc", json!("A128GCM"), &rules::ENCRYPTION_WHOLE, invalid),
        ("userinfo_encrypted_response_enc", json!("A128GCM"), &rules::ENCRYPTION_WHOLE, invalid),
        ("jwks", json!({"keys": [{"kty": "oct", "k": "AAAA"}]}), &rules::KEYS, invalid),
        ("jwks", json!("https://new.example/jwks"), &rules::KEYS, invalid),
        ("jwks_uri", json!("http://new.example/jwks"), &rules::JWKS_URI, invalid),
        ("jwks_uri", json!("https://new.example/jwks#one"), &rules::JWKS_URI, invalid),
        ("jwks_uri", json!("file:///etc/passwd"), &rules::JWKS_URI, invalid),
        ("jwks_uri", json!("com.example.app:/jwks"), &rules::JWKS_URI, invalid),
        ("request_object_signing_alg", json!("HS256"), &rules::ALGORITHM, invalid),
        ("request_object_signing_alg", json!("NONE"), &rules::ALGORITHM, invalid),
        ("request_uris", json!(["http://new.example/r"]), &rules::REQUEST_URIS, invalid),
        ("request_uris", json!(["https://new.example/r", "javascript:x"]), &rules::REQUEST_URIS, invalid),
        ("request_uris", json!(["urn:example:request"]), &rules::REQUEST_URIS, invalid),
        ("request_uris", json!(many), &rules::REQUEST_URIS, invalid),
        ("token_endpoint_auth_signing_alg", json!("HS256"), &rules::ALGORITHM, invalid),
        ("token_endpoint_auth_signing_alg", json!("none"), &rules::ALGORITHM, invalid),
        ("client_name", json!(long), &rules::NAME, invalid),
        ("client_uri", json!("javascript:alert(1)"), &rules::LINKS, invalid),
        ("logo_uri", json!("data:image/svg+xml,x"), &rules::LINKS, invalid),
        ("tos_uri", json!("http://new.example/"), &rules::LINKS, invalid),
        ("policy_uri", json!("com.example.app:/policy"), &rules::LINKS, invalid),
        ("policy_uri", json!("https://user@new.example/"), &rules::LINKS, invalid),
    ];
    for (member, value, rule, code) in table {
        assert_eq!(refused(&with(member, value.clone())), (*rule, *code), "{member} = {value}");
    }
}

#[test]
fn the_rules_that_the_endpoint_itself_applies_have_their_codes() {
    assert_eq!((rules::PERMITTED.on_fail, rules::PERMITTED.on_fail.status()), (ErrorCode::InvalidToken, 401));
    assert_eq!(rules::READABLE.on_fail, ErrorCode::InvalidClientMetadata);
}

#[test]
fn a_client_without_the_code_grant_needs_no_redirect_uri() {
    let new = registered(&json!({"grant_types": ["client_credentials"], "client_name": "Service"}));
    assert!(new.client.redirect_uris.is_empty());
    assert_eq!(describe(&new.client).response_types, Some(Vec::new()));
    let unnamed = registered(&json!({"grant_types": ["client_credentials"]}));
    assert_eq!(unnamed.client.name, "Unnamed app");
}

#[test]
fn a_resource_server_that_only_introspects_needs_no_grant() {
    let new = registered(&json!({"grant_types": [], "client_name": "Files"}));
    assert!(new.client.grant_types.is_empty() && new.secret.is_some());
}

#[test]
fn a_public_client_has_no_secret_and_no_grant_that_needs_one() {
    let new = registered(&with("token_endpoint_auth_method", json!("none")));
    assert_eq!((new.client.kind, new.secret), (ClientKind::Public, None));
    let mut metadata = with("token_endpoint_auth_method", json!("none"));
    metadata["grant_types"] = json!(["authorization_code", "client_credentials"]);
    assert_eq!(refused(&metadata), (&rules::PUBLIC_GRANTS, ErrorCode::InvalidClientMetadata));
}

#[test]
fn a_configured_client_keeps_the_id_it_was_given() {
    let mut t = Bench::new();
    let metadata: ClientMetadata = serde_json::from_value(with("scope", json!("openid"))).unwrap();
    let registrar = Registrar { origin: Origin::Config, id: Some(ClientId::parse("my app").unwrap()), sector: None };
    let new = register(&mut Cx::new(t.now, &mut t.entropy), &t.policy, registrar, &metadata).unwrap();
    assert_eq!((new.client.id.as_str(), new.client.origin), ("my app", Origin::Config));
    assert_eq!(new.client.scope, scopes("openid"));
}

#[test]
fn a_registered_client_can_run_a_flow_at_once() {
    let mut t = Bench::new();
    let mut metadata = native("http://127.0.0.1/callback");
    metadata["token_endpoint_auth_method"] = json!("none");
    metadata["id_token_signed_response_alg"] = json!("ES256");
    let client: Client = try_register(&mut t, &metadata).unwrap().client;
    t.insert(&client);
    let fields = t.ask(client.id.as_str(), "openid read:files").set("redirect_uri", "http://127.0.0.1:5999/callback");
    let code = t.authorize(&fields).get("code").unwrap();
    assert!(t.redeem(client.id.as_str(), &code).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// Registering what was echoed gives the same client again: nothing is lost or added on the way.
    #[test]
    fn what_is_echoed_can_be_registered_again(
        name in "[a-z ]{0,20}",
        method in prop_oneof![Just("none"), Just("client_secret_basic"), Just("client_secret_post")],
        grants in proptest::sample::subsequence(vec!["authorization_code", "refresh_token", "client_credentials"], 1..=3),
        scope in proptest::sample::subsequence(vec!["openid", "email", "read:files"], 0..=3),
        age in proptest::option::of(any::<u32>()),
    ) {
        let mut metadata = with("client_name", json!(name));
        metadata["token_endpoint_auth_method"] = json!(method);
        metadata["grant_types"] = json!(grants);
        metadata["scope"] = json!(scope.join(" "));
        metadata["default_max_age"] = json!(age);
        if let Ok(new) = try_register(&mut Bench::new(), &metadata) {
            let echoed = serde_json::to_value(describe(&new.client)).unwrap();
            let again = registered(&echoed);
            prop_assert_eq!(serde_json::to_value(describe(&again.client)).unwrap(), echoed);
        } else {
            prop_assert!(method == "none" && grants.contains(&"client_credentials"));
        }
    }

    #[test]
    fn no_redirect_uri_that_a_browser_would_run_or_send_in_clear_is_ever_registered(
        scheme in "(?i)(javascript|data|vbscript|file|http|ftp|ws|blob|about)",
        rest in "[a-z0-9:/@.\\[\\]]{0,30}",
    ) {
        let uri = format!("{scheme}:{rest}");
        if let Ok(new) = try_register(&mut Bench::new(), &native(&uri)) {
            prop_assert!(new.client.redirect_uris[0].is_loopback(), "{}", uri);
        }
    }
}

#[test]
fn response_types_and_grant_types_fit_each_other() {
    let table = [
        (json!(["code"]), json!(["authorization_code", "refresh_token"]), true),
        (json!([]), json!(["client_credentials"]), true),
        (json!(["code"]), json!(["client_credentials"]), false),
        (json!([]), json!(["authorization_code"]), false),
    ];
    for (types, grants, fits) in table {
        let mut metadata = with("response_types", types);
        metadata["grant_types"] = grants;
        let outcome = try_register(&mut Bench::new(), &metadata);
        assert_eq!(outcome.err().map(|refusal| refusal.rule), (!fits).then_some(&rules::RESPONSE_GRANTS), "{metadata}");
    }
}
