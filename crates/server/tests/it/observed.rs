//! The trace that rides on every reply: which checks, whose flow, why refused.

use countersign_engine::{grants::authorization_code, token, tokens};
use countersign_protocol::{ClientId, Rule};
use countersign_server::observed::Observed;
use serde_json::json;

use crate::support::{Ask, Bench, Browser, Rp, Tokens};

fn count(observed: &Observed, rule: &Rule) -> usize {
    observed.checks.iter().filter(|check| check.rule == rule).count()
}

fn client(observed: &Observed) -> Option<&str> {
    observed.client.as_ref().map(ClientId::as_str)
}

#[tokio::test]
async fn a_token_reply_carries_each_check_in_order_and_that_the_form_was_readable_once() {
    let bench = Bench::new().await;
    let (shop, login) = (Rp::of("shop"), Rp::of("shop").login("openid"));
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    let reply = shop.redeem(&bench, callback.code(), &login).await;
    let observed = reply.observed();
    assert_eq!((observed.endpoint, client(observed)), ("token", Some("shop")));
    assert!(observed.refused.is_none() && observed.trace_id.is_none());
    assert!(observed.checks.iter().all(|check| check.ok));
    assert_eq!(observed.checks[0].rule, &token::rules::FORM_READABLE);
    assert_eq!(count(observed, &token::rules::FORM_READABLE), 1);
    assert_eq!(count(observed, &authorization_code::rules::CODE_SINGLE_USE), 1);

    let tokens = Tokens::of(&reply);
    for path in ["/introspect", "/revoke"] {
        let reply = shop.call(&bench, path, &[("token", &tokens.access)]).await;
        assert_eq!(count(reply.observed(), &token::rules::FORM_READABLE), 1, "{path}");
    }
}

#[tokio::test]
async fn every_reply_of_a_login_names_the_same_flow() {
    let bench = Bench::new().await;
    let (shop, login) = (Rp::of("shop"), Rp::of("shop").login("openid"));
    let mut browser = Browser::new(&bench);
    let begun = browser.get(&login.url()).await;
    let flow = begun.observed().flow.clone();
    assert!(flow.is_some());
    let page = browser.get(begun.location()).await;
    assert_eq!((page.observed().endpoint, &page.observed().flow), ("interaction", &flow));
    assert_eq!(client(page.observed()), Some("shop"));

    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    let redeemed = shop.redeem(&bench, callback.code(), &login).await;
    let flow = redeemed.observed().flow.clone();
    let tokens = Tokens::of(&redeemed);
    let refreshed = shop.refresh(&bench, &tokens.refresh).await;
    let userinfo = bench.send(Ask::get("/userinfo").bearer(&Tokens::of(&refreshed).access)).await;
    for reply in [refreshed, userinfo] {
        assert_eq!((&reply.observed().flow, client(reply.observed())), (&flow, Some("shop")));
    }
}

#[tokio::test]
async fn a_refusal_is_there_with_the_trace_id_that_the_client_was_told() {
    let bench = Bench::new().await;
    let (shop, login) = (Rp::of("shop"), Rp::of("shop").login("openid"));
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    shop.redeem(&bench, callback.code(), &login).await.expect(200);
    let reply = shop.redeem(&bench, callback.code(), &login).await;
    let observed = reply.observed();
    let refusal = observed.refused.as_ref().unwrap();
    assert_eq!(refusal.rule, &authorization_code::rules::CODE_SINGLE_USE);
    assert_eq!(observed.checks.last().map(|check| (check.rule, check.ok)), Some((refusal.rule, false)));
    assert_eq!(reply.json()["trace_id"].as_str(), observed.trace_id.as_deref());

    let reply = bench.send(Ask::get("/userinfo").bearer("x")).await;
    assert_eq!(reply.observed().refused.as_ref().map(|refusal| refusal.rule), Some(&tokens::rules::TOKEN_KNOWN));
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_one_failed_check_with_the_reason() {
    let bench = Bench::new().await;
    let reply = bench.send(Ask::post("/token").body("text/plain", "grant_type=refresh_token")).await;
    let observed = reply.observed();
    assert_eq!(observed.checks.len(), 1);
    let detail = observed.refused.as_ref().and_then(|refusal| refusal.detail.as_deref());
    assert_eq!(detail, Some("The Content-Type header is missing or names something else"));
}

#[tokio::test]
async fn pages_and_redirects_that_refuse_carry_the_rule_too() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid");
    let page = bench.send(Ask::get(login.clone().with("redirect_uri", "https://evil.example/").url())).await;
    let refused = page.observed().refused.as_ref().unwrap();
    assert_eq!(refused.rule.id, "authorize.redirect_uri_registered");
    assert!(page.text().contains(page.observed().trace_id.as_deref().unwrap()));

    let redirect = bench.send(Ask::get(login.with("scope", "nothing").url())).await;
    assert!(redirect.location().contains("error=invalid_scope"));
    let refused = redirect.observed().refused.as_ref().unwrap();
    assert_eq!((refused.rule.id, client(redirect.observed())), ("scope.client_may_ask", Some("shop")));
}

#[tokio::test]
async fn a_registration_names_the_client_that_it_made() {
    let bench = Bench::new().await;
    let metadata = json!({"redirect_uris": ["https://new.example/callback"], "token_endpoint_auth_method": "none"});
    let reply = bench.send(Ask::post("/register").json(&metadata)).await.expect(201);
    assert_eq!(client(reply.observed()), reply.json()["client_id"].as_str());
}
