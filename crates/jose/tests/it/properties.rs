//! Properties that hold for all inputs: no panic, no second spelling of a good token.

use std::sync::LazyLock;

use crate::support::{b64, set};
use countersign_jose::{Algorithm, Jwk, JwkSet, SealingKey, SigningKey, Unverified};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One key and one token for each algorithm.
static GOOD: LazyLock<Vec<(JwkSet, String)>> = LazyLock::new(|| {
    let make = |algorithm| {
        let key = SigningKey::generate(algorithm).expect("a key");
        (set([&key]), key.sign("JWT", &json!({"sub": "alice", "exp": 1_800_000_000})).expect("a token"))
    };
    Algorithm::ALL.map(make).into()
});

fn accepted(token: &str, keys: &JwkSet) -> bool {
    Unverified::parse(token).is_ok_and(|token| token.verify(keys).is_ok())
}

#[test]
fn every_single_byte_of_a_token_matters() {
    for (keys, token) in GOOD.iter() {
        assert!(accepted(token, keys));
        for at in 0..token.len() {
            let original = token.as_bytes()[at];
            for other in [original ^ 1, original ^ 2, b'A', b'.', b'_'] {
                let mut changed = token.clone().into_bytes();
                changed[at] = other;
                let changed = String::from_utf8(changed).unwrap();
                assert!(changed == *token || !accepted(&changed, keys), "byte {at} as {other}");
            }
            assert!(!accepted(&token[..at], keys), "cut at {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_or_insertion_of_a_byte_goes_unnoticed(
        which in 0..5_usize, at in any::<prop::sample::Index>(), byte in 0..128_u8, insert in any::<bool>()
    ) {
        let (keys, token) = &GOOD[which];
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        if insert { changed.insert(at, byte) } else { changed[at] = byte }
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(changed == *token || !accepted(&changed, keys));
    }

    #[test]
    fn parsing_any_text_never_panics(text in any::<String>()) {
        let _ = Unverified::parse(&text);
        let _ = Jwk::parse(text.as_bytes());
    }

    #[test]
    fn parsing_any_bytes_as_keys_never_panics(bytes in any::<Vec<u8>>()) {
        let _ = JwkSet::parse(&bytes);
        let _ = SigningKey::from_pkcs8(Algorithm::ES256, &bytes);
        let _ = SigningKey::from_pkcs8(Algorithm::RS256, &bytes);
    }

    #[test]
    fn parsing_three_parts_of_anything_never_panics(
        header in any::<Vec<u8>>(), payload in any::<Vec<u8>>(), signature in any::<Vec<u8>>(), claim in any::<String>()
    ) {
        let _ = Unverified::parse(&[b64(&header), b64(&payload), b64(&signature)].join("."));
        let token = [b64(r#"{"alg":"RS256"}"#), b64(&payload), b64(&signature)].join(".");
        if let Ok(token) = Unverified::parse(&token) {
            let _ = token.unverified_claim(&claim);
            prop_assert!(token.verify(&GOOD[0].0).is_err());
        }
    }

    #[test]
    fn keys_of_any_numbers_never_panic(n in any::<Vec<u8>>(), e in any::<Vec<u8>>(), odd in any::<[u8; 32]>()) {
        let n = [n.as_slice(), &odd.repeat(8)].concat();
        for key in [
            json!({"kty": "RSA", "n": b64(&n), "e": b64(&e)}),
            json!({"kty": "RSA", "n": b64(&n), "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-256", "x": b64(odd), "y": b64(odd)}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": b64(odd)}),
        ] {
            if let Ok(key) = Jwk::parse(key.to_string().as_bytes()) {
                let algorithm = key.algorithm();
                let token = format!("{}.e30.{}", b64(json!({"alg": algorithm}).to_string()), b64([1; 256]));
                let keys: JwkSet = [key].into_iter().collect();
                prop_assert!(!accepted(&token, &keys));
            }
        }
    }

    #[test]
    fn whatever_is_signed_comes_back(claims in prop::collection::btree_map(any::<String>(), any::<i64>(), 0..20)) {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let token = key.sign("JWT", &claims).unwrap();
        let read: Value = Unverified::parse(&token).unwrap().verify(&set([&key])).unwrap().claims().unwrap();
        prop_assert_eq!(read, json!(claims));
    }

    #[test]
    fn whatever_is_sealed_opens_and_nothing_else_does(
        key in any::<[u8; 32]>(), nonce in any::<[u8; 12]>(), aad in any::<Vec<u8>>(), plain in any::<Vec<u8>>(),
        junk in any::<Vec<u8>>()
    ) {
        let key = SealingKey::from_bytes(&key).unwrap();
        let sealed = key.seal(nonce, &aad, &plain).unwrap();
        let opened = key.open(&aad, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        prop_assert!(key.open(&aad, &junk).is_err());
    }
}
