//! The cache of the client's own tokens.

use countersign_protocol::{ErrorCode, ScopeSet};

use crate::testing::{Bench, form, reply};
use crate::{ClientCredentials, TransportError};

fn bench() -> (Bench, ClientCredentials) {
    let bench = Bench::new();
    let mut count = 0;
    bench.wire.on("/token", move |_| {
        count += 1;
        Ok(reply(200, format!(r#"{{"access_token":"at-{count}","token_type":"Bearer","expires_in":600}}"#)))
    });
    let cache = bench.client.client_credentials();
    (bench, cache)
}

fn scope(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

#[tokio::test]
async fn one_request_serves_everybody_until_shortly_before_the_end() {
    let (bench, cache) = bench();
    let gate = bench.wire.hold();
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.access_token(&scope("a b"), None).await.unwrap().expose().to_owned() })
        })
        .collect();
    tokio::task::yield_now().await;
    gate.add_permits(100);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "at-1");
    }
    bench.advance(539);
    assert_eq!(cache.access_token(&scope("b a"), None).await.unwrap().expose(), "at-1");
    bench.advance(1);
    assert_eq!(cache.access_token(&scope("a b"), None).await.unwrap().expose(), "at-2");
    let sent = form(&bench.wire.seen("/token")[0]);
    assert_eq!((sent.find("grant_type"), sent.find("scope")), (Some("client_credentials"), Some("a b")));
}

#[tokio::test]
async fn scopes_and_resources_have_tokens_of_their_own() {
    let (bench, cache) = bench();
    let mut seen = Vec::new();
    for (scopes, resource) in [("a", None), ("b", None), ("a", Some("https://x/")), ("a", Some("https://y/"))] {
        seen.push(cache.access_token(&scope(scopes), resource).await.unwrap().expose().to_owned());
    }
    assert_eq!(seen, ["at-1", "at-2", "at-3", "at-4"]);
    assert_eq!(form(&bench.wire.seen("/token")[3]).find("resource"), Some("https://y/"));
}

#[tokio::test]
async fn a_rejected_token_is_not_given_out_again() {
    let (_bench, cache) = bench();
    let first = cache.access_token(&scope("a"), None).await.unwrap();
    cache.reject(&first);
    assert_eq!(cache.access_token(&scope("a"), None).await.unwrap().expose(), "at-2");
}

#[tokio::test]
async fn a_failure_is_reported_only_when_no_good_token_is_left() {
    let (bench, cache) = bench();
    cache.access_token(&scope("a"), None).await.unwrap();
    bench.wire.on("/token", |_| Err(TransportError::new("no route")));
    bench.advance(599);
    assert_eq!(cache.access_token(&scope("a"), None).await.unwrap().expose(), "at-1");
    bench.advance(1);
    assert!(cache.access_token(&scope("a"), None).await.is_err());
    bench.wire.on("/token", |_| Ok(reply(401, r#"{"error":"invalid_client"}"#)));
    assert!(cache.access_token(&scope("a"), None).await.unwrap_err().is(ErrorCode::InvalidClient));
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let (bench, cache) = bench();
    for n in 0..super::CAPACITY + 10 {
        cache.access_token(&scope(&format!("s{n}")), None).await.unwrap();
    }
    assert!(crate::single_flight::lock(&cache.slots).len() <= super::CAPACITY);
    drop(bench);
}
