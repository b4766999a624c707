//! Whole logins: every message of one is on one thread, with what each side checked, and no password anywhere.

use countersign_flow::{Errand, Options, What, perform, visit_web_app};
use serde_json::{Value, json};

use crate::support::World;

/// A report that nobody reads.
struct Silent;

impl countersign_flow::Report for Silent {
    fn step(&mut self, _: &countersign_flow::Record) {}
}

fn has(exchange: &Value, site: &str, endpoint: &str) -> bool {
    exchange["site"] == site && exchange["endpoint"] == endpoint
}

fn checks(exchange: &Value) -> Vec<(&str, &str)> {
    let all = exchange["checks"].as_array().unwrap().iter();
    all.map(|check| (check["rule"].as_str().unwrap(), check["by"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_to_the_web_app_is_one_flow_with_everything_behind_it() {
    let world = World::new().await;
    let stage = world.stage(Options::default()).await;
    visit_web_app(&stage, "none", Errand::Refresh).await.unwrap();
    drop(stage);
    let all = world.exchanges().await;
    let loose = ["metadata", "jwks"];
    for exchange in &all {
        let flow = if loose.contains(&exchange["endpoint"].as_str().unwrap()) { Value::Null } else { json!("f1") };
        assert_eq!(exchange["flow"], flow, "{} {}", exchange["site"], exchange["request"]["target"]);
        assert!(exchange["took"].is_number() && exchange["held"].is_null() && exchange["lost"] == false);
        assert_eq!(exchange["run"], Value::Null);
    }
    let (server, web, api) = ("authorization_server", "web_app", "resource_server");
    let expected = [
        (web, "login"),
        (server, "authorize"),
        (server, "sign-in"),
        (server, "consent"),
        (web, "callback"),
        (server, "token"),
        (web, "page"),
        (api, "api"),
        (server, "introspect"),
        (web, "refresh"),
    ];
    for (site, endpoint) in expected {
        assert!(all.iter().any(|exchange| has(exchange, site, endpoint)), "{site} {endpoint}");
    }
    let engine: Vec<&Value> = all.iter().filter(|e| has(e, server, "token")).map(|e| &e["engine_flow"]).collect();
    assert!(engine.len() == 2 && engine[0] == engine[1] && engine[0].is_string());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_says_what_it_checked_also_in_a_refresh_that_goes_on_beside_its_caller() {
    let world = World::new().await;
    let stage = world.stage(Options::default()).await;
    visit_web_app(&stage, "none", Errand::Refresh).await.unwrap();
    drop(stage);
    let all = world.exchanges().await;
    let find = |site: &str, endpoint: &str| all.iter().find(|exchange| has(exchange, site, endpoint)).unwrap();
    let callback = checks(find("web_app", "callback"));
    assert!(callback.contains(&("client.state_matches", "Client App")), "{callback:?}");
    assert!(callback.iter().any(|(rule, _)| rule.starts_with("client.id_token")), "{callback:?}");
    let refresh = checks(find("web_app", "refresh"));
    assert!(refresh.iter().any(|(rule, by)| rule.starts_with("client.") && *by == "Client App"), "{refresh:?}");
    let token = checks(find("authorization_server", "token"));
    assert!(token.contains(&("code.single_use", "Authorization Server")), "{token:?}");
    let api = checks(find("resource_server", "api"));
    assert!(!api.is_empty() && api.iter().all(|(_, by)| *by == "Resource Server"), "{api:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_nobody_knows_makes_one_flow_too() {
    let world = World::new().await;
    let stage = world.stage(Options::default()).await;
    for flow in ["f1", "f2"] {
        perform(&stage, What::Code, &mut Silent).await.unwrap();
        let of_flow: Vec<Value> =
            world.exchanges().await.into_iter().filter(|exchange| exchange["flow"] == flow).collect();
        let endpoints: Vec<&str> = of_flow.iter().map(|exchange| exchange["endpoint"].as_str().unwrap()).collect();
        assert_eq!(endpoints.first(), Some(&"authorize"));
        for endpoint in ["sign-in", "token", "api", "introspect"] {
            assert!(endpoints.contains(&endpoint), "{endpoint} in {endpoints:?}");
        }
        let client = of_flow[0]["client_id"].as_str().unwrap();
        assert!(client.starts_with("c_"), "{client}");
        let recording = world.ask(&format!("GET /explore/api/flows/{flow}"), None).await.expect(200).json();
        assert_eq!(recording["countersign_recording"], 1);
        assert_eq!(recording["masked"], false);
        assert_eq!(recording["flow"], json!({"id": flow, "client_id": client, "run": null}));
        assert_eq!(recording["exchanges"], Value::from(of_flow.clone()));
        assert!(recording["made"].as_str().unwrap().starts_with("2026-"), "{}", recording["made"]);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_its_own_name_has_a_flow_of_its_own() {
    let world = World::new().await;
    let stage = world.stage(Options::default()).await;
    perform(&stage, What::ClientCredentials, &mut Silent).await.unwrap();
    let recording = world.ask("GET /explore/api/flows/f1", None).await.expect(200).json();
    let endpoints: Vec<&Value> = recording["exchanges"].as_array().unwrap().iter().map(|e| &e["endpoint"]).collect();
    assert_eq!(endpoints, ["token", "api", "introspect"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_remembered_or_told() {
    let world = World::new().await;
    let run = world.run(json!({"table": "code", "user": "script"})).await;
    assert_eq!(run["state"], "done", "{run}");
    world.run(json!({"table": "code", "attack": "stolen-code"})).await;
    world.run(json!({"table": "code", "attack": "forged-state"})).await;
    let told = world.events().await.so_far();
    let text: String = told.iter().map(|event| event.data.to_string()).collect();
    assert!(text.contains("username=alice") && text.contains("password=•••"));
    for password in ["wonderland", "builder"] {
        assert!(!text.contains(password), "{password}");
    }
    world.stop().await;
}
