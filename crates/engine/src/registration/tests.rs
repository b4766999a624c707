//! Registration (RFC 7591): what may be registered, what is refused, what is echoed.

use countersign_jose::{Algorithm, DecryptionKey, KeyManagement, SigningKey};
use countersign_protocol::{ClientId, ErrorCode, Handle, HandleKind, Rule, registration::ClientMetadata};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Cx,
    bench::{Bench, client_key, scopes},
    policy::SoftwareAuthority,
    records::{Client, ClientKeys, ClientKind, KeySource, ObjectAlg, Origin, Pkce},
    registration::{Registered, Registrar, describe, register, rules},
};

fn try_register(t: &mut Bench, metadata: &Value) -> Result<Registered, countersign_protocol::Refusal> {
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

/// CVE-2026-9086, CVE-2026-29192: schemes that run code, in any letter case.
#[test]
fn redirect_uris_are_https_or_loopback_and_private_schemes_for_native_apps() {
    // For a web app, a native app, a web app on a test bed.
    let table: &[(&str, [bool; 3])] = &[
        ("https://new.example/callback", [true, true, true]),
        ("https://localhost/callback", [true, true, true]),
        ("http://127.0.0.1/callback", [false, true, true]),
        ("http://127.0.0.1:4001/callback", [false, true, true]),
        ("http://[::1]:4001/callback", [false, true, true]),
        ("http://localhost:4001/callback", [false, true, true]),
        ("com.example.app:/callback", [false, true, false]),
        ("http://new.example/callback", [false; 3]),
        ("http://127.0.0.1.evil.com/callback", [false; 3]),
        ("http://localhost.evil.com/callback", [false; 3]),
        ("http://127.0.0.2/callback", [false; 3]),
        ("http://0.0.0.0/callback", [false; 3]),
        ("http://127.0.0.1@evil.com/", [false; 3]),
        ("http://127.0.0.1:80@evil.com/", [false; 3]),
        ("myapp:/callback", [false; 3]),
        ("javascript:alert(1)", [false; 3]),
        ("JavaScript:alert(1)", [false; 3]),
        ("data:text/html,x", [false; 3]),
        ("vbscript:x", [false; 3]),
        ("file:///etc/passwd", [false; 3]),
        ("blob:https://new.example/x", [false; 3]),
        ("https://new.example/#fragment", [false; 3]),
        ("https://user:pass@new.example/", [false; 3]),
        ("https:///callback", [false; 3]),
        ("HTTPS://new.example/callback", [false; 3]),
        ("//new.example/callback", [false; 3]),
        ("/callback", [false; 3]),
        ("https://new.example/call back", [false; 3]),
        ("https://new.example\\@evil.com/", [false; 3]),
        ("", [false; 3]),
    ];
    for (uri, [web, native_app, test_bed]) in table {
        let mut t = Bench::new();
        let metadata = with("redirect_uris", json!([uri]));
        assert_eq!(try_register(&mut t, &metadata).is_ok(), *web, "web {uri}");
        assert_eq!(try_register(&mut t, &native(uri)).is_ok(), *native_app, "native {uri}");
        t.policy.loopback_test_bed = true;
        assert_eq!(try_register(&mut t, &metadata).is_ok(), *test_bed, "test bed {uri}");
        t.policy.loopback_test_bed = false;
        t.policy.registration.http_on_loopback = true;
        assert_eq!(try_register(&mut t, &metadata).is_ok(), *test_bed, "http on loopback {uri}");
    }
}

#[test]
fn a_refused_redirect_uri_is_named_with_the_reason() {
    let refusal = try_register(&mut Bench::new(), &with("redirect_uris", json!(["myapp:/callback"]))).unwrap_err();
    assert!(refusal.description().contains("myapp:/callback"), "{}", refusal.description());
    assert!(refusal.description().contains("reversed domain name"), "{}", refusal.description());
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
fn a_secret_is_shown_once_and_stored_as_a_hash() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let mut t = Bench::new();
        let new = try_register(&mut t, &with("token_endpoint_auth_method", json!(method))).unwrap();
        let secret = new.secret.unwrap();
        assert!(Handle::parse(HandleKind::ClientSecret, secret.expose()).is_ok());
        let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &new.client.kind else { panic!() };
        assert_eq!((secrets.len(), &secrets[0].hash, secrets[0].expires_at), (1, &secret.hash(), None));
        assert_eq!(describe(&new.client).token_endpoint_auth_method.as_deref(), Some(method));
        t.insert(&new.client);
        let form =
            crate::bench::Fields::of(&[("client_id", new.client.id.as_str()), ("client_secret", secret.expose())]);
        assert!(t.authenticate(None, &form).is_ok());
    }
}

#[test]
fn keys_must_be_public_ones_for_signatures() {
    let public = serde_json::to_value(client_key().public_jwk()).unwrap();
    let also = |member: &str, value: Value| {
        let mut key = public.clone();
        key[member] = value;
        json!({"keys": [key]})
    };
    let table = [
        (json!({"keys": [public]}), true),
        (also("d", json!("c2VjcmV0")), false),
        (json!({"keys": [public, {"kty": "oct", "k": "c2VjcmV0"}]}), false),
        (also("use", json!("enc")), false),
        (json!({"keys": []}), false),
        (json!({}), false),
        (json!([public]), false),
        (json!("https://new.example/jwks"), false),
    ];
    for (jwks, accepted) in table {
        let mut metadata = with("token_endpoint_auth_method", json!("private_key_jwt"));
        metadata["jwks"] = jwks.clone();
        let outcome = try_register(&mut Bench::new(), &metadata);
        assert_eq!(outcome.is_ok(), accepted, "{jwks}");
        if let Err(refusal) = outcome {
            assert_eq!(refusal.rule, &rules::KEYS, "{jwks}");
        }
    }
}

/// OpenID Connect Registration §2: the content is encrypted with A128CBC-HS256 where the client names nothing else.
#[test]
fn encrypted_responses_need_a_key_that_fits_and_have_a_default() {
    let ec = DecryptionKey::generate(KeyManagement::EcdhEs).unwrap();
    let jwks = json!({"keys": [serde_json::to_value(ec.public_jwk()).unwrap()]});
    for response in ["id_token", "userinfo"] {
        let [alg, enc] = ["alg", "enc"].map(|end| format!("{response}_encrypted_response_{end}"));
        for method in ["none", "client_secret_basic"] {
            let mut metadata = with(&alg, json!("ECDH-ES"));
            metadata["jwks"] = jwks.clone();
            metadata["token_endpoint_auth_method"] = json!(method);
            let echoed = serde_json::to_value(describe(&registered(&metadata).client)).unwrap();
            assert_eq!((&echoed[&alg], &echoed[&enc]), (&json!("ECDH-ES"), &json!("A128CBC-HS256")));
            assert_eq!(echoed["jwks"], jwks);
            metadata[&enc] = json!("A256GCM");
            let echoed = serde_json::to_value(describe(&registered(&metadata).client)).unwrap();
            assert_eq!(echoed[&enc], "A256GCM");
            metadata[&enc] = json!("A192GCM");
            assert_eq!(refused(&metadata).0, &rules::ENCRYPTION);
        }
        let mut other_type = with(&alg, json!("RSA-OAEP-256"));
        other_type["jwks"] = jwks.clone();
        assert_eq!(refused(&other_type).0, &rules::ENCRYPTION_KEY);
        let mut for_another = with(&alg, json!("ECDH-ES+A128KW"));
        for_another["jwks"] = jwks.clone();
        assert_eq!(refused(&for_another).0, &rules::ENCRYPTION_KEY, "the key names another algorithm");
    }
}

#[test]
fn the_keys_of_private_key_jwt_serve_encryption_as_well() {
    let ec = DecryptionKey::generate(KeyManagement::EcdhEs).unwrap();
    let mut metadata = with("token_endpoint_auth_method", json!("private_key_jwt"));
    metadata["jwks"] = json!({"keys": [client_key().public_jwk(), serde_json::to_value(ec.public_jwk()).unwrap()]});
    metadata["id_token_encrypted_response_alg"] = json!("ECDH-ES");
    metadata["userinfo_signed_response_alg"] = json!("ES256");
    let client = registered(&metadata).client;
    assert_eq!((client.keys.as_ref(), client.key_document(None).is_some()), (None, true), "kept once");
    assert_eq!(client.id_token_encryption.map(|how| how.alg), Some(KeyManagement::EcdhEs));
    assert_eq!(client.userinfo.signed, Some(Algorithm::ES256));
}

#[test]
fn request_objects_are_registered_with_algorithm_and_addresses() {
    let uris = ["https://new.example/r#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM", "http://127.0.0.1:4001/r"];
    let mut metadata = with("request_uris", json!(uris));
    for (alg, stored) in [("none", ObjectAlg::Unsigned), ("PS256", ObjectAlg::Signed(Algorithm::PS256))] {
        metadata["request_object_signing_alg"] = json!(alg);
        let client = registered(&metadata).client;
        assert_eq!((client.request_objects.alg, client.request_objects.required), (Some(stored), false));
        let row = serde_json::to_value(&client).unwrap();
        assert_eq!(serde_json::from_value::<Client>(row).unwrap(), client);
        let echoed = serde_json::to_value(describe(&client)).unwrap();
        assert_eq!((&echoed["request_object_signing_alg"], &echoed["request_uris"]), (&json!(alg), &json!(uris)));
    }
    metadata["require_signed_request_object"] = json!(true);
    assert_eq!(describe(&registered(&metadata).client).require_signed_request_object, Some(true));
    metadata["request_object_signing_alg"] = json!("none");
    assert_eq!(refused(&metadata).0, &rules::REQUEST_OBJECT_SIGNED);
    let plain = serde_json::to_value(describe(&registered(&with("client_name", json!("a"))).client)).unwrap();
    for member in ["request_uris", "request_object_signing_alg", "require_signed_request_object"] {
        assert_eq!(plain.get(member), None);
    }
}

#[test]
fn keys_may_be_at_an_address_instead() {
    let uri = "https://new.example/jwks";
    for method in ["none", "client_secret_basic", "private_key_jwt"] {
        let mut metadata = with("token_endpoint_auth_method", json!(method));
        metadata["jwks_uri"] = json!(uri);
        metadata["id_token_encrypted_response_alg"] = json!("ECDH-ES");
        let client = registered(&metadata).client;
        assert_eq!(client.key_source(), Some(&KeySource::Uri { uri: uri.to_owned() }), "{method}");
        assert_eq!((client.key_document(None), client.key_document(Some("{}"))), (None, Some("{}")));
        let echoed = serde_json::to_value(describe(&client)).unwrap();
        assert_eq!((&echoed["jwks_uri"], echoed.get("jwks")), (&json!(uri), None));
        metadata["jwks"] = json!({"keys": [client_key().public_jwk()]});
        assert_eq!(refused(&metadata).0, &rules::KEYS_ONE_SOURCE);
    }
}

#[test]
fn a_client_registered_with_a_key_can_use_it() {
    let mut t = Bench::new();
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let mut metadata = with("token_endpoint_auth_method", json!("private_key_jwt"));
    metadata["jwks"] = json!({"keys": [key.public_jwk()]});
    let client = try_register(&mut t, &metadata).unwrap().client;
    t.insert(&client);
    let (now, issuer) = (t.now.secs(), t.policy.issuer.clone());
    let claims = json!({"iss": client.id, "sub": client.id, "aud": issuer, "exp": now + 60, "jti": "1"});
    let form = crate::bench::Fields::of(&[
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &key.sign("JWT", &claims).unwrap()),
    ]);
    assert!(t.authenticate(None, &form).is_ok());
}

#[test]
fn a_name_can_not_be_made_to_look_like_something_else() {
    let accepted = ["Caf\u{e9}", "日本語アプリ", "  Trimmed  ", "a", "مرحبا", "👩\u{200d}💻 Tools", "می\u{200c}خواهم"];
    for name in accepted {
        assert_eq!(registered(&with("client_name", json!(name))).client.name, name.trim(), "{name}");
    }
    let spoofed = [
        "Bank\u{202e}knaB",
        "\u{2066}Bank",
        "Bank\u{200b}",
        "\u{feff}Bank",
        "Line\u{2028}two",
        "Soft\u{ad}hyphen",
        "Line\ntwo",
        "Tab\ttab",
        "Nul\0",
        "\u{1b}[31mred",
        "\u{e0041}tag",
    ];
    for name in spoofed {
        assert_eq!(refused(&with("client_name", json!(name))).0, &rules::NAME, "{name:?}");
    }
    for invisible in ["", "   ", "\u{3000}"] {
        assert_eq!(registered(&with("client_name", json!(invisible))).client.name, "new.example", "{invisible:?}");
    }
    assert!(try_register(&mut Bench::new(), &with("client_name", json!("é".repeat(100)))).is_ok());
}

/// The rule is about names that were sent, not about a host that stands in for one.
#[test]
fn a_long_host_name_is_no_reason_to_refuse_a_client_without_a_name() {
    let uri = format!("https://{}.example/callback", "long-label.".repeat(12).trim_end_matches('.'));
    let new = registered(&json!({"redirect_uris": [uri]}));
    assert_eq!(new.client.name.chars().count(), 100);
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
fn addresses_for_logout_must_be_safe_and_for_frames_the_clients_own() {
    let table = [
        ("backchannel_logout_uri", "https://elsewhere.example/logout?a=b", None),
        ("backchannel_logout_uri", "http://127.0.0.1:4000/logout", None),
        ("backchannel_logout_uri", "http://elsewhere.example/logout", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "https://elsewhere.example/logout#part", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "com.example.app:/logout", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "/logout", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "", Some(&rules::LOGOUT_URI)),
        ("frontchannel_logout_uri", "https://new.example/logout?a=b", None),
        ("frontchannel_logout_uri", "javascript:alert(1)", Some(&rules::LOGOUT_URI)),
        ("frontchannel_logout_uri", "https://new.example:8443/logout", Some(&rules::FRONTCHANNEL_ORIGIN)),
        ("frontchannel_logout_uri", "https://new.example.evil.example/", Some(&rules::FRONTCHANNEL_ORIGIN)),
        ("frontchannel_logout_uri", "http://127.0.0.1/logout", Some(&rules::FRONTCHANNEL_ORIGIN)),
    ];
    for (member, uri, rule) in table {
        match rule {
            None => drop(registered(&with(member, json!(uri)))),
            Some(rule) => {
                assert_eq!(refused(&with(member, json!(uri))), (rule, ErrorCode::InvalidClientMetadata), "{uri}");
            }
        }
    }
    let mut public = with("backchannel_logout_uri", json!("http://127.0.0.1:4000/logout"));
    public["token_endpoint_auth_method"] = json!("none");
    assert_eq!(refused(&public).0, &rules::LOGOUT_URI, "plain http is for confidential clients");
}

#[test]
fn what_is_registered_for_logout_is_echoed() {
    let mut metadata = with("backchannel_logout_uri", json!("https://new.example/back"));
    metadata["frontchannel_logout_uri"] = json!("https://new.example/front");
    metadata["frontchannel_logout_session_required"] = json!(true);
    let echoed = serde_json::to_value(describe(&registered(&metadata).client)).unwrap();
    assert_eq!(echoed["backchannel_logout_uri"], "https://new.example/back");
    assert_eq!(echoed["backchannel_logout_session_required"], false);
    assert_eq!(echoed["frontchannel_logout_uri"], "https://new.example/front");
    assert_eq!(echoed["frontchannel_logout_session_required"], true);
}

#[test]
fn what_a_client_says_about_itself_is_checked_and_echoed() {
    let good = [
        ("contacts", json!(["admin@new.example", "+1 555 0100"])),
        ("logo_uri", json!("https://new.example/logo.png")),
        ("initiate_login_uri", json!("https://new.example/sign-in?from=elsewhere")),
        ("software_id", json!("4NRB1-0XZABZI9E6-5SM3R")),
        ("software_version", json!("2.2")),
        ("client_name#ja-Hani-JP", json!("\u{30af}\u{30e9}")),
        ("tos_uri#fr", json!("https://new.example/conditions")),
    ];
    for (member, value) in good {
        let echoed = serde_json::to_value(describe(&registered(&with(member, value.clone())).client)).unwrap();
        assert_eq!(echoed[member], value, "{member}");
    }
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    let bad = [
        ("contacts", json!(many), &rules::CONTACTS),
        ("contacts", json!([""]), &rules::CONTACTS),
        ("contacts", json!(["a\nb"]), &rules::CONTACTS),
        ("logo_uri", json!("data:image/svg+xml,x"), &rules::LINKS),
        ("initiate_login_uri", json!("http://new.example/sign-in"), &rules::INITIATE_LOGIN_URI),
        ("initiate_login_uri", json!("http://localhost:4000/sign-in"), &rules::INITIATE_LOGIN_URI),
        ("initiate_login_uri", json!("javascript:alert(1)"), &rules::INITIATE_LOGIN_URI),
        ("software_id", json!(""), &rules::SOFTWARE),
        ("software_version", json!("x".repeat(321)), &rules::SOFTWARE),
        ("client_name#fr", json!("x".repeat(101)), &rules::LOCALIZED),
        ("client_name#fr", json!(7), &rules::LOCALIZED),
        ("client_name#", json!("Neu"), &rules::LOCALIZED),
        ("client_name#not_a_tag", json!("Neu"), &rules::LOCALIZED),
        ("client_name#toolongasubtag", json!("Neu"), &rules::LOCALIZED),
        ("policy_uri#de", json!("javascript:alert(1)"), &rules::LOCALIZED),
    ];
    for (member, value, rule) in bad {
        assert_eq!(refused(&with(member, value)), (rule, ErrorCode::InvalidClientMetadata), "{member}");
    }
}

#[test]
fn only_in_a_test_bed_does_a_sign_in_begin_without_tls_and_only_on_loopback() {
    for (uri, test_bed) in [("http://localhost:4001/begin", true), ("http://new.example/begin", false)] {
        let mut t = Bench::new();
        let metadata = with("initiate_login_uri", json!(uri));
        t.policy.registration.http_on_loopback = true;
        assert_eq!(try_register(&mut t, &metadata).unwrap_err().rule, &rules::INITIATE_LOGIN_URI, "{uri}");
        t.policy.loopback_test_bed = true;
        assert_eq!(try_register(&mut t, &metadata).is_ok(), test_bed, "{uri}");
    }
}

/// RFC 7591 §2: what is not understood is ignored, whatever it is.
#[test]
fn unknown_members_are_not_kept_with_or_without_a_language() {
    let mut metadata = with("colour#fr", json!({"deep": ["x"]}));
    metadata["shoe_size"] = json!(44);
    let echoed = serde_json::to_value(describe(&registered(&metadata).client)).unwrap();
    assert!(echoed.get("colour#fr").is_none() && echoed.get("shoe_size").is_none(), "{echoed}");
}

#[test]
fn members_in_other_languages_are_bounded() {
    let mut metadata = with("client_name", json!("New"));
    for n in 0..101 {
        metadata[format!("client_name#x-{n}")] = json!("Neu");
    }
    assert_eq!(refused(&metadata).0, &rules::LOCALIZED);
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

/// A key of somebody whose statements are believed, and a bench that believes them.
fn authority(t: &mut Bench) -> SigningKey {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = [key.public_jwk().clone()].into_iter().collect();
    let issuer = "https://catalogue.example".to_owned();
    t.policy.registration.authorities = vec![SoftwareAuthority { issuer, keys }];
    key
}

#[test]
fn what_a_software_statement_says_goes_before_what_the_client_says() {
    let mut t = Bench::new();
    let key = authority(&mut t);
    let claims = json!({
        "iss": "https://catalogue.example", "iat": t.now.secs(), "client_name": "Known app", "software_id": "known",
        "redirect_uris": ["https://known.example/callback"], "client_name#fr": "Connu", "sub": "x", "unknown": 1,
    });
    let statement = key.sign("JWT", &claims).unwrap();
    let mut metadata = with("software_statement", json!(statement));
    metadata["contacts"] = json!(["a@new.example"]);
    let echoed = serde_json::to_value(describe(&try_register(&mut t, &metadata).unwrap().client)).unwrap();
    assert_eq!(echoed["client_name"], "Known app");
    assert_eq!(echoed["redirect_uris"], json!(["https://known.example/callback"]));
    assert_eq!((&echoed["client_name#fr"], &echoed["software_id"]), (&json!("Connu"), &json!("known")));
    assert_eq!(echoed["contacts"], json!(["a@new.example"]), "what it does not say is the client's to say");
    assert_eq!(echoed["software_statement"], statement, "as it came (RFC 7591 section 3.2.1)");
}

#[test]
fn a_software_statement_that_is_not_surely_good_is_refused() {
    let mut t = Bench::new();
    let key = authority(&mut t);
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let now = t.now.secs();
    let claims = |name: &str, value: Value| {
        let mut claims = json!({"iss": "https://catalogue.example", "client_name": "Known app"});
        claims[name] = value;
        claims
    };
    let sign = |claims: &Value| key.sign("JWT", claims).unwrap();
    let (form, genuine) = (&rules::STATEMENT_FORM, &rules::STATEMENT_GENUINE);
    let table = [
        ("not a statement".to_owned(), form),
        ("eyJhbGciOiJub25lIn0.e30.".to_owned(), form),
        (sign(&claims("iss", Value::Null)), form),
        (sign(&claims("redirect_uris", json!("https://known.example/callback"))), form),
        (sign(&claims("iss", json!("https://other.example"))), &rules::STATEMENT_APPROVED),
        (stranger.sign("JWT", &claims("x", json!(1))).unwrap(), genuine),
        (sign(&claims("exp", json!(now - 60))), genuine),
        (sign(&claims("nbf", json!(now + 60))), genuine),
        (sign(&claims("aud", json!("https://other.example"))), genuine),
    ];
    for (statement, rule) in table {
        let refusal = try_register(&mut t, &with("software_statement", json!(statement))).map(drop).unwrap_err();
        assert_eq!(refusal.rule, rule, "{statement}");
        let code = if rule == &rules::STATEMENT_APPROVED { "unapproved" } else { "invalid" };
        assert_eq!(refusal.code().as_str(), format!("{code}_software_statement"));
    }
    let good = [claims("exp", json!(now + 60)), claims("aud", json!(["https://as.example", "x"]))];
    for claims in good {
        try_register(&mut t, &with("software_statement", json!(sign(&claims)))).unwrap();
    }
    let statement = sign(&claims("redirect_uris", json!(["javascript:alert(1)"])));
    let refusal = try_register(&mut t, &with("software_statement", json!(statement))).map(drop).unwrap_err();
    assert_eq!(refusal.rule, &rules::REDIRECT_URIS, "what it says is checked like anything else");
    t.policy.registration.authorities.clear();
    let refusal = try_register(&mut t, &with("software_statement", json!(sign(&claims("x", json!(1)))))).map(drop);
    assert_eq!(refusal.unwrap_err().rule, &rules::STATEMENT_APPROVED, "without authorities none is believed");
}
