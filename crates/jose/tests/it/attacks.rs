//! The known ways to fool a JWS verifier, each refused, and refused for the right reason.

use crate::support::{Forger, b64, set, unb64};
use countersign_jose::{Algorithm, ParseError, SigningKey, Unverified, Verified, VerifyError};
use serde_json::{Value, json};

fn refused(token: &str) -> ParseError {
    Unverified::parse(token).map(|_| ()).unwrap_err()
}

fn verify(token: &str, keys: &countersign_jose::JwkSet) -> Result<Verified, VerifyError> {
    Unverified::parse(token).unwrap().verify(keys)
}

#[test]
fn the_forger_makes_acceptable_tokens_when_it_means_no_harm() {
    let forger = Forger::new();
    assert!(verify(&forger.token(r#"{"alg":"ES256"}"#, "{}"), &forger.keys()).is_ok());
}

#[test]
fn alg_none_is_refused_in_every_letter_case() {
    for bits in 0..16_u32 {
        let spelled: String = "none"
            .chars()
            .enumerate()
            .map(|(at, letter)| if bits >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter })
            .collect();
        let header = b64(format!(r#"{{"alg":"{spelled}"}}"#));
        for token in [format!("{header}.{}.", b64("{}")), format!("{header}.{}.{}", b64("{}"), b64("x"))] {
            assert_eq!(refused(&token), ParseError::NotSigned, "{spelled}");
        }
    }
    assert_eq!(refused(&format!("{}.e30.", b64(r#"{"alg":" none "}"#))), ParseError::NotSigned);
}

#[test]
fn hs256_with_the_public_key_as_the_secret_is_refused() {
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    let public = serde_json::to_vec(key.public_jwk()).unwrap();
    let input = format!("{}.{}", b64(r#"{"alg":"HS256"}"#), b64(r#"{"sub":"admin"}"#));
    let mac = countersign_jose::hash::hmac_sha256(&public, input.as_bytes());
    assert_eq!(refused(&format!("{input}.{}", b64(mac))), ParseError::Symmetric("HS256".to_owned()));
    assert_eq!(refused(&format!("{}.e30.eA", b64(r#"{"alg":"hs512"}"#))), ParseError::Symmetric("hs512".to_owned()));
}

#[test]
fn algorithms_are_case_sensitive_and_few() {
    for name in ["es256", "ES512", "RS512", "ES256K", "", "ES256 ", "Ed448", "RSA1_5", "héllo"] {
        let header = b64(json!({ "alg": name }).to_string());
        assert_eq!(refused(&format!("{header}.e30.eA")), ParseError::Algorithm(name.to_owned()));
    }
    for header in [r#"{"typ":"JWT"}"#, r#"{"alg":1}"#, r#"{"alg":null}"#, r#"{"alg":["ES256"]}"#] {
        assert_eq!(refused(&format!("{}.e30.eA", b64(header))), ParseError::Member("alg"));
    }
}

#[test]
fn a_token_cannot_bring_its_own_key_or_its_own_rules() {
    let forger = Forger::new();
    let own_key: Value = serde_json::to_value(forger.key.public_jwk()).unwrap();
    let cases = [
        ("jwk", own_key),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
    ];
    for (member, value) in cases {
        let header = json!({"alg": "ES256", member: value}).to_string();
        assert_eq!(refused(&forger.token(&header, "{}")), ParseError::RefusedMember(member));
    }
}

#[test]
fn a_token_with_the_kid_of_another_key_does_not_fit() {
    let (forger, victim) = (Forger::new(), Forger::new());
    let token = forger.token(&json!({"alg": "ES256", "kid": victim.key.kid()}).to_string(), "{}");
    assert_eq!(verify(&token, &set([&forger.key, &victim.key])).unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn a_token_with_an_unknown_kid_says_so_even_if_another_key_would_fit() {
    let forger = Forger::new();
    let token = forger.token(r#"{"alg":"ES256","kid":"new"}"#, "{}");
    assert_eq!(verify(&token, &forger.keys()).unwrap_err(), VerifyError::UnknownKey { kid: "new".to_owned() });
}

#[test]
fn the_algorithm_in_the_token_must_be_the_keys_own() {
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    let header = json!({"alg": "PS256", "kid": key.kid()}).to_string();
    let same_key_as_pss = SigningKey::from_pkcs8(Algorithm::PS256, &key.to_pkcs8().unwrap()).unwrap();
    let token = same_key_as_pss.sign("JWT", &json!({})).unwrap();
    let wrong = VerifyError::WrongAlgorithm { expected: Algorithm::RS256, found: Algorithm::PS256 };
    assert_eq!(verify(&token, &set([&key])).unwrap_err(), wrong);
    let swapped = format!("{}.{}", b64(header), token.split_once('.').unwrap().1);
    assert_eq!(verify(&swapped, &set([&key])).unwrap_err(), wrong);
}

#[test]
fn a_token_without_kid_is_tried_against_few_keys_of_its_algorithm_only() {
    let others: Vec<_> = (0..3).map(|_| SigningKey::generate(Algorithm::ES256).unwrap()).collect();
    let forger = Forger::new();
    let token = forger.token(r#"{"alg":"ES256"}"#, "{}");
    let more = SigningKey::generate(Algorithm::ES256).unwrap();
    let unrelated = SigningKey::generate(Algorithm::EdDSA).unwrap();

    assert_eq!(verify(&token, &set([&unrelated])).unwrap_err(), VerifyError::NoKey { alg: Algorithm::ES256 });
    assert_eq!(verify(&token, &set(&others)).unwrap_err(), VerifyError::BadSignature);
    assert!(verify(&token, &set(others.iter().chain([&unrelated, &forger.key]))).is_ok());
    let five = set(others.iter().chain([&more, &forger.key]));
    assert_eq!(verify(&token, &five).unwrap_err(), VerifyError::Ambiguous { found: 5 });
}

/// CVE-2022-21449 and its relatives: r and s must lie between 1 and the order of the curve.
#[test]
fn psychic_signatures_are_refused() {
    let forger = Forger::new();
    let order = ["ffffffff00000000ffffffffffffffff", "bce6faada7179e84f3b9cac2fc632551"].concat();
    let order: Vec<u8> = (0..64).step_by(2).map(|at| u8::from_str_radix(&order[at..at + 2], 16).unwrap()).collect();
    let (zero, one) = (vec![0; 32], [vec![0; 31], vec![1]].concat());
    let input = format!("{}.{}", b64(r#"{"alg":"ES256"}"#), b64("{}"));
    for (r, s) in [(&zero, &zero), (&one, &zero), (&zero, &one), (&order, &one), (&one, &order), (&order, &order)] {
        let token = format!("{input}.{}", b64([r.as_slice(), s].concat()));
        assert_eq!(verify(&token, &forger.keys()).unwrap_err(), VerifyError::BadSignature);
    }
}

/// RFC 7518 §3.4: R and S as two numbers of fixed length, never as ASN.1.
#[test]
fn a_der_encoded_or_cut_signature_is_refused() {
    let forger = Forger::new();
    let input = format!("{}.{}", b64(r#"{"alg":"ES256"}"#), b64("{}"));
    let raw = forger.raw_signature(&input);
    let integer = |number: &[u8]| {
        let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        let sign = if number[0] > 127 { vec![0] } else { vec![] };
        let length = u8::try_from(number.len() + sign.len()).unwrap();
        [vec![2, length], sign, number.to_vec()].concat()
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    let der = [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat();
    let longer = [raw.as_slice(), &[0]].concat();
    for wrong in [&der, &raw[..63], &longer, &raw[..32]] {
        let token = format!("{input}.{}", b64(wrong));
        assert_eq!(verify(&token, &forger.keys()).unwrap_err(), VerifyError::BadSignature);
    }
}

/// RFC 8032 §5.1.7: S must be below the group order, or every signature has a second form.
#[test]
fn an_ed25519_signature_has_one_form_only() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let token = key.sign("JWT", &json!({})).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut signature = unb64(signature);
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    let token = format!("{input}.{}", b64(signature));
    assert_eq!(verify(&token, &set([&key])).unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn only_strict_base64url_is_read() {
    let forger = Forger::new();
    let good = forger.token(r#"{"alg":"ES256"}"#, r#"{"a":1}"#);
    let parts: Vec<_> = good.split('.').collect();
    let with = |header: &str, payload: &str, signature: &str| refused(&[header, payload, signature].join("."));
    for (name, at) in [("header", 0), ("payload", 1), ("signature", 2)] {
        for wrong in ["=", "==", " ", "\n", "\0", "+", "/", "é", "%3D"] {
            for changed in [format!("{}{wrong}", parts[at]), format!("{wrong}{}", parts[at])] {
                let mut changed_parts = parts.clone();
                changed_parts[at] = &changed;
                let found = with(changed_parts[0], changed_parts[1], changed_parts[2]);
                assert_eq!(found, ParseError::Base64(name), "{wrong:?} in the {name}");
            }
        }
    }
}

#[test]
fn stray_bits_behind_the_last_byte_are_refused() {
    let forger = Forger::new();
    let good = forger.token(r#"{"alg":"ES256"}"#, "{}");
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.find(&good[good.len() - 1..]).unwrap();
    // 64 bytes leave four unused bits in the last character: 15 other spellings of the same signature.
    assert_eq!(last % 16, 0);
    for other in &alphabet.as_bytes()[last + 1..last + 16] {
        let token = format!("{}{}", &good[..good.len() - 1], char::from(*other));
        assert_eq!(refused(&token), ParseError::Base64("signature"));
    }
}

#[test]
fn a_token_has_exactly_three_parts_with_something_in_them() {
    for (text, found) in [("", 1), ("a", 1), ("a.b", 2), ("a.b.c.d", 4), ("a.b.c.d.e", 5), ("....", 5)] {
        assert_eq!(refused(text), ParseError::Parts { found }, "{text:?}");
    }
    assert!(refused("a.b.c.d.e").to_string().contains("encrypted"));
    let header = b64(r#"{"alg":"ES256"}"#);
    assert_eq!(refused(".e30.eA"), ParseError::Empty("header"));
    assert_eq!(refused(&format!("{header}..eA")), ParseError::Empty("payload"));
    assert_eq!(refused(&format!("{header}.e30.")), ParseError::Empty("signature"));
    assert_eq!(refused(".."), ParseError::Empty("header"));
}

#[test]
fn a_header_with_a_duplicate_member_is_refused() {
    let forger = Forger::new();
    for header in [
        r#"{"alg":"ES256","alg":"none"}"#,
        r#"{"alg":"none","alg":"ES256"}"#,
        r#"{"alg":"ES256","kid":"a","kid":"a"}"#,
        r#"{"alg":"ES256","x":1,"\u0078":2}"#,
    ] {
        assert!(matches!(refused(&forger.token(header, "{}")), ParseError::Header(_)), "{header}");
    }
}

#[test]
fn a_header_that_is_no_plain_json_object_is_refused() {
    for header in ["[]", "null", "ES256", "{", r#"{"alg":"ES256"}x"#, "\u{feff}{\"alg\":\"ES256\"}"] {
        assert!(matches!(refused(&format!("{}.e30.eA", b64(header))), ParseError::Header(_)), "{header}");
    }
    assert!(matches!(refused(&format!("{}.e30.eA", b64([0x7b, 0xff, 0x7d]))), ParseError::Header(_)));
    for header in [r#"{"alg":"ES256","kid":7}"#, r#"{"alg":"ES256","kid":null}"#] {
        assert_eq!(refused(&format!("{}.e30.eA", b64(header))), ParseError::Member("kid"));
    }
    assert_eq!(refused(&format!("{}.e30.eA", b64(r#"{"alg":"ES256","typ":{}}"#))), ParseError::Member("typ"));
}

#[test]
fn duplicate_claims_are_refused_although_the_signature_fits() {
    let forger = Forger::new();
    let token = forger.verified(r#"{"alg":"ES256"}"#, r#"{"sub":"mallory","sub":"admin"}"#);
    assert!(token.claims::<Value>().unwrap_err().to_string().contains(r#"duplicate member "sub""#));
    let text = forger.token(r#"{"alg":"ES256"}"#, r#"{"iss":"a","iss":"b"}"#);
    assert_eq!(Unverified::parse(&text).unwrap().unverified_claim("iss"), None);
}

#[test]
fn deep_nesting_is_refused_without_deep_recursion() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    assert!(matches!(refused(&format!("{}.e30.eA", b64(format!(r#"{{"alg":{deep}}}"#)))), ParseError::Header(_)));
    let forger = Forger::new();
    let token = forger.verified(r#"{"alg":"ES256"}"#, &format!(r#"{{"a":{}}}"#, &deep[3000..7001]));
    assert!(token.claims::<Value>().is_err());
}

#[test]
fn a_huge_token_is_refused_before_it_is_looked_at_and_never_made() {
    let limit = Unverified::MAX_BYTES;
    assert_eq!(refused(&"a".repeat(limit + 1)), ParseError::TooLarge { found: limit + 1 });
    assert_eq!(refused(&".".repeat(limit)), ParseError::Parts { found: limit + 1 });
    let forger = Forger::new();
    assert!(forger.key.sign("JWT", &json!({"a": "x".repeat(12_000)})).is_ok());
    assert!(forger.key.sign("JWT", &json!({"a": "x".repeat(13_000)})).is_err());
}

#[test]
fn an_error_message_quotes_outside_text_escaped_and_cut() {
    let header = json!({"alg": format!("\u{1b}[31m{}", "x".repeat(9000))}).to_string();
    let message = refused(&format!("{}.e30.eA", b64(header))).to_string();
    assert!(message.len() < 300 && !message.contains('\u{1b}'), "{message}");
}

#[test]
fn debug_output_shows_neither_claims_nor_signatures_nor_keys() {
    let forger = Forger::new();
    let text = forger.key.sign("JWT", &json!({"email": "alice@example.com"})).unwrap();
    let unverified = Unverified::parse(&text).unwrap();
    let shown = format!("{unverified:?} {:?} {:?}", unverified.clone().verify(&forger.keys()).unwrap(), forger.key);
    let signature = text.rsplit_once('.').unwrap().1;
    assert!(!shown.contains("alice") && !shown.contains(signature) && !shown.contains("pair"), "{shown}");
}
