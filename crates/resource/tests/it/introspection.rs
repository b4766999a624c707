//! Tokens that the authorization server is asked about (RFC 7662).

use countersign_resource::{Secret, Ttl};
use serde_json::{Value, json};

use crate::world::{API, KEY, T0, World, claims, claims_but};

fn active(changes: Value) -> Value {
    let mut answer = claims_but(changes);
    answer["active"] = json!(true);
    answer
}

#[tokio::test]
async fn an_active_token_passes_and_is_asked_about_once_within_the_bound() {
    let world = World::introspecting();
    world.server.answer("opaque", active(json!({})));
    for millis in [0, 1, 4999] {
        world.at_millis(millis);
        assert_eq!(world.get("/files", "opaque").await.body, "u_alice");
    }
    assert_eq!(world.server.asked("/introspect"), 1);
    world.at(5);
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    assert_eq!(world.server.asked("/introspect"), 2);
}

#[tokio::test]
async fn a_revoked_token_stops_at_the_bound_and_at_once_without_a_cache() {
    for (ttl, passes_on) in [(5, true), (0, false)] {
        let world = World::with(|builder| {
            builder.introspect("files-api", &Secret::new("s3cret")).introspection_cache(Ttl::secs(ttl))
        });
        world.server.answer("opaque", active(json!({})));
        assert_eq!(world.get("/files", "opaque").await.status, 200);
        world.server.answer("opaque", json!({"active": false}));
        assert_eq!(world.get("/files", "opaque").await.status == 200, passes_on);
        world.at(5);
        let answer = world.get("/files", "opaque").await;
        assert_eq!((answer.status.as_u16(), answer.broken()), (401, "resource.active"));
    }
}

/// GO-2022-0406: what came from the cache skipped the checks.
#[tokio::test]
async fn a_cached_answer_is_judged_anew_at_every_use() {
    let world = World::introspecting();
    world.server.answer("opaque", active(json!({"exp": T0 + 2})));
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    let answer = world.get("/both", "opaque").await;
    assert_eq!((answer.status.as_u16(), answer.broken()), (403, "resource.scope"));
    world.at_millis(1999);
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    assert_eq!(world.server.asked("/introspect"), 1);
    world.at(2);
    assert_eq!(world.get("/files", "opaque").await.broken(), "resource.not_expired");
}

/// CVE-2026-33496: cache-key confusion.
#[tokio::test]
async fn the_cached_answer_of_one_token_never_serves_another() {
    let world = World::introspecting();
    world.server.answer("opaque", active(json!({})));
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    for other in ["opaque=", "opaqu", "Opaque", "opaque1"] {
        assert_eq!(world.get("/files", other).await.broken(), "resource.active", "{other}");
    }
}

#[tokio::test]
async fn each_wrong_member_of_an_answer_alone_is_refused_cached_or_not() {
    for (changes, rule) in [
        (json!({"aud": "https://other.example.com"}), "resource.audience"),
        (json!({"iss": "https://evil.example"}), "resource.issuer"),
        (json!({"exp": T0}), "resource.not_expired"),
        (json!({"nbf": T0 + 31}), "resource.not_before"),
        (json!({"cnf": {"jkt": "x"}}), "resource.sender_constraint"),
        (json!({"cnf": {}}), "resource.sender_constraint"),
        (json!({"token_type": "DPoP"}), "resource.sender_constraint"),
        (json!({"exp": null}), "resource.required_claims"),
        (json!({"aud": null}), "resource.required_claims"),
        (json!({"client_id": null}), "resource.required_claims"),
    ] {
        let world = World::introspecting();
        world.server.answer("opaque", active(changes.clone()));
        for _ in 0..2 {
            let answer = world.get("/files", "opaque").await;
            assert_eq!((answer.status.as_u16(), answer.broken()), (401, rule), "{changes}");
        }
    }
}

#[tokio::test]
async fn a_clients_own_token_may_lack_a_subject_and_any_may_lack_an_issuer() {
    let world = World::introspecting();
    world.server.answer("opaque", active(json!({"sub": null, "iss": null, "jti": null, "iat": null})));
    assert_eq!(world.get("/files", "opaque").await.body, "shop");
}

#[tokio::test]
async fn an_inactive_token_is_asked_about_once_a_second() {
    let world = World::introspecting();
    for _ in 0..50 {
        assert_eq!(world.get("/files", "unknown").await.broken(), "resource.active");
    }
    assert_eq!(world.server.asked("/introspect"), 1);
    world.at(1);
    assert_eq!(world.get("/files", "unknown").await.status, 401);
    assert_eq!(world.server.asked("/introspect"), 2);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_503_and_what_is_cached_stays_good() {
    let world = World::introspecting();
    world.server.answer("opaque", active(json!({})));
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    world.server.down(true);
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    assert_eq!(world.get("/files", "another").await.status, 503);
    world.at(5);
    assert_eq!(world.get("/files", "opaque").await.status, 503);
}

#[tokio::test]
async fn nonsense_and_refused_credentials_are_503_and_are_not_kept() {
    for nonsense in
        [json!({}), json!([]), json!({"active": "true"}), json!({"active": true, "exp": "soon"}), json!(null)]
    {
        let world = World::introspecting();
        world.server.answer("opaque", nonsense.clone());
        assert_eq!(world.get("/files", "opaque").await.status, 503, "{nonsense}");
        world.server.answer("opaque", active(json!({})));
        assert_eq!(world.get("/files", "opaque").await.status, 200);
    }
    let world = World::with(|builder| builder.introspect("files-api", &Secret::new("wrong")));
    world.server.answer("opaque", active(json!({})));
    assert_eq!(world.get("/files", "opaque").await.status, 503);
}

#[tokio::test]
async fn an_id_token_is_told_apart_here_too() {
    let id_token = json!({"iss": claims()["iss"], "sub": "u_alice", "aud": "shop", "iat": T0, "exp": T0 + 300});
    let text = KEY.sign("JWT", &id_token).unwrap();
    let world = World::introspecting();
    assert_eq!(world.get("/files", &text).await.broken(), "resource.not_id_token");
    // Some servers call anything active that they signed.
    world.at(1);
    world.server.answer(&text, active(json!({"aud": "shop"})));
    assert_eq!(world.get("/files", &text).await.broken(), "resource.not_id_token");
    // But what it is, is the server's to say: this one issues untyped JWTs for this API.
    world.at(10);
    world.server.answer(&text, active(json!({"aud": API})));
    assert_eq!(world.get("/files", &text).await.status, 200);
}

#[tokio::test]
async fn a_thousand_requests_with_one_token_ask_no_more_than_there_are_places() {
    let world = World::introspecting();
    world.server.answer("opaque", active(json!({})));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let world = world.clone();
        requests.spawn(async move { world.get("/files", "opaque").await.status });
    }
    assert!(requests.join_all().await.iter().all(|status| *status == 200));
    assert!(world.server.asked("/introspect") <= 64, "{}", world.server.asked("/introspect"));
}

#[tokio::test]
async fn the_endpoint_may_be_configured() {
    let world = World::with(|builder| {
        builder
            .introspect("files-api", &Secret::new("s3cret"))
            .introspection_endpoint("http://as.internal:4000/introspect")
    });
    world.server.answer("opaque", active(json!({})));
    assert_eq!(world.get("/files", "opaque").await.status, 200);
    assert_eq!((world.server.asked("authorization-server"), world.server.asked(":4000/introspect")), (0, 1));
}
