//! Client authentication (OAuth 2.1 §2.4, RFC 7523): at the token, introspection and revocation endpoints alike.

mod assertion;
mod jwks_uri;

use countersign_engine::records::{Client, ClientKeys, ClientKind, ClientSecret};
use countersign_protocol::{HandleHash, Ttl, base64url};
use serde_json::{Value, json};

use crate::support::{Ask, Bench, Rp, secret_of};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A request that is fine but for the client's credentials, to each endpoint that wants them.
fn asks() -> [(Ask, Vec<(&'static str, &'static str)>); 3] {
    [
        (Ask::post("/token"), vec![("grant_type", "client_credentials")]),
        (Ask::post("/introspect"), vec![("token", "x")]),
        (Ask::post("/revoke"), vec![("token", "x")]),
    ]
}

/// RFC 6749 §5.2: 401, and `WWW-Authenticate` if, and only if, the client used the header.
#[tokio::test]
async fn a_wrong_secret_is_invalid_client_with_a_challenge_only_for_who_used_the_header() {
    let bench = Bench::new().await;
    for (ask, fields) in asks() {
        for id in ["service", "nobody", "spa", "keyed"] {
            let reply = bench.send(ask.clone().form(&fields).basic(id, "wrong")).await;
            reply.refused(401, "invalid_client");
            assert!(reply.header("www-authenticate").starts_with("Basic realm="), "{id}");
            let mut fields = fields.clone();
            fields.extend([("client_id", id), ("client_secret", "wrong")]);
            let reply = bench.send(ask.clone().form(&fields)).await;
            reply.refused(401, "invalid_client");
            assert!(!reply.has("www-authenticate"), "{id}");
        }
        let reply = bench.send(ask.clone().form(&fields)).await;
        reply.refused(401, "invalid_client");
        assert!(!reply.has("www-authenticate"));
    }
}

/// Whether a client exists is nobody's business.
#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_look_the_same() {
    let bench = Bench::new().await;
    let mut seen: Vec<Value> = Vec::new();
    for id in ["service", "nobody"] {
        let ask = Ask::post("/token").form(&[("grant_type", "client_credentials")]).basic(id, "wrong");
        let mut body = bench.send(ask).await.json();
        body["trace_id"] = Value::Null;
        seen.push(body);
    }
    assert_eq!(seen[0]["error"], seen[1]["error"]);
    assert_eq!(seen[0], seen[1]);
}

/// OAuth 2.1 §2.4.1: a secret is accepted both ways, whichever was registered.
#[tokio::test]
async fn a_secret_is_good_in_the_header_and_in_the_form() {
    let bench = Bench::new().await;
    for id in ["service", "shop", "poster"] {
        let secret = secret_of(id);
        bench.send(Ask::post("/introspect").form(&[("token", "x")]).basic(id, &secret)).await.expect(200);
        let fields = [("token", "x"), ("client_id", id), ("client_secret", &secret)];
        bench.send(Ask::post("/introspect").form(&fields)).await.expect(200);
    }
}

/// Never more than one method (OAuth 2.1 §2.4), even when each alone would do.
#[tokio::test]
async fn two_methods_at_once_are_an_invalid_request() {
    let bench = Bench::new().await;
    let secret = secret_of("service");
    let assertion = Rp::assertion(&bench, &json!({}));
    for (ask, fields) in asks() {
        let with = |extra: &[(&'static str, &str)]| {
            let mut all: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, *v)).collect();
            all.extend(extra.iter().copied());
            ask.clone().form(&all)
        };
        let both = [
            with(&[("client_id", "service"), ("client_secret", &secret)]).basic("service", &secret),
            with(&[("client_secret", &secret)]).basic("service", &secret),
            with(&[("client_assertion_type", KIND), ("client_assertion", &assertion)]).basic("service", &secret),
            with(&[
                ("client_id", "keyed"),
                ("client_secret", &secret),
                ("client_assertion_type", KIND),
                ("client_assertion", &assertion),
            ]),
            with(&[("client_id", "shop")]).basic("service", &secret),
        ];
        for ask in both {
            bench.send(ask).await.refused(400, "invalid_request");
        }
        let named = with(&[("client_id", "service")]).basic("service", &secret);
        bench.send(named).await.expect(200);
    }
}

#[tokio::test]
async fn a_header_that_is_no_basic_header_is_invalid_client() {
    let bench = Bench::new().await;
    let encode = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let secret = secret_of("service");
    let raw = encode(&format!("service:{secret}"));
    let values = [
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic ???".to_owned(),
        format!("Basic {}", encode("service")),
        format!("Basic {}", encode(":")),
        format!("Basic {}", encode("service:%zz")),
        format!("Basic {raw}"),
        format!("Basic {}", encode(&"x".repeat(5000))),
        format!("Basic {}", base64url("service:x")),
        "Bearer x".to_owned(),
        "Digest username=service".to_owned(),
        "service:x".to_owned(),
        "\u{fc}".to_owned(),
    ];
    for value in values {
        let ask = Ask::post("/token").form(&[("grant_type", "client_credentials")]).header("authorization", &value);
        let reply = bench.send(ask).await;
        reply.refused(401, "invalid_client");
        assert!(reply.header("www-authenticate").starts_with("Basic"), "{value}");
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused_even_when_both_are_right() {
    let bench = Bench::new().await;
    let secret = secret_of("service");
    for (ask, fields) in asks() {
        let reply = bench.send(ask.form(&fields).basic("service", &secret).basic("service", &secret)).await;
        assert!(reply.status.is_client_error());
        assert!(["invalid_client", "invalid_request"].contains(&reply.error().as_str()));
    }
}

/// A public client has nothing to prove, and what looks like a proof is not ignored.
#[tokio::test]
async fn a_public_client_with_a_secret_is_refused() {
    let bench = Bench::new().await;
    for secret in ["x", &secret_of("spa")] {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "spa"), ("client_secret", secret)];
        bench.send(Ask::post("/token").form(&fields)).await.refused(401, "invalid_client");
    }
    let ask = Ask::post("/token").form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).basic("spa", "");
    bench.send(ask).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn a_confidential_client_without_proof_is_refused() {
    let bench = Bench::new().await;
    for id in ["shop", "poster", "keyed", "older"] {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", id)];
        bench.send(Ask::post("/token").form(&fields)).await.refused(401, "invalid_client");
    }
}

#[tokio::test]
async fn several_secrets_work_side_by_side_until_the_old_one_ends() {
    let bench = Bench::new().await;
    let now = bench.now();
    bench
        .change::<Client>("service", |client| {
            let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &mut client.kind else { panic!() };
            secrets[0].expires_at = Some(now.plus(Ttl::days(1)));
            let hash = HandleHash::of("the second secret");
            secrets.push(ClientSecret { hash, name: "second".into(), created_at: now, expires_at: None });
        })
        .await;
    let try_with = async |secret: &str| {
        let ask = Ask::post("/token").form(&[("grant_type", "client_credentials")]).basic("service", secret);
        bench.send(ask).await.status.as_u16()
    };
    assert_eq!((try_with(&secret_of("service")).await, try_with("the second secret").await), (200, 200));
    bench.advance(Ttl::days(1));
    assert_eq!((try_with(&secret_of("service")).await, try_with("the second secret").await), (401, 200));
}
