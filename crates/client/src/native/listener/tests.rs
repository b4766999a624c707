//! The listener over real loopback sockets.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{LoopbackListener, MAX_CONNECTIONS};
use crate::native::NativeError;
use crate::testing::{Bench, ISSUER, openid, query};
use crate::{Begun, Callback, native};

const LONG: Duration = Duration::from_mins(1);

struct Waiting {
    authority: String,
    state: String,
    task: tokio::task::JoinHandle<Result<Callback, NativeError>>,
}

async fn waiting() -> Waiting {
    let listener = LoopbackListener::bind().await.unwrap();
    let bench = Bench::new();
    let authority = listener.authority.clone();
    assert_eq!(listener.redirect_uri(), format!("http://{authority}/callback"));
    let Begun { url, transaction } = bench.client.begin(&openid()).unwrap();
    let state = bench.script(&url).callback[1].1.clone();
    let task = tokio::spawn(async move { listener.wait(&transaction, LONG).await });
    Waiting { authority, state, task }
}

/// Sends one raw request and yields all that comes back.
async fn ask(authority: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that hangs up on a broken request may reset the connection.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

async fn get(authority: &str, target: &str) -> String {
    ask(authority, &format!("GET {target} HTTP/1.1\r\nHost: {authority}")).await
}

#[tokio::test]
async fn the_matching_callback_is_taken_and_the_port_closed() {
    let Waiting { authority, state, task } = waiting().await;
    let page = get(&authority, &format!("/callback?code=c&state={state}&iss={ISSUER}")).await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("You can close this window"));
    for header in ["cache-control: no-store", "referrer-policy: no-referrer", "default-src 'none'"] {
        assert!(page.contains(header), "{header}");
    }
    assert!(!page.contains(&state), "nothing that came is shown");
    assert_eq!(task.await.unwrap().unwrap().state(), state);
    assert!(TcpStream::connect(&authority).await.is_err(), "the port must be closed");
}

#[tokio::test]
async fn an_error_from_the_provider_is_a_callback_too() {
    let Waiting { authority, state, task } = waiting().await;
    let page = get(&authority, &format!("/callback?error=access_denied&state={state}")).await;
    assert!(page.contains("not completed"), "{page}");
    assert!(task.await.unwrap().unwrap().is_error());
}

#[tokio::test]
async fn everything_else_is_refused_and_the_waiting_goes_on() {
    let Waiting { authority, state, task } = waiting().await;
    let good = format!("/callback?code=c&state={state}");
    for (head, status) in [
        (format!("GET /favicon.ico HTTP/1.1\r\nHost: {authority}"), "404"),
        (format!("GET / HTTP/1.1\r\nHost: {authority}"), "404"),
        (format!("GET /callback/../x?state={state} HTTP/1.1\r\nHost: {authority}"), "404"),
        (format!("POST {good} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 0"), "405"),
        (format!("HEAD {good} HTTP/1.1\r\nHost: {authority}"), "405"),
        (format!("GET /callback HTTP/1.1\r\nHost: {authority}"), "400"),
        (format!("GET /callback?code=c&state=forged HTTP/1.1\r\nHost: {authority}"), "400"),
        (format!("GET {good}&code=d HTTP/1.1\r\nHost: {authority}"), "400"),
        (format!("GET {good} HTTP/1.1\r\nHost: evil.example"), "404"),
        (format!("GET {good} HTTP/1.1\r\nHost: localhost:1"), "404"),
        (format!("GET {good} HTTP/1.1"), "404"),
        (format!("GET /callback?x={} HTTP/1.1\r\nHost: {authority}", "a".repeat(20_000)), "4"),
        ("\u{1}\u{2}garbage".to_owned(), "400"),
    ] {
        let answer = ask(&authority, &head).await;
        assert!(answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status}")), "{head:.80}: {answer}");
        assert!(!task.is_finished(), "{head:.80}");
    }
    get(&authority, &good).await;
    assert!(task.await.unwrap().is_ok());
}

#[tokio::test]
async fn connections_that_say_nothing_keep_nobody_from_being_heard() {
    let Waiting { authority, state, task } = waiting().await;
    let mut silent = Vec::new();
    for _ in 0..MAX_CONNECTIONS - 1 {
        silent.push(TcpStream::connect(&authority).await.unwrap());
    }
    let page = get(&authority, &format!("/callback?code=c&state={state}")).await;
    assert!(page.contains("You can close this window"));
    assert!(task.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_waiting_ends_in_time() {
    let Waiting { authority, task, .. } = waiting().await;
    assert!(matches!(task.await.unwrap(), Err(NativeError::TimedOut(LONG))));
    assert!(TcpStream::connect(&authority).await.is_err());
}

#[tokio::test]
async fn a_whole_sign_in_runs_over_loopback() {
    let bench = std::sync::Arc::new(Bench::new());
    let options = openid();
    let browser = std::sync::Arc::clone(&bench);
    let open = move |url: &str| {
        let script = browser.script(url);
        let back = query(url).find("redirect_uri").unwrap().to_owned();
        let pairs = script.callback.iter().map(|(name, value)| (*name, value.as_str()));
        let sent = countersign_protocol::params::write(pairs);
        browser.play(script).unwrap();
        tokio::spawn(async move {
            let authority = back.strip_prefix("http://").unwrap().strip_suffix("/callback").unwrap();
            get(authority, &format!("/callback?{sent}")).await
        });
        Ok(())
    };
    let tokens = native::sign_in(&bench.client, &options, LONG, open).await.unwrap();
    assert_eq!(tokens.id_token.unwrap().sub(), "alice");
}

#[tokio::test]
async fn a_machine_with_ipv6_only_is_served_too() {
    // Not every build machine has IPv6; where it has, the address must be written in brackets.
    if let Ok(listener) = LoopbackListener::bind_ipv6().await {
        assert!(listener.redirect_uri().starts_with("http://[::1]:"), "{}", listener.redirect_uri());
    }
}
