//! Transactions between leaving and coming back: in cookies, in a store, in several tabs, too late, twice, elsewhere.

use countersign_protocol::Secret;

use crate::testing::{Bench, CALLBACK, CLIENT, broken, metadata, openid, query};
use crate::{ClientConfig, LoginOptions, TransactionStore, rules};

#[tokio::test]
async fn two_tabs_do_not_collide() {
    let bench = Bench::new();
    let (first, second) = (bench.client.begin(&openid()).unwrap(), bench.client.begin(&openid()).unwrap());
    let cookies = [&first, &second].map(|begun| bench.client.seal(&begun.transaction).unwrap());
    assert_ne!(cookies[0].name(), cookies[1].name());
    let header = format!(
        "theme=dark; {}={}; {}={}",
        cookies[0].name(),
        cookies[0].value().expose(),
        cookies[1].name(),
        cookies[1].value().expose()
    );
    for begun in [&second, &first] {
        let callback = bench.play(bench.script(&begun.url)).unwrap();
        let transaction = bench.client.open(&callback, &header).unwrap();
        bench.client.finish(transaction, &callback).await.unwrap();
    }
}

#[test]
fn a_cookie_is_bound_to_this_host_and_hidden_from_scripts() {
    let bench = Bench::new();
    let options = LoginOptions { remember: Some("/files".into()), ..openid() };
    let begun = bench.client.begin(&options).unwrap();
    assert_eq!(begun.transaction.remembered(), Some("/files"));
    let cookie = bench.client.seal(&begun.transaction).unwrap();
    let header = cookie.set_cookie();
    assert!(cookie.name().starts_with("__Host-signin-"), "{}", cookie.name());
    assert!(header.expose().ends_with("; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure"), "{}", header.expose());
    let state = query(&begun.url).find("state").unwrap().to_owned();
    assert!(!header.expose().contains(&state));
    let local = bench.client.at("http://127.0.0.1:8080/cb").unwrap();
    let begun = local.begin(&openid()).unwrap();
    let cookie = local.seal(&begun.transaction).unwrap();
    assert!(cookie.name().starts_with("signin-") && !cookie.set_cookie().expose().contains("Secure"));
}

#[test]
fn a_missing_altered_or_foreign_cookie_opens_nothing() {
    let bench = Bench::new();
    let begun = bench.client.begin(&openid()).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    let cookie = bench.client.seal(&begun.transaction).unwrap();
    let (name, value) = (cookie.name(), cookie.value().expose());
    let flipped = value.replacen(&value[20..21], if &value[20..21] == "A" { "B" } else { "A" }, 1);
    let foreign = Bench::with(
        metadata(),
        ClientConfig::public(CLIENT, CALLBACK).with_sealing_secret(Secret::new("x".repeat(32))),
    );
    let theirs = foreign.client.seal(&begun.transaction).unwrap();
    for cookies in [
        String::new(),
        format!("other={value}"),
        format!("{name}="),
        format!("{name}={flipped}"),
        format!("{name}={}", &value[..value.len() - 4]),
        format!("{name}={}", theirs.value().expose()),
    ] {
        let refusal = bench.client.open(&callback, &cookies).unwrap_err();
        assert_eq!(refusal.rule, &rules::TRANSACTION_KEPT, "{cookies}");
    }
    assert!(bench.client.open(&callback, &format!("a=b;{name}={value}")).is_ok());
}

#[test]
fn a_cookie_that_browsers_would_drop_is_refused_at_once() {
    let bench = Bench::new();
    let options = LoginOptions { remember: Some("x".repeat(4000)), ..openid() };
    let begun = bench.client.begin(&options).unwrap();
    assert_eq!(bench.client.seal(&begun.transaction).unwrap_err().rule, &rules::COOKIE_FITS);
}

#[tokio::test]
async fn a_server_side_transaction_belongs_to_one_browser_and_is_taken_once() {
    let bench = Bench::new();
    let store = TransactionStore::new(2);
    let begun = bench.client.begin(&openid()).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    store.put("alice's session", begun.transaction, bench.now());
    assert!(store.take("mallory's session", callback.state()).is_none());
    let transaction = store.take("alice's session", callback.state()).unwrap();
    assert!(store.take("alice's session", callback.state()).is_none());
    bench.client.finish(transaction, &callback).await.unwrap();
}

#[test]
fn a_full_store_forgets_the_oldest() {
    let bench = Bench::new();
    let store = TransactionStore::new(2);
    let states: Vec<_> = (0..3)
        .map(|_| {
            let begun = bench.client.begin(&openid()).unwrap();
            let state = query(&begun.url).find("state").unwrap().to_owned();
            store.put("s", begun.transaction, bench.now());
            bench.advance(1);
            state
        })
        .collect();
    assert!(store.take("s", &states[0]).is_none());
    assert!(store.take("s", &states[1]).is_some() && store.take("s", &states[2]).is_some());
}

#[tokio::test]
async fn a_callback_that_comes_twice_is_refused_the_second_time() {
    let bench = Bench::new();
    let begun = bench.client.begin(&openid()).unwrap();
    let cookie = bench.client.seal(&begun.transaction).unwrap();
    let cookies = format!("{}={}", cookie.name(), cookie.value().expose());
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    bench.client.finish(begun.transaction, &callback).await.unwrap();
    let again = bench.client.open(&callback, &cookies).unwrap();
    assert_eq!(broken(bench.client.finish(again, &callback).await), rules::STATE_ONCE.id);
    assert_eq!(bench.wire.seen("/token").len(), 1);
}

#[tokio::test]
async fn a_transaction_is_refused_once_its_time_is_over() {
    let bench = Bench::new();
    let begun = bench.client.begin(&openid()).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    bench.advance(15 * 60);
    assert_eq!(broken(bench.client.finish(begun.transaction, &callback).await), rules::TRANSACTION_FRESH.id);
}

#[tokio::test]
async fn a_transaction_of_another_provider_or_client_is_refused() {
    let mut other_issuer = metadata();
    other_issuer["issuer"] = "https://id.example/other".into();
    for elsewhere in [
        Bench::with(metadata(), ClientConfig::public("other", CALLBACK)),
        Bench::with(other_issuer, ClientConfig::public(CLIENT, CALLBACK)),
    ] {
        let bench = Bench::new();
        let begun = bench.client.begin(&openid()).unwrap();
        let callback = bench.play(bench.script(&begun.url)).unwrap();
        assert_eq!(broken(elsewhere.client.finish(begun.transaction, &callback).await), rules::TRANSACTION_OURS.id);
    }
}

/// A neighbouring host can set cookies for the whole domain, but none whose name begins with `__Host-`.
#[test]
fn a_cookie_planted_by_a_neighbouring_host_is_not_looked_at() {
    let bench = Bench::new();
    let begun = bench.client.begin(&openid()).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    let cookie = bench.client.seal(&begun.transaction).unwrap();
    let planted = cookie.name().strip_prefix("__Host-").unwrap();
    let refusal = bench.client.open(&callback, &format!("{planted}={}", cookie.value().expose())).unwrap_err();
    assert_eq!(refusal.rule, &rules::TRANSACTION_KEPT);
}
