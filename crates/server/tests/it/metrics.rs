//! What Prometheus reads: what happened, by this program's own names, and what waits.

use countersign_protocol::Ttl;
use countersign_server::metrics;

use crate::support::{Ask, Bench, Browser, Page, Rp};

/// The page as it is now.
pub(crate) async fn page(bench: &Bench) -> String {
    let reply = bench.send_to(metrics::router(bench.realm.clone()), Ask::get("/metrics")).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    reply.text()
}

/// The value of one series, or nothing if it is not there.
pub(crate) fn value(page: &str, series: &str) -> Option<String> {
    let value = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(value.trim_end_matches(".0").to_owned())
}

fn reply(endpoint: &str, error: &str, rule: &str) -> String {
    format!("countersign_replies_total{{endpoint=\"{endpoint}\",error=\"{error}\",rule=\"{rule}\"}}")
}

#[tokio::test]
async fn replies_are_counted_by_endpoint_error_and_rule() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let login = shop.login("openid");
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200);
    shop.redeem(&bench, callback.code(), &login).await.expect(400);
    bench.send(Ask::get("/jwks")).await.expect(200);
    bench.send(Ask::get("/nothing/here")).await.expect(404);
    let page = page(&bench).await;
    let counted = |endpoint, error, rule| value(&page, &reply(endpoint, error, rule)).unwrap();
    assert_eq!(counted("authorize", "", ""), "1", "{page}");
    assert_eq!(counted("sign-in", "", ""), "1");
    assert_eq!(counted("token", "", ""), "1");
    assert_eq!(counted("token", "invalid_grant", "code.single_use"), "1");
    assert_eq!(counted("userinfo", "", ""), "1");
    assert_eq!(counted("other", "", ""), "2");
    assert_eq!(value(&page, "countersign_reply_seconds_count{endpoint=\"token\"}").unwrap(), "2");
    assert_eq!(value(&page, "countersign_reply_seconds_bucket{le=\"+Inf\",endpoint=\"token\"}").unwrap(), "2");
    assert!(page.contains(concat!("countersign_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n")));
    assert!(page.ends_with("# EOF\n"));
}

#[tokio::test]
async fn nothing_on_the_page_came_from_a_request() {
    let bench = Bench::new().await;
    for odd in
        ["/odd-path", "/authorize?client_id=odd-client&redirect_uri=https://odd.example", "/interaction/odd-handle"]
    {
        bench.send(Ask::get(odd)).await;
    }
    bench.send(Ask::new("ODD", "/token")).await;
    let fields = [("grant_type", "odd_grant"), ("client_id", "odd-id")];
    bench.send(Ask::post("/token").form(&fields)).await;
    let mut browser = Browser::new(&bench);
    let question = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    browser.sign_in_with(&question, "odd-user", "odd-password").await;
    let page = page(&bench).await;
    assert!(!page.to_lowercase().contains("odd") && !page.contains("shop"), "{page}");
}

#[tokio::test]
async fn passwords_are_counted_as_right_wrong_or_refused() {
    let bench = Bench::new().await;
    let outcomes = |page: &str| ["right", "wrong", "refused"].map(|outcome| value(page, &sign_ins(outcome)).unwrap());
    assert_eq!(outcomes(&page(&bench).await), ["0"; 3], "there from the beginning");
    let mut browser = Browser::new(&bench);
    let mut question = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    for _ in 0..7 {
        question = Page::of(browser.sign_in_with(&question, "alice", "not hers").await);
    }
    bench.advance(Ttl::minutes(10));
    browser.sign_in(&question, "alice").await;
    // After the sixth one has to wait.
    assert_eq!(outcomes(&page(&bench).await), ["1", "6", "1"]);
}

fn sign_ins(outcome: &str) -> String {
    format!("countersign_sign_ins_total{{outcome=\"{outcome}\"}}")
}
