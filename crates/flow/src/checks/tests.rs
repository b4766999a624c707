//! The tables against what engine and resource library apply, and answers against the rules that they prove.

use countersign_engine::{
    Cx,
    authorize::{AuthorizationRequest, validate},
    records::{Origin, Pkce},
    registration::{Registrar, register},
};
use countersign_protocol::{Timestamp, registration::ClientMetadata};
use countersign_resource::{Checks, Introspection, Verifier, bearer_token};

use countersign_engine::{authorize::rules as authorize, grants::authorization_code::rules as code};

use super::{Place, at, refused_by, resource, told};
use crate::wire::{Response, Trip, get};

fn answer(status: u16, header: (&'static str, &str), body: &str) -> Trip {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert(header.0, header.1.parse().unwrap());
    Trip { request: get("http://localhost/token").unwrap(), response }
}

fn refusal(description: &str) -> String {
    serde_json::json!({"error": "invalid_grant", "error_description": description}).to_string()
}

#[test]
fn a_refusal_proves_its_rule_only_with_its_words_and_its_section() {
    let rule = &code::VERIFIER_MATCHES;
    let json = ("content-type", "application/json");
    let full = refusal(&format!("{} (RFC 7636 section 4.6)", rule.explain));
    assert_eq!(refused_by(&answer(400, json, &full)), Some(rule));
    assert_eq!(refused_by(&answer(400, json, &refusal(rule.explain))), None, "no section");
    assert_eq!(refused_by(&answer(400, json, &refusal("(RFC 7636 section 4.6)"))), None, "no words");
    assert_eq!(refused_by(&answer(200, json, &full)), None, "no refusal");
}

#[test]
fn a_failure_that_names_no_rule_claims_no_check() {
    let text = ("content-type", "text/plain");
    assert_eq!(told(Place::Api, true, &answer(503, text, "")), []);
    assert_eq!(told(Place::Token, true, &answer(400, text, "")), []);
    assert_eq!(told(Place::Api, true, &answer(200, text, "")), at(Place::Api, true, None));
}

/// What the engine itself applies to the request that the flow sends.
fn applied(query: &str) -> Vec<&'static str> {
    let policy = countersign_server::config::Config::dev(4000, std::path::Path::new("unused")).settings().policy;
    let mut entropy = countersign_server::edge::SystemEntropy;
    let mut cx = Cx::new(Timestamp::from_secs(1_800_000_000), &mut entropy);
    let metadata =
        ClientMetadata { redirect_uris: vec!["https://app.example/callback".to_owned()], ..ClientMetadata::default() };
    let registrar = Registrar { origin: Origin::Dynamic, id: None, sector: None };
    let mut client = register(&mut cx, &policy, registrar, &metadata).unwrap().client;
    client.pkce = Pkce::Optional;
    let mut entropy = countersign_server::edge::SystemEntropy;
    let mut cx = Cx::new(Timestamp::from_secs(1_800_000_000), &mut entropy);
    let query = format!("client_id={}&response_type=code&{query}", client.id);
    validate(&mut cx, &policy, AuthorizationRequest::parse(query.as_bytes()), Some(&client)).unwrap();
    let mut rules: Vec<_> = cx.checks().iter().map(|check| check.rule.id).collect();
    rules.dedup();
    rules
}

#[test]
fn the_table_of_the_authorization_endpoint_is_what_the_engine_applies() {
    let query = "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&scope=openid&resource=http%3A%2F%2Flocalhost%3A4003";
    let challenge = "code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let ids = |pkce| at(Place::Authorize, pkce, None).iter().map(|check| check.rule.id).collect::<Vec<_>>();
    assert_eq!(ids(true), applied(&format!("{query}&{challenge}")));
    assert_eq!(ids(false), applied(query));
}

#[test]
fn the_table_of_the_resource_server_is_what_its_library_applies() {
    let (issuer, api) = ("http://localhost:4000", "http://localhost:4003");
    let answer = serde_json::json!({
        "active": true, "iss": issuer, "aud": api, "sub": "u_alice", "client_id": "c_app",
        "scope": "read:files", "exp": 1_800_000_300, "iat": 1_800_000_000,
    });
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", "Bearer csat_token".parse().unwrap());
    let mut checks = Checks::default();
    let token = bearer_token(&headers, &mut checks).unwrap();
    let answer = Introspection::parse(answer.to_string().as_bytes()).unwrap();
    let now = Timestamp::from_secs(1_800_000_000);
    Verifier::new(issuer, api).introspected(token, &answer, now, &mut checks).unwrap();
    // The scope is the last, in the layer of the route.
    let applied: Vec<_> = checks.iter().map(|check| check.rule.id).chain([resource::SCOPE.id]).collect();
    assert_eq!(at(Place::Api, true, None).iter().map(|check| check.rule.id).collect::<Vec<_>>(), applied);
}

#[test]
fn a_challenge_and_a_redirect_prove_rules_as_well() {
    let rule = &resource::ACTIVE;
    let challenge =
        format!("Bearer error=\"invalid_token\", error_description=\"{} (RFC 7662 section 2.2)\"", rule.explain);
    assert_eq!(refused_by(&answer(401, ("www-authenticate", &challenge), "")), Some(rule));
    let rule = &authorize::CHALLENGE_PRESENT;
    let description = format!("{} (OAuth 2.1 section 4.1.1)", rule.explain);
    let pairs = [("error", "invalid_request"), ("error_description", &description)];
    let to = countersign_protocol::params::append_query("https://app.example/cb", pairs);
    assert_eq!(refused_by(&answer(303, ("location", &to), "")), Some(rule));
}

#[test]
fn checks_end_with_the_one_that_failed() {
    let checks = at(Place::Token, true, Some(&code::CODE_KNOWN));
    assert_eq!(checks.last().map(|check| (check.rule, check.ok)), Some((&code::CODE_KNOWN, false)));
    assert!(checks.iter().rev().skip(1).all(|check| check.ok));
    assert!(!checks.iter().any(|check| check.rule == &code::VERIFIER_MATCHES));
    assert_eq!(at(Place::Token, true, Some(&code::VERIFIER_PRESENT)).len(), 1, "a rule that stands in no table");
}

#[test]
fn without_pkce_no_challenge_and_no_verifier_are_checked() {
    for place in [Place::Authorize, Place::Token] {
        assert!(at(place, false, None).iter().all(|check| !check.rule.id.starts_with("pkce.verifier_matches")));
        assert!(at(place, false, None).len() < at(place, true, None).len());
    }
}
