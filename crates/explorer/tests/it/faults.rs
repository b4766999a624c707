//! Faults and the clock: what they do to a client, and what is told of it.

use std::{collections::BTreeSet, time::Duration};

use axum::{Router, routing::get};
use countersign_client::{HttpClient as _, Request, ReqwestClient, Response, TransportError};
use countersign_flow::{Errand, Options, What, perform, visit_web_app};
use countersign_protocol::params;
use http::{Method, header};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{World, ask, raw};

/// Keeps what the runner was given.
#[derive(Default)]
struct Kept(Vec<Value>);

impl countersign_flow::Report for Kept {
    fn step(&mut self, record: &countersign_flow::Record) {
        let lines = countersign_flow::Lines::new(countersign_flow::Secrets::Whole);
        self.0.push(serde_json::to_value(lines.record(record)).unwrap());
    }
}

/// A client with tokens: its id and its refresh token.
async fn client_with_tokens(world: &World) -> (String, String) {
    let stage = world.stage(Options::default()).await;
    let mut kept = Kept::default();
    perform(&stage, What::Code, &mut kept).await.unwrap();
    let body = kept.0.iter().find_map(|line| line["response"]["body"]["refresh_token"].as_str()).unwrap().to_owned();
    let id = kept.0.iter().find_map(|line| line["request"]["body"]["client_id"].as_str()).unwrap().to_owned();
    (id, body)
}

fn refresh_form((client, token): &(String, String)) -> String {
    params::write([("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client)])
}

async fn refresh(world: &World, client: &(String, String)) -> Result<Response, TransportError> {
    #[expect(clippy::disallowed_methods, reason = "given to the client library's guarded HTTP adapter")]
    let http = ReqwestClient::from_builder(reqwest::Client::builder().no_proxy().tls_certs_only([])).unwrap();
    let mut request = Request::new(refresh_form(client).into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = format!("{}/token", world.addresses.issuer).parse().unwrap();
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    http.send(request).await
}

fn member(response: &Response, name: &str) -> String {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    body[name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

async fn set(world: &World, fault: &str, body: Value) -> Value {
    world.ask(&format!("POST /explore/api/faults/{fault}"), Some(body)).await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_refresh_is_lost_and_the_same_token_yields_it_again() {
    let world = World::new().await;
    let client = client_with_tokens(&world).await;
    assert_eq!(set(&world, "drop-next-refresh", json!({})).await["drop_next_refresh"], true);
    assert!(refresh(&world, &client).await.is_err());
    let lost = world.exchanges().await.pop().unwrap();
    assert_eq!(
        (&lost["endpoint"], &lost["lost"], &lost["response"]["status"]),
        (&json!("token"), &json!(true), &json!(200))
    );
    assert_eq!(world.ask("GET /explore/api/faults", None).await.json()["drop_next_refresh"], false);

    let again = refresh(&world, &client).await.unwrap();
    let first: Value = serde_json::from_str(lost["response"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(member(&again, "refresh_token"), first["refresh_token"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_lost_answer_not_one_byte_arrives() {
    let world = World::new().await;
    let client = client_with_tokens(&world).await;
    set(&world, "drop-next-refresh", json!({"on": true})).await;
    let form = refresh_form(&client);
    let head = "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let bytes = format!("{head}content-length: {}\r\n\r\n{form}", form.len());
    assert_eq!(raw(world.port(), bytes.as_bytes()).await, b"");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_lost_and_the_fault_can_be_taken_back() {
    let world = World::new().await;
    let client = client_with_tokens(&world).await;
    set(&world, "drop-next-refresh", json!({})).await;
    let refused = refresh(&world, &(client.0.clone(), "csrt_wrong".to_owned())).await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(set(&world, "drop-next-refresh", json!({"on": false})).await["drop_next_refresh"], false);
    assert_eq!(refresh(&world, &client).await.unwrap().status(), 200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_app_survives_a_lost_answer() {
    let world = World::new().await;
    set(&world, "drop-next-refresh", json!({})).await;
    let stage = world.stage(Options::default()).await;
    visit_web_app(&stage, "none", Errand::Refresh).await.unwrap();
    drop(stage);
    let refreshes = |exchange: &&Value| {
        exchange["request"]["body"].as_str().is_some_and(|form| form.contains("grant_type=refresh_token"))
    };
    let all = world.exchanges().await;
    let lost: Vec<&Value> = all.iter().filter(refreshes).map(|exchange| &exchange["lost"]).collect();
    assert_eq!(lost, [true, false]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rotated_keys_are_announced_and_the_old_ones_stay_for_a_while() {
    let world = World::new().await;
    let keys = async || {
        let set = ask(&world.front, "GET /jwks", &[], None).await.json();
        let keys = set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
        keys.collect::<BTreeSet<_>>()
    };
    let before = keys().await;
    set(&world, "rotate-keys", json!({})).await;
    let after = keys().await;
    assert!(after.is_superset(&before) && after.len() > before.len());
    let run = world.run(json!({"table": "code"})).await;
    assert_eq!(run["state"], "done", "a client that cached the keys fetches the new ones: {run}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_taken_back_ends_the_access() {
    let world = World::new().await;
    assert_eq!(world.run(json!({"table": "code"})).await["state"], "done");
    let consents = async |run: Value| {
        let flow = run["flow"].clone();
        let all = world.exchanges().await;
        all.iter().filter(|exchange| exchange["flow"] == flow && exchange["endpoint"] == "consent").count()
    };
    let again = world.run(json!({"table": "code"})).await;
    assert_eq!(consents(again).await, 0, "it was given before");
    set(&world, "revoke-consent", json!({})).await;
    let anew = world.run(json!({"table": "code"})).await;
    assert_eq!(consents(anew).await, 1);
    set(&world, "revoke-consent", json!({"client_id": "demo-spa", "user": "bob"})).await;
    for wrong in [json!({"user": "nobody"}), json!({"client_id": "u_x"})] {
        world.ask("POST /explore/api/faults/revoke-consent", Some(wrong)).await.expect(404);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_goes_forward_for_every_site() {
    let world = World::new().await;
    let client = client_with_tokens(&world).await;
    let mut events = world.events().await;
    events.so_far();
    let moved = world.ask("POST /explore/api/clock", Some(json!({"advance": 3600}))).await.expect(200).json();
    let since = moved["now"].as_i64().unwrap() - crate::support::T0.millis();
    assert!(moved["ahead"] == 3600 && (3_600_000..3_660_000).contains(&since), "{moved}");
    let told = events.so_far();
    assert!(told.iter().any(|event| event.name == "clock" && event.data["ahead"] == 3600));
    assert_eq!(world.ask("GET /explore/api/clock", None).await.json()["ahead"], 3600);
    // Fernbook, whose clock moved too, still gets along with the server.
    assert_eq!(world.run(json!({"table": "openid"})).await["state"], "done");
    assert_eq!(refresh(&world, &client).await.unwrap().status(), 200);
    let days = 400 * 86_400;
    world.ask("POST /explore/api/clock", Some(json!({"advance": days}))).await.expect(200);
    let refused = refresh(&world, &client).await.unwrap();
    assert_eq!((refused.status().as_u16(), member(&refused, "error").as_str()), (400, "invalid_grant"));
    assert_eq!(world.run(json!({"table": "code"})).await["state"], "done", "its keys moved on with it");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_is_bounded_and_can_be_taken_back() {
    let world = World::new().await;
    for (body, secs) in
        [(json!({}), 10), (json!({"seconds": 3}), 3), (json!({"seconds": 999}), 120), (json!({"on": false}), 0)]
    {
        assert_eq!(set(&world, "delay-jwks", body).await["delay_jwks"], secs);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_delayed_key_set_is_late_and_nothing_else_is() {
    let world = World::new().await;
    set(&world, "delay-jwks", json!({"seconds": 30})).await;
    let site = Router::new().route("/jwks", get(async || "{}")).route("/token", get(async || "{}"));
    let site = world.explorer.tap(countersign_explorer::Site::AuthorizationServer, site);
    tokio::time::pause();
    #[expect(clippy::disallowed_methods, reason = "tokio's own clock, which this test has paused")]
    let begun = Instant::now();
    ask(&site, "GET /token", &[], None).await.expect(200);
    let after = begun.elapsed();
    assert!(after < Duration::from_secs(1));
    ask(&site, "GET /jwks", &[], None).await.expect(200);
    let after = begun.elapsed();
    assert!(after >= Duration::from_secs(30));
}
