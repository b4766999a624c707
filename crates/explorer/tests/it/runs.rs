//! Runs: what the page asks for is done, and told while it happens.

use countersign_client::{HttpClient as _, Request, ReqwestClient};
use countersign_protocol::steps::FLOWS;
use serde_json::{Value, json};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_flow_runs_by_script() {
    let world = World::new().await;
    for (number, table) in FLOWS.iter().map(|flow| flow.id).enumerate() {
        for pkce in if table == "code" { vec![true, false] } else { vec![true] } {
            let run = world.run(json!({"table": table, "pkce": pkce})).await;
            assert_eq!((&run["state"], &run["table"], &run["trouble"]), (&json!("done"), &json!(table), &Value::Null));
            let flow = run["flow"].as_str().unwrap();
            let recording = world.ask(&format!("GET /explore/api/flows/{flow}"), None).await.expect(200).json();
            assert_eq!(recording["flow"]["run"], run);
            let exchanges = recording["exchanges"].as_array().unwrap();
            assert!(exchanges.len() >= 3 && exchanges.iter().all(|exchange| exchange["run"] == run["id"]), "{number}");
            let mut asked = exchanges.iter().filter(|exchange| exchange["endpoint"] == "authorize");
            let challenged = |one: &Value| one["request"]["target"].as_str().unwrap().contains("code_challenge=");
            assert!(asked.all(|one| challenged(one) == pkce), "{table}");
        }
    }
    world.stop().await;
}

/// The endpoints of a recording with what the server said to each, without what the web app does beside the flow.
fn messages(recording: &Value) -> Vec<(&str, u64)> {
    let exchanges = recording["exchanges"].as_array().unwrap().iter();
    let all =
        exchanges.map(|exchange| (exchange["endpoint"].as_str().unwrap(), exchange["response"]["status"].as_u64()));
    let beside = ["api", "introspect", "revoke", "page", "userinfo"];
    all.filter(|(endpoint, _)| !beside.contains(endpoint))
        .map(|(endpoint, status)| (endpoint, status.unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_sign_in_shows_no_page_and_a_step_up_asks_for_the_password_alone() {
    let world = World::new().await;
    let recorded = async |table: &str| {
        let run = world.run(json!({"table": table})).await;
        world.ask(&format!("GET /explore/api/flows/{}", run["flow"].as_str().unwrap()), None).await.expect(200).json()
    };
    let silent = recorded("silent").await;
    assert_eq!(messages(&silent), [("login", 303), ("authorize", 303), ("callback", 303), ("token", 200)]);
    let asked = silent["exchanges"][1]["request"]["target"].as_str().unwrap();
    assert!(asked.contains("prompt=none"), "{asked}");
    let step_up = recorded("step-up").await;
    let (first, rest) = messages(&step_up).split_first().map(|(first, rest)| (*first, rest.to_vec())).unwrap();
    assert_eq!(first, ("login", 303));
    let (last, pages) = rest.split_last_chunk::<2>().map(|(pages, last)| (*last, pages.to_vec())).unwrap();
    assert_eq!(last, [("callback", 303), ("token", 200)]);
    assert!(pages.contains(&("sign-in", 303)) && pages.iter().all(|(page, _)| *page != "consent"), "{pages:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_reaches_the_web_app_in_its_three_kinds() {
    let world = World::new().await;
    let run = world.run(json!({"table": "logout"})).await;
    assert_eq!((&run["state"], &run["trouble"]), (&json!("done"), &Value::Null));
    let flow = run["flow"].clone();
    let of_flow = |endpoint: &'static str| {
        let flow = flow.clone();
        move |exchange: &Value| {
            exchange["flow"] == flow && exchange["endpoint"] == endpoint && exchange["response"]["status"] == 200
        }
    };
    // From server to server beside everything else, so perhaps later.
    let told = world.events().await.exchange(of_flow("backchannel-logout")).await;
    assert!(told["request"]["body"].as_str().unwrap().starts_with("logout_token="));
    let framed = world.events().await.exchange(of_flow("frontchannel-logout")).await;
    let target = framed["request"]["target"].as_str().unwrap();
    assert!(target.contains("iss=") && target.contains("sid="), "{target}");
    let asked = world.events().await.exchange(of_flow("end-session")).await;
    assert!(asked["request"]["target"].as_str().unwrap().contains("id_token_hint="));
    assert!(asked["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true), "{asked}");
    let back = |exchange: &Value| {
        exchange["flow"] == flow && exchange["request"]["target"].as_str().unwrap().starts_with("/logged-out?state=")
    };
    world.events().await.exchange(back).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runners_own_steps_join_their_exchanges_by_span() {
    let world = World::new().await;
    let run = world.run(json!({"table": "native"})).await;
    let records = run["records"].as_array().unwrap();
    assert_eq!(records.len(), 12);
    let spans: Vec<&str> = records
        .iter()
        .flat_map(|record| record["spans"].as_array().into_iter().flatten())
        .map(|span| span.as_str().unwrap())
        .collect();
    assert!(spans.len() >= 4);
    let traced = world.exchanges().await;
    let traced = traced.iter().filter(|exchange| exchange["flow"] == run["flow"]);
    let traced: Vec<&str> = traced.filter_map(|exchange| exchange["traceparent"].as_str()).collect();
    assert!(traced.len() >= 4);
    for trace in traced {
        assert!(spans.contains(&trace.split('-').nth(2).unwrap()), "{trace}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_ends_in_its_verdict() {
    let world = World::new().await;
    for attack in countersign_flow::attacks() {
        for pkce in [true, false] {
            let run = world.run(json!({"table": "code", "pkce": pkce, "attack": attack.name})).await;
            assert_eq!(run["state"], "done", "{}: {}", attack.name, run["trouble"]);
            let script = if pkce { &attack.with_pkce } else { &attack.without_pkce };
            let stopped = script.stopped_by.map(|rule| rule.id);
            assert_eq!(run["verdict"]["stopped_by"]["id"].as_str(), stopped, "{} {pkce}", attack.name);
            assert_eq!((&run["verdict"]["ok"], &run["verdict"]["cost"]), (&json!(true), &json!(script.cost)));
            assert!(run["records"].as_array().unwrap().iter().any(|record| record["attack"] == attack.name));
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_not_is_refused_and_begins_nothing() {
    let world = World::new().await;
    let wrong = [
        json!({}),
        json!({"table": "nothing"}),
        json!({"table": "code", "attack": "nothing"}),
        json!({"table": "native", "attack": "stolen-code"}),
        json!({"table": "native", "user": "real"}),
        json!({"table": "code", "attack": "stolen-code", "user": "real"}),
        json!({"table": "code", "mode": "slow"}),
        json!({"table": "code", "more": 1}),
    ];
    for wanted in wrong {
        let answer = world.ask("POST /explore/api/runs", Some(wanted.clone())).await.expect(400);
        assert_eq!(answer.json()["error"], "invalid_request", "{wanted}");
    }
    assert!(world.events().await.so_far().iter().all(|event| event.name != "run"));
    world.stop().await;
}

async fn get(url: &str) -> u16 {
    #[expect(clippy::disallowed_methods, reason = "given to the client library's guarded HTTP adapter")]
    let http = ReqwestClient::from_builder(reqwest::Client::builder().no_proxy().tls_certs_only([])).unwrap();
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = url.parse().unwrap();
    http.send(request).await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_user_opens_the_address_and_the_run_fails_where_the_web_app_does() {
    let world = World::new().await;
    let mut events = world.events().await;
    let wanted = json!({"table": "code", "user": "real", "pkce": false});
    let run = world.ask("POST /explore/api/runs", Some(wanted)).await.expect(201).json();
    assert_eq!(run["state"], "waiting");
    assert_eq!(run["open"], format!("{}/login?run=r1&pkce=off", world.addresses.web_app));
    assert_eq!(get(run["open"].as_str().unwrap()).await, 303);
    let running = events.run("r1", |run| run["state"] == "running").await;
    assert_eq!(running["flow"], "f1");
    // What somebody else does is not this run's.
    assert_eq!(get(&format!("{}/login", world.addresses.web_app)).await, 303);
    assert_eq!(get(&format!("{}/callback?code=x&state=y", world.addresses.web_app)).await, 400);
    let all = world.exchanges().await;
    assert_eq!(all.iter().filter(|exchange| exchange["run"] == "r1").count(), 1);
    let state = {
        let login = all.iter().find(|exchange| exchange["run"] == "r1").unwrap();
        let headers = login["response"]["headers"].as_array().unwrap();
        let location = headers.iter().find(|pair| pair[0] == "location").unwrap()[1].as_str().unwrap().to_owned();
        location.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    };
    assert_eq!(get(&format!("{}/callback?code=x&state={state}", world.addresses.web_app)).await, 400);
    let failed = events.run("r1", |run| run["state"] == "failed").await;
    assert_eq!(failed["trouble"], "The web app answered with status 400.");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_there_in_person_ends_the_run_by_reading_the_notebook() {
    let world = World::new().await;
    let mut events = world.events().await;
    let wanted = json!({"table": "code", "user": "real"});
    world.ask("POST /explore/api/runs", Some(wanted)).await.expect(201);
    // Another program stands in for the person: it comes by the address of the run.
    let stage = world.stage(countersign_flow::Options::default()).await;
    countersign_flow::visit_web_app(&stage, "r1", countersign_flow::Errand::LogIn).await.unwrap();
    let done = events.run("r1", |run| run["state"] == "done").await;
    assert_eq!(done["flow"], "f1");
    drop(stage);
    world.stop().await;
}
