//! Requests at the same moment, on several threads: what may happen once happens once, and what may be asked twice gets
//! one answer.

use countersign_engine::records::{Authorization, Code, Family, InitialAccess, Session};
use countersign_protocol::{Handle, HandleKind, Ttl};
use countersign_server::{edge::SystemEntropy, realm::Registration};
use serde_json::json;

use crate::support::{Ask, Bench, Browser, Callback, PASSWORD, Page, Reply, Rp, Tokens};

/// Sends all at once.
async fn race(bench: &Bench, asks: impl IntoIterator<Item = Ask>) -> Vec<Reply> {
    let gate = std::sync::Arc::new(tokio::sync::Barrier::new(4));
    let asks: Vec<Ask> = asks.into_iter().collect();
    let racers = asks.into_iter().enumerate().map(|(n, ask)| {
        let (bench, gate) = (bench.clone(), gate.clone());
        tokio::spawn(async move {
            // The first few wait for each other, the rest finds them running.
            if n < 4 {
                gate.wait().await;
            }
            bench.send(ask).await
        })
    });
    let racers: Vec<_> = racers.collect();
    let mut replies = Vec::new();
    for racer in racers {
        replies.push(racer.await.unwrap());
    }
    replies
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status.as_u16() == status).count()
}

fn repeat(ask: &Ask, times: usize) -> impl Iterator<Item = Ask> {
    std::iter::repeat_n(ask.clone(), times)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_racing_redeemers_exactly_one_wins() {
    let bench = Bench::new().await;
    for id in ["shop", "spa", "shop", "spa", "shop"] {
        let rp = Rp::of(id);
        let login = rp.login("openid offline_access");
        let callback = Browser::new(&bench).log_in(&login, "alice").await;
        let fields =
            [("grant_type", "authorization_code"), ("code", callback.code()), ("code_verifier", &login.verifier)];
        let replies = race(&bench, repeat(&rp.ask(&bench, "/token", &fields), 64)).await;
        assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 63));
        for loser in replies.iter().filter(|reply| reply.status.as_u16() == 400) {
            loser.refused(400, "invalid_grant");
        }
        // The others were valid second uses, so what the winner got has ended.
        let winner = Tokens::of(replies.iter().find(|reply| reply.status.as_u16() == 200).unwrap());
        rp.refresh(&bench, &winner.refresh).await.refused(400, "invalid_grant");
    }
    assert_eq!(bench.all::<Family>().await.len(), 5);
}

/// hydra#3604: 400, 401 and 500 in varying order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_refreshes_get_one_answer() {
    let bench = Bench::new().await;
    let spa = Rp::of("spa");
    let mut tokens = spa.tokens(&bench, "openid offline_access", "alice").await;
    for _ in 0..5 {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        let replies = race(&bench, repeat(&spa.ask(&bench, "/token", &fields), 32)).await;
        let answers: Vec<Tokens> = replies.iter().map(Tokens::of).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        tokens = answers[0].clone();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_uses_of_a_new_access_token_all_succeed() {
    let bench = Bench::new().await;
    let spa = Rp::of("spa");
    let first = spa.tokens(&bench, "openid offline_access", "alice").await;
    let second = Tokens::of(&spa.refresh(&bench, &first.refresh).await);
    let uses = (0..32).map(|n| match n % 2 {
        0 => Ask::get("/userinfo").bearer(&second.access),
        _ => Rp::of("api").ask(&bench, "/introspect", &[("token", &second.access)]),
    });
    let replies = race(&bench, uses.collect::<Vec<_>>()).await;
    assert_eq!(count(&replies, 200), 32);
    spa.refresh(&bench, &first.refresh).await.refused(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_assertion_is_accepted_once() {
    let bench = Bench::new().await;
    for _ in 0..5 {
        let ask = Rp::of("keyed").ask(&bench, "/token", &[("grant_type", "client_credentials")]);
        let replies = race(&bench, repeat(&ask, 32)).await;
        assert_eq!((count(&replies, 200), count(&replies, 401)), (1, 31));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_initial_access_token_registers_as_many_clients_as_it_says() {
    let bench = Bench::with(|realm| realm.registration = Registration::InitialAccess).await;
    let token = Handle::random(HandleKind::Registration, &mut SystemEntropy);
    let expires_at = bench.now().plus(Ttl::days(1));
    bench.insert(&InitialAccess { hash: token.hash(), remaining: 3, expires_at }).await;
    let metadata = json!({"redirect_uris": ["https://new.example/callback"]});
    let ask = Ask::post("/register").json(&metadata).bearer(token.expose());
    let replies = race(&bench, repeat(&ask, 24)).await;
    assert_eq!((count(&replies, 201), count(&replies, 401)), (3, 21));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_network_and_not_all_together_get_more_registrations_than_there_are() {
    let metadata = json!({"redirect_uris": ["https://new.example/callback"]});
    let one_network = Bench::with(|realm| realm.policy.registration.per_network = 3).await;
    let replies = race(&one_network, repeat(&Ask::post("/register").json(&metadata), 24)).await;
    assert_eq!((count(&replies, 201), count(&replies, 403)), (3, 21));

    let many = Bench::with(|realm| realm.policy.registration.total = 3).await;
    let from = |n: u32| Ask::post("/register").json(&metadata).from(&format!("192.0.2.{n}"));
    let replies = race(&many, (1..=24).map(from)).await;
    // Who holds a place when another one asks may lose it again; whoever is refused may come back.
    assert!(count(&replies, 201) <= 3 && count(&replies, 201) + count(&replies, 403) == 24);
    let mut there = count(&replies, 201);
    for n in 1..=4 {
        there += usize::from(many.send(from(n)).await.status.as_u16() == 201);
    }
    assert_eq!(there, 3);
}

fn form(page: &Page, button: &str, cookie: &str) -> Ask {
    let mut form = page.with_button(button);
    if button == "sign-in" {
        form = form.set("username", "alice").set("password", PASSWORD);
    }
    let form = form.press(button);
    let fields: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    Ask::post(&form.action).form(&fields).header("cookie", cookie)
}

fn cookie(browser: &Browser) -> String {
    format!("__Host-countersign={}", browser.jar.values()[0])
}

/// A double click, or two.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn allowing_several_times_at_once_gives_one_code() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    let replies = race(&bench, repeat(&form(&consent, "allow", &cookie(&browser)), 16)).await;
    assert_eq!((count(&replies, 303), count(&replies, 410)), (1, 15));
    assert_eq!((bench.all::<Code>().await.len(), bench.all::<Authorization>().await.len()), (1, 1));
}

/// Allow in one tab, Deny in another, of the same page.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn allowing_and_denying_at_once_gives_one_answer() {
    let bench = Bench::new().await;
    for _ in 0..10 {
        let mut browser = Browser::new(&bench);
        let login = Rp::of("shop").login("openid").with("prompt", "consent");
        let page = Page::of(browser.authorize(&login).await);
        let consent = Page::of(browser.sign_in(&page, "alice").await);
        let cookie = cookie(&browser);
        let asks = [form(&consent, "allow", &cookie), form(&consent, "deny", &cookie)];
        let replies = race(&bench, asks.into_iter().cycle().take(8)).await;
        assert_eq!((count(&replies, 303), count(&replies, 410)), (1, 7));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_in_in_several_tabs_at_once_is_one_session() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let mut asks = Vec::new();
    let mut logins = Vec::new();
    for _ in 0..4 {
        let login = Rp::of("shop").login("openid");
        let page = Page::of(browser.authorize(&login).await);
        asks.push(form(&page, "sign-in", &cookie(&browser)));
        logins.push(page.with_button("sign-in").action.replace("/sign-in", ""));
    }
    let replies = race(&bench, asks).await;
    // Each got a new cookie; the one that was set last is the browser's. A tab whose cookie had been replaced already is
    // told that it was lost, and may come again.
    let set: Vec<_> = replies.iter().filter(|reply| reply.has("set-cookie")).collect();
    assert!(!set.is_empty());
    assert_eq!(bench.all::<Session>().await.len(), 1);
    let mut alive = 0;
    for reply in set {
        let cookie = reply.header("set-cookie").split(';').next().unwrap();
        let page = Page::of(bench.send(Ask::get("/account").header("cookie", cookie)).await);
        if page.has_button("sign-in") {
            continue;
        }
        alive += 1;
        for path in &logins {
            let reply = bench.send(Ask::get(path).header("cookie", cookie)).await.expect(200);
            assert!(Page::of(reply).has_button("allow"));
        }
    }
    assert_eq!(alive, 1);
}

/// Whoever comes first, the revocation holds in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revoking_while_refreshing_leaves_nothing_alive() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    for _ in 0..8 {
        let mut browser = Browser::new(&bench);
        let login = shop.login("openid offline_access");
        let tokens = shop.tokens_in(&mut browser, &bench, &login, "alice").await;
        let account = browser.open("/account").await;
        let revoke = account.press_text("Revoke");
        let fields: Vec<_> = revoke.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let revoke = Ask::post(&revoke.action).form(&fields).header("cookie", cookie(&browser));
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        let refresh = shop.ask(&bench, "/token", &refresh);
        let replies = race(&bench, [refresh.clone(), revoke, refresh.clone(), refresh]).await;
        for reply in replies.iter().filter(|reply| reply.status.as_u16() == 200) {
            let late = Tokens::of(reply);
            assert_eq!(shop.introspect(&bench, &late.access).await, json!({"active": false}));
            shop.refresh(&bench, &late.refresh).await.refused(400, "invalid_grant");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn silent_logins_in_several_frames_each_get_their_code() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid"), "alice").await;
    let logins: Vec<_> = (0..16).map(|_| shop.login("openid").with("prompt", "none")).collect();
    let asks = logins.iter().map(|login| Ask::get(login.url()).header("cookie", cookie(&browser)));
    let replies = race(&bench, asks.collect::<Vec<_>>()).await;
    for (reply, login) in replies.iter().zip(&logins) {
        let callback = Callback::of(reply);
        assert_eq!(callback.get("state"), login.get("state"));
        shop.tokens_for(&bench, &callback, login).await;
    }
}
