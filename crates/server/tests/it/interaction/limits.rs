//! Wrong passwords: who guesses is slowed down, the owner elsewhere is not (authelia#4730).

use std::sync::Arc;

use countersign_engine::records::User;
use countersign_protocol::Ttl;
use countersign_server::{
    attempts::{Attempts, Limits},
    network::{Cidr, Proxies},
};

use crate::support::{Ask, Bench, Browser, PASSWORD, Page};

async fn bench() -> Bench {
    Bench::with(|realm| realm.attempts = Attempts::new(Limits { per_account: 3, per_network: 10 })).await
}

async fn attempt(browser: &mut Browser, username: &str, password: &str) -> u16 {
    let page = browser.open("/account").await;
    if !page.has_button("sign-in") {
        return 200;
    }
    let reply = browser.sign_in_with(&page, username, password).await;
    if reply.status.as_u16() == 429 {
        assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
    }
    reply.status.as_u16()
}

#[tokio::test]
async fn guesses_are_slowed_down_and_the_right_password_waits_like_any_other() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    for _ in 0..4 {
        assert_eq!(attempt(&mut browser, "alice", "wrong").await, 422);
    }
    assert_eq!(attempt(&mut browser, "alice", "wrong").await, 429);
    assert_eq!(attempt(&mut browser, "alice", PASSWORD).await, 429, "or waiting would tell which password is right");
    assert_eq!(attempt(&mut browser, "ALICE ", "wrong").await, 429, "another spelling is the same account");
    bench.advance(Ttl::secs(5));
    assert_eq!(attempt(&mut browser, "alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn the_owner_signs_in_from_elsewhere_meanwhile() {
    let bench = bench().await;
    let mut attacker = Browser::new(&bench).from("203.0.113.66");
    for _ in 0..9 {
        attempt(&mut attacker, "alice", "wrong").await;
    }
    assert_eq!(attempt(&mut Browser::new(&bench), "alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn a_network_that_tries_many_names_is_slowed_down() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench).from("203.0.113.66");
    for n in 0..11 {
        assert_eq!(attempt(&mut browser, &format!("user{n}"), "wrong").await, 422);
    }
    assert_eq!(attempt(&mut browser, "user99", "wrong").await, 429);
    let mut neighbour = Browser::new(&bench).from("203.0.113.67");
    assert_eq!(attempt(&mut neighbour, "alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn an_ipv6_household_is_one_network_whatever_address_it_takes() {
    let bench = bench().await;
    for n in 0..4 {
        let mut browser = Browser::new(&bench).from(&format!("2001:db8::{n}"));
        assert_eq!(attempt(&mut browser, "alice", "wrong").await, 422);
    }
    let mut browser = Browser::new(&bench).from("2001:db8::ffff");
    assert_eq!(attempt(&mut browser, "alice", "wrong").await, 429);
}

/// CVE-2024-4629: many guesses at once must not all be free because none has failed yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_are_not_more_guesses() {
    let bench = Arc::new(bench().await);
    let browser = Browser::new(&bench);
    let mut first = browser.clone();
    let page = first.open("/account").await;
    let tries = (0..40).map(|n| {
        let (mut browser, page) = (first.clone(), page.clone());
        tokio::spawn(async move {
            let password = format!("guess {n}");
            browser.sign_in_with(&page, "alice", &password).await.status.as_u16()
        })
    });
    let tries: Vec<_> = tries.collect();
    let mut checked = 0;
    for one in tries {
        checked += usize::from(one.await.unwrap() == 422);
    }
    assert!(checked <= 4, "{checked} passwords were checked");
}

/// Otherwise waiting, or not, would tell that the password of a disabled account was right.
#[tokio::test]
async fn the_right_password_of_a_disabled_account_counts_as_a_wrong_one() {
    let bench = bench().await;
    bench.change::<User>("u_bob", |user| user.enabled = false).await;
    let mut browser = Browser::new(&bench);
    for _ in 0..4 {
        assert_eq!(attempt(&mut browser, "bob", PASSWORD).await, 422);
    }
    assert_eq!(attempt(&mut browser, "bob", PASSWORD).await, 429);
}

#[tokio::test]
async fn success_forgives_the_account_but_many_good_sign_ins_do_not_slow_a_network_down() {
    let bench = bench().await;
    for _ in 0..15 {
        let mut browser = Browser::new(&bench);
        assert_eq!(attempt(&mut browser, "alice", "wrong").await, 422);
        assert_eq!(attempt(&mut browser, "alice", PASSWORD).await, 200);
        bench.advance(Ttl::minutes(120));
    }
    for _ in 0..30 {
        assert_eq!(attempt(&mut Browser::new(&bench), "bob", PASSWORD).await, 200);
    }
}

/// CVE-2025-64101: a stranger can't choose the network that is counted; a named proxy tells whose it is.
#[tokio::test]
async fn only_a_named_proxy_says_who_is_counted() {
    let guess = async |bench: &Bench, peer: &str, n: u32| {
        let page = Page::of(bench.send(Ask::get("/account").from(peer)).await);
        let cookie = page.reply.header("set-cookie").split(';').next().unwrap().to_owned();
        let form = page.with_button("sign-in").set("username", "alice").set("password", "wrong").press("sign-in");
        let fields: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let ask = Ask::post(&form.action).form(&fields).header("cookie", cookie).from(peer);
        bench.send(ask.header("x-forwarded-for", format!("198.51.100.{n}"))).await.status.as_u16()
    };
    let plain = bench().await;
    for n in 0..4 {
        assert_eq!(guess(&plain, "203.0.113.66", n).await, 422);
    }
    assert_eq!(guess(&plain, "203.0.113.66", 9).await, 429, "the header of a stranger is ignored");
    let proxied = Bench::with(|realm| {
        realm.attempts = Attempts::new(Limits { per_account: 3, per_network: 100 });
        realm.proxies = Proxies::new(vec![Cidr::parse("10.0.0.0/8").unwrap()]);
    });
    let proxied = proxied.await;
    for n in 0..8 {
        assert_eq!(guess(&proxied, "10.1.2.3", n).await, 422, "eight people behind one proxy");
    }
}

/// Hashing a password takes time and memory: only so many wait for it, the rest comes again in a moment.
#[tokio::test]
async fn a_flood_of_sign_ins_is_answered_and_not_queued_without_end() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = browser.open("/account").await;
    let tries = (0..110).map(|n| {
        let (mut browser, page) = (browser.clone().from(&format!("10.0.{n}.1")), page.clone());
        tokio::spawn(async move { browser.sign_in_with(&page, &format!("user{n}"), "x").await.status.as_u16() })
    });
    let tries: Vec<_> = tries.collect();
    let mut statuses = std::collections::BTreeMap::new();
    for one in tries {
        *statuses.entry(one.await.unwrap()).or_insert(0) += 1;
    }
    assert_eq!(statuses.keys().copied().collect::<Vec<_>>(), [422, 429]);
    assert!(statuses[&422] >= 64, "{statuses:?}");
}
