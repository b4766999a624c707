//! `grant_type=refresh_token`: rotation by proof of receipt (OAuth 2.1 §4.3, RFC 9700 §4.14.2).

use countersign_engine::records::{Client, Family, User};
use countersign_protocol::Ttl;

use crate::support::{API, Ask, Bench, Browser, Callback, PASSWORD, Page, Rp, Tokens, VAULT, claims_of};

async fn start(id: &str) -> (Bench, Rp, Tokens) {
    let bench = Bench::new().await;
    let rp = Rp::of(id);
    let tokens = rp.tokens(&bench, "openid read:files offline_access", "alice").await;
    (bench, rp, tokens)
}

#[tokio::test]
async fn every_refresh_rotates_for_public_and_confidential_clients() {
    for id in ["shop", "spa", "cli", "keyed"] {
        let (bench, rp, first) = start(id).await;
        bench.advance(Ttl::secs(60));
        let second = Tokens::of(&rp.refresh(&bench, &first.refresh).await);
        assert_ne!(first.refresh, second.refresh, "{id}");
        assert_ne!(first.access, second.access, "{id}");
        assert_eq!(second.scope, first.scope);
        let (old, new) = (first.verified_id_claims(&bench), second.verified_id_claims(&bench));
        for claim in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(old[claim], new[claim], "OpenID Connect Core section 12.2: {claim}");
        }
        assert_ne!(old["iat"], new["iat"], "{id}: it was made later");
        assert!(new.get("nonce").is_none() && new.get("azp").is_none());
    }
}

/// OpenID Connect Core §12.2: proof that the user gave since then belongs to another sign-in.
#[tokio::test]
async fn auth_time_of_a_refreshed_id_token_stays_when_the_user_signs_in_again() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let first = shop.tokens_in(&mut browser, &bench, &shop.login("openid offline_access"), "alice").await;
    let signed_in = bench.now().secs();
    bench.advance(Ttl::secs(60));
    let again = shop.login("openid").with("prompt", "login");
    let page = Page::of(browser.authorize(&again).await);
    let reply = browser.submit(page.with_button("sign-in").set("password", PASSWORD).press("sign-in")).await;
    let callback = Callback::of(&browser.follow_to_end(reply).await);
    let second = shop.tokens_for(&bench, &callback, &again).await;
    assert_eq!(second.verified_id_claims(&bench)["auth_time"], signed_in + 60);
    let refreshed = Tokens::of(&shop.refresh(&bench, &first.refresh).await).verified_id_claims(&bench);
    assert_eq!((&refreshed["auth_time"], &refreshed["iat"]), (&signed_in.into(), &(signed_in + 60).into()));
}

/// zitadel#9631: the phone that lost the answer.
#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let (bench, shop, first) = start("shop").await;
    let second = Tokens::of(&shop.refresh(&bench, &first.refresh).await);
    bench.advance(Ttl::secs(30));
    let again = Tokens::of(&shop.refresh(&bench, &first.refresh).await);
    assert_eq!(again, second);
    let third = Tokens::of(&shop.refresh(&bench, &again.refresh).await);
    assert_ne!(third.refresh, second.refresh);
}

#[tokio::test]
async fn after_the_successor_was_used_the_old_token_is_a_replay_and_ends_everything() {
    let (bench, shop, first) = start("shop").await;
    let second = Tokens::of(&shop.refresh(&bench, &first.refresh).await);
    let third = Tokens::of(&shop.refresh(&bench, &second.refresh).await);
    shop.refresh(&bench, &first.refresh).await.refused(400, "invalid_grant");
    shop.refresh(&bench, &third.refresh).await.refused(400, "invalid_grant");
    assert_eq!(shop.introspect(&bench, &third.access).await["active"], false);
}

#[tokio::test]
async fn using_the_new_access_token_proves_that_the_answer_arrived() {
    for proof in ["userinfo", "introspect", "revoke"] {
        let (bench, shop, first) = start("shop").await;
        let second = Tokens::of(&shop.refresh(&bench, &first.refresh).await);
        match proof {
            "userinfo" => drop(bench.send(Ask::get("/userinfo").bearer(&second.access)).await.expect(200)),
            "introspect" => drop(Rp::of("api").introspect(&bench, &second.access).await),
            _ => drop(shop.call(&bench, "/revoke", &[("token", &second.access)]).await.expect(200)),
        }
        shop.refresh(&bench, &first.refresh).await.refused(400, "invalid_grant");
        shop.refresh(&bench, &second.refresh).await.refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn the_attacker_who_refreshes_first_is_found_out_by_the_owner_and_the_other_way_round() {
    let (bench, spa, stolen) = start("spa").await;
    let attackers = Tokens::of(&spa.refresh(&bench, &stolen.refresh).await);
    bench.send(Ask::get("/userinfo").bearer(&attackers.access)).await.expect(200);
    spa.refresh(&bench, &stolen.refresh).await.refused(400, "invalid_grant");
    spa.refresh(&bench, &attackers.refresh).await.refused(400, "invalid_grant");
}

/// CVE-2026-55672: bound to the client. A stranger with a token must not be able to end the family either.
#[tokio::test]
async fn another_client_can_neither_use_nor_burn_a_token() {
    let (bench, shop, first) = start("shop").await;
    let second = Tokens::of(&shop.refresh(&bench, &first.refresh).await);
    let third = Tokens::of(&shop.refresh(&bench, &second.refresh).await);
    for id in ["rival", "spa", "keyed"] {
        for token in [&first.refresh, &third.refresh] {
            Rp::of(id).refresh(&bench, token).await.refused(400, "invalid_grant");
        }
    }
    shop.refresh(&bench, &third.refresh).await.expect(200);
}

#[tokio::test]
async fn an_altered_or_foreign_text_is_unknown_and_burns_nothing() {
    let (bench, shop, first) = start("shop").await;
    let token = &first.refresh;
    for bad in [&token[..token.len() - 1], &format!("{token}A"), &first.access, &first.id, "x", &"x".repeat(9000)] {
        shop.refresh(&bench, bad).await.refused(400, "invalid_grant");
    }
    let missing = shop.call(&bench, "/token", &[("grant_type", "refresh_token")]).await;
    missing.refused(400, "invalid_request");
    shop.refresh(&bench, token).await.expect(200);
}

#[tokio::test]
async fn a_refresh_may_narrow_and_never_widen_and_narrowing_does_not_stick() {
    let (bench, shop, first) = start("shop").await;
    let with = async |token: &str, scope: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        shop.call(&bench, "/token", &fields).await
    };
    let narrow = Tokens::of(&with(&first.refresh, "read:files").await);
    assert_eq!((narrow.scope.as_str(), narrow.id.as_str()), ("read:files", ""));
    with(&narrow.refresh, "read:files email").await.refused(400, "invalid_scope");
    with(&narrow.refresh, "read:files  x").await.refused(400, "invalid_scope");
    let full = Tokens::of(&with(&narrow.refresh, "").await);
    assert_eq!(full.scope, "offline_access openid read:files");
}

/// CVE-2026-43983, CVE-2024-47000: each principal × disabled or gone.
#[tokio::test]
async fn user_client_and_grant_are_looked_at_on_every_refresh() {
    let (bench, shop, tokens) = start("shop").await;
    bench.change::<User>("u_alice", |user| user.enabled = false).await;
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
    assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await["active"], false);
    bench.change::<User>("u_alice", |user| user.enabled = true).await;
    bench.change::<Client>("shop", |client| client.enabled = false).await;
    shop.refresh(&bench, &tokens.refresh).await.refused(401, "invalid_client");
    assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await["active"], false);
    bench.change::<Client>("shop", |client| client.enabled = true).await;
    let code_only = [countersign_protocol::GrantType::AuthorizationCode];
    bench.change::<Client>("shop", |client| client.grant_types = code_only.into_iter().collect()).await;
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "unauthorized_client");
    bench.remove::<User>("u_alice").await;
    assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await["active"], false);
}

/// GHSA-895x-rfqp-jh5c: what is taken away from the client later is gone from its tokens.
#[tokio::test]
async fn a_scope_that_the_client_lost_is_gone_at_the_next_refresh() {
    let (bench, shop, tokens) = start("shop").await;
    let less = countersign_protocol::ScopeSet::parse("openid offline_access").unwrap();
    bench.change::<Client>("shop", |client| client.scope = less).await;
    assert_eq!(Tokens::of(&shop.refresh(&bench, &tokens.refresh).await).scope, "offline_access openid");
}

#[tokio::test]
async fn a_family_ends_when_idle_and_at_its_fixed_end_however_much_it_is_used() {
    let (bench, shop, tokens) = start("shop").await;
    bench.advance(Ttl::days(30));
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
    let mut token = shop.tokens(&bench, "openid offline_access", "alice").await.refresh;
    for _ in 0..12 {
        bench.advance(Ttl::days(29));
        token = Tokens::of(&shop.refresh(&bench, &token).await).refresh;
    }
    bench.advance(Ttl::days(17));
    shop.refresh(&bench, &token).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn an_audience_can_be_chosen_among_those_that_were_approved() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut login = shop.login("read:files");
    login.params.push(("resource".into(), API.into()));
    let tokens = shop.tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
    let ask = async |resource: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("resource", resource)];
        shop.call(&bench, "/token", &fields).await
    };
    ask(VAULT).await.refused(400, "invalid_target");
    let narrowed = Tokens::of(&ask(API).await);
    assert_eq!(claims_of(&narrowed.access)["aud"], API);
}

#[tokio::test]
async fn a_family_holds_no_token_in_the_clear() {
    let (bench, shop, first) = start("shop").await;
    let second = Tokens::of(&shop.refresh(&bench, &first.refresh).await);
    let stored = format!("{:?}", bench.all::<Family>().await);
    for secret in [&first.refresh, &second.refresh, &second.access, &second.id] {
        assert!(!stored.contains(secret.as_str()));
    }
}
