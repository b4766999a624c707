//! A store that fails: nothing is answered as done that is not done (CVE-2020-15223), and no token leaves before its row
//! is durable.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use countersign_engine::{Committed, Writes, records::Kind};
use countersign_protocol::{Timestamp, Ttl};
use countersign_store::{Backend, By, Memory, Page as Rows, RawRow, Store, StoreError, Swept};
use serde_json::Value;

use crate::{
    metrics,
    support::{Ask, Bench, Browser, Log, PASSWORD, Page, Reply, Rp},
    trace,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Fine,
    CannotWrite,
    CannotRead,
    Overloaded,
    AlwaysTooLate,
}

const MOODS: [Mood; 5] = [Mood::Fine, Mood::CannotWrite, Mood::CannotRead, Mood::Overloaded, Mood::AlwaysTooLate];

#[derive(Debug)]
struct Moody {
    rows: Memory,
    mood: Arc<AtomicU8>,
}

impl Moody {
    fn mood(&self) -> Mood {
        MOODS[usize::from(self.mood.load(Ordering::Relaxed))]
    }

    fn reading(&self) -> Result<(), StoreError> {
        match self.mood() {
            Mood::CannotRead => Err(StoreError::fault("reading", "the disk at /srv/secret-place is gone")),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Backend for Moody {
    async fn read(&self, wanted: &[(Kind, &str)]) -> Result<Vec<Option<RawRow>>, StoreError> {
        self.reading()?;
        self.rows.read(wanted).await
    }

    async fn list(&self, kind: Kind, by: By<'_>, page: Rows<'_>) -> Result<Vec<RawRow>, StoreError> {
        self.reading()?;
        self.rows.list(kind, by, page).await
    }

    async fn scan(&self, kind: Kind, page: Rows<'_>) -> Result<Vec<RawRow>, StoreError> {
        self.reading()?;
        self.rows.scan(kind, page).await
    }

    async fn count(&self, kind: Kind, most: usize) -> Result<usize, StoreError> {
        self.reading()?;
        self.rows.count(kind, most).await
    }

    async fn commit(&self, writes: &Writes) -> Result<Option<Committed>, StoreError> {
        match self.mood() {
            Mood::CannotWrite | Mood::CannotRead => {
                Err(StoreError::fault("writing", "the disk at /srv/secret-place is full"))
            }
            Mood::Overloaded => Err(StoreError::Overloaded),
            Mood::AlwaysTooLate => Ok(None),
            Mood::Fine => self.rows.commit(writes).await,
        }
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.rows.sweep(now, limit).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.reading()
    }
}

/// A bench whose store can be told to fail.
async fn moody() -> (Bench, Arc<AtomicU8>) {
    let mood = Arc::new(AtomicU8::new(0));
    let rows = Moody { rows: Memory::default(), mood: Arc::clone(&mood) };
    let bench = Bench::with(|realm| {
        realm.store = Store::new(Arc::new(rows));
        realm.keys = crate::support::rsa_keys();
    });
    (bench.await, mood)
}

/// A reply to a request that could not be done: it says so, and nothing about why.
#[track_caller]
fn says_no_more(reply: &Reply, mood: Mood, what: &str) {
    let expected = if matches!(mood, Mood::CannotWrite | Mood::CannotRead) { 500 } else { 503 };
    assert_eq!(reply.status.as_u16(), expected, "{what} {mood:?}: {}", reply.text());
    assert!(!reply.text().contains("secret-place"), "{what} {mood:?}");
    assert!(!reply.has("set-cookie") && !reply.has("location"), "{what} {mood:?}");
    assert_eq!(reply.has("retry-after"), expected == 503, "{what} {mood:?}");
    for secret in ["csac_", "csat_", "csrt_", "csbr_", "cscs_", "access_token\""] {
        assert!(!reply.text().contains(secret), "{what} {mood:?}: {secret} got out");
    }
}

/// Requests that have to write, each good in itself.
async fn writing(bench: &Bench) -> Vec<(&'static str, Ask)> {
    let (shop, keyed) = (Rp::of("shop"), Rp::of("keyed"));
    let mut browser = Browser::new(bench);
    let tokens = shop.tokens_in(&mut browser, bench, &shop.login("openid offline_access"), "alice").await;
    let login = shop.login("openid");
    let code = crate::support::Callback::of(&browser.authorize(&login).await).code().to_owned();
    let account = browser.open("/account").await;
    let sign_out = browser.open("/sign-out").await;
    let consent = Page::of(browser.authorize(&shop.login("openid").with("prompt", "consent")).await);
    let mut stranger = Browser::new(bench);
    let sign_in = Page::of(stranger.authorize(&login).await);
    let sign_in = sign_in.with_button("sign-in").set("username", "alice").set("password", PASSWORD).press("sign-in");
    let post = |form: crate::support::Form, browser: &Browser| {
        let fields: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let cookie = format!("__Host-countersign={}", browser.jar.values()[0]);
        Ask::post(&form.action).form(&fields).header("cookie", cookie)
    };
    let cookie = format!("__Host-countersign={}", browser.jar.values()[0]);
    let redeem = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", &login.verifier)];
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)];
    let metadata = serde_json::json!({"redirect_uris": ["https://new.example/callback"]});
    vec![
        ("redeem", shop.ask(bench, "/token", &redeem)),
        ("refresh", shop.ask(bench, "/token", &refresh)),
        ("assertion", keyed.ask(bench, "/token", &[("grant_type", "client_credentials")])),
        ("revoke refresh", shop.ask(bench, "/revoke", &[("token", &tokens.refresh)])),
        ("revoke access", shop.ask(bench, "/revoke", &[("token", &tokens.access)])),
        ("register", Ask::post("/register").json(&metadata)),
        ("authorize", Ask::get(shop.login("openid").url())),
        ("silent", Ask::get(shop.login("openid").with("prompt", "none").url()).header("cookie", &cookie)),
        ("sign in", post(sign_in, &stranger)),
        ("allow", post(consent.press("allow"), &browser)),
        ("deny", post(consent.press("deny"), &browser)),
        ("account", Ask::get("/account")),
        ("take away", post(account.press_text("Revoke"), &browser)),
        ("sign out here", post(account.press("sign-out"), &browser)),
        ("sign out", post(sign_out.press("sign-out"), &browser)),
    ]
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_answered_as_done() {
    let (bench, mood) = moody().await;
    let requests = writing(&bench).await;
    for (index, now) in MOODS.into_iter().enumerate().skip(1) {
        mood.store(u8::try_from(index).unwrap(), Ordering::Relaxed);
        for (what, ask) in &requests {
            let reply = bench.send_unchecked(ask.clone()).await;
            says_no_more(&reply, now, what);
        }
    }
    // Nothing was spent or lost by it: the same requests work once the store does. (Each by itself: some of them end
    // what others need.)
    mood.store(0, Ordering::Relaxed);
    for (what, ask) in requests.into_iter().take(3) {
        let reply = bench.send(ask).await;
        assert_eq!(reply.status.as_u16(), 200, "{what}: {}", reply.text());
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_not_taken_for_absent() {
    let (bench, mood) = moody().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid", "alice").await;
    mood.store(2, Ordering::Relaxed);
    for ask in [
        Ask::get("/userinfo").bearer(&tokens.access),
        shop.ask(&bench, "/introspect", &[("token", &tokens.access)]),
        shop.ask(&bench, "/token", &[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)]),
        Ask::get(shop.login("openid").url()),
    ] {
        let reply = bench.send_unchecked(ask.clone()).await;
        says_no_more(&reply, Mood::CannotRead, &ask.uri);
    }
}

#[tokio::test]
async fn metrics_are_told_while_the_store_fails() {
    let (bench, mood) = moody().await;
    let up = async || metrics::value(&metrics::page(&bench).await, "countersign_store_up").unwrap();
    assert_eq!(up().await, "1");
    mood.store(2, Ordering::Relaxed);
    assert_eq!(up().await, "0");
}

/// What a trace says of an error is what the client was told.
#[tokio::test]
async fn a_traced_reply_names_the_error_that_was_answered() {
    let log = Log::start();
    let (bench, mood) = moody().await;
    trace::on(&bench, &["shop"], Ttl::minutes(10)).await;
    let shop = Rp::of("shop");
    let mut told = Vec::new();
    for now in [1, 3] {
        let tokens = shop.tokens(&bench, "openid", "alice").await;
        mood.store(now, Ordering::Relaxed);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        told.push(bench.send_unchecked(shop.ask(&bench, "/token", &fields)).await.json()["error"].clone());
        mood.store(0, Ordering::Relaxed);
    }
    assert_eq!(told, ["server_error", "temporarily_unavailable"]);
    let lines = trace::lines(&log.stop());
    let failed = lines.iter().filter(|line| line["response"]["status"].as_u64() >= Some(500));
    let traced = failed.map(|line| serde_json::from_str::<Value>(line["response"]["body"].as_str().unwrap()).unwrap());
    assert_eq!(traced.map(|body| body["error"].clone()).collect::<Vec<_>>(), told);
}

#[tokio::test]
async fn a_server_whose_store_fails_lives_and_is_not_ready() {
    let (bench, mood) = moody().await;
    mood.store(2, Ordering::Relaxed);
    bench.send_unchecked(Ask::get("/healthz")).await.expect(200);
    let reply = bench.send_unchecked(Ask::get("/readyz")).await.expect(503);
    assert_eq!(reply.text(), "store not ready\n");
    bench.send(Ask::get("/jwks")).await.expect(200);
    bench.send(Ask::get("/.well-known/openid-configuration")).await.expect(200);
}
