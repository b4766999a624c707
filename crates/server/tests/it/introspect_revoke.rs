//! `POST /introspect` (RFC 7662) and `POST /revoke` (RFC 7009).

use countersign_protocol::Ttl;
use serde_json::json;

use crate::support::{API, Ask, Bench, Browser, ISSUER, Rp, Tokens, VAULT, secret_of};

#[tokio::test]
async fn a_living_token_is_described_to_its_resource_server() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid read:files", "alice").await;
    let seen = Rp::of("api").introspect(&bench, &tokens.access).await;
    let now = bench.now().secs();
    assert_eq!((seen["active"].as_bool(), seen["scope"].as_str()), (Some(true), Some("openid read:files")));
    assert_eq!((seen["client_id"].as_str(), seen["sub"].as_str()), (Some("shop"), Some("u_alice")));
    assert_eq!((seen["exp"].as_i64(), seen["iat"].as_i64()), (Some(now + 300), Some(now)));
    assert_eq!((seen["aud"].clone(), seen["iss"].as_str()), (json!([API, ISSUER]), Some(ISSUER)));
    assert_eq!(seen["token_type"], "Bearer");
}

/// RFC 7662 §2.2: nothing more is said of a token that does not concern the asker.
#[tokio::test]
async fn of_anything_else_nothing_is_said_but_that_it_is_not_active() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid read:files", "alice").await;
    let (access, cut) = (&tokens.access, &tokens.access[..tokens.access.len() - 1]);
    let texts = ["x", "", "a.b.c", cut, &tokens.id, &tokens.refresh, &"x".repeat(9000)];
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        let reply = Rp::of("api").call(&bench, "/introspect", &[("token", text)]).await.expect(200);
        assert_eq!(reply.json(), json!({"active": false}), "{}", &text[..text.len().min(40)]);
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    for stranger in ["rival", "service", "keyed"] {
        assert_eq!(Rp::of(stranger).introspect(&bench, access).await, json!({"active": false}), "{stranger}");
    }
    assert_eq!(shop.introspect(&bench, access).await["active"], true, "its own");
    bench.advance(Ttl::secs(300));
    assert_eq!(Rp::of("api").introspect(&bench, access).await, json!({"active": false}));
}

#[tokio::test]
async fn introspection_is_for_clients_that_can_prove_themselves() {
    let bench = Bench::new().await;
    for id in ["spa", "cli"] {
        Rp::of(id).call(&bench, "/introspect", &[("token", "x")]).await.refused(400, "unauthorized_client");
    }
    bench.send(Ask::post("/introspect").form(&[("token", "x")])).await.refused(401, "invalid_client");
    let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
    let with_token = Ask::post("/introspect").form(&[("token", &tokens.access)]).bearer(&tokens.access);
    bench.send(with_token).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn without_a_token_both_are_invalid_requests() {
    let bench = Bench::new().await;
    for path in ["/introspect", "/revoke"] {
        for fields in [&[][..], &[("token", "")], &[("token_type_hint", "access_token")]] {
            Rp::of("api").call(&bench, path, fields).await.refused(400, "invalid_request");
        }
        let query = Ask::post(format!("{path}?token=x")).form(&[]).basic("api", &secret_of("api"));
        bench.send(query).await.refused(400, "invalid_request");
        let twice = Ask::post(path).raw_form("token=x&token=y").basic("api", &secret_of("api"));
        bench.send(twice).await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_hint_may_be_wrong() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid", "alice").await;
    for hint in ["refresh_token", "access_token", "nonsense"] {
        let fields = [("token", tokens.access.as_str()), ("token_type_hint", hint)];
        assert_eq!(shop.call(&bench, "/introspect", &fields).await.json()["active"], true);
    }
    let fields = [("token", tokens.refresh.as_str()), ("token_type_hint", "access_token")];
    shop.call(&bench, "/revoke", &fields).await.expect(200);
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_all_that_hangs_off_it() {
    let bench = Bench::new().await;
    for id in ["shop", "spa"] {
        let rp = Rp::of(id);
        let first = rp.tokens(&bench, "openid offline_access", "alice").await;
        let second = Tokens::of(&rp.refresh(&bench, &first.refresh).await);
        let reply = rp.call(&bench, "/revoke", &[("token", &second.refresh)]).await.expect(200);
        assert_eq!(reply.header("cache-control"), "no-store");
        rp.refresh(&bench, &second.refresh).await.refused(400, "invalid_grant");
        for access in [&first.access, &second.access] {
            assert_eq!(Rp::of("api").introspect(&bench, access).await, json!({"active": false}));
            bench.send(Ask::get("/userinfo").bearer(access)).await.refused(401, "invalid_token");
        }
    }
}

#[tokio::test]
async fn revoking_an_access_token_ends_that_one() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let jwt = shop.tokens(&bench, "openid", "alice").await;
    let login = shop.login("read:files").with("resource", VAULT).with("prompt", "consent");
    let opaque = shop.tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
    for tokens in [jwt, opaque] {
        shop.call(&bench, "/revoke", &[("token", &tokens.access)]).await.expect(200);
        assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await, json!({"active": false}));
        shop.refresh(&bench, &tokens.refresh).await.expect(200);
    }
}

#[tokio::test]
async fn a_clients_own_token_can_be_revoked_in_either_form() {
    let bench = Bench::new().await;
    let service = Rp::of("service");
    for resource in [API, VAULT] {
        let fields = [("grant_type", "client_credentials"), ("resource", resource)];
        let tokens = Tokens::of(&service.call(&bench, "/token", &fields).await);
        assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await["active"], true);
        service.call(&bench, "/revoke", &[("token", &tokens.access)]).await.expect(200);
        service.call(&bench, "/revoke", &[("token", &tokens.access)]).await.expect(200);
        assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await, json!({"active": false}));
    }
}

/// RFC 7009 §2.2: an unknown or dead token is no error.
#[tokio::test]
async fn revoking_nothing_succeeds() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid", "alice").await;
    for text in ["x", &tokens.id, &tokens.refresh[1..], &tokens.refresh, &tokens.refresh] {
        shop.call(&bench, "/revoke", &[("token", text)]).await.expect(200);
    }
}

/// RFC 7009 §2.1.
#[tokio::test]
async fn nobody_revokes_anothers_tokens() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let tokens = shop.tokens(&bench, "openid", "alice").await;
    for id in ["rival", "spa", "api"] {
        for token in [&tokens.access, &tokens.refresh] {
            Rp::of(id).call(&bench, "/revoke", &[("token", token)]).await.refused(400, "invalid_grant");
        }
    }
    bench.send(Ask::post("/revoke").form(&[("token", &tokens.refresh)])).await.refused(401, "invalid_client");
    assert_eq!(shop.introspect(&bench, &tokens.access).await["active"], true);
    shop.refresh(&bench, &tokens.refresh).await.expect(200);
}
