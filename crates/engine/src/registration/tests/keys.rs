//! Secrets and keys of clients, and what they are for: authentication, encryption, request objects.

use countersign_jose::{Algorithm, DecryptionKey, KeyManagement, SigningKey};
use countersign_protocol::{Handle, HandleKind};
use serde_json::{Value, json};

use super::{refused, registered, try_register, with};
use crate::{
    bench::{Bench, Fields, client_key},
    records::{Client, ClientKeys, ClientKind, KeySource, ObjectAlg},
    registration::{describe, rules},
};

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
        let form = Fields::of(&[("client_id", new.client.id.as_str()), ("client_secret", secret.expose())]);
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
    let form = Fields::of(&[
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &key.sign("JWT", &claims).unwrap()),
    ]);
    assert!(t.authenticate(None, &form).is_ok());
}

/// Rows from before keys could be at an address.
#[test]
fn an_older_row_keeps_its_keys() {
    let mut row = serde_json::to_value(&*Bench::new().client("web")).unwrap();
    row.as_object_mut().unwrap().remove("keys").unwrap();
    row["jwks"] = json!("{}");
    let client: Client = serde_json::from_value(row).unwrap();
    assert_eq!(client.keys, Some(KeySource::Inline("{}".to_owned())));
}
