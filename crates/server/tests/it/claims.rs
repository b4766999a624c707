//! The `claims` parameter, from the request over the consent page to ID token and userinfo (OpenID Connect Core §5.5).

use serde_json::{Value, json};

use crate::support::{Ask, Bench, Browser, Callback, ISSUER, Page, Rp, Tokens};

async fn consent(browser: &mut Browser, claims: &Value) -> (crate::support::Login, Page) {
    let login = Rp::of("shop").login("openid").with("claims", &claims.to_string());
    let page = Page::of(browser.authorize(&login).await);
    let page = if page.has_button("allow") { page } else { Page::of(browser.sign_in(&page, "alice").await) };
    (login, page)
}

async fn userinfo(bench: &Bench, tokens: &Tokens) -> Value {
    bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200).json()
}

#[tokio::test]
async fn the_metadata_says_that_it_is_understood_and_which_claims_there_are() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    assert_eq!(document["claims_parameter_supported"], true);
    assert_eq!(document["claim_types_supported"], json!(["normal"]));
    let claims = document["claims_supported"].as_array().unwrap();
    for claim in ["sub", "acr", "auth_time", "name", "email", "updated_at"] {
        assert!(claims.contains(&claim.into()), "{claim}");
    }
    assert!(!claims.contains(&"phone_number".into()), "no scope of this server opens it");
}

#[tokio::test]
async fn the_page_says_which_data_goes_where_and_each_claim_can_be_unticked() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let claims =
        json!({"id_token": {"email": {"essential": true}}, "userinfo": {"name": null, "email_verified": null}});
    let (login, page) = consent(&mut browser, &claims).await;
    for words in ["Email address", "Full name", "Which data goes where", "With this sign-inEmail address Whenever"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let form = page.with_button("allow").untick("claim:email_verified");
    let callback = Callback::of(&browser.submit(form.press("allow")).await);
    let tokens = Rp::of("shop").tokens_for(&bench, &callback, &login).await;
    assert_eq!(userinfo(&bench, &tokens).await, json!({"sub": "u_alice", "name": "alice of the bench"}));
    let claims = tokens.verified_id_claims(&bench);
    assert_eq!((&claims["email"], claims.get("name")), (&json!("alice@example.com"), None));
    // The account page has them too, where they can be taken back.
    let account = browser.open("/account").await;
    assert!(account.text.contains("Full name") && account.text.contains("Email address"), "{}", account.text);
}

#[tokio::test]
async fn what_was_approved_once_is_not_asked_again_and_anything_more_is() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let name = json!({"userinfo": {"name": {"essential": true}}});
    let (_, page) = consent(&mut browser, &name).await;
    browser.submit(page.press("allow")).await;
    let silent = |claims: &Value| {
        Rp::of("shop").login("openid").with("prompt", "none").with("claims", &claims.to_string()).url()
    };
    Callback::of(&browser.arrive(&silent(&name)).await).code();
    let more = json!({"userinfo": {"name": null, "email": null}});
    let callback = Callback::of(&browser.arrive(&silent(&more)).await);
    assert_eq!((callback.get("error"), callback.get("iss")), ("consent_required", ISSUER));
    let (_, page) = consent(&mut browser, &more).await;
    assert!(page.text.contains("Full name Allowed before"), "{}", page.text);
}

/// A form can be changed by who sends it, but not to more than was asked for.
#[tokio::test]
async fn a_forged_form_gives_no_claim_that_was_not_asked_for() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let (login, page) = consent(&mut browser, &json!({"userinfo": {"name": null}})).await;
    let form = page.with_button("allow").forge("claim:email", "email").forge("claim:sub", "sub");
    let callback = Callback::of(&browser.submit(form.press("allow")).await);
    let tokens = Rp::of("shop").tokens_for(&bench, &callback, &login).await;
    assert_eq!(userinfo(&bench, &tokens).await, json!({"sub": "u_alice", "name": "alice of the bench"}));
}

#[tokio::test]
async fn scopes_alone_put_nothing_into_the_id_token() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid profile email", "alice").await;
    let claims = tokens.verified_id_claims(&bench);
    for claim in ["name", "email", "email_verified", "updated_at", "azp"] {
        assert_eq!(claims.get(claim), None, "{claim}");
    }
    assert_eq!(userinfo(&bench, &tokens).await["email"], "alice@example.com");
}

#[tokio::test]
async fn a_subject_with_a_value_must_be_the_user_who_signs_in() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    let asking = |sub: &str| {
        let claims = json!({"id_token": {"sub": {"value": sub}}}).to_string();
        Rp::of("shop").login("openid").with("claims", &claims)
    };
    Callback::of(&browser.arrive(&asking("u_alice").with("prompt", "none").url()).await).code();
    let silent = Callback::of(&browser.arrive(&asking("u_bob").with("prompt", "none").url()).await);
    assert_eq!(silent.get("error"), "login_required");
    // Alice can't get Bob's answer by signing in once more.
    let page = Page::of(browser.authorize(&asking("u_bob")).await);
    let callback = Callback::of(&browser.sign_in(&page, "alice").await);
    assert_eq!((callback.get("error"), callback.get("code")), ("login_required", ""));
}

#[tokio::test]
async fn an_essential_class_that_cannot_be_met_and_a_malformed_parameter_are_told_to_the_client() {
    let bench = Bench::new().await;
    let cases = [
        (
            r#"{"id_token":{"acr":{"essential":true,"values":["urn:mace:incommon:iap:silver"]}}}"#,
            "unmet_authentication_requirements",
        ),
        (r#"{"userinfo":{"name":true}}"#, "invalid_request"),
        ("{", "invalid_request"),
    ];
    for (claims, error) in cases {
        let login = Rp::of("shop").login("openid").with("claims", claims);
        let callback = Callback::of(&Browser::new(&bench).arrive(&login.url()).await);
        assert_eq!((callback.get("error"), callback.get("state")), (error, login.get("state")), "{claims}");
    }
    let met = r#"{"id_token":{"acr":{"essential":true,"values":["2","1"]},"auth_time":{"essential":true}}}"#;
    let login = Rp::of("shop").login("openid").with("claims", met);
    let tokens = Rp::of("shop").tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
    let claims = tokens.verified_id_claims(&bench);
    assert_eq!((&claims["acr"], claims["auth_time"].is_i64()), (&"1".into(), true));
}
