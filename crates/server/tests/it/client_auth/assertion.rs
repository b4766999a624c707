//! `private_key_jwt` (RFC 7523 §2.2, §3).

use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::{Ttl, base64url};
use serde_json::{Value, json};

use super::KIND;
use crate::support::{Ask, Bench, ISSUER, Reply, Rp, assertion_key};

async fn with_assertion(bench: &Bench, assertion: &str) -> Reply {
    let fields =
        [("grant_type", "client_credentials"), ("client_assertion_type", KIND), ("client_assertion", assertion)];
    bench.send(Ask::post("/token").form(&fields)).await
}

#[tokio::test]
async fn a_good_assertion_is_accepted_in_its_forms() {
    let bench = Bench::new().await;
    let token = format!("{ISSUER}/token");
    for changes in [json!({}), json!({"aud": token}), json!({"aud": [ISSUER]}), json!({"iat": null}), json!({"nbf": 1})]
    {
        let assertion = Rp::assertion(&bench, &changes);
        assert_eq!(with_assertion(&bench, &assertion).await.status.as_u16(), 200, "{changes}");
    }
    let plain = json!({"iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": "plain", "exp": bench.now().secs() + 60});
    with_assertion(&bench, &assertion_key().sign("JWT", &plain).unwrap()).await.expect(200);
}

/// RFC 7523 §3, each requirement alone (GO-2026-5732: no aud, no exp).
#[tokio::test]
async fn a_bad_assertion_is_refused() {
    let bench = Bench::new().await;
    let now = bench.now().secs();
    let cases = [
        json!({"iss": "service"}),
        json!({"iss": null}),
        json!({"sub": "service"}),
        json!({"sub": null}),
        json!({"aud": null}),
        json!({"aud": "https://other.example"}),
        json!({"aud": []}),
        json!({"aud": format!("{ISSUER}/")}),
        json!({"aud": format!("{ISSUER}.evil.example")}),
        json!({"exp": null}),
        json!({"exp": now - 31}),
        json!({"exp": now + 86_400}),
        json!({"exp": i64::MAX}),
        json!({"exp": i64::MIN}),
        json!({"exp": "soon"}),
        json!({"nbf": now + 3600}),
        json!({"iat": now + 3600}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"jti": 5}),
    ];
    for changes in cases {
        let assertion = Rp::assertion(&bench, &changes);
        let reply = with_assertion(&bench, &assertion).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (401, "invalid_client"), "{changes}");
        assert!(!reply.has("www-authenticate"), "nothing came in the header");
    }
}

/// CVE-2026-11800: `none`, HS256 with the public key, a key of the sender's own, another client's key.
#[tokio::test]
async fn an_assertion_signed_otherwise_is_refused() {
    let bench = Bench::new().await;
    let good = Rp::assertion(&bench, &json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let header = |value: Value| base64url(value.to_string());
    let public = assertion_key().public_jwk();
    let own = SigningKey::generate(Algorithm::ES256).unwrap();
    let forged = own.sign("client-authentication+jwt", &crate::support::claims_of(&good)).unwrap();
    let mac = countersign_jose::hash::hmac_sha256(format!("{public:?}").as_bytes(), parts[1].as_bytes());
    let assertions = [
        format!("{}.{}.", header(json!({"alg": "none"})), parts[1]),
        format!("{}.{}.{}", header(json!({"alg": "HS256"})), parts[1], base64url(mac)),
        format!("{}.{}.{}", header(json!({"alg": "ES256", "jwk": {"kty": "EC"}})), parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], base64url([0; 64])),
        format!("{}.{}", parts[0], parts[1]),
        forged,
        "x".to_owned(),
        "..".to_owned(),
        "x".repeat(20_000),
    ];
    for assertion in assertions {
        with_assertion(&bench, &assertion).await.refused(401, "invalid_client");
    }
    with_assertion(&bench, &good).await.expect(200);
}

/// GO-2021-0110, CVE-2020-5300.
#[tokio::test]
async fn an_assertion_is_good_once_at_whichever_endpoint() {
    let bench = Bench::new().await;
    let assertion = Rp::assertion(&bench, &json!({}));
    with_assertion(&bench, &assertion).await.expect(200);
    with_assertion(&bench, &assertion).await.refused(401, "invalid_client");
    for path in ["/introspect", "/revoke"] {
        let fields = [("token", "x"), ("client_assertion_type", KIND), ("client_assertion", &assertion)];
        bench.send(Ask::post(path).form(&fields)).await.refused(401, "invalid_client");
    }
    bench.advance(Ttl::secs(80));
    bench.realm.store.sweep(bench.now(), 1000).await.unwrap();
    with_assertion(&bench, &assertion).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn the_assertion_type_and_the_client_id_beside_it_must_fit() {
    let bench = Bench::new().await;
    let send = async |extra: &[(&str, &str)]| {
        let assertion = Rp::assertion(&bench, &json!({}));
        let mut fields = vec![("grant_type", "client_credentials"), ("client_assertion", assertion.as_str())];
        fields.extend_from_slice(extra);
        bench.send(Ask::post("/token").form(&fields)).await
    };
    send(&[]).await.refused(401, "invalid_client");
    send(&[("client_assertion_type", "saml2-bearer")]).await.refused(401, "invalid_client");
    send(&[("client_assertion_type", KIND), ("client_id", "service")]).await.refused(401, "invalid_client");
    send(&[("client_assertion_type", KIND), ("client_id", "keyed")]).await.expect(200);
}

#[tokio::test]
async fn an_id_token_or_access_token_is_no_assertion() {
    let bench = Bench::new().await;
    let tokens = Rp::of("keyed").tokens(&bench, "openid", "alice").await;
    for token in [&tokens.access, &tokens.id] {
        with_assertion(&bench, token).await.refused(401, "invalid_client");
    }
}
