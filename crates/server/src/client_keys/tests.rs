//! Against a small server whose key set changes, fails and hangs.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, extract::State as Shared, http::StatusCode, routing::get};
use countersign_protocol::{Timestamp, Ttl};
use tokio::{net::TcpListener, sync::Semaphore};

use super::{AT_ONCE, COOL_DOWN, ClientKeySets, FRESH, KEPT, MOST};
use crate::outbound::{Outbound, Settings};

const T0: Timestamp = Timestamp::from_secs(1_800_000_000);

/// What the server says: `None` is an error of its own.
struct Peer {
    document: Mutex<Option<String>>,
    asked: AtomicUsize,
    /// A place for each answer that may leave.
    gate: Semaphore,
}

impl Peer {
    async fn start(kids: &[&str]) -> (Arc<Self>, String) {
        let peer = Arc::new(Self {
            document: Mutex::new(Some(document(kids))),
            asked: AtomicUsize::new(0),
            gate: Semaphore::new(1000),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/jwks", listener.local_addr().unwrap());
        let router = Router::new().route("/jwks", get(answer)).with_state(Arc::clone(&peer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (peer, uri)
    }

    fn say(&self, document: Option<String>) {
        *self.document.lock().unwrap() = document;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn answer(Shared(peer): Shared<Arc<Peer>>) -> Result<String, StatusCode> {
    peer.asked.fetch_add(1, Ordering::Relaxed);
    peer.gate.acquire().await.unwrap().forget();
    peer.document.lock().unwrap().clone().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn document(kids: &[&str]) -> String {
    let keys: Vec<_> = kids
        .iter()
        .map(|kid| {
            serde_json::json!({"kty": "OKP", "crv": "Ed25519", "kid": kid,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
        })
        .collect();
    serde_json::json!({ "keys": keys }).to_string()
}

fn keys() -> ClientKeySets {
    ClientKeySets::new(Arc::new(Outbound::new(Settings { allow_special_use: true, ..Settings::default() })))
}

/// What is known at `after` seconds, when that key is wanted.
async fn at(keys: &ClientKeySets, uri: &str, after: u32, kid: Option<&str>) -> Option<String> {
    keys.document(T0.plus(Ttl::secs(after)), uri, kid).await.map(|document| document.to_string())
}

#[tokio::test]
async fn a_set_is_fetched_once_and_again_when_it_is_old() {
    let (peer, uri) = Peer::start(&["one"]).await;
    let keys = keys();
    let fresh = FRESH.as_secs();
    for after in [0, 1, fresh - 1] {
        assert_eq!(at(&keys, &uri, after, Some("one")).await, Some(document(&["one"])));
        assert_eq!(at(&keys, &uri, after, None).await, Some(document(&["one"])));
    }
    assert_eq!(peer.asked(), 1);
    peer.say(Some(document(&["two"])));
    assert_eq!(at(&keys, &uri, fresh, Some("one")).await, Some(document(&["two"])), "a key taken away is gone");
    assert_eq!(peer.asked(), 2);
}

/// OpenID Connect Core §10.1.1: how a client rotates its keys.
#[tokio::test]
async fn an_unknown_key_is_looked_for_at_once_but_not_all_the_time() {
    let (peer, uri) = Peer::start(&["one"]).await;
    let keys = keys();
    let cool_down = COOL_DOWN.as_secs();
    at(&keys, &uri, 0, Some("one")).await;
    peer.say(Some(document(&["one", "two"])));
    assert_eq!(at(&keys, &uri, 1, Some("two")).await, Some(document(&["one", "two"])));
    assert_eq!(peer.asked(), 2);
    peer.say(Some(document(&["three"])));
    assert_eq!(at(&keys, &uri, 1, Some("three")).await, Some(document(&["three"])), "rotated twice");
    for after in 1..=cool_down {
        at(&keys, &uri, after, Some("never")).await;
    }
    let burst = 1 + usize::try_from(AT_ONCE).unwrap();
    assert_eq!(peer.asked(), burst, "within the cool-down");
    at(&keys, &uri, cool_down + 1, Some("never")).await;
    at(&keys, &uri, cool_down + 1, Some("never")).await;
    assert_eq!(peer.asked(), burst + 1);
}

#[tokio::test]
async fn the_last_good_set_stays_while_the_server_fails_for_a_day() {
    let (peer, uri) = Peer::start(&["one"]).await;
    let keys = keys();
    at(&keys, &uri, 0, None).await;
    let broken =
        [None, Some("not JSON".to_owned()), Some("x".repeat(70_000)), Some(r#"{"keys":[{"kty":"oct"}]}"#.into())];
    for (n, document) in (1..).zip(broken) {
        peer.say(document);
        assert!(at(&keys, &uri, FRESH.as_secs() * n, None).await.is_some(), "{n}");
    }
    assert_eq!(peer.asked(), 5);
    peer.say(None);
    assert!(at(&keys, &uri, KEPT.as_secs() - 1, None).await.is_some());
    assert_eq!(at(&keys, &uri, KEPT.as_secs() + COOL_DOWN.as_secs(), None).await, None);
}

#[tokio::test]
async fn what_was_never_there_is_asked_for_no_more_often_than_the_cool_down_allows() {
    let (peer, uri) = Peer::start(&[]).await;
    let keys = keys();
    peer.say(None);
    for _ in 0..3 {
        assert_eq!(at(&keys, &uri, 0, Some("one")).await, None);
    }
    assert_eq!(peer.asked(), 1);
    peer.say(Some(document(&["one"])));
    assert!(at(&keys, &uri, COOL_DOWN.as_secs(), Some("one")).await.is_some());
}

#[tokio::test]
async fn many_at_once_cause_one_fetch_and_who_hangs_up_does_not_stop_it() {
    let (peer, uri) = Peer::start(&["one"]).await;
    let keys = Arc::new(keys());
    peer.gate.forget_permits(1000);
    {
        let first = std::pin::pin!(at(&keys, &uri, 0, None));
        let asked = async {
            while peer.asked() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = first => panic!("the server has not answered yet"),
            () = asked => {}
        }
    }
    peer.gate.add_permits(1);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (keys, uri) = (Arc::clone(&keys), uri.clone());
        all.spawn(async move { at(&keys, &uri, 0, None).await });
    }
    assert!(all.join_all().await.iter().all(|found| found == &Some(document(&["one"]))));
    assert_eq!(peer.asked(), 1);
}

#[tokio::test]
async fn addresses_are_remembered_up_to_a_bound() {
    let (peer, uri) = Peer::start(&["one"]).await;
    let keys = keys();
    at(&keys, &uri, 0, None).await;
    for n in 0..MOST {
        // Nobody listens there: the name alone takes a place.
        keys.sets.of(T0.plus(Ttl::secs(1)), &format!("http://127.0.0.1:9/{n}"));
    }
    at(&keys, &uri, 2, None).await;
    assert_eq!(peer.asked(), 2, "the one that was not asked for longest had to go");
}
