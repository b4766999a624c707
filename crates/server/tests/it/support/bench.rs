//! The bench itself: a realm, its clock, its records.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use countersign_engine::{Stored, Writes, records::Record};
use countersign_protocol::{Timestamp, Ttl};
use countersign_server::{
    edge::Clock,
    realm::{App, Realm},
    router::router,
};
use countersign_store::{Memory, Store};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::{
    ask::{Ask, Reply},
    invariants, log, world,
};

/// When every test begins.
pub(crate) const T0: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A clock that stands still until a test moves it, or the server waits.
#[derive(Debug)]
pub(crate) struct TestClock {
    millis: AtomicI64,
    broken: AtomicBool,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::Relaxed), "the clock is broken, as the test wants it");
        Timestamp::from_millis(self.millis.load(Ordering::Relaxed))
    }

    fn until(&self, at: Timestamp) -> Duration {
        self.millis.fetch_max(at.millis(), Ordering::Relaxed);
        Duration::ZERO
    }
}

/// A server on the bench. A clone is another handle to the same one.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    pub(crate) realm: App,
    pub(crate) memory: Arc<Memory>,
    clock: Arc<TestClock>,
    router: Router,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With a realm that differs from the usual one.
    pub(crate) async fn with(change: impl FnOnce(&mut Realm)) -> Self {
        log::install();
        let clock = Arc::new(TestClock { millis: AtomicI64::new(T0.millis()), broken: AtomicBool::new(false) });
        let memory = Arc::new(Memory::default());
        let backend: Arc<dyn countersign_store::Backend> = Arc::<Memory>::clone(&memory);
        let mut realm = world::realm(Store::new(backend), Arc::<TestClock>::clone(&clock));
        change(&mut realm);
        let realm = Arc::new(realm);
        let bench = Self { router: router(Arc::clone(&realm)), realm, memory, clock };
        world::populate(&bench).await;
        bench
    }

    /// Sends a request, and checks of the reply what must hold for all of them.
    pub(crate) async fn send(&self, ask: Ask) -> Reply {
        let what = format!("{} {}", ask.method, ask.uri.chars().take(120).collect::<String>());
        let authorize = ask.uri.starts_with("/authorize");
        let reply = self.send_unchecked(ask).await;
        invariants::check(&what, authorize, &reply);
        reply
    }

    /// Sends a request whose reply may be a fault.
    pub(crate) async fn send_unchecked(&self, ask: Ask) -> Reply {
        self.send_to(self.router(), ask).await
    }

    /// Sends a request to another router of this realm.
    pub(crate) async fn send_to(&self, router: Router, ask: Ask) -> Reply {
        let mut request = Request::builder().method(ask.method).uri(ask.uri);
        if let Some(headers) = request.headers_mut() {
            *headers = ask.headers;
        }
        let mut request = request.body(Body::from(ask.body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::new(ask.peer, 40_000)));
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let observed = parts.extensions.get().cloned();
        Reply { status: parts.status, headers: parts.headers, body, observed }
    }

    /// The router, for tests that put it on a socket.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) fn advance(&self, by: Ttl) {
        self.clock.millis.fetch_add(i64::from(by.as_secs()) * 1000, Ordering::Relaxed);
    }

    pub(crate) fn advance_millis(&self, by: i64) {
        self.clock.millis.fetch_add(by, Ordering::Relaxed);
    }

    /// From now on every handler panics when it asks for the time.
    pub(crate) fn break_clock(&self) {
        self.clock.broken.store(true, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn insert<R: Record>(&self, record: &R) {
        let mut writes = Writes::none();
        writes.insert(record);
        self.realm.store.commit(&writes).await.unwrap().unwrap();
    }

    pub(crate) async fn find<R: Record>(&self, key: &str) -> Option<Stored<R>> {
        self.realm.store.find(key).await.unwrap()
    }

    /// Changes a record, as an administrator would.
    pub(crate) async fn change<R: Record>(&self, key: &str, change: impl FnOnce(&mut R)) {
        let mut record = self.find::<R>(key).await.unwrap();
        change(&mut record);
        let mut writes = Writes::none();
        writes.replace(&record);
        self.realm.store.commit(&writes).await.unwrap().unwrap();
    }

    pub(crate) async fn remove<R: Record>(&self, key: &str) {
        let record = self.find::<R>(key).await.unwrap();
        let mut writes = Writes::none();
        writes.delete(&record);
        self.realm.store.commit(&writes).await.unwrap().unwrap();
    }

    /// Every record of a kind.
    pub(crate) async fn all<R: Record>(&self) -> Vec<Stored<R>> {
        self.realm.store.scan(countersign_store::Page { after: None, limit: 100_000 }).await.unwrap()
    }
}
