//! The guided run: each message waits for "next", one at a time, while the clock stands still.

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::support::{Events, World, ask};

async fn begin(world: &World, wanted: Value) -> String {
    let run = world.ask("POST /explore/api/runs", Some(wanted)).await.expect(201).json();
    run["id"].as_str().unwrap().to_owned()
}

async fn command(world: &World, run: &str, what: &str) {
    world.ask(&format!("POST /explore/api/runs/{run}/{what}"), Some(json!({}))).await.expect(204);
}

/// The message that is held, next: endpoint and side.
async fn held(events: &mut Events) -> (String, String) {
    let exchange = events.exchange(|exchange| exchange["held"].is_string()).await;
    (exchange["endpoint"].as_str().unwrap().to_owned(), exchange["held"].as_str().unwrap().to_owned())
}

fn guided() -> Value {
    json!({"table": "code", "mode": "guided", "user": "script"})
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_waits_its_turn_in_the_order_in_which_they_travel() {
    let world = World::new().await;
    let mut events = world.events().await;
    let run = begin(&world, guided()).await;
    let mut order = Vec::new();
    loop {
        let (endpoint, side) = held(&mut events).await;
        let now: Vec<Value> = world.exchanges().await;
        assert_eq!(now.iter().filter(|exchange| exchange["held"].is_string()).count(), 1, "one at a time");
        // Longer than a code lives; the time that the system goes by stands still.
        world.machine.pass(90);
        let last = endpoint == "page" && side == "response";
        order.push(format!("{endpoint} {side}"));
        command(&world, &run, "next").await;
        if last {
            break;
        }
    }
    let run = events.run(&run, |run| run["state"] != "running").await;
    assert_eq!((&run["state"], &run["flow"]), (&json!("done"), &json!("f1")), "{run}");
    let pages = ["interaction request", "interaction response"];
    order.retain(|message| !pages.contains(&message.as_str()));
    let callback = order.iter().position(|message| message == "callback request").unwrap();
    let begin = [
        "login request",
        "login response",
        "authorize request",
        "authorize response",
        "sign-in request",
        "sign-in response",
        "consent request",
        "consent response",
        "callback request",
        "token request",
        "token response",
    ];
    assert_eq!(order[..=callback + 2], begin);
    let end = ["api request", "introspect request", "introspect response", "api response", "page response"];
    assert_eq!(order[order.len() - 5..], end);
    assert!(!order.iter().any(|message| message.starts_with("jwks") || message.starts_with("metadata")));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_stands_still_and_catches_up_at_the_end() {
    let world = World::new().await;
    let began = world.clock.moved().now;
    let mut events = world.events().await;
    let run = begin(&world, guided()).await;
    held(&mut events).await;
    let before = world.clock.moved().now;
    world.machine.pass(600);
    assert_eq!(world.clock.moved().now, before);
    command(&world, &run, "finish").await;
    events.run(&run, |run| run["state"] == "done").await;
    let since = world.clock.moved().now - began;
    assert!((600_000..660_000).contains(&since), "{since}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_go_on_meanwhile() {
    let world = World::new().await;
    let mut events = world.events().await;
    begin(&world, guided()).await;
    held(&mut events).await;
    ask(&world.front, "GET /jwks", &[], None).await.expect(200);
    ask(&world.front, "GET /authorize?client_id=demo-web", &[], None).await.expect(400);
    let second = world.ask("POST /explore/api/runs", Some(guided())).await.expect(409).json();
    assert_eq!(second["error"], "busy");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finishing_lets_everything_go_and_the_run_goes_on_by_itself() {
    let world = World::new().await;
    let mut events = world.events().await;
    let run = begin(&world, guided()).await;
    held(&mut events).await;
    command(&world, &run, "next").await;
    held(&mut events).await;
    command(&world, &run, "finish").await;
    let run = events.run(&run, |run| run["state"] != "running").await;
    assert_eq!(run["state"], "done", "{run}");
    assert!(world.exchanges().await.iter().all(|exchange| exchange["held"].is_null()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_the_run_and_the_next_one_can_begin() {
    let world = World::new().await;
    let mut events = world.events().await;
    let run = begin(&world, guided()).await;
    held(&mut events).await;
    command(&world, &run, "cancel").await;
    let ended = events.run(&run, |run| run["state"] == "failed").await;
    assert_eq!(ended["trouble"], "It was cancelled.");
    let gone = world.ask(&format!("POST /explore/api/runs/{run}/next"), Some(json!({}))).await.expect(409).json();
    assert_eq!(gone["error"], "over");
    let next = world.run(json!({"table": "code"})).await;
    assert_eq!((&next["id"], &next["state"]), (&json!("r2"), &json!("done")), "{next}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_goes_away_leaves_a_message_that_is_lost() {
    let world = World::new().await;
    let mut events = world.events().await;
    begin(&world, json!({"table": "code", "mode": "guided", "user": "real"})).await;
    let port = world.port() + 1;
    let mut browser = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET /login?run=r1 HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n");
    browser.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(held(&mut events).await.0, "login");
    drop(browser);
    let lost = events.exchange(|exchange| exchange["lost"] == true).await;
    assert!(lost["endpoint"] == "login" && lost["held"].is_null() && lost["took"].is_number());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_message_does_not_keep_the_system_from_stopping() {
    let world = World::new().await;
    let mut events = world.events().await;
    begin(&world, guided()).await;
    held(&mut events).await;
    world.stop().await;
}
