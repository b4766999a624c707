//! Who may look, and press buttons: this computer, and the explorer's own pages.

use http::Request;
use serde_json::json;

use crate::support::{World, ask};

const HOST: (&str, &str) = ("host", "localhost:4000");

#[tokio::test(flavor = "multi_thread")]
async fn another_name_for_this_computer_is_refused_everywhere() {
    let world = World::new().await;
    for host in ["evil.example", "evil.example:4000", "localhost.evil.example:4000", "10.0.0.1:4000"] {
        for line in [
            "GET /explore",
            "GET /inspect",
            "GET /explore/assets/tokens.css",
            "GET /explore/api/events",
            "GET /explore/api/clock",
            "POST /explore/api/clear",
        ] {
            let answer = ask(&world.front, line, &[("host", host)], Some(json!({}))).await.expect(403);
            assert!(!answer.text().contains("<html"), "{line}");
        }
    }
    ask(&world.front, "GET /explore/api/clock", &[], None).await.expect(403);
    for host in ["localhost:4000", "127.0.0.1:4000", "[::1]:4000"] {
        ask(&world.front, "GET /explore", &[("host", host)], None).await.expect(200);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_can_press_no_button_and_read_no_event() {
    let world = World::new().await;
    let foreign = [("origin", "http://localhost:4001"), ("origin", "null"), ("sec-fetch-site", "same-site")];
    for header in foreign {
        for line in ["POST /explore/api/clear", "POST /explore/api/clock", "GET /explore/api/events"] {
            let body = line.starts_with("POST").then(|| json!({"advance": 1}));
            ask(&world.front, line, &[HOST, header], body).await.expect(403);
        }
    }
    let own = [HOST, ("origin", "http://localhost:4000"), ("sec-fetch-site", "same-origin")];
    ask(&world.front, "POST /explore/api/clear", &own, Some(json!({}))).await.expect(204);
    assert_eq!(world.clock.moved().ahead, 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_no_button() {
    let world = World::new().await;
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        let answer = ask(&world.front, "POST /explore/api/clear", &[HOST, ("content-type", kind)], None).await;
        assert_eq!(answer.expect(415).json()["error"], "invalid_request", "{kind}");
    }
    ask(&world.front, "POST /explore/api/clear", &[HOST], None).await.expect(415);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_has_the_strict_policy() {
    let world = World::new().await;
    for line in ["GET /explore", "GET /inspect", "GET /explore/assets/explore.js", "GET /explore/api/faults"] {
        let answer = ask(&world.front, line, &[HOST], None).await.expect(200);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_have_a_type_and_are_not_sent_twice() {
    let world = World::new().await;
    let files =
        [("explore.js", "text/javascript"), ("tokens.css", "text/css"), ("data/tables.json", "application/json")];
    for (file, kind) in files {
        let line = format!("GET /explore/assets/{file}");
        let answer = ask(&world.front, &line, &[HOST], None).await.expect(200);
        assert!(answer.header("content-type").starts_with(kind), "{file}");
        assert_eq!(answer.header("cache-control"), "no-cache");
        let etag = answer.header("etag").to_owned();
        let again = ask(&world.front, &line, &[HOST, ("if-none-match", &etag)], None).await.expect(304);
        assert!(again.body.is_empty());
        ask(&world.front, &line, &[HOST, ("if-none-match", "\"other\"")], None).await.expect(200);
    }
    for file in ["nothing.js", "../Cargo.toml", "%2e%2e/Cargo.toml", "package.json", "tests/wire.test.js"] {
        ask(&world.front, &format!("GET /explore/assets/{file}"), &[HOST], None).await.expect(404);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_compressed_for_whoever_takes_that_and_nothing_else_is() {
    let world = World::new().await;
    let gzip = ("accept-encoding", "gzip, deflate, br, zstd");
    for line in
        ["GET /explore", "GET /inspect", "GET /explore/assets/explore.js", "GET /explore/assets/data/tables.json"]
    {
        let plain = ask(&world.front, line, &[HOST], None).await.expect(200);
        let packed = ask(&world.front, line, &[HOST, gzip], None).await.expect(200);
        assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"), "{line}");
        assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() * 2 < plain.body.len(), "{line}");
        for answer in [&plain, &packed] {
            assert_eq!(answer.header("vary"), "accept-encoding");
        }
        let (one, other) = (plain.header("etag").to_owned(), packed.header("etag").to_owned());
        assert_ne!(one, other);
        let again = ask(&world.front, line, &[HOST, gzip, ("if-none-match", &other)], None).await.expect(304);
        assert_eq!((again.header("etag"), again.header("vary")), (&*other, "accept-encoding"));
        ask(&world.front, line, &[HOST, gzip, ("if-none-match", &one)], None).await.expect(200);
    }
    for line in ["GET /explore/api/faults", "GET /explore/api/clock", "GET /.well-known/openid-configuration"] {
        let answer = ask(&world.front, line, &[HOST, gzip], None).await.expect(200);
        assert_eq!(answer.header("content-encoding"), "", "{line}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_json() {
    let world = World::new().await;
    for line in ["GET /explore/api/nothing", "GET /explore/api/flows/f99", "GET /explore/api/flows/x"] {
        assert_eq!(world.ask(line, None).await.expect(404).json()["error"], "not_found", "{line}");
    }
    for line in ["POST /explore/api/faults/nothing", "POST /explore/api/runs/r1/next"] {
        assert_eq!(world.ask(line, Some(json!({}))).await.expect(404).json()["error"], "not_found", "{line}");
    }
    assert_eq!(world.ask("DELETE /explore/api/clock", None).await.expect(405).json()["error"], "invalid_request");
    for body in ["", "[]", "{\"advance\":-1}", "{\"advance\":1,\"x\":2}", "{\"advance\":99999999999}"] {
        let request =
            Request::post("/explore/api/clock").header("host", "localhost").header("content-type", "application/json");
        let answer = crate::support::bare(&world.front, request.body(body.into()).unwrap()).await.expect(400);
        assert_eq!(answer.json()["error"], "invalid_request", "{body}");
    }
    world.stop().await;
}
