//! What whoever was refused is told over HTTP: in words, and with the name under which the log knows it.

use countersign_engine::records::{Browser as BrowserRecord, Family, Interaction};

use crate::support::{Ask, Bench, Browser, Callback, Log, Page, Rp, Tokens};

fn trace_id(callback: &Callback) -> &str {
    callback.get("countersign_trace_id")
}

#[tokio::test]
async fn a_refusal_that_travels_by_redirect_carries_its_trace_id_and_the_log_knows_it() {
    let bench = Bench::new().await;
    let login = || Rp::of("shop").login("openid");
    let log = Log::start();
    let mut cases = Vec::new();
    for login in [login().with("scope", "admin:everything"), login().with("prompt", "none")] {
        cases.push(Browser::new(&bench).arrive(&login.url()).await);
    }
    let mut browser = Browser::new(&bench);
    let page = browser.authorize(&login()).await;
    let consent = Page::of(browser.sign_in(&Page::of(page), "alice").await);
    cases.push(browser.submit(consent.press("deny")).await);
    let log = log.stop();
    for (reply, error) in cases.iter().zip(["invalid_scope", "login_required", "access_denied"]) {
        let callback = Callback::of(reply);
        assert_eq!(callback.get("error"), error);
        assert_eq!(reply.observed().trace_id.as_deref(), Some(trace_id(&callback)), "{error}");
        assert!(reply.observed().refused.is_some(), "{error}");
        assert!(log.contains(trace_id(&callback)), "{error}: {log}");
    }
}

#[tokio::test]
async fn a_refusal_that_a_form_carries_has_its_trace_id_and_an_approval_has_none() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("response_mode", "form_post");
    let reply = Browser::new(&bench).arrive(&login.clone().with("prompt", "none").url()).await;
    let callback = Callback::of_form(&Page::of(reply));
    assert_eq!((callback.get("error"), trace_id(&callback).len()), ("login_required", 12));
    let callback = Browser::new(&bench).log_in(&Rp::of("shop").login("openid"), "alice").await;
    assert_eq!((callback.get("error"), trace_id(&callback)), ("", ""));
}

/// `trace_id_at_clients = false` of `[log]`: for suites that warn of parameters that they do not know.
#[tokio::test]
async fn no_trace_id_travels_to_a_client_where_the_configuration_is_against_it() {
    let bench = Bench::with(|realm| realm.trace_id_at_clients = false).await;
    let login = || Rp::of("shop").login("openid").with("prompt", "none");
    let by_redirect = bench.send_unchecked(Ask::get(login().url())).await;
    let by_form = bench.send(Ask::get(login().with("response_mode", "form_post").url())).await;
    for reply in [&by_redirect, &by_form] {
        assert!(reply.observed().trace_id.is_some(), "the log has it");
    }
    for callback in [Callback::of(&by_redirect), Callback::of_form(&Page::of(by_form))] {
        assert_eq!((callback.get("error"), trace_id(&callback)), ("login_required", ""));
    }
}

#[tokio::test]
async fn a_bearer_challenge_tells_the_error_in_words_with_its_trace_id() {
    let bench = Bench::new().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let reply = bench.send(Ask::get("/userinfo").bearer(&tokens.refresh)).await.expect(401);
    let challenge = reply.header("www-authenticate");
    assert!(challenge.contains("It is a refresh token, which is for the token endpoint only"), "{challenge}");
    assert!(challenge.contains(&format!("trace_id=\"{}\"", reply.json()["trace_id"].as_str().unwrap())), "{challenge}");
    let reply = bench.send(Ask::get("/userinfo")).await.expect(401);
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"countersign\"");
    for (header, words) in [
        (tokens.access.as_str(), "has no scheme: write Bearer"),
        ("Basic YTpi", "is Basic, or there were several"),
        ("DPoP abc", "has another scheme"),
    ] {
        let reply = bench.send(Ask::get("/userinfo").header("authorization", header)).await.expect(401);
        assert!(reply.json()["error_description"].as_str().unwrap().contains(words), "{words}: {}", reply.text());
    }
}

/// What is said is the same for a client that exists and for one that doesn't; the log knows better.
#[tokio::test]
async fn who_is_no_client_is_told_what_came_and_the_log_why() {
    let bench = Bench::new().await;
    let log = Log::start();
    // shop:wrong+secret and nobody:wrong+secret
    let ask = |header: &str| {
        Ask::post("/token").form(&[("grant_type", "client_credentials")]).header("authorization", header)
    };
    let (known, unknown) = (
        bench.send(ask("Basic c2hvcDp3cm9uZytzZWNyZXQ=")).await.expect(401),
        bench.send(ask("Basic bm9ib2R5Ondyb25nK3NlY3JldA==")).await.expect(401),
    );
    let log = log.stop();
    let (said, other) = (known.json()["error_description"].clone(), unknown.json()["error_description"].clone());
    assert_eq!(said, other);
    assert!(said.as_str().unwrap().contains("form-urlencode client_id and client_secret"), "{said}");
    assert!(
        log.contains("none of its secrets that still work") && log.contains("no client has this client_id"),
        "{log}"
    );
    assert!(!log.contains("wrong+secret") && log.contains("shop"), "{log}");
}

#[tokio::test]
async fn a_head_request_does_nothing_that_a_get_request_would() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let login = Rp::of("shop").login("openid");
    browser.log_in(&login, "alice").await;
    let begun = browser.arrive(&login.clone().with("prompt", "login").url()).await.location().to_owned();
    let before = (bench.all::<BrowserRecord>().await, bench.all::<Interaction>().await, bench.all::<Family>().await);
    for path in [login.url(), begun, "/account".to_owned()] {
        let reply = bench.send(Ask::new("HEAD", &path)).await.expect(405);
        assert!(reply.header("allow").starts_with("GET"), "{path}");
        assert!(!reply.has("set-cookie") && !reply.has("location"), "{path}");
    }
    let after = (bench.all::<BrowserRecord>().await, bench.all::<Interaction>().await, bench.all::<Family>().await);
    assert_eq!(before, after);
    bench.send(Ask::new("HEAD", "/")).await.expect(200);
    bench.send(Ask::new("HEAD", "/.well-known/openid-configuration")).await.expect(200);
}

#[tokio::test]
async fn a_lost_cookie_is_explained_by_what_the_request_shows() {
    let bench = Bench::new().await;
    let begun = Browser::new(&bench).arrive(&Rp::of("shop").login("openid").url()).await.location().to_owned();
    let host = bench.realm.host().to_owned();
    let mut other = Browser::new(&bench);
    other.open("/account").await;
    let theirs = format!("__Host-countersign={}", other.jar.values()[0]);
    for (header, value, words) in [
        ("accept", "text/html", "No cookie came at all"),
        ("cookie", "theme=dark", "Other cookies came, but not this one"),
        ("cookie", theirs.as_str(), "belongs to another sign-in"),
        ("x-forwarded-proto", "http", "came over plain http"),
    ] {
        let reply = bench.send(Ask::get(&begun).header("host", &host).header(header, value)).await.expect(400);
        let observed = reply.observed();
        let refused = observed.refused.as_ref().unwrap();
        assert_eq!(refused.rule.id, "authorize.same_browser");
        assert!(refused.detail.as_ref().unwrap().contains(words), "{words}: {refused:?}");
        let trace_id = observed.trace_id.clone().unwrap();
        let page = Page::of(reply);
        assert!(page.text.contains(words) && page.text.contains(&trace_id), "{}", page.text);
    }
}

#[tokio::test]
async fn a_code_that_came_twice_within_moments_is_a_callback_submitted_twice() {
    let bench = Bench::new().await;
    let (shop, login) = (Rp::of("shop"), Rp::of("shop").login("openid"));
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    Tokens::of(&shop.redeem(&bench, callback.code(), &login).await);
    let reply = shop.redeem(&bench, callback.code(), &login).await.expect(400);
    let said = reply.json()["error_description"].as_str().unwrap().to_owned();
    assert!(said.contains("a callback that is submitted twice sends the same code twice"), "{said}");
}
