//! The key cache by itself, and rotations as a sign-in sees them.

use countersign_jose::{JwkSet, SigningKey};
use countersign_protocol::{Timestamp, Ttl};

use super::KeyCache;
use crate::rules;
use crate::testing::{Bench, Signed, broken, key, key_set, other_key, reply};

const T: fn(i64) -> Timestamp = Timestamp::from_secs;

#[test]
fn without_any_set_every_attempt_is_allowed() {
    let mut cache = KeyCache::default();
    assert!(cache.may_fetch(T(0)));
    assert!(cache.may_fetch(T(0)));
}

#[test]
fn after_the_first_fetch_each_next_one_waits_for_the_cool_down() {
    let mut cache = KeyCache::default();
    assert!(cache.may_fetch(T(0)));
    cache.keep(JwkSet::default(), None, T(0));
    assert!(cache.may_fetch(T(1)), "keys may be rotated right after the first fetch");
    assert!(!cache.may_fetch(T(30)));
    assert!(cache.may_fetch(T(31)));
    assert!(!cache.may_fetch(T(60)), "an attempt counts even if nothing came of it");
}

#[test]
fn a_set_is_kept_though_it_is_stale_for_a_day() {
    let mut cache = KeyCache::default();
    cache.keep(JwkSet::default(), None, T(0));
    assert!(cache.is_fresh(T(3599)));
    assert!(!cache.is_fresh(T(3600)));
    assert!(cache.set(T(86_399)).is_some() && cache.set(T(86_400)).is_none());
}

#[test]
fn a_set_is_kept_for_as_long_as_its_provider_says_but_not_for_ever() {
    let mut cache = KeyCache::default();
    cache.keep(JwkSet::default(), Some(Ttl::secs(2)), T(0));
    assert!(cache.may_fetch(T(0)));
    assert!(cache.is_fresh(T(1)) && !cache.is_fresh(T(2)));
    assert!(!cache.may_fetch(T(1)));
    assert!(cache.may_fetch(T(2)), "a document that lives for less than the cool-down is asked for more often");
    cache.keep(JwkSet::default(), Some(Ttl::days(1)), T(0));
    assert!(!cache.is_fresh(T(3600)) && !cache.may_fetch(T(31)));
}

/// The provider publishes the next key while the present one signs (OpenID Connect Core §10.1.1).
#[tokio::test]
async fn by_the_book_no_rotation_meets_a_key_that_is_not_known_yet() {
    let bench = Bench::new();
    let publish = |keys: &[&SigningKey]| {
        let mut answer = reply(200, key_set(keys));
        answer.headers_mut().insert("cache-control", "max-age=5".parse().unwrap());
        bench.wire.on("/jwks", move |_| Ok(answer.clone()));
    };
    publish(&[key()]);
    bench.sign_in(|_| ()).await.unwrap();
    bench.advance(1);
    publish(&[key(), other_key()]);
    bench.sign_in(|_| ()).await.unwrap();
    assert_eq!(bench.wire.seen("/jwks").len(), 1);
    bench.advance(4);
    bench.sign_in(|_| ()).await.unwrap();
    assert_eq!(bench.wire.seen("/jwks").len(), 2);
    bench.wire.on("/jwks", |_| Ok(reply(503, "")));
    bench.sign_in(|s| s.signed = Signed::By(other_key())).await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_is_fetched_when_a_token_names_it() {
    let bench = Bench::new();
    bench.sign_in(|_| ()).await.unwrap();
    bench.wire.on("/jwks", |_| Ok(reply(200, key_set(&[key(), other_key()]))));
    bench.sign_in(|s| s.signed = Signed::By(other_key())).await.unwrap();
    assert_eq!(bench.wire.seen("/jwks").len(), 2);
    bench.sign_in(|_| ()).await.unwrap();
    assert_eq!(bench.wire.seen("/jwks").len(), 2, "known keys need no request");
}

#[tokio::test]
async fn invented_key_ids_do_not_become_requests() {
    let bench = Bench::new();
    for _ in 0..5 {
        assert_eq!(broken(bench.sign_in(|s| s.signed = Signed::By(other_key())).await), rules::ID_TOKEN_KEY.id);
    }
    assert_eq!(bench.wire.seen("/jwks").len(), 2);
}

#[tokio::test]
async fn an_unreachable_jwks_uri_signs_nobody_out() {
    let bench = Bench::new();
    bench.sign_in(|_| ()).await.unwrap();
    bench.wire.on("/jwks", |_| Ok(reply(503, "")));
    bench.advance(2 * 3600);
    bench.sign_in(|_| ()).await.unwrap();
    assert_eq!(bench.wire.seen("/jwks").len(), 2);
}

/// Who keeps the keys from being fetched must not make a withdrawn one last for ever.
#[tokio::test]
async fn keys_that_nobody_could_ask_for_anew_in_a_day_are_given_up() {
    let bench = Bench::new();
    bench.sign_in(|_| ()).await.unwrap();
    bench.wire.on("/jwks", |_| Ok(reply(503, "")));
    bench.advance(86_400);
    assert_eq!(broken(bench.sign_in(|_| ()).await), rules::REPLY_JSON.id);
    bench.wire.on("/jwks", |_| Ok(reply(200, key_set(&[key()]))));
    bench.sign_in(|_| ()).await.unwrap();
}

/// A provider without a key can't have signed anything: a mistake.
#[tokio::test]
async fn an_empty_set_takes_no_good_ones_place() {
    let bench = Bench::new();
    bench.sign_in(|_| ()).await.unwrap();
    bench.wire.on("/jwks", |_| Ok(reply(200, r#"{"keys":[]}"#)));
    bench.advance(2 * 3600);
    bench.sign_in(|_| ()).await.unwrap();
    let bench = Bench::new();
    bench.wire.on("/jwks", |_| Ok(reply(200, r#"{"keys":[]}"#)));
    assert_eq!(broken(bench.sign_in(|_| ()).await), rules::KEYS_READABLE.id);
}

#[tokio::test]
async fn a_jwks_with_a_private_key_in_it_is_refused() {
    let bench = Bench::new();
    bench.wire.on("/jwks", |_| Ok(reply(200, r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#)));
    assert_eq!(broken(bench.sign_in(|_| ()).await), rules::KEYS_READABLE.id);
}
