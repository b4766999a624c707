//! `client_credentials` (OAuth 2.1 §4.2).

use crate::support::{API, Bench, Rp, Tokens, VAULT, claims_of};

async fn ask(bench: &Bench, id: &str, fields: &[(&str, &str)]) -> crate::support::Reply {
    let fields: Vec<_> = [("grant_type", "client_credentials")].iter().chain(fields).copied().collect();
    Rp::of(id).call(bench, "/token", &fields).await
}

#[tokio::test]
async fn a_service_gets_a_token_for_itself_and_nothing_else() {
    let bench = Bench::new().await;
    let tokens = Tokens::of(&ask(&bench, "service", &[("scope", "read:files")]).await);
    assert_eq!((tokens.refresh.as_str(), tokens.id.as_str()), ("", ""));
    let claims = claims_of(&tokens.access);
    assert_eq!((claims["sub"].as_str(), claims["client_id"].as_str()), (Some("service"), Some("service")));
    assert_eq!((claims["aud"].as_str(), claims["scope"].as_str()), (Some(API), Some("read:files")));
    assert!(claims.get("auth_time").is_none());
}

#[tokio::test]
async fn without_scope_it_gets_all_of_its_own_and_none_about_users() {
    let bench = Bench::new().await;
    assert_eq!(Tokens::of(&ask(&bench, "service", &[]).await).scope, "read:files read:profile");
}

#[tokio::test]
async fn scopes_about_users_or_of_others_are_refused() {
    let bench = Bench::new().await;
    for scope in ["openid", "read:files email", "offline_access", "admin", "read:files  read:profile", "\u{e9}"] {
        ask(&bench, "service", &[("scope", scope)]).await.refused(400, "invalid_scope");
    }
}

#[tokio::test]
async fn public_clients_and_clients_without_the_grant_are_refused() {
    let bench = Bench::new().await;
    for id in ["spa", "cli", "shop", "api"] {
        ask(&bench, id, &[]).await.refused(400, "unauthorized_client");
    }
}

#[tokio::test]
async fn a_resource_with_opaque_tokens_gets_one() {
    let bench = Bench::new().await;
    let tokens = Tokens::of(&ask(&bench, "service", &[("resource", VAULT)]).await);
    assert!(tokens.access.starts_with("csat_"));
    let seen = Rp::of("api").introspect(&bench, &tokens.access).await;
    assert_eq!((seen["active"].as_bool(), seen["sub"].as_str()), (Some(true), Some("service")));
    ask(&bench, "service", &[("resource", "https://elsewhere.example/")]).await.refused(400, "invalid_target");
}

#[tokio::test]
async fn a_private_key_will_do_as_well_as_a_secret() {
    let bench = Bench::new().await;
    Tokens::of(&ask(&bench, "keyed", &[]).await);
}
