//! Making an account, where that is offered (OpenID Connect Prompt Create 1.0).

use countersign_engine::records::User;
use countersign_protocol::Ttl;
use countersign_server::attempts::{Attempts, Limits};
use serde_json::json;

use crate::support::{Ask, Bench, Browser, Callback, Form, Login, Page, Reply, Rp};

const LONG: &str = "a long way down the hole";

async fn bench() -> Bench {
    Bench::with(|realm| realm.policy.sign_up = true).await
}

fn create() -> Login {
    Rp::of("shop").login("openid profile").with("prompt", "create")
}

async fn open(browser: &mut Browser) -> Page {
    Page::of(browser.authorize(&create()).await)
}

fn fill(page: &Page, username: &str, password: &str) -> Form {
    let form = page.with_button("sign-up").set("username", username).set("name", "The Dormouse");
    form.set("password", password).press("sign-up")
}

async fn users(bench: &Bench) -> usize {
    bench.all::<User>().await.len()
}

#[tokio::test]
async fn an_app_may_ask_for_the_page_and_gets_whoever_made_an_account() {
    let bench = bench().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    let prompts = json!(["none", "login", "consent", "select_account", "create"]);
    assert_eq!(document["prompt_values_supported"], prompts);
    let mut browser = Browser::new(&bench);
    let login = create();
    let page = Page::of(browser.authorize(&login).await);
    assert!(page.title.contains("Make an account") && !page.has_button("sign-in"), "{}", page.text);
    let reply = browser.submit(fill(&page, " Dormouse", LONG)).await;
    let consent = browser.follow(reply).await;
    assert!(consent.text.contains("The Dormouse"), "{}", consent.text);
    let callback = Callback::of(&browser.submit(consent.press("allow")).await);
    let tokens = Rp::of("shop").tokens_for(&bench, &callback, &login).await;
    let claims = tokens.verified_id_claims(&bench);
    assert_eq!((&claims["auth_time"], &claims["amr"]), (&bench.now().secs().into(), &json!(["pwd"])));
    let userinfo = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200).json();
    assert_eq!((&userinfo["sub"], &userinfo["name"]), (&claims["sub"], &"The Dormouse".into()));
    assert_eq!(userinfo.get("email"), None, "nobody checked one");
    // The account is one like any other.
    let again = Browser::new(&bench);
    let signed_in = sign_in(again, "dormouse", LONG).await;
    assert!(signed_in.has_button("allow") || signed_in.reply.status == 303, "{}", signed_in.text);
}

async fn sign_in(mut browser: Browser, username: &str, password: &str) -> Page {
    let page = Page::of(browser.authorize(&Rp::of("rival").login("openid")).await);
    let reply = browser.sign_in_with(&page, username, password).await;
    browser.follow(reply).await
}

#[tokio::test]
async fn the_sign_in_page_leads_there_and_back() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let sign_in = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let path = sign_in.link("Make one").to_owned();
    let sign_up = browser.open(&path).await;
    assert!(sign_up.has_button("sign-up"));
    let path = sign_up.link("Sign in with it").to_owned();
    assert!(browser.open(&path).await.has_button("sign-in"));
    let reply = browser.submit(fill(&sign_up, "dormouse", LONG)).await;
    assert!(browser.follow(reply).await.has_button("allow"));
}

#[tokio::test]
async fn who_has_an_account_may_sign_in_instead_but_being_signed_in_is_not_enough() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid profile"), "alice").await;
    bench.advance(Ttl::secs(5));
    let page = open(&mut browser).await;
    assert!(page.has_button("sign-up"));
    let path = page.link("Sign in with it").to_owned();
    let sign_in = browser.open(&path).await;
    let callback = Callback::of(&browser.sign_in(&sign_in, "alice").await);
    assert!(!callback.code().is_empty());
    assert_eq!(users(&bench).await, bench_users().await);
}

/// How many there are to begin with.
async fn bench_users() -> usize {
    users(&Bench::new().await).await
}

fn refused(reply: Reply, status: u16, words: &str) -> Page {
    let page = Page::of(reply.expect(status));
    assert!(page.text.contains(words), "{}", page.text);
    assert!(!page.reply.text().contains(LONG), "the password is not sent back");
    page
}

#[tokio::test]
async fn what_will_not_do_is_said_and_stores_nothing() {
    let bench = bench().await;
    let before = users(&bench).await;
    let mut browser = Browser::new(&bench);
    let page = open(&mut browser).await;
    let endless = "x".repeat(1025);
    for (username, password, words) in [
        ("ALICE ", LONG, "Somebody has that username"),
        (" ", LONG, "can't be a username"),
        ("u_alice", LONG, "can't be a username"),
        ("ali\u{200b}ce", LONG, "can't be a username"),
        ("dormouse", "1234567", "too short"),
        ("dormouse", &endless, "too short, or longer"),
    ] {
        let page = refused(browser.submit(fill(&page, username, password)).await, 422, words);
        assert_eq!(page.with_button("sign-up").field("name"), "The Dormouse", "{username}");
    }
    let form = page.with_button("sign-up").set("username", "dormouse").set("password", LONG);
    let form = form.set("name", "A\u{202e}lice").press("sign-up");
    refused(browser.submit(form).await, 422, "can't be a name");
    let mut foreign = fill(&page, "dormouse", LONG);
    foreign = foreign.set("csrf", "AAAA");
    refused(browser.submit(foreign).await, 422, "open for too long");
    assert_eq!(users(&bench).await, before);
}

#[tokio::test]
async fn one_network_makes_so_many_accounts_and_then_waits() {
    let bench = Bench::with(|realm| {
        realm.policy.sign_up = true;
        realm.sign_ups = Attempts::new(Limits { per_account: 2, per_network: 2 });
    })
    .await;
    for n in 0..3 {
        let mut browser = Browser::new(&bench);
        let page = open(&mut browser).await;
        browser.submit(fill(&page, &format!("dormouse{n}"), LONG)).await.expect(303);
    }
    let mut browser = Browser::new(&bench);
    let page = open(&mut browser).await;
    let reply = browser.submit(fill(&page, "dormouse3", LONG)).await;
    assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
    refused(reply, 429, "Too many accounts");
    let mut elsewhere = Browser::new(&bench).from("203.0.113.66");
    let page = open(&mut elsewhere).await;
    elsewhere.submit(fill(&page, "dormouse3", LONG)).await.expect(303);
}

#[tokio::test]
async fn where_it_is_not_offered_there_is_no_page_and_no_way_to_it() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    assert!(!page.reply.text().contains("sign-up"));
    let path = page.with_button("sign-in").action.replace("/sign-in", "/sign-up");
    browser.get(&path).await.expect(404);
    let mut forged = page.press("sign-in");
    forged.action = path;
    browser.submit(forged).await.expect(404);
    assert_eq!(users(&bench).await, bench_users().await);
}

#[tokio::test]
async fn whom_an_id_token_names_a_new_account_is_not() {
    let bench = bench().await;
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let login = Rp::of("shop").login("openid").with("prompt", "create").with("id_token_hint", &tokens.id);
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&login).await);
    let reply = browser.submit(fill(&page, "dormouse", LONG)).await;
    let callback = Callback::of(&browser.follow_to_end(reply).await);
    assert_eq!((callback.get("error"), callback.get("code")), ("login_required", ""));
}
