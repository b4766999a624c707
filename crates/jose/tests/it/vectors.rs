//! Published examples, and values computed with another implementation (OpenSSL, through Python's `cryptography`).

use countersign_jose::hash::{at_hash, constant_time_eq, hmac_sha256, sha256};
use countersign_jose::{Algorithm, Jwk, JwkSet, SealingKey, Unverified, VerifyError};
use serde_json::{Value, json};

const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn verify(key: &str, token: &str) -> Result<Vec<u8>, VerifyError> {
    let keys: JwkSet = [Jwk::parse(key.as_bytes()).unwrap()].into_iter().collect();
    Unverified::parse(token).unwrap().verify(&keys).map(|verified| verified.payload().to_vec())
}

fn assert_is_joes(payload: &[u8]) {
    let claims: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(claims, json!({"iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": true}));
}

#[test]
fn rfc_7515_appendix_a_2_rs256_verifies() {
    let key = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    assert_is_joes(&verify(key, &format!("eyJhbGciOiJSUzI1NiJ9.{JOE}.{signature}")).unwrap());
}

#[test]
fn rfc_7515_appendix_a_3_es256_verifies() {
    let key = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    assert_is_joes(&verify(key, &format!("eyJhbGciOiJFUzI1NiJ9.{JOE}.{signature}")).unwrap());
}

const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ED25519_TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

#[test]
fn rfc_8037_appendix_a_4_ed25519_verifies() {
    assert_eq!(verify(ED25519, ED25519_TOKEN).unwrap(), b"Example of Ed25519 signing");
}

#[test]
fn rfc_8037_appendix_a_3_thumbprint_of_an_ed25519_key() {
    assert_eq!(Jwk::parse(ED25519.as_bytes()).unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn rfc_7638_section_3_1_thumbprint_of_an_rsa_key() {
    let key = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let key = Jwk::parse(key.as_bytes()).unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.kid(), Some("2011-04-29"));
}

const PS256: &str = r#"{"kty":"RSA","alg":"PS256","e":"AQAB","n":"ulJi6aOCgY0rQjQ1araDyMXAG47YNvN3uazMIm0uZQ-6k_t23GJAbBVGV0XI9DydIBatPYT9ihOIBDueyAPv719EDtJWR1bK7HfW6dPZgHFz2qQgPCaYvqSrmvkII_a2qA5um8YtQrlqRVKcuVwWzHiux4EJKiirV_q_YkaMbwEhQx1yniJTQJ2Lcz_y_uWHXZNZTC2bjAzkNvRaZHqr02cnWI-vuxNPlBo9w3zxdPXmXJoUfjzv__HMD0QFkqGTdijkeNIb9pGpyCofzXIjFc1FSRigSU3s0lHbvLoRuZmgRkI7uGdqz-miYuj9rjYuO39hx00yrl9QQV7UsqHQTw"}"#;
const PS256_INPUT: &str = "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2UifQ";

#[test]
fn ps256_of_another_implementation_verifies() {
    let signature = "jTqSrOHqeHiTTpDAy_HV8zTm-M49bnfBTEbG9tjhUR4uLKWCs34j4gE9bi5RmfB4HM3-stL3-42x0sow6vv_rdjcUDndDD-RrUA-c5fu3WXLbr_haTE8-bpchWjOVXMlMlvtfJMBFERDD7b_MX9u4zf1g7gvNhYweZ4z5GPRSlgkN1EtTw8zYV1LutyO_paAB58uhs-OCi1xJivzBupddzolYvSj1HefFL4QSUGeiQAhDlK2A3HkaTXht7WU7M5NjnWXHZh77D4T-eNCR2c1e7U3T9DV_rc27NQZx_HnerRGsFA0zADoy1IYUiQ24a4rFra0674_zzk8JB1hrZavgQ";
    assert_eq!(verify(PS256, &format!("{PS256_INPUT}.{signature}")).unwrap(), br#"{"iss":"joe"}"#);
}

/// RFC 7518 §3.5: the salt is as long as the hash.
#[test]
fn ps256_with_a_salt_of_another_length_is_refused() {
    let signature = "qUvxKHecrO2aUuy-0fVdOdHfOi6fr3ApL95eUJ2M6yv-HmoMH200huw1CrwRZbrS5Zv14P4lXsDm5oQcgJdpIf4L6Cq8niXF-gGomA5qj2Icb5vxv7NfrreOp2UFuOzD8CQnAVpEKAtp-5NgitsJXhBiTXnk67cPdCVv0OOEXFTNHdWITaVAcql_Q-7cwxvRC47I9r2HDt0boWrvfPUAJ0ItGYeNlpxw3pALTXe6SnEX3CMaKLZLN9Sz7xW4egOCxWCASwY6f6fluOIJzRK-9eQ1t7DSnSNwXrPLAc3CfseHPGxHvDl3QUW3Tf1tVTtwFPz09w11qGYHHEY52qUBpw";
    assert_eq!(verify(PS256, &format!("{PS256_INPUT}.{signature}")), Err(VerifyError::BadSignature));
}

#[test]
fn es384_of_another_implementation_verifies() {
    let key = r#"{"kty":"EC","crv":"P-384","x":"0415i7MZXb3XRkEKy3oPk10hAhqL6kJsCzjjssyZcQjXDkp_xGE9eqIs9H3rv6dX","y":"hPRJigAtl3iwJH1CY7vaSGG76NSbSOTRHmzecRuVrNav3t6vCJGNffITDgQzHQJD"}"#;
    let token = "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2UifQ.-4Q239uAG6zqhuVYXjnrqxK3roxumt2MIuXOJmtkL2MgyUipko3a-Y5eq6Uw7zCGYT8eNdWtSHUF1vQDaf2zHHO-raEY8OXOLfjseVsXnhQCuqLu0y75uinlRyh3MAYD";
    assert_eq!(verify(key, token).unwrap(), br#"{"iss":"joe"}"#);
}

/// The first is OIDC Core appendix A.4; the others are the same token under the other hashes, computed with Python.
#[test]
fn at_hash_is_the_left_half_of_the_algorithms_own_hash() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256] {
        assert_eq!(at_hash(algorithm, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
    assert_eq!(at_hash(Algorithm::ES384, token), "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs");
    assert_eq!(at_hash(Algorithm::EdDSA, token), "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM");
}

/// FIPS 180-4's example and RFC 4231 §4.2.
#[test]
fn sha256_and_hmac_sha256_give_the_published_values() {
    let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(hex(sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let mac = hmac_sha256(&[0x0b; 20], b"Hi There");
    assert_eq!(hex(mac), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

#[test]
fn comparison_in_constant_time_compares() {
    assert!(constant_time_eq(b"abc", b"abc"));
    assert!(constant_time_eq(b"", b""));
    assert!(!constant_time_eq(b"abc", b"abd"));
    assert!(!constant_time_eq(b"abc", b"ab"));
}

/// Fixes key derivation and layout: values sealed by an older version must open for ever.
#[test]
fn a_value_sealed_by_another_implementation_opens() {
    let sealed = "070707070707070707070707962a8e2cd371d52840e457b519958254a5909acf8fe539ab0b3a29";
    let sealed: Vec<u8> =
        (0..sealed.len()).step_by(2).map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).unwrap()).collect();
    let key = SealingKey::derive(b"a secret with enough entropy", "keys at rest").unwrap();
    assert_eq!(key.open(b"row 1", &sealed).unwrap().as_slice(), b"private key");
}
