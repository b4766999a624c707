//! Encrypted tokens from outside: published ones, ones of another implementation, round trips, and whatever is wrong.

use std::sync::LazyLock;

use aws_lc_rs::agreement::{Algorithm, ECDH_P256, ECDH_P384, PrivateKey};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use countersign_jose::{
    ContentEncryption, DecryptionKey, Encrypted, JoseError, JweError, KeyManagement, Recipient, RecipientError,
};
use countersign_protocol::Entropy;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{b64, unb64};

/// Counts: no two values are the same, and a test can be repeated.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
    }
}

/// A key for each algorithm; RSA takes long to make.
static ONE_OF_EACH: LazyLock<Vec<DecryptionKey>> =
    LazyLock::new(|| KeyManagement::ALL.map(|alg| DecryptionKey::generate(alg).expect("a key")).into());

fn set(key: &DecryptionKey) -> Vec<u8> {
    json!({"keys": [serde_json::to_value(key.public_jwk()).unwrap()]}).to_string().into_bytes()
}

fn encrypt(key: &DecryptionKey, enc: ContentEncryption, content: &[u8]) -> String {
    let recipient = Recipient::choose(&set(key), key.alg(), enc).unwrap();
    recipient.encrypt(None, content, &mut Counting(0)).unwrap()
}

fn decrypt(key: &DecryptionKey, token: &str) -> Result<Vec<u8>, JweError> {
    // Other randomness than the sender's: the random stand-in for a key must not be the key.
    Ok(Encrypted::parse(token)?.decrypt(key, &mut Counting(100))?.content().to_vec())
}

fn from_scalar(alg: KeyManagement, curve: &'static Algorithm, d: &str) -> DecryptionKey {
    let private = PrivateKey::from_private_key(curve, &unb64(d)).unwrap();
    let der: Pkcs8V1Der<'_> = private.as_der().unwrap();
    DecryptionKey::from_pkcs8(alg, der.as_ref()).unwrap()
}

/// What both examples of RFC 7520 hold.
const FRODO: &str = "You can trust us to stick with you through thick and thin\u{2013}to the bitter end. And you can \
    trust us to keep any secret of yours\u{2013}closer than you keep it yourself. But you cannot trust us to let you \
    face trouble alone, and go off without a word. We are your friends, Frodo.";

#[test]
fn rfc_7520_section_5_4_ecdh_es_a128kw_on_p_384_decrypts() {
    let d = "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j";
    let key = from_scalar(KeyManagement::EcdhEsA128Kw, &ECDH_P384, d);
    let token = concat!(
        "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91Z2guZXhhbXBsZSIsImVwayI6eyJrdHkiOiJF",
        "QyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3dyZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1dEVLNml1RURzUTZ3",
        "TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZmFYdW1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lRVEEtSmRhWTh0YjdFMCJ9LCJl",
        "bmMiOiJBMTI4R0NNIn0.0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2.mH-G2zVqgztUtnW_.tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3",
        "sVOhXgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dOR3Spy7QuEkmKx8-3RCMhSYMzsXaEwDdXta9Mn5B7cCBoJKB0IgEnj_qfo1hIi-uEkUpOZ8",
        "aLTZGHfpl05jMwbKkTe2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3ORXaM0JaHPB93YcdSDGgpgBWMVrNU1ErkjcMqMoT_wtCex3w03XdLkj",
        "XIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_iVyC6QWcqAu07WNhjzJEPc4jVntRJ6K53NgPQ5p99l3Z408OUqj4ioYezbS6vTP",
        "lQ.WuGzxmcreYjpHGJoa17EBg",
    );
    assert_eq!(Encrypted::parse(token).unwrap().kid(), Some("peregrin.took@tuckborough.example"));
    assert_eq!(decrypt(&key, token).unwrap(), FRODO.as_bytes());
}

#[test]
fn rfc_7520_section_5_5_ecdh_es_on_p_256_decrypts() {
    let key = from_scalar(KeyManagement::EcdhEs, &ECDH_P256, "r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8");
    let token = concat!(
        "eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxlIiwiZXBrIjp7Imt0eSI6IkVDIiwi",
        "Y3J2IjoiUC0yNTYiLCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFWc1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2",
        "ZnlXdzVNaFlmR1RUMElqQnBGdzJTUzM0RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ..yc9N8v5sYyv3iGQT926IUg.BoDlwPnTy",
        "pYq-ivjmQvAYJLb5Q6l-F3LIgQomlz87yW4OPKbWE1zSTEFjDfhU9IPIOSA9Bml4m7iDFwA-1ZXvHteLDtw4R1XRGMEsDIqAYtskTTmzmzNa",
        "-_q4F_evAPUmwlO-ZG45Mnq4uhM1fm_D9rBtWolqZSF3xGNNkpOMQKF1Cl8i8wjzRli7-IXgyirlKQsbhhqRzkv8IcY6aHl24j03C-AR2le1",
        "r7URUhArM79BY8soZU0lzwI-sD5PZ3l4NDCCei9XkoIAfsXJWmySPoeRb2Ni5UZL4mYpvKDiwmyzGd65KqVw7MsFfI_K767G9C9Azp73gKZD",
        "0DyUn1mn0WW5LmyX_yJ-3AROq8p1WZBfG-ZyJ6195_JGG2m9Csg.WCCkNa-x4BeB9hIDIfFuhg",
    );
    assert_eq!(decrypt(&key, token).unwrap(), FRODO.as_bytes());
}

/// Made with joserfc.
#[test]
fn rsa_oaep_256_of_another_implementation_decrypts() {
    let der = unb64(include_str!("encrypted/rsa.pkcs8.txt").trim());
    let key = DecryptionKey::from_pkcs8(KeyManagement::RsaOaep256, &der).unwrap();
    let token = include_str!("encrypted/rsa-oaep-256.a256gcm.txt").trim();
    assert_eq!(decrypt(&key, token).unwrap(), b"Live long and prosper.");
    assert_eq!(key.to_pkcs8().unwrap().as_slice(), der);
}

/// Made with joserfc; the header has `apu` and `apv`, which are part of what the key is derived from.
#[test]
fn ecdh_es_a256kw_of_another_implementation_decrypts() {
    let der = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnWIgsTTy5chwZ5DzYicOskdokUeD8RtHNcx7dofZQ0yhRANCAARbOrz2rM\
               CQXpNsBe4PHCuPivPRmeVJJuMhPNcBAgDWs55xCEWOj2PrGvxQKr2H7jJdkfjU82uazIhl1bhbKvOF";
    let key = DecryptionKey::from_pkcs8(KeyManagement::EcdhEsA256Kw, &unb64(der)).unwrap();
    let token = "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkExMjhDQkMtSFMyNTYiLCJhcHUiOiJRV3hwWTJVIiwiYXB2IjoiUW05aSIsImVwayI\
                 6eyJjcnYiOiJQLTI1NiIsIngiOiJEdE9Ia0dmUVpYcEFZMldEby1jMzZfMjZuZG9BYVc2bV9YTHMtNVVwb29jIiwieSI6Ijl2R1BxWUlPd\
                 TNZbm80OEphM3hIVHp6bG9ScXJ3MXpoQklQbWI5MXRjNDQiLCJrdHkiOiJFQyJ9fQ.jr34dwdi0lwLVfbGPSfgaeAttfLg8T7ANnIMolwq\
                 Spn1gE5nGlO6Ow.h2Pk1lfZ762-wFwV3dpKSQ.GbMXSVhQKu4MkWFmqrVq-qxABi74VxMpe5--ag4Zfzw.5OEW2vrhTp6xxyLQ7HUD0w";
    assert_eq!(decrypt(&key, token).unwrap(), b"Live long and prosper.");
}

#[test]
fn what_is_encrypted_for_a_key_decrypts_with_it_in_every_combination() {
    for key in ONE_OF_EACH.iter() {
        for enc in ContentEncryption::ALL {
            let recipient = Recipient::choose(&set(key), key.alg(), enc).unwrap();
            for content in [b"".as_slice(), b"sixteen octets..", FRODO.as_bytes()] {
                let token = recipient.encrypt(Some("JWT"), content, &mut Counting(0)).unwrap();
                let parsed = Encrypted::parse(&token).unwrap();
                assert_eq!((parsed.alg(), parsed.enc(), parsed.kid()), (key.alg(), enc, Some(key.kid())));
                let decrypted = parsed.decrypt(key, &mut Counting(0)).unwrap();
                assert_eq!((decrypted.cty(), decrypted.content()), (Some("JWT"), content));
            }
        }
    }
}

#[test]
fn two_tokens_of_the_same_content_have_nothing_but_the_algorithm_in_common() {
    for key in ONE_OF_EACH.iter() {
        let recipient = Recipient::choose(&set(key), key.alg(), ContentEncryption::A256Gcm).unwrap();
        let mut entropy = Counting(0);
        let [one, two] = [(); 2].map(|()| recipient.encrypt(None, b"the same", &mut entropy).unwrap());
        for (a, b) in one.split('.').zip(two.split('.')).skip(1).filter(|(a, _)| !a.is_empty()) {
            assert_ne!(a, b, "{}", key.alg());
        }
    }
}

#[test]
fn a_key_comes_back_from_its_document_and_keeps_its_id() {
    for key in ONE_OF_EACH.iter() {
        let again = DecryptionKey::from_pkcs8(key.alg(), &key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(decrypt(&again, &encrypt(key, ContentEncryption::A128Gcm, b"x")).unwrap(), b"x");
        let jwk = serde_json::to_value(key.public_jwk()).unwrap();
        assert_eq!((&jwk["use"], &jwk["alg"]), (&json!("enc"), &json!(key.alg().name())));
        assert!(["d", "p", "q"].iter().all(|private| jwk.get(private).is_none()));
        let shown = format!("{key:?}");
        assert!(shown.contains(key.kid()) && shown.len() < 120, "{shown}");
    }
    let [rsa, ec, ..] = ONE_OF_EACH.as_slice() else { panic!() };
    for (alg, der) in [
        (KeyManagement::EcdhEs, rsa.to_pkcs8().unwrap().to_vec()),
        (KeyManagement::RsaOaep256, ec.to_pkcs8().unwrap().to_vec()),
        (KeyManagement::RsaOaep256, Vec::new()),
    ] {
        let refused = DecryptionKey::from_pkcs8(alg, &der).unwrap_err();
        assert!(matches!(refused, JoseError::DecryptionKeyRejected { .. }), "{refused}");
    }
}

/// No padding oracle, no hint which part was wrong: one error for all (RFC 7516 §11.5).
#[test]
fn a_changed_bit_anywhere_and_another_key_yield_the_same_error() {
    for key in ONE_OF_EACH.iter() {
        let other = DecryptionKey::generate(key.alg()).unwrap();
        for enc in ContentEncryption::ALL {
            let token = encrypt(key, enc, b"Live long and prosper.");
            assert_eq!(decrypt(&other, &token), Err(JweError::NotDecrypted), "{} {enc} another key", key.alg());
            let parts: Vec<Vec<u8>> = token.split('.').map(unb64).collect();
            for (part, octets) in parts.iter().enumerate().skip(1) {
                for at in 0..octets.len() {
                    let mut changed = parts.clone();
                    changed[part][at] ^= 1 << (at % 8);
                    let changed = changed.iter().map(b64).collect::<Vec<_>>().join(".");
                    assert_eq!(
                        decrypt(key, &changed),
                        Err(JweError::NotDecrypted),
                        "{} {enc} part {part} at {at}",
                        key.alg()
                    );
                }
            }
            let all_zero: Vec<String> = parts
                .iter()
                .enumerate()
                .map(|(part, octets)| if part == 0 { b64(octets) } else { b64(vec![0; octets.len()]) })
                .collect();
            assert_eq!(decrypt(key, &all_zero.join(".")), Err(JweError::NotDecrypted), "all zero");
        }
    }
}

#[test]
fn no_change_of_the_header_leaves_a_token_readable() {
    for key in ONE_OF_EACH.iter() {
        let token = encrypt(key, ContentEncryption::A128CbcHs256, b"x");
        let (header, rest) = token.split_once('.').unwrap();
        let header = unb64(header);
        for at in 0..header.len() {
            for bit in 0..8 {
                let mut changed = header.clone();
                changed[at] ^= 1 << bit;
                assert!(decrypt(key, &format!("{}.{rest}", b64(changed))).is_err(), "octet {at} bit {bit}");
            }
        }
        let spaced = String::from_utf8(header).unwrap().replace(':', ": ");
        assert_eq!(decrypt(key, &format!("{}.{rest}", b64(spaced))), Err(JweError::NotDecrypted));
    }
}

#[test]
fn every_prefix_of_a_token_is_refused() {
    for key in ONE_OF_EACH.iter() {
        let token = encrypt(key, ContentEncryption::A256Gcm, b"Live long and prosper.");
        for end in 0..token.len() {
            assert!(decrypt(key, &token[..end]).is_err(), "cut at {end}");
        }
        assert!(decrypt(key, &format!("{token}.")).is_err() && decrypt(key, &format!("{token}A")).is_err());
    }
}

#[test]
fn a_token_for_another_algorithm_is_not_tried() {
    let token = encrypt(&ONE_OF_EACH[1], ContentEncryption::A128Gcm, b"x");
    let expected = KeyManagement::RsaOaep256;
    let found = KeyManagement::EcdhEs;
    assert_eq!(decrypt(&ONE_OF_EACH[0], &token), Err(JweError::WrongAlgorithm { expected, found }));
    assert!(matches!(decrypt(&ONE_OF_EACH[2], &token), Err(JweError::WrongAlgorithm { .. })));
}

fn header_of(token: &str) -> Value {
    serde_json::from_slice(&unb64(token.split('.').next().unwrap())).unwrap()
}

fn with_header(token: &str, header: &Value) -> String {
    format!("{}.{}", b64(header.to_string()), token.split_once('.').unwrap().1)
}

#[test]
fn the_header_is_held_to_its_form() {
    let token = encrypt(&ONE_OF_EACH[2], ContentEncryption::A128Gcm, b"x");
    let good = header_of(&token);
    let with = |member: &str, value: Value| {
        let mut header = good.clone();
        match value {
            Value::Null => header.as_object_mut().unwrap().remove(member),
            value => header.as_object_mut().unwrap().insert(member.to_owned(), value),
        };
        Encrypted::parse(&with_header(&token, &header)).map(|_| ()).unwrap_err()
    };
    for member in ["crit", "zip", "jku", "jwk", "x5u", "x5c"] {
        assert_eq!(with(member, json!(["exp"])), JweError::RefusedMember(member));
    }
    for name in ["RSA1_5", "RSA-OAEP", "dir", "A128KW", "PBES2-HS256+A128KW", "none", "ecdh-es", "ES256", ""] {
        assert_eq!(with("alg", json!(name)), JweError::Algorithm(name.to_owned()));
    }
    for name in ["A256CBC-HS512", "A192GCM", "none", "a128gcm", ""] {
        assert_eq!(with("enc", json!(name)), JweError::Algorithm(name.to_owned()));
    }
    for member in ["alg", "enc", "epk"] {
        assert_eq!(with(member, Value::Null), JweError::Member(member));
        assert_eq!(with(member, json!(7)), JweError::Member(member));
    }
    for (member, value) in
        [("apu", json!("not base64!")), ("apv", json!(b64([7; 257]))), ("kid", json!(1)), ("cty", json!([]))]
    {
        assert_eq!(with(member, value), JweError::Member(member));
    }
    let epk = json!({"kty": "EC", "crv": "P-256", "x": b64([1; 32]), "y": b64([1; 32])});
    assert!(matches!(with("epk", epk), JweError::EphemeralKey(_)));
    assert!(matches!(with("epk", json!({"kty": "oct", "k": "AAAA"})), JweError::EphemeralKey(_)));
}

#[test]
fn the_form_is_checked_before_anything_is_decrypted() {
    let token = encrypt(&ONE_OF_EACH[2], ContentEncryption::A128Gcm, b"x");
    let parts: Vec<&str> = token.split('.').collect();
    let parse = |text: &str| Encrypted::parse(text).map(|_| ()).unwrap_err();
    assert_eq!(parse("a.b.c"), JweError::Parts { found: 3 });
    assert_eq!(parse(""), JweError::Parts { found: 1 });
    assert_eq!(parse(&format!("{token}.x")), JweError::Parts { found: 6 });
    assert_eq!(parse(&"A".repeat(40_000)), JweError::TooLarge { found: 40_000 });
    assert!(matches!(parse("e30=.A.A.A.A"), JweError::Base64("header")));
    assert!(matches!(parse(&format!("{}.A.A.A.A", b64("[]"))), JweError::Header(_)));
    assert!(matches!(parse(&format!("{}.A.A.A.A", b64(r#"{"alg":"ECDH-ES","alg":"dir"}"#))), JweError::Header(_)));
    for (at, name) in [(1, "encrypted key"), (2, "initialization vector"), (3, "ciphertext"), (4, "authentication tag")]
    {
        let mut wrong = parts.clone();
        wrong[at] = "A=";
        assert_eq!(parse(&wrong.join(".")), JweError::Base64(name));
    }
    let mut without_key = parts.clone();
    without_key[1] = "";
    assert_eq!(parse(&without_key.join(".")), JweError::EncryptedKey);
    let direct = encrypt(&ONE_OF_EACH[1], ContentEncryption::A128Gcm, b"x");
    assert_eq!(parse(&direct.replacen("..", ".AAAA.", 1)), JweError::EncryptedKey);
}

#[test]
fn a_content_that_would_make_too_long_a_token_is_not_encrypted() {
    let recipient =
        Recipient::choose(&set(&ONE_OF_EACH[1]), KeyManagement::EcdhEs, ContentEncryption::A128Gcm).unwrap();
    let refused = recipient.encrypt(None, &vec![7; 25_000], &mut Counting(0)).unwrap_err();
    assert!(matches!(refused, JoseError::TooLarge { limit: Encrypted::MAX_BYTES, .. }), "{refused}");
    // A signed token of the most that is accepted fits.
    assert!(recipient.encrypt(Some("JWT"), &vec![b'a'; 16 * 1024], &mut Counting(0)).is_ok());
}

fn chosen(keys: &Value, alg: KeyManagement) -> Result<Option<String>, RecipientError> {
    let document = json!({ "keys": keys }).to_string();
    let recipient = Recipient::choose(document.as_bytes(), alg, ContentEncryption::A128Gcm)?;
    assert_eq!(recipient.alg(), alg);
    let token = recipient.encrypt(None, b"", &mut Counting(0)).unwrap();
    Ok(header_of(&token)["kid"].as_str().map(str::to_owned))
}

/// OpenID Connect Core §10.2; RFC 7517 §4.2 to §4.4.
#[test]
fn the_key_is_chosen_by_type_use_operations_and_algorithm() {
    let base = serde_json::to_value(ONE_OF_EACH[1].public_jwk()).unwrap();
    let key = |kid: &str, members: Value| {
        let mut key = json!({"kty": "EC", "crv": "P-256", "x": base["x"], "y": base["y"], "kid": kid});
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        key
    };
    let alg = KeyManagement::EcdhEsA128Kw;
    let some = |kid: &str| Ok(Some(kid.to_owned()));
    assert_eq!(chosen(&json!([key("any", json!({}))]), alg), some("any"));
    assert_eq!(chosen(&json!([key("any", json!({})), key("marked", json!({"use": "enc"}))]), alg), some("marked"));
    assert_eq!(chosen(&json!([key("sig", json!({"use": "sig"})), key("any", json!({}))]), alg), some("any"));
    let other = json!({"use": "enc", "alg": "ECDH-ES"});
    assert_eq!(chosen(&json!([key("other", other), key("any", json!({}))]), alg), some("any"));
    let operations = json!({"key_ops": ["verify"]});
    assert_eq!(
        chosen(&json!([key("verify", operations), key("any", json!({"key_ops": ["deriveBits"]}))]), alg),
        some("any")
    );
    let broken =
        json!({"kty": "EC", "crv": "P-256", "x": b64([1; 32]), "y": b64([1; 32]), "use": "enc", "kid": "broken"});
    assert_eq!(chosen(&json!([broken, key("good", json!({"use": "enc"}))]), alg), some("good"));
    let rsa = serde_json::to_value(ONE_OF_EACH[0].public_jwk()).unwrap();
    assert_eq!(chosen(&json!([rsa, key("ec", json!({}))]), alg), some("ec"));
    assert_eq!(chosen(&json!([rsa, key("ec", json!({}))]), KeyManagement::RsaOaep256), some(ONE_OF_EACH[0].kid()));
    let montgomery =
        json!({"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08", "kid": "x"});
    assert_eq!(chosen(&json!([montgomery]), alg), some("x"));
    let mut nameless = key("", json!({}));
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(chosen(&json!([nameless]), alg), Ok(None));
}

#[test]
fn a_set_without_a_fitting_key_or_with_a_secret_one_is_refused() {
    let alg = KeyManagement::EcdhEs;
    let signing = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_eq!(chosen(&json!([]), alg), Err(RecipientError::NoKey { alg }));
    assert_eq!(chosen(&json!([signing, 7]), alg), Err(RecipientError::NoKey { alg }));
    let mut leaked = serde_json::to_value(ONE_OF_EACH[1].public_jwk()).unwrap();
    leaked["d"] = json!("AAAA");
    assert!(matches!(chosen(&json!([leaked]), alg), Err(RecipientError::Set(_))));
    let small = json!({"kty": "RSA", "n": b64([0xff; 128]), "e": "AQAB"});
    assert!(matches!(chosen(&json!([small]), KeyManagement::RsaOaep256), Err(RecipientError::NoKey { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_content_comes_back(content in proptest::collection::vec(any::<u8>(), 0..2000), which in 0..4_usize, enc in 0..3_usize) {
        let (key, enc) = (&ONE_OF_EACH[which], ContentEncryption::ALL[enc]);
        prop_assert_eq!(decrypt(key, &encrypt(key, enc, &content)), Ok(content));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[A-Za-z0-9_.=-]{0,200}", header in "\\{\"(alg|enc|epk)\":[\"{}A-Z0-9-]{0,40}\\}") {
        let _ = decrypt(&ONE_OF_EACH[1], &text);
        let _ = decrypt(&ONE_OF_EACH[1], &format!("{}.{text}", b64(header)));
    }
}
