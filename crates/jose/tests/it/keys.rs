//! What a key document may hold (RFC 7517, RFC 7518 §6, RFC 8037 §2), and what becomes of the rest.

use crate::support::{b64, jwk, set};
use countersign_jose::{Algorithm, Jwk, JwkError, JwkSet, JwkSetError, SigningKey};
use serde_json::{Value, json};

fn refused(key: &Value) -> JwkError {
    Jwk::parse(key.to_string().as_bytes()).unwrap_err()
}

fn es256() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

fn ed25519() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

/// Numbers of that size; nobody knows the factors, and nobody needs to.
fn rsa(bits: usize) -> Value {
    let mut n = vec![0xff; bits / 8];
    n[0] = 0x80;
    json!({"kty": "RSA", "n": b64(n), "e": "AQAB"})
}

fn with(mut key: Value, member: &str, value: impl Into<Value>) -> Value {
    key[member] = value.into();
    key
}

#[test]
fn a_keys_algorithm_comes_from_alg_or_from_its_type() {
    let algorithm = |key: Value| jwk(&key.to_string()).algorithm();
    assert_eq!(algorithm(es256()), Algorithm::ES256);
    assert_eq!(algorithm(ed25519()), Algorithm::EdDSA);
    assert_eq!(algorithm(with(ed25519(), "alg", "Ed25519")), Algorithm::EdDSA);
    assert_eq!(algorithm(rsa(2048)), Algorithm::RS256);
    assert_eq!(algorithm(with(rsa(2048), "alg", "PS256")), Algorithm::PS256);
}

#[test]
fn an_algorithm_that_contradicts_the_key_is_refused() {
    for key in [
        with(es256(), "alg", "ES384"),
        with(es256(), "alg", "RS256"),
        with(ed25519(), "alg", "ES256"),
        with(rsa(2048), "alg", "ES256"),
        with(rsa(2048), "alg", "HS256"),
        with(rsa(2048), "alg", "RSA-OAEP"),
        with(rsa(2048), "alg", "none"),
        with(es256(), "crv", "P-521"),
        with(es256(), "crv", "Ed25519"),
        with(ed25519(), "crv", "X25519"),
        with(ed25519(), "kty", "AKP"),
    ] {
        assert!(matches!(refused(&key), JwkError::Unsupported(_)), "{key}");
    }
}

#[test]
fn private_and_symmetric_keys_are_refused_by_name() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        for key in [es256(), ed25519(), rsa(2048), json!({"kty": "new"})] {
            let found = refused(&with(key, member, "AA"));
            assert_eq!(found, JwkError::Private(member));
            assert!(found.to_string().contains("compromised"));
        }
    }
    assert_eq!(refused(&json!({"kty": "oct", "k": "AA"})), JwkError::Symmetric);
    assert_eq!(refused(&json!({"kty": "oct"})), JwkError::Symmetric);
}

#[test]
fn a_key_for_something_else_than_verifying_is_refused() {
    for (member, value) in [
        ("use", json!("enc")),
        ("use", json!(1)),
        ("use", Value::Null),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
    ] {
        assert_eq!(refused(&with(es256(), member, value)), JwkError::NotForSignatures);
    }
    assert!(Jwk::parse(with(with(es256(), "use", "sig"), "key_ops", json!(["verify"])).to_string().as_bytes()).is_ok());
}

#[test]
fn members_must_be_there_and_be_strict_base64url_text() {
    assert_eq!(refused(&json!({})), JwkError::Member("kty"));
    assert_eq!(refused(&json!({"kty": "EC"})), JwkError::Member("crv"));
    assert_eq!(refused(&json!({"kty": "RSA", "e": "AQAB"})), JwkError::Member("n"));
    assert_eq!(refused(&with(rsa(2048), "e", "AQAB=")), JwkError::Member("e"));
    assert_eq!(refused(&with(rsa(2048), "e", 65537)), JwkError::Member("e"));
    assert_eq!(refused(&with(es256(), "kid", 1)), JwkError::Member("kid"));
    assert_eq!(refused(&with(es256(), "alg", 1)), JwkError::Member("alg"));
    assert!(matches!(Jwk::parse(br#"{"kty":"EC","kty":"RSA"}"#).unwrap_err(), JwkError::NotJson(_)));
}

#[test]
fn points_must_lie_on_their_curve_and_have_its_length() {
    for key in [
        with(es256(), "x", b64([1; 32])),
        with(es256(), "y", b64([0; 32])),
        with(with(es256(), "x", b64([0; 32])), "y", b64([0; 32])),
        with(es256(), "x", b64([1; 31])),
        with(es256(), "x", ""),
        with(es256(), "crv", "P-384"),
        with(ed25519(), "x", b64([1; 31])),
        with(ed25519(), "x", b64([1; 33])),
    ] {
        assert!(matches!(refused(&key), JwkError::Invalid(_)), "{key}");
    }
}

#[test]
fn rsa_keys_have_2048_to_8192_bits_and_an_odd_exponent() {
    for bits in [2048, 3072, 4096, 8192] {
        assert!(Jwk::parse(rsa(bits).to_string().as_bytes()).is_ok(), "{bits}");
    }
    for bits in [512, 1024, 2040, 8200, 16_384] {
        assert!(matches!(refused(&rsa(bits)), JwkError::Invalid(_)), "{bits}");
    }
    let mut n2047 = vec![0xff; 256];
    n2047[0] = 0x7f;
    assert!(matches!(refused(&with(rsa(2048), "n", b64(n2047))), JwkError::Invalid(_)));
    for e in [vec![], vec![0], vec![1], vec![2], vec![1, 0, 0], vec![1, 0, 0, 0, 1]] {
        assert!(matches!(refused(&with(rsa(2048), "e", b64(e))), JwkError::Invalid(_)));
    }
}

#[test]
fn leading_zeros_of_an_rsa_key_change_neither_key_nor_thumbprint() {
    let plain = jwk(&rsa(2048).to_string());
    let mut n = vec![0xff; 257];
    (n[0], n[1]) = (0, 0x80);
    let padded = with(with(rsa(2048), "n", b64(n)), "e", b64([0, 1, 0, 1]));
    assert_eq!(jwk(&padded.to_string()).thumbprint(), plain.thumbprint());
}

#[test]
fn a_set_passes_over_what_it_does_not_understand_and_remembers_why() {
    let document = json!({"keys": [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        with(rsa(2048), "use", "enc"),
        with(es256(), "kid", "good"),
        with(rsa(1024), "kid", "weak"),
        "not a key",
    ]});
    let keys = JwkSet::parse(document.to_string().as_bytes()).unwrap();
    assert_eq!(keys.keys().iter().map(Jwk::kid).collect::<Vec<_>>(), [Some("good")]);
    assert_eq!(keys.skipped().iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 1, 3, 4]);
    assert_eq!(keys.skipped()[1].1, JwkError::NotForSignatures);
}

#[test]
fn one_private_or_symmetric_key_spoils_the_whole_set() {
    for (key, reason) in
        [(with(es256(), "d", "AA"), JwkError::Private("d")), (json!({"kty": "oct"}), JwkError::Symmetric)]
    {
        let document = json!({"keys": [es256(), key]}).to_string();
        assert_eq!(JwkSet::parse(document.as_bytes()).unwrap_err(), JwkSetError::SecretKey { index: 1, reason });
    }
}

#[test]
fn a_set_is_bounded_in_bytes_and_keys() {
    let many = |count| json!({"keys": vec![json!({}); count]}).to_string();
    assert_eq!(JwkSet::parse(many(100).as_bytes()).unwrap().skipped().len(), 100);
    assert_eq!(JwkSet::parse(many(101).as_bytes()).unwrap_err(), JwkSetError::TooManyKeys { found: 101 });
    let long = format!(r#"{{"keys":[]}}{}"#, " ".repeat(JwkSet::MAX_BYTES));
    assert!(matches!(JwkSet::parse(long.as_bytes()).unwrap_err(), JwkSetError::TooLarge { .. }));
    assert!(JwkSet::parse(&long.as_bytes()[..JwkSet::MAX_BYTES]).unwrap().keys().is_empty());
}

#[test]
fn a_document_that_is_no_set_is_refused() {
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, r#"{"keys":[]"#, "<html>"] {
        assert!(matches!(JwkSet::parse(text.as_bytes()).unwrap_err(), JwkSetError::NotAKeySet(_)), "{text}");
    }
}

#[test]
fn published_keys_say_what_they_are_for_and_hold_nothing_private() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let document: Value = serde_json::from_str(&set([&key]).to_json()).unwrap();
        let published = document["keys"][0].as_object().unwrap();
        assert_eq!(published["alg"], algorithm.name());
        assert_eq!(published["use"], "sig");
        assert_eq!(published["kid"], key.kid());
        let mut names: Vec<_> = published.keys().map(String::as_str).collect();
        names.sort_unstable();
        let expected: &[&str] = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => &["alg", "e", "kid", "kty", "n", "use"],
            Algorithm::ES256 | Algorithm::ES384 => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            Algorithm::EdDSA => &["alg", "crv", "kid", "kty", "use", "x"],
        };
        assert_eq!(names, expected);
    }
}

#[test]
fn a_private_key_of_another_kind_is_refused() {
    for (made, asked) in [
        (Algorithm::ES256, Algorithm::ES384),
        (Algorithm::ES256, Algorithm::RS256),
        (Algorithm::RS256, Algorithm::EdDSA),
        (Algorithm::EdDSA, Algorithm::ES256),
    ] {
        let pkcs8 = SigningKey::generate(made).unwrap().to_pkcs8().unwrap();
        assert!(SigningKey::from_pkcs8(asked, &pkcs8).is_err(), "{made} as {asked}");
    }
    assert!(SigningKey::from_pkcs8(Algorithm::ES256, b"").is_err());
}
