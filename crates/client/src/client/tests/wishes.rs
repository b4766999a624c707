//! What a sign-in may ask for beyond the usual, as it stands in the authorization request.

use serde_json::{Value, json};

use crate::testing::{Bench, CALLBACK, CLIENT, metadata, object, openid, query};
use crate::{ClientConfig, LoginOptions, Prompt, rules};

#[tokio::test]
async fn every_wish_is_in_the_request_under_its_own_name() {
    let bench = Bench::new();
    let id_token = bench.sign_in(|_| ()).await.unwrap().id_token.unwrap();
    let options = LoginOptions {
        prompt: vec![Prompt::Login, Prompt::Consent],
        max_age: Some(0),
        login_hint: Some("alice@example.com".into()),
        id_token_hint: Some(id_token.clone()),
        ui_locales: Some("de en".into()),
        acr_values: Some("silver bronze".into()),
        claims: object(json!({"userinfo": {"email": {"essential": true}, "name": null}})),
        ..openid()
    };
    let sent = query(&bench.client.begin(&options).unwrap().url);
    for (name, value) in [
        ("prompt", "login consent"),
        ("max_age", "0"),
        ("login_hint", "alice@example.com"),
        ("id_token_hint", id_token.raw().expose()),
        ("ui_locales", "de en"),
        ("acr_values", "silver bronze"),
        ("claims", r#"{"userinfo":{"email":{"essential":true},"name":null}}"#),
    ] {
        assert_eq!(sent.find(name), Some(value), "{name}");
    }
}

#[test]
fn a_demanded_acr_is_an_essential_claim_where_the_provider_knows_those_and_never_asked_for_twice() {
    let options = LoginOptions {
        required_acr: vec!["gold".into(), "silver".into()],
        acr_values: Some("bronze".into()),
        claims: object(json!({"id_token": {"email": null}})),
        ..openid()
    };
    let mut knows = metadata();
    knows["claims_parameter_supported"] = true.into();
    let bench = Bench::with(knows, ClientConfig::public(CLIENT, CALLBACK));
    let sent = query(&bench.client.begin(&options).unwrap().url);
    let claims: Value = serde_json::from_str(sent.find("claims").unwrap()).unwrap();
    let acr = json!({"essential": true, "values": ["gold", "silver"]});
    assert_eq!(claims, json!({"id_token": {"email": null, "acr": acr}}));
    assert_eq!(sent.find("acr_values"), None);

    let sent = query(&Bench::new().client.begin(&options).unwrap().url);
    assert_eq!(sent.find("acr_values"), Some("gold silver"));
    assert_eq!(sent.find("claims"), Some(r#"{"id_token":{"email":null}}"#));
}

#[test]
fn a_demand_is_made_whatever_else_the_claims_hold() {
    let mut knows = metadata();
    knows["claims_parameter_supported"] = true.into();
    let bench = Bench::with(knows, ClientConfig::public(CLIENT, CALLBACK));
    let claims = object(json!({"id_token": null}));
    let options = LoginOptions { required_acr: vec!["gold".into()], claims, ..openid() };
    let sent = query(&bench.client.begin(&options).unwrap().url);
    let acr = r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#;
    assert_eq!(sent.find("claims"), Some(acr));
}

#[tokio::test]
async fn what_only_an_id_token_can_prove_is_not_asked_for_without_one() {
    let bench = Bench::new();
    let id_token_hint = bench.sign_in(|_| ()).await.unwrap().id_token;
    let plain = || LoginOptions::scope("read:files").unwrap();
    for options in [
        LoginOptions { max_age: Some(300), ..plain() },
        LoginOptions { required_acr: vec!["gold".into()], ..plain() },
        LoginOptions { id_token_hint, ..plain() },
    ] {
        assert_eq!(bench.client.begin(&options).unwrap_err().rule, &rules::OPENID_ASKED, "{options:?}");
    }
    assert!(bench.client.begin(&plain()).is_ok());
}

#[test]
fn a_demand_survives_in_the_cookie() {
    let bench = Bench::new();
    let begun = bench.client.begin(&LoginOptions { required_acr: vec!["gold".into()], ..openid() }).unwrap();
    let cookie = bench.client.seal(&begun.transaction).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    let kept = bench.client.open(&callback, &format!("{}={}", cookie.name(), cookie.value().expose())).unwrap();
    assert_eq!((kept.acr, kept.sub), (vec!["gold".to_owned()], None));
}

#[test]
fn a_wish_has_one_name_only() {
    for name in ["acr_values", "claims", "id_token_hint"] {
        let options = LoginOptions { extra: vec![(name.into(), "x".into())], ..openid() };
        assert_eq!(Bench::new().client.begin(&options).unwrap_err().rule, &rules::PARAMETER_RESERVED, "{name}");
    }
}
