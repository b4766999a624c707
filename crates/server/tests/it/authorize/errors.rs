//! Refusals: to a page while client and redirect URI are not proven, else to the client (OAuth 2.1 §4.1.2.1).

use countersign_engine::records::Client;

use super::{error_at_client, error_page};
use crate::support::{Ask, Bench, Browser, Callback, ISSUER, Page, Rp};

#[tokio::test]
async fn an_unproven_client_or_redirect_uri_gets_a_page_and_no_redirect() {
    let bench = Bench::new().await;
    let login = || Rp::of("shop").login("openid");
    let cases = [
        (login().without("client_id"), "authorize.client_named"),
        (login().with("client_id", "nobody"), "authorize.client_known"),
        (login().with("client_id", "u_alice"), "authorize.client_known"),
        (login().with("client_id", "shop\u{0}"), "authorize.client_known"),
        (login().with("client_id", "Shop"), "authorize.client_known"),
        (login().with("redirect_uri", "https://evil.example/callback"), "authorize.redirect_uri_registered"),
        (Rp::of("cli").login("openid").without("redirect_uri"), "authorize.redirect_uri_present"),
    ];
    for (login, rule) in cases {
        let text = error_page(&bench, &login.url()).await;
        assert!(text.contains(rule), "{rule}: {text}");
    }
}

#[tokio::test]
async fn the_page_shows_what_was_sent_the_nearest_registered_value_and_where_they_part() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("redirect_uri", "https://shop.example/callback/");
    let text = error_page(&bench, &login.url()).await;
    assert!(
        text.contains("https://shop.example/callback/") && text.contains("First difference: character 30"),
        "{text}"
    );
}

#[tokio::test]
async fn what_was_sent_is_shown_as_text() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("redirect_uri", "javascript:alert('<img src=x onerror=y>')");
    let reply = Browser::new(&bench).arrive(&login.url()).await.expect(400);
    assert!(!reply.text().contains("<img"));
    assert!(Page::of(reply).text.contains("<img src=x onerror=y>"));
}

#[tokio::test]
async fn everything_else_is_told_to_the_client() {
    let bench = Bench::new().await;
    let login = || Rp::of("shop").login("openid");
    let cases = [
        (login().without("response_type"), "invalid_request"),
        (login().with("response_type", "token"), "unsupported_response_type"),
        (login().with("response_type", "code id_token"), "unsupported_response_type"),
        (login().with("response_type", "id_token token"), "unsupported_response_type"),
        (login().with("response_type", "none"), "unsupported_response_type"),
        (login().with("response_type", "CODE"), "unsupported_response_type"),
        (login().with("response_mode", "fragment"), "invalid_request"),
        (login().with("response_mode", "form_post.jwt"), "invalid_request"),
        (login().with("scope", "openid admin:everything"), "ok"),
        (login().with("scope", "admin:everything"), "invalid_scope"),
        (login().with("scope", "openid  profile"), "invalid_scope"),
        (login().with("scope", "openid \"x\""), "invalid_scope"),
        (login().without("code_challenge"), "invalid_request"),
        (login().without("code_challenge").without("code_challenge_method"), "invalid_request"),
        (login().with("code_challenge", "short"), "invalid_request"),
        (login().with("code_challenge", &format!("{}=", login().get("code_challenge"))), "invalid_request"),
        (login().with("code_challenge_method", "plain"), "invalid_request"),
        (login().with("code_challenge_method", "s256"), "invalid_request"),
        (login().without("code_challenge_method"), "invalid_request"),
        (login().with("prompt", "none login"), "invalid_request"),
        (login().with("prompt", "maybe"), "invalid_request"),
        (login().with("max_age", "-1"), "invalid_request"),
        (login().with("max_age", "1.5"), "invalid_request"),
        (login().with("max_age", "99999999999999999999"), "ok"),
        (login().with("state", &"x".repeat(4097)), "invalid_request"),
        (login().with("nonce", &"x".repeat(4097)), "invalid_request"),
        (login().with("login_hint", &"x".repeat(257)), "invalid_request"),
        (login().with("resource", "https://unknown.example/"), "invalid_target"),
        (login().with("resource", "https://api.example"), "invalid_target"),
        (login().with("resource", "https://api.example/#fragment"), "invalid_target"),
        (login().with("request", "e30.e30."), "invalid_request_object"),
        (login().with("request_uri", "https://shop.example/request"), "invalid_request_uri"),
        (login().with("registration", "{}"), "registration_not_supported"),
    ];
    for (login, expected) in cases {
        if expected == "ok" {
            let page = Page::of(Browser::new(&bench).authorize(&login).await);
            assert!(page.has_button("sign-in"), "{}", login.query());
        } else {
            assert_eq!(error_at_client(&bench, &login).await, expected, "{}", login.query());
        }
    }
}

/// OAuth 2.1 §3.1, for each parameter that means something.
#[tokio::test]
async fn a_repeated_parameter_is_refused_wherever_the_refusal_can_still_go() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("prompt", "consent").with("max_age", "9").with("login_hint", "x");
    for (name, value) in login.params.clone() {
        let query = format!("{}&{name}={}", login.query(), countersign_protocol::params::encode(&value));
        let url = format!("/authorize?{query}");
        // An OpenID Connect request has to say where to go (Core §3.1.2.1), and which of two is meant nobody knows.
        if name == "client_id" || name == "redirect_uri" {
            assert!(error_page(&bench, &url).await.contains("authorize.parameters_once"), "{name}");
            continue;
        }
        let reply = Browser::new(&bench).arrive(&url).await;
        let callback = Callback::of(&reply);
        assert_eq!((callback.get("error"), callback.get("iss")), ("invalid_request", ISSUER), "{name}");
        let words = callback.get("error_description");
        assert!(words.contains(&format!("{name} came more than once")), "{words}");
        assert_eq!(callback.get("state") == login.get("state"), name != "state", "which of two states is meant?");
    }
}

#[tokio::test]
async fn a_repeated_redirect_uri_of_a_client_with_several_gets_a_page() {
    let bench = Bench::new().await;
    let cli = Rp::of("cli");
    let again = countersign_protocol::params::encode(&cli.redirect_uri);
    let url = format!("{}&redirect_uri={again}", cli.login("openid").url());
    assert!(error_page(&bench, &url).await.contains("redirect_uri came more than once"));
}

#[tokio::test]
async fn a_parameter_repeated_in_another_spelling_is_repeated() {
    let bench = Bench::new().await;
    let url = format!("{}&%73cope=profile", Rp::of("shop").login("openid").url());
    let reply = Browser::new(&bench).arrive(&url).await;
    assert_eq!(Callback::of(&reply).get("error"), "invalid_request");
}

#[tokio::test]
async fn a_disabled_client_is_refused_and_a_removed_one_is_unknown() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid");
    bench.change::<Client>("shop", |client| client.enabled = false).await;
    assert_eq!(error_at_client(&bench, &login).await, "unauthorized_client");
    bench.remove::<Client>("shop").await;
    assert!(error_page(&bench, &login.url()).await.contains("authorize.client_known"));
}

#[tokio::test]
async fn a_client_without_the_grant_is_refused() {
    let bench = Bench::new().await;
    bench.change::<Client>("shop", |client| client.grant_types.clear()).await;
    assert_eq!(error_at_client(&bench, &Rp::of("shop").login("openid")).await, "unauthorized_client");
}

/// M14: the refusal of the implicit types says why.
#[tokio::test]
async fn the_refusal_of_implicit_says_why() {
    let bench = Bench::new().await;
    let login = Rp::of("spa").login("openid").with("response_type", "token");
    let reply = Browser::new(&bench).arrive(&login.url()).await;
    let callback = Callback::of(&reply);
    assert!(callback.get("error_description").contains("address bar"), "{callback:?}");
    assert!(!reply.location().contains('#'), "never a fragment");
}

#[tokio::test]
async fn an_unreadable_request_gets_a_page() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid");
    for tail in ["&x=%", "&x=%zz", "&x=%ff", "&%c3%28=1"] {
        let text = error_page(&bench, &format!("{}{tail}", login.url())).await;
        assert!(text.contains("authorize.parameters_readable"), "{tail}: {text}");
    }
    let many = (0..100).map(|n| format!("&p{n}=1")).collect::<Vec<_>>().concat();
    assert!(error_page(&bench, &format!("{}{many}", login.url())).await.contains("100 parameters"));
    error_page(&bench, "/authorize").await;
    error_page(&bench, "/authorize?").await;
}

#[tokio::test]
async fn a_post_that_is_not_a_form_gets_a_page() {
    let bench = Bench::new().await;
    let query = Rp::of("shop").login("openid").query();
    let asks = [
        Ask::post("/authorize").body("application/json", query.clone()),
        Ask::post("/authorize").body("text/plain", query.clone()),
        Ask::post("/authorize").raw_form(format!("{query}&x=\u{fc}")),
        Ask::post("/authorize").raw_form(format!("{query}\r\nX: y")),
        Ask::post("/authorize").raw_form(format!("{query}#fragment")),
        Ask::post("/authorize").raw_form(vec![b'a'; 70_000]),
        Ask::post("/authorize").raw_form([0xff, 0xfe]),
    ];
    for ask in asks {
        let page = Page::of(bench.send(ask.clone()).await.expect(400));
        assert!(page.text.contains("authorize.parameters_readable"), "{ask:?}: {}", page.text);
    }
}

#[tokio::test]
async fn a_scope_that_the_client_may_not_ask_is_refused_before_anybody_signs_in() {
    let bench = Bench::new().await;
    let scope = countersign_protocol::ScopeSet::parse("openid profile").unwrap();
    bench.change::<Client>("shop", |client| client.scope = scope).await;
    let login = Rp::of("shop").login("openid read:files");
    assert_eq!(error_at_client(&bench, &login).await, "invalid_scope");
}
