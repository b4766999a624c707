//! Traces of one client for a limited time: a line for each reply, with rules and outcome, and nothing that opens
//! something or is about somebody.

use countersign_engine::{Writes, records::Once};
use countersign_protocol::{ClientId, Ttl};
use countersign_server::trace;
use serde_json::{Value, json};

use crate::support::{Ask, Bench, Browser, Callback, Log, Login, Page, Rp, Tokens, secret_of};

/// Turns traces on, as the command does.
pub(crate) async fn on(bench: &Bench, clients: &[&str], ttl: Ttl) {
    for client in clients {
        bench.insert(&Once::trace(&ClientId::parse(client).unwrap(), bench.now().plus(ttl))).await;
    }
    trace::refresh(&bench.realm).await.unwrap();
}

/// The lines that were written, from the log as text.
pub(crate) fn lines(log: &str) -> Vec<Value> {
    let text = log.lines().filter(|line| line.contains(" countersign::trace: "));
    text.map(|line| serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap()).collect()
}

fn endpoints(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["endpoint"].as_str().unwrap()).collect()
}

async fn log_in(bench: &Bench, id: &str) -> (Callback, Login) {
    let login = Rp::of(id).login("openid email").with("prompt", "consent").with("login_hint", "alice@example.com");
    let mut browser = Browser::new(bench);
    let page = Page::of(browser.authorize(&login).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    (Callback::of(&browser.submit(consent.press("allow")).await), login)
}

/// A whole use of a traced client: a login, its tokens, and what they open.
async fn traced_use(bench: &Bench, id: &str) -> (Callback, Login, Tokens) {
    on(bench, &[id], Ttl::minutes(10)).await;
    let (callback, login) = log_in(bench, id).await;
    let tokens = Rp::of(id).tokens_for(bench, &callback, &login).await;
    bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200);
    (callback, login, tokens)
}

#[tokio::test]
async fn nobody_is_traced_unless_an_administrator_says_so() {
    let log = Log::start();
    let bench = Bench::new().await;
    log_in(&bench, "shop").await;
    assert!(!log.stop().contains("countersign::trace"));
}

#[tokio::test]
async fn each_reply_to_a_traced_client_is_a_line_and_no_reply_to_another() {
    let log = Log::start();
    let bench = Bench::new().await;
    let (callback, login, _) = traced_use(&bench, "shop").await;
    Rp::of("shop").redeem(&bench, callback.code(), &login).await.expect(400);
    log_in(&bench, "rival").await;

    let lines = lines(&log.stop());
    let expected = ["authorize", "interaction", "sign-in", "interaction", "consent", "token", "userinfo", "token"];
    assert_eq!(endpoints(&lines), expected);
    let flow = &lines[0]["engine_flow"];
    for (number, line) in lines.iter().enumerate() {
        assert_eq!((&line["client_id"], &line["engine_flow"]), (&json!("shop"), flow));
        assert_eq!((&line["id"], &line["at"]), (&json!(number + 1), &json!(bench.now().millis())));
        assert!(line["took"].is_number() && line["checks"].is_array());
    }
    let refused = &lines[7];
    assert_eq!(refused["refused"]["rule"], "code.single_use");
    assert_eq!(refused["response"]["status"], 400);
    let told: Value = serde_json::from_str(refused["response"]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&told["error"], &told["trace_id"]), (&json!("invalid_grant"), &refused["trace_id"]));
    assert!(lines[5]["response"]["body"].is_null(), "the answer with the tokens");
}

#[tokio::test]
async fn a_line_has_what_is_public_of_a_request() {
    let log = Log::start();
    let bench = Bench::new().await;
    on(&bench, &["shop"], Ttl::minutes(10)).await;
    let (callback, login) = log_in(&bench, "shop").await;
    Rp::of("shop").redeem(&bench, callback.code(), &login).await.expect(200);
    let lines = lines(&log.stop());
    let target = lines[0]["request"]["target"].as_str().unwrap();
    let public = ["client_id=shop", "scope=openid+email", "prompt=consent", "code_challenge_method=S256"];
    for part in public.into_iter().chain(["state=…", "nonce=…", "login_hint=…"]) {
        assert!(target.contains(part), "{part} is not in {target}");
    }
    assert_eq!(lines[1]["request"]["target"], "/interaction/…");
    assert_eq!(lines[2]["request"]["target"], "/interaction/…/sign-in");
    let location = lines[4]["response"]["headers"].as_array().unwrap();
    let location = location.iter().find(|pair| pair[0] == "location").unwrap()[1].as_str().unwrap();
    assert!(location.starts_with("https://shop.example/callback?code=…&state=…&iss="), "{location}");
    let token = &lines[5]["request"];
    assert_eq!(token["body"], "grant_type=authorization_code&code=…&code_verifier=…");
    assert!(token["headers"].as_array().unwrap().contains(&json!(["authorization", "Basic …"])));
    // What the inspector reads: every member of its exchanges.
    let mut members: Vec<&String> = lines[0].as_object().unwrap().keys().collect();
    members.sort();
    let expected = [
        "at",
        "checks",
        "client_id",
        "endpoint",
        "engine_flow",
        "flow",
        "held",
        "id",
        "lost",
        "refused",
        "request",
        "response",
        "run",
        "site",
        "took",
        "trace_id",
        "traceparent",
    ];
    assert_eq!(members, expected);
}

#[tokio::test]
async fn what_stands_where_it_does_not_belong_is_left_out() {
    let log = Log::start();
    let bench = Bench::new().await;
    on(&bench, &["shop"], Ttl::minutes(10)).await;
    let misplaced =
        [("grant_type", "my secret"), ("scope", "openid hunter2"), ("resource", "my secret"), ("x", "hunter2")];
    bench.send(Ask::post("/token").form(&misplaced).basic("shop", &secret_of("shop"))).await.expect(400);
    bench.send(Ask::get("/authorize?client_id=shop&client_id=hunter2&code_challenge=hunter2")).await.expect(400);
    let lines = lines(&log.stop());
    assert_eq!(lines[0]["request"]["body"], "grant_type=…+…&scope=openid+…&resource=…&…=…");
    assert_eq!(lines[1]["request"]["target"], "/authorize?client_id=shop&client_id=…&code_challenge=…");
}

#[tokio::test]
async fn a_request_that_fails_before_its_client_is_looked_at_is_traced_by_the_name_that_it_gives() {
    let log = Log::start();
    let bench = Bench::new().await;
    on(&bench, &["shop", "spa"], Ttl::minutes(10)).await;
    bench.send(Ask::post("/token").form(&[("x", "y")]).basic("shop", &secret_of("shop"))).await.expect(400);
    bench.send(Ask::post("/token").form(&[("client_id", "spa"), ("grant_type", "password")])).await.expect(400);
    bench.send(Ask::post("/token").form(&[("client_id", "cli"), ("grant_type", "password")])).await.expect(400);
    bench.send(Ask::get("/authorize?client_id=spa&client_id=spa")).await.expect(400);
    let lines = lines(&log.stop());
    let rules: Vec<&Value> = lines.iter().map(|line| &line["refused"]["rule"]).collect();
    assert_eq!(rules, ["token.grant_type_present", "token.no_password_grant", "authorize.parameters_once"]);
    assert_eq!(lines[0]["request"]["body"], "…=…");
}

#[tokio::test]
async fn it_ends_by_itself_and_when_it_is_turned_off() {
    let log = Log::start();
    let bench = Bench::new().await;
    on(&bench, &["shop", "spa"], Ttl::minutes(10)).await;
    let ask = async |id: &str| {
        bench.send(Ask::post("/token").form(&[("client_id", id), ("grant_type", "password")])).await.expect(400);
    };
    ask("shop").await;
    let row = bench.find::<Once>("trace:shop").await.unwrap();
    let mut writes = Writes::none();
    writes.delete(&row);
    bench.realm.store.commit(&writes).await.unwrap().unwrap();
    trace::refresh(&bench.realm).await.unwrap();
    ask("shop").await;
    ask("spa").await;
    bench.advance(Ttl::minutes(10));
    ask("spa").await;
    assert_eq!(lines(&log.stop()).len(), 2);
}

#[tokio::test]
async fn answers_are_the_same_with_a_trace() {
    let (bare, traced) = (Bench::new().await, Bench::new().await);
    on(&traced, &["spa"], Ttl::minutes(10)).await;
    let long = format!("client_id=spa&grant_type=refresh_token&refresh_token={}", "x".repeat(70_000));
    for body in [long.as_str(), "client_id=spa&grant_type=refresh_token&refresh_token=x", "", "client_id=%zz"] {
        let (first, second) = (
            bare.send(Ask::post("/token").raw_form(body)).await,
            traced.send(Ask::post("/token").raw_form(body)).await,
        );
        assert_eq!((first.status, first.headers.len()), (second.status, second.headers.len()));
        let (mut first, mut second) = (first.json(), second.json());
        first["trace_id"] = Value::Null;
        second["trace_id"] = Value::Null;
        assert_eq!(first, second);
    }
}

#[tokio::test]
async fn nothing_about_a_person_is_in_a_line() {
    let log = Log::start();
    let bench = Bench::new().await;
    let (_, login, tokens) = traced_use(&bench, "shop").await;
    Rp::of("shop").introspect(&bench, &tokens.access).await;
    let text = log.stop();
    let lines = lines(&text);
    assert!(lines.len() > 7);
    let all = Value::from(lines).to_string();
    for personal in ["alice", "example.com\"", login.get("state"), login.get("nonce"), "198.51.100"] {
        assert!(!all.contains(personal), "{personal}");
    }
}
