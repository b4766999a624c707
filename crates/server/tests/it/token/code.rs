//! Redeeming codes.

use countersign_engine::records::{Client, Code, Family, User};
use countersign_protocol::{CodeVerifier, Ttl, base64url};

use crate::support::{API, Bench, Browser, Callback, ISSUER, Login, Rp, Tokens, VAULT, claims_of};

/// A bench with a code of the client's that alice has just approved.
async fn with_code(id: &str) -> (Bench, Rp, Login, String) {
    let bench = Bench::new().await;
    let rp = Rp::of(id);
    let login = rp.login("openid read:files offline_access");
    let code = Browser::new(&bench).log_in(&login, "alice").await.code().to_owned();
    (bench, rp, login, code)
}

async fn redeem_with(bench: &Bench, rp: &Rp, fields: &[(&str, &str)]) -> crate::support::Reply {
    let fields: Vec<_> = [("grant_type", "authorization_code")].iter().chain(fields).copied().collect();
    rp.call(bench, "/token", &fields).await
}

#[tokio::test]
async fn a_code_with_its_verifier_becomes_tokens() {
    let (bench, shop, login, code) = with_code("shop").await;
    let reply = shop.redeem(&bench, &code, &login).await.expect(200);
    assert_eq!(reply.header("pragma"), "no-cache");
    assert_eq!(reply.json()["expires_in"], 300);
    let tokens = Tokens::of(&reply);
    let access = claims_of(&tokens.access);
    assert_eq!((access["iss"].as_str(), access["sub"].as_str()), (Some(ISSUER), Some("u_alice")));
    assert_eq!(access["aud"], serde_json::json!([API, ISSUER]));
    assert_eq!(access["client_id"], "shop");
    let id = tokens.verified_id_claims(&bench);
    assert_eq!((id["aud"].as_str(), id["sub"].as_str()), (Some("shop"), Some("u_alice")));
    let hash = countersign_jose::hash::sha256(tokens.access.as_bytes());
    assert_eq!(id["at_hash"], base64url(&hash[..16]));
    assert!(id.get("email").is_none(), "claims about the user are at userinfo");
}

/// Which client, with which fields, and the error.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// CVE-2026-28513: AND instead of OR. Each mismatch alone must fail, and must not spend the code or revoke anything.
#[tokio::test]
async fn every_single_mismatch_is_refused_and_spends_nothing() {
    let (bench, shop, login, code) = with_code("shop").await;
    let (verifier, other) = (login.verifier.as_str(), "x".repeat(43));
    let cut = &code[..code.len() - 1];
    let cases: [Case<'_>; 8] = [
        ("shop", &[("code", &code), ("code_verifier", &other)], "invalid_grant"),
        ("shop", &[("code", &code)], "invalid_grant"),
        ("shop", &[("code", &code), ("code_verifier", "")], "invalid_grant"),
        ("shop", &[("code", &code), ("code_verifier", "short")], "invalid_grant"),
        (
            "shop",
            &[("code", &code), ("code_verifier", verifier), ("redirect_uri", "https://x.example/")],
            "invalid_grant",
        ),
        ("shop", &[("code", cut), ("code_verifier", verifier)], "invalid_grant"),
        ("shop", &[("code_verifier", verifier)], "invalid_request"),
        ("rival", &[("code", &code), ("code_verifier", verifier)], "invalid_grant"),
    ];
    for (id, fields, error) in cases {
        redeem_with(&bench, &Rp::of(id), fields).await.refused(400, error);
    }
    let spa = [("code", code.as_str()), ("code_verifier", verifier)];
    redeem_with(&bench, &Rp::of("spa"), &spa).await.refused(400, "invalid_grant");
    Tokens::of(&shop.redeem(&bench, &code, &login).await);
}

#[tokio::test]
async fn the_redirect_uri_may_be_repeated_as_oauth_2_0_clients_do() {
    let (bench, shop, login, code) = with_code("shop").await;
    let fields = [("code", code.as_str()), ("code_verifier", &login.verifier), ("redirect_uri", &shop.redirect_uri)];
    redeem_with(&bench, &shop, &fields).await.expect(200);
}

#[tokio::test]
async fn a_second_valid_use_is_refused_and_ends_what_the_first_got() {
    let (bench, shop, login, code) = with_code("shop").await;
    let tokens = Tokens::of(&shop.redeem(&bench, &code, &login).await);
    assert_eq!(shop.introspect(&bench, &tokens.access).await["active"], true);
    shop.redeem(&bench, &code, &login).await.refused(400, "invalid_grant");
    assert_eq!(shop.introspect(&bench, &tokens.access).await["active"], false);
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
}

/// OAuth 2.1 §7.5.2: or a stranger with half the data could sign the user out.
#[tokio::test]
async fn a_second_invalid_use_ends_nothing() {
    let (bench, shop, login, code) = with_code("shop").await;
    let tokens = Tokens::of(&shop.redeem(&bench, &code, &login).await);
    let wrong = login.clone();
    let wrong = Login { verifier: "y".repeat(43), ..wrong };
    shop.redeem(&bench, &code, &wrong).await.refused(400, "invalid_grant");
    Rp::of("rival").redeem(&bench, &code, &login).await.refused(400, "invalid_grant");
    redeem_with(&bench, &shop, &[("code", &code)]).await.refused(400, "invalid_grant");
    assert_eq!(shop.introspect(&bench, &tokens.access).await["active"], true);
    shop.refresh(&bench, &tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn a_replay_long_after_is_still_seen_as_one() {
    let (bench, shop, login, code) = with_code("shop").await;
    let tokens = Tokens::of(&shop.redeem(&bench, &code, &login).await);
    bench.advance(Ttl::minutes(60));
    bench.realm.store.sweep(bench.now(), 1000).await.unwrap();
    shop.redeem(&bench, &code, &login).await.refused(400, "invalid_grant");
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_good_for_a_minute_and_not_a_second_more() {
    let (bench, shop, login, code) = with_code("shop").await;
    let mut browser = Browser::new(&bench);
    let second = shop.login("openid read:files offline_access");
    bench.advance(Ttl::secs(59));
    shop.redeem(&bench, &code, &login).await.expect(200);
    let callback = browser.log_in(&second, "alice").await;
    bench.advance(Ttl::secs(60));
    let reply = shop.redeem(&bench, callback.code(), &second).await;
    reply.refused(400, "invalid_grant");
    assert!(reply.json()["error_description"].as_str().unwrap().contains("expired"));
}

/// CVE-2024-23647, RFC 9700 §4.8.2: a verifier where there was no challenge.
#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let bench = Bench::new().await;
    let older = Rp::of("older");
    let login = older.login("openid").without("code_challenge").without("code_challenge_method");
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    older.redeem(&bench, callback.code(), &login).await.refused(400, "invalid_grant");
    redeem_with(&bench, &older, &[("code", callback.code())]).await.expect(200);
}

#[tokio::test]
async fn the_client_whose_pkce_is_optional_needs_its_verifier_once_it_sent_a_challenge() {
    let (bench, older, login, code) = with_code("older").await;
    redeem_with(&bench, &older, &[("code", &code)]).await.refused(400, "invalid_grant");
    older.redeem(&bench, &code, &login).await.expect(200);
}

/// The challenge itself is no verifier: what the front channel leaks opens nothing (M15).
#[tokio::test]
async fn what_the_front_channel_shows_is_not_enough() {
    let (bench, spa, login, code) = with_code("spa").await;
    let challenge = login.get("code_challenge");
    redeem_with(&bench, &spa, &[("code", &code), ("code_verifier", challenge)]).await.refused(400, "invalid_grant");
    let plain = [("code", code.as_str()), ("code_verifier", challenge), ("code_challenge_method", "plain")];
    redeem_with(&bench, &spa, &plain).await.refused(400, "invalid_grant");
    spa.redeem(&bench, &code, &login).await.expect(200);
}

#[tokio::test]
async fn a_code_of_another_login_does_not_fit_this_verifier() {
    let bench = Bench::new().await;
    let spa = Rp::of("spa");
    let (mine, stolen) = (spa.login("openid"), spa.login("openid"));
    let callback = Browser::new(&bench).log_in(&stolen, "alice").await;
    spa.redeem(&bench, callback.code(), &mine).await.refused(400, "invalid_grant");
    assert!(CodeVerifier::parse(&mine.verifier).is_ok());
}

/// GHSA-wv3h-x6c4-r867, CVE-2024-47000: whoever is disabled or gone, at the last moment.
#[tokio::test]
async fn user_client_and_approval_are_looked_at_again() {
    let (bench, shop, login, code) = with_code("shop").await;
    bench.change::<User>("u_alice", |user| user.enabled = false).await;
    shop.redeem(&bench, &code, &login).await.refused(400, "invalid_grant");
    bench.change::<User>("u_alice", |user| user.enabled = true).await;
    bench.change::<Client>("shop", |client| client.enabled = false).await;
    shop.redeem(&bench, &code, &login).await.refused(401, "invalid_client");
    bench.change::<Client>("shop", |client| client.enabled = true).await;
    bench.change::<Client>("shop", |client| client.grant_types.clear()).await;
    shop.redeem(&bench, &code, &login).await.refused(400, "unauthorized_client");
    assert!(bench.all::<Family>().await.is_empty());
}

#[tokio::test]
async fn resources_decide_about_audience_and_form() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut login = shop.login("read:files");
    login.params.push(("resource".into(), API.into()));
    login.params.push(("resource".into(), VAULT.into()));
    let mut browser = Browser::new(&bench);
    let callback = browser.log_in(&login, "alice").await;
    let fields =
        |resource: &'static str| [("code_verifier", login.verifier.clone()), ("resource", resource.to_owned())];
    let ask = async |code: &str, resource: &'static str| {
        let fields = fields(resource);
        let mut all = vec![("code", code)];
        all.extend(fields.iter().map(|(n, v)| (*n, v.as_str())));
        redeem_with(&bench, &shop, &all).await
    };
    ask(callback.code(), "https://elsewhere.example/").await.refused(400, "invalid_target");
    shop.redeem(&bench, callback.code(), &login).await.refused(400, "invalid_target");
    let tokens = Tokens::of(&ask(callback.code(), VAULT).await);
    assert!(tokens.access.starts_with("csat_"));
    assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await["aud"], serde_json::json!([VAULT]));
}

#[tokio::test]
async fn a_client_without_the_refresh_grant_gets_no_refresh_token() {
    let bench = Bench::new().await;
    let code_only = [countersign_protocol::GrantType::AuthorizationCode];
    bench.change::<Client>("shop", |client| client.grant_types = code_only.into_iter().collect()).await;
    assert_eq!(Rp::of("shop").tokens(&bench, "openid offline_access", "alice").await.refresh, "");
}

#[tokio::test]
async fn id_tokens_are_signed_as_the_client_asked_and_rs256_is_the_default() {
    use countersign_jose::{Algorithm, Unverified};
    let bench = Bench::with(|realm| realm.keys = crate::support::rsa_keys()).await;
    for algorithm in Algorithm::ALL {
        bench.change::<Client>("shop", |client| client.id_token_alg = algorithm).await;
        let tokens = Rp::of("shop").tokens(&bench, "openid", "alice").await;
        let header = tokens.id.split('.').next().unwrap();
        let header = countersign_protocol::from_base64url(header).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["alg"], algorithm.name());
        let jwks = bench.send(crate::support::Ask::get("/jwks")).await.expect(200);
        let keys = countersign_jose::JwkSet::parse(&jwks.body).unwrap();
        Unverified::parse(&tokens.id).unwrap().verify(&keys).unwrap();
    }
}

#[tokio::test]
async fn no_code_is_kept_in_the_clear() {
    let (bench, _, _, code) = with_code("shop").await;
    let stored = bench.all::<Code>().await;
    assert!(!format!("{stored:?}").contains(&code) && !format!("{stored:?}").contains(&code[5..48]));
}

/// An answer that was lost on the way: the code is spent, and trying again says so instead of a fault.
#[tokio::test]
async fn a_client_that_lost_the_answer_begins_anew() {
    let (bench, shop, login, code) = with_code("shop").await;
    shop.redeem(&bench, &code, &login).await.expect(200);
    shop.redeem(&bench, &code, &login).await.refused(400, "invalid_grant");
    let again = shop.login("openid");
    let mut browser = Browser::new(&bench);
    Callback::of(&{
        let page = crate::support::Page::of(browser.authorize(&again).await);
        browser.sign_in(&page, "alice").await
    })
    .code();
}
