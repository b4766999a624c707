//! Published examples (RFC 7518 appendix C, RFC 7516 appendix A.3, RFC 8037 appendix A.6), and points that are none.

use aws_lc_rs::agreement::PrivateKey;
use serde_json::{Value, json};

use super::{ContentEncryption, Curve, Parties, Point, Transport, agree, agreed_key, receive, send};
use crate::JwkError;
use crate::base64url::{decode, encode};

fn b64(text: &str) -> Vec<u8> {
    decode(text).unwrap()
}

fn point(jwk: &Value) -> Result<Point, JwkError> {
    Point::from_object(jwk.as_object().unwrap())
}

fn private(curve: Curve, d: &[u8]) -> PrivateKey {
    PrivateKey::from_private_key(curve.algorithm(), d).unwrap()
}

#[test]
fn rfc_7518_appendix_c_both_sides_derive_the_key() {
    let alice = json!({"kty": "EC", "crv": "P-256", "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"});
    let bob = json!({"kty": "EC", "crv": "P-256", "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
        "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"});
    let parties = Parties { apu: b"Alice".to_vec(), apv: b"Bob".to_vec() };
    for (mine, theirs) in
        [("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo", bob), ("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw", alice)]
    {
        let (mine, theirs) = (private(Curve::P256, &b64(mine)), point(&theirs).unwrap());
        let key = agreed_key(&mine, &theirs, Transport::Direct, ContentEncryption::A128Gcm, &parties).unwrap();
        assert_eq!(encode(&key), "VqqN6vgjbSBcIijNcacQGg");
        assert_ne!(
            agreed_key(&mine, &theirs, Transport::Wrapped128, ContentEncryption::A128Gcm, &parties).unwrap(),
            key,
            "the key is bound to what it is for"
        );
    }
}

#[test]
fn rfc_7516_appendix_a_3_the_key_is_wrapped_and_unwrapped() {
    let (kek, sent) = (b64("GawgguFyGrWKav7AX4VKUg"), b64("6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ"));
    let key = receive(Transport::Wrapped128, kek.clone().into(), &sent).unwrap();
    assert_eq!(encode(&key), "BNMfxVSd_P4LZJ36P6pqzmt81C1vawnbyLEA8I-cLM8");
    assert_eq!(send(Transport::Wrapped128, kek.clone().into(), key).unwrap().0, sent);
    for at in 0..sent.len() {
        let mut altered = sent.clone();
        altered[at] ^= 1;
        assert!(receive(Transport::Wrapped128, kek.clone().into(), &altered).is_err(), "octet {at}");
        assert!(receive(Transport::Wrapped128, kek.clone().into(), &sent[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn rfc_8037_appendix_a_6_x25519() {
    let bob =
        point(&json!({"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"})).unwrap();
    let alice = private(Curve::X25519, &b64("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo"));
    let ephemeral = Point::of(Curve::X25519, &alice).unwrap();
    let expected = json!({"kty": "OKP", "crv": "X25519", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"});
    assert_eq!(serde_json::to_value(ephemeral.members()).unwrap(), expected);
    let secret = agree(&alice, bob.parsed, (), |secret| Ok(secret.to_vec())).unwrap();
    assert_eq!(encode(secret), "Sl2dW6TOLeFyjjv0gDUPJeB-IclH0Z4zdvCbPB4WF0I");
}

/// CVE-2017-16007: points off the curve, with which a sender learns the private key bit by bit.
#[test]
fn what_is_not_a_point_of_its_curve_is_refused() {
    let good = json!({"kty": "EC", "crv": "P-256", "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"});
    assert!(point(&good).is_ok());
    let with = |member: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[member] = value;
        jwk
    };
    // The last is larger than the field's prime.
    for x in [encode([0; 32]), encode([1; 32]), encode([0xff; 32])] {
        assert_eq!(
            point(&with("x", json!(x))).unwrap_err(),
            JwkError::Invalid("the coordinates are not a point on the curve")
        );
    }
    let zero = json!({"kty": "EC", "crv": "P-256", "x": encode([0; 32]), "y": encode([0; 32])});
    assert!(point(&zero).is_err(), "all zero");
    let wrong_length = JwkError::Invalid("a coordinate has the wrong length for its curve");
    for x in [encode([1; 31]), encode([1; 33]), String::new(), encode([1; 64])] {
        assert_eq!(point(&with("x", json!(x))).unwrap_err(), wrong_length);
    }
    assert!(point(&with("crv", json!("P-384"))).is_err());
    for (member, value) in
        [("crv", json!("secp256k1")), ("crv", json!("P-521")), ("kty", json!("OKP")), ("x", json!(7))]
    {
        assert!(point(&with(member, value)).is_err(), "{member}");
    }
}

/// With such a point the agreed key would be known beforehand (RFC 7748 §6.1).
#[test]
fn points_of_small_order_yield_no_key() {
    let mine = private(Curve::X25519, &[7; 32]);
    let (mut one, mut order_eight) = ([0; 32], [0; 32]);
    one[0] = 1;
    order_eight.copy_from_slice(&b64("4Ot6fDtBuK4WVuP68Z_EatoJjeucMrH9hmIFFl9JuAA"));
    for u in [[0; 32], one, order_eight] {
        let theirs = point(&json!({"kty": "OKP", "crv": "X25519", "x": encode(u)})).unwrap();
        let key = agreed_key(&mine, &theirs, Transport::Direct, ContentEncryption::A128Gcm, &Parties::default());
        assert!(key.is_err(), "{u:?}");
    }
}

#[test]
fn keys_of_two_curves_agree_on_nothing() {
    let mine = PrivateKey::generate(Curve::P256.algorithm()).unwrap();
    let other = PrivateKey::generate(Curve::P384.algorithm()).unwrap();
    let theirs = Point::of(Curve::P384, &other).unwrap();
    assert!(agreed_key(&mine, &theirs, Transport::Direct, ContentEncryption::A128Gcm, &Parties::default()).is_err());
}
