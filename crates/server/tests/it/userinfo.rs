//! `GET|POST /userinfo` (OpenID Connect Core §5.3) and the Bearer challenge (RFC 6750 §3).

use countersign_engine::records::{Client, User, UserinfoFormat};
use countersign_jose::Algorithm;
use countersign_protocol::Ttl;
use serde_json::json;

use crate::support::{Ask, Bench, Browser, ISSUER, Rp, T0, Tokens, VAULT, claims_of, secret_of};

#[tokio::test]
async fn a_token_opens_the_claims_of_its_scopes_and_no_others() {
    let bench = Bench::new().await;
    let cases = [
        ("openid", json!({"sub": "u_alice"})),
        ("openid email", json!({"sub": "u_alice", "email": "alice@example.com", "email_verified": true})),
        (
            "openid profile",
            json!({
                "sub": "u_alice", "name": "alice of the bench", "preferred_username": "alice",
                "updated_at": T0.secs(),
            }),
        ),
    ];
    for (scope, expected) in cases {
        let login = Rp::of("shop").login(scope).with("prompt", "consent");
        let tokens = Rp::of("shop").tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
        let header = |ask: Ask| ask.bearer(&tokens.access);
        let asks = [
            header(Ask::get("/userinfo")),
            header(Ask::post("/userinfo")),
            header(Ask::post("/userinfo").form(&[])),
            Ask::post("/userinfo").form(&[("access_token", &tokens.access)]),
        ];
        for ask in asks {
            let reply = bench.send(ask).await.expect(200);
            assert_eq!(reply.json(), expected, "{scope}");
            assert_eq!(reply.header("cache-control"), "no-store");
        }
    }
}

/// RFC 6750 §3.1: no error, no detail, when no token was sent.
#[tokio::test]
async fn without_a_token_the_challenge_is_bare() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let asks = [
        Ask::get("/userinfo"),
        Ask::post("/userinfo").form(&[]),
        Ask::get(format!("/userinfo?access_token={}", tokens.access)),
        Ask::get("/userinfo").form(&[("access_token", &tokens.access)]),
        Ask::post("/userinfo").body("text/plain", format!("access_token={}", tokens.access)),
        Ask::get("/userinfo").basic("shop", &secret_of("shop")),
        Ask::get("/userinfo").header("cookie", format!("access_token={}", tokens.access)),
    ];
    for ask in asks {
        let reply = bench.send(ask.clone()).await.expect(401);
        assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"countersign\"", "{ask:?}");
    }
}

#[tokio::test]
async fn a_bad_token_is_invalid_token_in_challenge_and_body() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid", "alice").await;
    let (body, tail) = tokens.access.split_at(tokens.access.len() - 20);
    let flipped = format!("{body}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
    for bad in ["x", "a.b.c", &flipped, &tokens.id, &tokens.refresh, &"x".repeat(9000)] {
        let reply = bench.send(Ask::get("/userinfo").bearer(bad)).await;
        reply.refused(401, "invalid_token");
        let challenge = reply.header("www-authenticate");
        assert!(challenge.starts_with("Bearer realm=\"countersign\", error=\"invalid_token\""), "{challenge}");
    }
}

#[tokio::test]
async fn the_scheme_may_be_in_any_case_and_must_be_bearer() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let ask = Ask::get("/userinfo").header("authorization", format!("{scheme} {}", tokens.access));
        bench.send(ask).await.expect(200);
    }
    for value in [tokens.access.clone(), format!("Token {}", tokens.access), format!("DPoP {}", tokens.access)] {
        bench.send(Ask::get("/userinfo").header("authorization", value)).await.expect(401);
    }
}

/// RFC 6750 §2: one token, once.
#[tokio::test]
async fn two_tokens_are_refused() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let twice = Ask::get("/userinfo").bearer(&tokens.access).bearer(&tokens.access);
    let reply = bench.send(twice).await;
    assert!([400, 401].contains(&reply.status.as_u16()));
    let both = Ask::get("/userinfo").header("authorization", format!("Bearer {0} {0}", tokens.access));
    bench.send(both).await.expect(401);
    let form = Ask::post("/userinfo").form(&[("access_token", &tokens.access)]);
    for reply in [
        bench.send(form.clone().bearer(&tokens.access)).await,
        bench.send(form.basic("shop", &secret_of("shop"))).await,
        bench.send(Ask::post("/userinfo").raw_form(format!("access_token={0}&access_token={0}", tokens.access))).await,
        bench.send(Ask::post("/userinfo").raw_form("access_token=%zz")).await,
    ] {
        reply.refused(400, "invalid_request");
        assert!(reply.header("www-authenticate").contains("error=\"invalid_request\""));
    }
}

#[tokio::test]
async fn a_token_without_openid_is_not_enough_whomever_it_is_for() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let files = shop.tokens(&bench, "read:files", "alice").await;
    let login = shop.login("read:files").with("resource", VAULT).with("prompt", "consent");
    let vault = shop.tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
    let own = [("grant_type", "client_credentials"), ("scope", "read:files")];
    let own = Tokens::of(&Rp::of("service").call(&bench, "/token", &own).await);
    for tokens in [files, vault, own] {
        let reply = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await;
        reply.refused(403, "insufficient_scope");
        assert!(reply.header("www-authenticate").contains("error=\"insufficient_scope\""));
    }
}

#[tokio::test]
async fn what_the_user_unticked_later_is_gone_at_once() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let tokens = shop.tokens_in(&mut browser, &bench, &shop.login("openid email"), "alice").await;
    let login = shop.login("openid email").with("prompt", "consent");
    let page = crate::support::Page::of(browser.authorize(&login).await);
    browser.submit(page.with_button("allow").untick("scope:email").press("allow")).await;
    let reply = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200);
    assert_eq!(reply.json(), json!({"sub": "u_alice"}));
}

#[tokio::test]
async fn an_expired_token_and_a_disabled_user_are_refused() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    bench.change::<User>("u_alice", |user| user.enabled = false).await;
    bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.refused(401, "invalid_token");
    bench.change::<User>("u_alice", |user| user.enabled = true).await;
    bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200);
    bench.advance(Ttl::secs(300));
    let reply = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await;
    reply.refused(401, "invalid_token");
    assert!(reply.header("www-authenticate").contains("expired"));
}

/// OpenID Connect Core §5.3.2: as a token, if the client registered that; a refusal stays JSON.
#[tokio::test]
async fn a_client_that_asked_for_a_token_gets_one_as_application_jwt() {
    let bench = Bench::new().await;
    bench
        .change::<Client>("shop", |client| {
            client.userinfo = UserinfoFormat { signed: Some(Algorithm::ES256), encrypted: None };
        })
        .await;
    let tokens = Rp::of("shop").tokens(&bench, "openid email", "alice").await;
    for ask in [Ask::get("/userinfo"), Ask::post("/userinfo")] {
        let reply = bench.send(ask.bearer(&tokens.access)).await.expect(200);
        assert_eq!((reply.header("content-type"), reply.header("cache-control")), ("application/jwt", "no-store"));
        let claims = claims_of(&reply.text());
        let expected = json!({
            "sub": "u_alice", "email": "alice@example.com", "email_verified": true, "iss": ISSUER, "aud": "shop",
        });
        assert_eq!(claims, expected);
    }
    let refused = bench.send(Ask::get("/userinfo").bearer("x")).await;
    refused.refused(401, "invalid_token");
    assert_eq!(refused.header("content-type"), "application/json");
}
