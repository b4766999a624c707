//! The request as such: form, parameters, grant types (OAuth 2.1 §3.2.2).

use crate::support::{Ask, Bench, Rp, secret_of};

fn shop(ask: Ask) -> Ask {
    ask.basic("shop", &secret_of("shop"))
}

#[tokio::test]
async fn grants_that_are_not_in_the_build_are_refused_with_the_reason() {
    let bench = Bench::new().await;
    let fields = [("grant_type", "password"), ("username", "alice"), ("password", "x")];
    let reply = bench.send(shop(Ask::post("/token")).form(&fields)).await;
    reply.refused(400, "unsupported_grant_type");
    assert!(reply.json()["error_description"].as_str().unwrap().contains("authorization_code"));
    for other in [
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:device_code",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        "\u{0}",
    ] {
        bench
            .send(shop(Ask::post("/token")).form(&[("grant_type", other)]))
            .await
            .refused(400, "unsupported_grant_type");
    }
}

#[tokio::test]
async fn a_request_that_is_no_form_is_an_invalid_request() {
    let bench = Bench::new().await;
    let form = "grant_type=client_credentials";
    let many = (0..101).map(|n| format!("&p{n}=1")).collect::<Vec<_>>().concat();
    let asks = [
        Ask::post("/token"),
        Ask::post("/token").form(&[]),
        Ask::post("/token").body("application/json", r#"{"grant_type":"client_credentials"}"#),
        Ask::post("/token").body("text/plain", form),
        Ask::post("/token").body("multipart/form-data; boundary=x", form),
        Ask::post("/token").body("application/x-www-form-urlencoded-not", form),
        Ask::post("/token").raw_form(format!("{form}&{form}")),
        Ask::post("/token").raw_form(format!("{form}&scope=a&scope=b")),
        Ask::post("/token").raw_form(format!("{form}&x=%zz")),
        Ask::post("/token").raw_form([form.as_bytes(), b"&x=\xff"].concat()),
        Ask::post("/token").raw_form(format!("{form}{many}")),
        Ask::post("/token").raw_form(format!("{form}&x={}", "y".repeat(70_000))),
        Ask::post("/token").raw_form("grant_type="),
        Ask::post("/token").raw_form("grant_type"),
    ];
    for ask in asks {
        let what = format!(
            "{:?} {}",
            ask.headers.get("content-type"),
            String::from_utf8_lossy(&ask.body[..ask.body.len().min(60)])
        );
        let reply = bench.send(ask.basic("service", &secret_of("service"))).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (400, "invalid_request"), "{what}");
        assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    }
}

#[tokio::test]
async fn a_form_is_a_form_whatever_the_case_and_charset_of_its_type() {
    let bench = Bench::new().await;
    for kind in ["Application/X-WWW-Form-Urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"] {
        let ask =
            Ask::post("/token").body(kind, "grant_type=client_credentials").basic("service", &secret_of("service"));
        bench.send(ask).await.expect(200);
    }
}

#[tokio::test]
async fn parameters_in_the_address_do_not_count() {
    let bench = Bench::new().await;
    let ask = shop(Ask::post("/token?grant_type=client_credentials").form(&[]));
    bench.send(ask).await.refused(400, "invalid_request");
    let secret = countersign_protocol::params::encode(&secret_of("service"));
    let query = format!("/token?client_id=service&client_secret={secret}");
    bench.send(Ask::post(query).form(&[("grant_type", "client_credentials")])).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_empty_ones_are_absent() {
    let bench = Bench::new().await;
    let fields = [("grant_type", "client_credentials"), ("scope", ""), ("resource", ""), ("utm", "x")];
    let reply = Rp::of("service").call(&bench, "/token", &fields).await.expect(200);
    assert_eq!(reply.json()["scope"], "read:files read:profile");
}

#[tokio::test]
async fn errors_are_json_with_words_and_an_id_and_are_not_cached() {
    let bench = Bench::new().await;
    let reply = bench.send(shop(Ask::post("/token")).form(&[("grant_type", "x\"\\\u{1}")])).await;
    reply.refused(400, "unsupported_grant_type");
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
}
