//! Discovery and registration.

use countersign_protocol::registration::ClientMetadata;
use countersign_protocol::{ErrorCode, Secret, Timestamp};
use serde_json::{Value, json};

use crate::testing::{ISSUER, Wire, metadata, read_metadata, reply};
use crate::{CallError, Checks, Edge, Provider, registration, rules};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

async fn discover(wire: &Wire) -> Result<Provider, CallError> {
    Provider::discover(ISSUER, Edge::new(wire.clone())).await
}

#[tokio::test]
async fn openid_discovery_is_asked_first_and_oauth_metadata_second() {
    let wire = Wire::default();
    wire.on(OPENID, |_| Ok(reply(200, metadata().to_string())));
    assert_eq!(discover(&wire).await.unwrap().metadata().issuer(), ISSUER);
    assert!(wire.seen(OAUTH).is_empty());
    let wire = Wire::default();
    wire.on(OAUTH, |_| Ok(reply(200, metadata().to_string())));
    assert_eq!(discover(&wire).await.unwrap().metadata().issuer(), ISSUER);
    assert_eq!(wire.seen(OPENID).len(), 1);
}

#[tokio::test]
async fn metadata_that_names_another_issuer_is_not_tried_elsewhere() {
    let wire = Wire::default();
    wire.on(OPENID, |_| Ok(reply(200, json!({"issuer": "https://evil.example"}).to_string())));
    wire.on(OAUTH, |_| Ok(reply(200, metadata().to_string())));
    match discover(&wire).await {
        Err(CallError::Check(refusal)) => {
            assert_eq!(refusal.rule, &rules::METADATA_ISSUER);
            assert!(refusal.description().contains("the document says 'https://evil.example'"));
        }
        other => panic!("{other:?}"),
    }
    assert!(wire.seen(OAUTH).is_empty());
}

#[tokio::test]
async fn a_server_without_metadata_says_so() {
    let error = discover(&Wire::default()).await.unwrap_err();
    assert!(error.to_string().contains("Status 404"), "{error}");
}

fn register_at(body: &Value, status: u16) -> Result<crate::Registered, CallError> {
    registration::read(&reply(status, body.to_string()), Checks::unobserved())
}

#[tokio::test]
async fn a_registration_sends_what_it_was_given_and_the_token() {
    let wire = Wire::default();
    wire.on("/register", |_| Ok(reply(201, r#"{"client_id":"c_1"}"#)));
    let provider = Provider::new(read_metadata(metadata()), Edge::new(wire.clone()));
    let client = ClientMetadata { redirect_uris: vec!["http://127.0.0.1/callback".into()], ..Default::default() };
    let registered = provider.register(&client, Some(&Secret::new("initial"))).await.unwrap();
    assert_eq!(registered.client_id, "c_1");
    let request = &wire.seen("/register")[0];
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, json!({"redirect_uris": ["http://127.0.0.1/callback"]}));
    assert_eq!(request.headers()["authorization"], "Bearer initial");
}

#[test]
fn a_registration_is_read_with_and_without_a_secret() {
    let public = register_at(&json!({"client_id": "c_1", "token_endpoint_auth_method": "none"}), 201).unwrap();
    assert_eq!((public.client_id.as_str(), public.client_secret), ("c_1", None));
    let reply = json!({"client_id": "c_2", "client_secret": "s3cret", "client_secret_expires_at": 0});
    let confidential = register_at(&reply, 201).unwrap();
    assert_eq!(confidential.client_secret_expires_at, None, "0 means never");
    assert!(!format!("{confidential:?}").contains("s3cret"));
    let reply = json!({"client_id": "c_3", "client_secret": "s", "client_secret_expires_at": 7});
    assert_eq!(register_at(&reply, 200).unwrap().client_secret_expires_at, Some(Timestamp::from_secs(7)));
}

#[test]
fn a_refused_or_empty_registration_is_an_error() {
    let refused = register_at(&json!({"error": "invalid_redirect_uri"}), 400).unwrap_err();
    assert!(refused.is(ErrorCode::InvalidRedirectUri));
    for body in [json!({}), json!({"client_id": ""}), json!({"client_id": 7})] {
        assert!(matches!(register_at(&body, 201), Err(CallError::Check(r)) if r.rule == &rules::REGISTRATION_FORM));
    }
}
