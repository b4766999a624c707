//! The documents: RFC 8414, OpenID Connect Discovery, RFC 7517, and whether what they say is so.

use countersign_server::realm::Registration;
use serde_json::{Value, json};

use crate::support::{Ask, Bench, ISSUER, Rp, rsa_keys};

const DOCUMENTS: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

async fn document(bench: &Bench) -> Value {
    bench.send(Ask::get(DOCUMENTS[1])).await.expect(200).json()
}

#[tokio::test]
async fn both_addresses_give_the_same_document() {
    let bench = Bench::new().await;
    let [first, second] = DOCUMENTS.map(|path| bench.send(Ask::get(path)));
    let (first, second) = (first.await.expect(200), second.await.expect(200));
    assert_eq!(first.json(), second.json());
    assert!(first.header("cache-control").contains("max-age"));
}

#[tokio::test]
async fn the_document_says_what_clients_must_know() {
    let bench = Bench::new().await;
    let document = document(&bench).await;
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["response_modes_supported"], json!(["query", "form_post"]));
    assert_eq!(document["grant_types_supported"], json!(["authorization_code", "refresh_token", "client_credentials"]));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]), "MCP clients stop without it");
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["subject_types_supported"], json!(["public", "pairwise"]));
    for said in ["request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration"] {
        assert_eq!(document[said], true, "{said}");
    }
    let algorithms = document["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("RS256")), "OpenID Connect Discovery section 3");
    // RFC 8414 §2: a list of algorithms wherever private_key_jwt is offered.
    for list in [
        "token_endpoint_auth_signing_alg_values_supported",
        "revocation_endpoint_auth_signing_alg_values_supported",
        "introspection_endpoint_auth_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
    ] {
        let text = document[list].to_string();
        assert!(!text.contains("none") && !text.contains("HS"), "{text}");
    }
    let text = document.to_string();
    assert!(!text.contains("implicit") && !text.contains("password") && !text.contains("plain"));
}

/// Every endpoint that is named lives under the issuer, and answers.
#[tokio::test]
async fn every_endpoint_that_is_named_exists() {
    let bench = Bench::with(|realm| realm.keys = rsa_keys()).await;
    let document = document(&bench).await;
    let members = document.as_object().unwrap().iter();
    let endpoints = members.filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"));
    let mut count = 0;
    for (name, address) in endpoints {
        let path = address.as_str().unwrap().strip_prefix(ISSUER).unwrap();
        for ask in [Ask::get(path), Ask::post(path).form(&[])] {
            let status = bench.send(ask).await.status.as_u16();
            assert!(status != 404, "{name}: {status}");
        }
        count += 1;
    }
    assert!(count >= 7, "{document}");
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_endpoints_under_that_path() {
    let bench = Bench::with(|realm| "https://example.com/auth".clone_into(&mut realm.policy.issuer)).await;
    let document = document(&bench).await;
    assert_eq!(document["issuer"], "https://example.com/auth");
    assert_eq!(document["token_endpoint"], "https://example.com/auth/token");
}

#[tokio::test]
async fn registration_is_named_only_where_it_is_open() {
    let bench = Bench::with(|realm| realm.registration = Registration::Closed).await;
    assert!(document(&bench).await.get("registration_endpoint").is_none());
    let bench = Bench::with(|realm| realm.registration = Registration::InitialAccess).await;
    assert!(document(&bench).await.get("registration_endpoint").is_some());
}

#[tokio::test]
async fn the_key_set_holds_public_halves_only() {
    let bench = Bench::with(|realm| realm.keys = rsa_keys()).await;
    let reply = bench.send(Ask::get("/jwks")).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/jwk-set+json");
    let set: Value = serde_json::from_slice(&reply.body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 5);
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_eq!(key["use"], "sig");
        assert!(key["alg"].is_string() && key["kid"].is_string(), "{key}");
    }
}

#[tokio::test]
async fn access_tokens_verify_by_the_published_keys() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let set = countersign_jose::JwkSet::parse(&bench.send(Ask::get("/jwks")).await.body).unwrap();
    let verified = countersign_jose::Unverified::parse(&tokens.access).unwrap().verify(&set).unwrap();
    assert_eq!(verified.header().typ.as_deref(), Some("at+jwt"));
}

#[tokio::test]
async fn health_and_readiness_answer_without_saying_much() {
    let bench = Bench::with(|realm| realm.keys = rsa_keys()).await;
    assert_eq!(bench.send(Ask::get("/healthz")).await.expect(200).text(), "ok\n");
    assert_eq!(bench.send(Ask::get("/readyz")).await.expect(200).text(), "ready\n");
    let without_rsa = Bench::new().await;
    let reply = without_rsa.send(Ask::get("/readyz")).await.expect(503);
    assert_eq!(reply.text(), "no signing keys\n");
}

#[tokio::test]
async fn the_doctor_is_at_home_for_nobody_without_permission() {
    let bench = Bench::new().await;
    for ask in [Ask::get("/doctor"), Ask::get("/doctor").bearer("x"), Ask::get("/doctor").bearer("")] {
        let reply = bench.send(ask).await.expect(404);
        assert_eq!(reply.body, bench.send(Ask::get("/nowhere")).await.body);
    }
}
