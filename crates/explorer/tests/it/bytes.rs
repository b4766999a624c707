//! What goes over the wire is what goes over the wire without a tap, and what was recorded is that.

use std::{net::Ipv4Addr, sync::Arc};

use countersign_server::{listen, router::router};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{World, raw};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request as bytes, on a connection of its own.
fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut lines = vec![format!("{line} HTTP/1.1"), "Host: localhost:4000".to_owned(), "Connection: close".to_owned()];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !body.is_empty() {
        lines.push(format!("Content-Length: {}", body.len()));
    }
    format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
}

/// A body in chunks.
fn chunked(line: &str, pieces: &[&str]) -> Vec<u8> {
    let mut lines = vec![format!("{line} HTTP/1.1"), "host: x".to_owned(), "connection: close".to_owned()];
    lines.extend([format!("content-type: {FORM}"), "transfer-encoding: chunked".to_owned(), String::new()]);
    for piece in pieces {
        lines.extend([format!("{:x}", piece.len()), (*piece).to_owned()]);
    }
    format!("{}\r\n0\r\n\r\n", lines.join("\r\n")).into_bytes()
}

/// The same without what differs from one answer to the next.
fn comparable(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let lines = text.split("\r\n").map(|line| if line.starts_with("date: ") { "date: …" } else { line });
    let text = lines.collect::<Vec<_>>().join("\r\n");
    // A trace id has 12 characters; it stands in JSON and on pages.
    let without_ids = |text: String, before: &str| {
        let mut parts = text.split(before);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |out, part| format!("{out}{before}…{}", &part[12..]))
    };
    without_ids(without_ids(text, "trace_id\":\""), "Trace id</dt><dd class=\"mono\">")
}

fn everything() -> Vec<Vec<u8>> {
    let form = [("content-type", FORM)];
    let long = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(80_000));
    let fitting = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(60_000));
    vec![
        request("GET /", &[], ""),
        request("HEAD /", &[], ""),
        request("GET /jwks", &[], ""),
        request("HEAD /.well-known/openid-configuration", &[], ""),
        request("GET /nothing/here", &[], ""),
        request("GET /assets/nothing.css", &[], ""),
        request("PUT /token", &form, "x=1"),
        request("OPTIONS /token", &[("origin", "https://a.example"), ("access-control-request-method", "POST")], ""),
        request("POST /token", &form, "grant_type=password&username=a&password=b"),
        request("POST /token", &form, &long),
        request("POST /token", &form, &fitting),
        request("POST /token", &[("content-type", "application/json")], "{}"),
        request("POST /token", &[], ""),
        request("POST /authorize", &form, "client_id=demo-web&state=1"),
        request("GET /authorize?client_id=demo-web&redirect_uri=x%ff", &[], ""),
        request("GET /userinfo", &[("authorization", "Bearer x"), ("authorization", "Bearer y")], ""),
        request("GET /interaction/csia_nothing", &[("cookie", "a=1"), ("cookie", "b=2")], ""),
        chunked("POST /token", &["grant_type=", "refresh_token&refresh", "_token=x"]),
        chunked("POST /token", &[&"y".repeat(50_000), &"y".repeat(50_000)]),
        b"GET / HTTP/1.0\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nbroken\r\n\r\n".to_vec(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_the_same_byte_for_byte_with_a_tap_and_without() {
    let world = World::new().await;
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let bare = socket.local_addr().unwrap().port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let own = router(Arc::clone(&world.realm));
    let server = tokio::spawn(listen::serve(socket, own, None, async move {
        let _ = stopped.await;
    }));
    for bytes in everything() {
        let (with, without) = (raw(world.port(), &bytes).await, raw(bare, &bytes).await);
        let line = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert!(!without.is_empty(), "{line}");
        assert_eq!(comparable(&with), comparable(&without), "{line}");
    }
    stop.send(()).unwrap();
    server.await.unwrap();
    world.stop().await;
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

/// Name and value of each header line, in the order of the names.
fn header_lines(head: &str) -> Vec<(String, String)> {
    let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
    let mut all: Vec<_> = lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    all.retain(|(name, _)| name != "date");
    all.sort();
    all
}

fn sorted(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.sort();
    pairs
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_what_went_over_the_wire() {
    let world = World::new().await;
    let form = [("Content-Type", FORM), ("X-Several", "1"), ("x-several", "2"), ("traceparent", "00-abc")];
    let sent = request("POST /token?a=%20b", &form, "grant_type=refresh_token&refresh_token=a%2Bb");
    let came = String::from_utf8(raw(world.port(), &sent).await).unwrap();
    let exchange = world.exchanges().await.pop().unwrap();

    let sent = String::from_utf8(sent).unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let request = &exchange["request"];
    assert_eq!((&request["method"], &request["target"]), (&"POST".into(), &"/token?a=%20b".into()));
    assert_eq!((&request["version"], &request["body"]), (&"HTTP/1.1".into(), &body.into()));
    assert_eq!(request["bytes"], body.len());
    assert_eq!(sorted(pairs(&request["headers"])), header_lines(head));
    assert_eq!(exchange["traceparent"], "00-abc");

    let (head, body) = came.split_once("\r\n\r\n").unwrap();
    let response = &exchange["response"];
    assert!(head.starts_with(&format!("HTTP/1.1 {} ", response["status"])), "{head}");
    let mut lines = header_lines(head);
    lines.retain(|(name, _)| name != "connection");
    assert_eq!(sorted(pairs(&response["headers"])), lines);
    assert_eq!((&response["body"], &response["bytes"]), (&body.into(), &body.len().into()));
    assert_eq!((&exchange["site"], &exchange["endpoint"]), (&"authorization_server".into(), &"token".into()));
    assert_eq!(exchange["trace_id"], serde_json::from_str::<Value>(body).unwrap()["trace_id"]);
    let since = exchange["at"].as_i64().unwrap() - crate::support::T0.millis();
    assert!((0..60_000).contains(&since), "{since}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_body_the_beginning_is_recorded_and_the_server_refuses_it_as_ever() {
    let world = World::new().await;
    let long = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(200_000));
    let answer = raw(world.port(), &request("POST /token", &[("content-type", FORM)], &long)).await;
    assert!(String::from_utf8_lossy(&answer).contains("larger than 64 KiB"));
    let seen = &world.exchanges().await[0]["request"];
    assert_eq!((seen["body"].as_str().unwrap().len(), &seen["truncated"]), (64 * 1024, &true.into()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_is_not_told_the_reader_of_a_test_bed_sees() {
    let world = World::new().await;
    let form = "grant_type=client_credentials&client_id=nobody&client_secret=hunter2";
    let answer = raw(world.port(), &request("POST /token", &[("content-type", FORM)], form)).await;
    assert!(!String::from_utf8_lossy(&answer).contains("no client has this client_id"));
    let refused = &world.exchanges().await[0]["refused"];
    assert_eq!(refused["rule"], "client_auth.authenticated");
    assert_eq!(refused["aside"], "no client has this client_id");
    world.stop().await;
}
