//! The Dynamic plan: clients that register themselves and prove themselves by `private_key_jwt`, with what only they can
//! register.

use std::sync::Arc;

use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::params;
use serde_json::{Value, json};

use crate::modules::unsigned;
use crate::support::{
    Auth, Party, Rig, Tokens,
    browser::ALICE,
    listener::Listener,
    party::{HOME, client_key, jwks, try_register},
    provider,
    tokens::verified,
};

/// The variant of the plan.
fn by_key(mut changes: Value) -> Value {
    changes["token_endpoint_auth_method"] = json!("private_key_jwt");
    changes
}

async fn rig(changes: Value) -> Rig {
    Rig::registered(by_key(changes)).await
}

/// oidcc-server, oidcc-idtoken-rs256
#[tokio::test]
async fn a_client_that_registered_itself_gets_tokens_signed_with_rs256() {
    let mut rig = rig(json!({"id_token_signed_response_alg": "RS256"})).await;
    rig.log_in(&rig.party.request()).await;
}

/// oidcc-ensure-client-assertion-with-iss-aud-succeeds
#[tokio::test]
async fn an_assertion_may_name_the_issuer_as_its_audience() {
    let mut rig = rig(json!({})).await;
    let request = rig.party.request();
    let way = rig.pass(&request).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", way.callback.get("code")),
        ("redirect_uri", &rig.party.redirect_uri),
    ];
    let reply = rig.party.call_naming(rig.provider, ("/token", &rig.provider.issuer), &fields).await;
    Tokens::of(rig.provider, &rig.party, &reply, Some(request.get("nonce"))).await;
}

/// oidcc-userinfo-rs256
#[tokio::test]
async fn userinfo_is_a_signed_jwt_for_who_registered_that() {
    let mut rig = rig(json!({"userinfo_signed_response_alg": "RS256"})).await;
    let request = rig.party.request().with("scope", "openid email");
    let way = rig.pass(&request).await;
    let tokens = rig.tokens(&request, &way.callback).await;
    let reply = rig.ask_userinfo(&tokens).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/jwt");
    let claims = verified(rig.provider, &reply.text()).await;
    assert_eq!(claims["iss"], rig.provider.issuer);
    assert!(claims["aud"] == rig.party.id.as_str() || claims["aud"] == json!([rig.party.id]), "{claims}");
    assert_eq!((&claims["sub"], &claims["email"]), (&tokens.id["sub"], &json!("alice@example.com")));
    assert_eq!(claims["nonce"], Value::Null);
}

/// oidcc-ensure-redirect-uri-in-authorization-request
#[tokio::test]
async fn a_request_without_redirect_uri_ends_on_an_error_page() {
    let mut rig = rig(json!({})).await;
    let request = rig.party.request().without("redirect_uri");
    rig.send(&request).await.error_page();
}

/// oidcc-redirect-uri-query-ok
#[tokio::test]
async fn a_redirect_uri_with_a_query_keeps_it() {
    let uri = format!("{HOME}/callback?foo=bar");
    let mut rig = rig(json!({"redirect_uris": [uri]})).await;
    let request = rig.party.request();
    let way = rig.pass(&request).await;
    assert_eq!(way.callback.get("foo"), "bar");
    rig.tokens(&request, &way.callback).await;
}

/// oidcc-redirect-uri-query-mismatch, oidcc-redirect-uri-query-added
#[tokio::test]
async fn a_redirect_uri_with_another_query_ends_on_an_error_page() {
    let plain = format!("{HOME}/callback");
    for (registered, sent) in [("?foo=bar", "?bar=foo"), ("?foo=bar", ""), ("", "?foo=bar")] {
        let mut rig = rig(json!({"redirect_uris": [format!("{plain}{registered}")]})).await;
        let request = rig.party.request().with("redirect_uri", &format!("{plain}{sent}"));
        rig.send(&request).await.error_page();
    }
}

/// oidcc-redirect-uri-regfrag
#[tokio::test]
async fn a_redirect_uri_with_a_fragment_is_refused() {
    let changes = by_key(json!({"redirect_uris": [format!("{HOME}/callback#foobar")]}));
    try_register(provider(), changes).await.refused(400, "invalid_redirect_uri");
}

/// oidcc-registration-jwks-uri
#[tokio::test]
async fn keys_are_fetched_from_the_address_that_was_registered() {
    for listener in [Listener::start().await, Listener::plain().await] {
        let uri = listener.publish("/jwks", "application/json", jwks(&client_key()).to_string());
        let mut rig = rig(json!({"jwks": null, "jwks_uri": uri})).await;
        rig.log_in(&rig.party.request()).await;
    }
}

/// oidcc-refresh-token-rp-key-rotation: the old key is out of the set, the new one was never seen. The suite has one
/// address for all modules, so another client's keys were there a moment ago.
#[tokio::test]
async fn a_new_key_at_that_address_works_at_once() {
    let listener = Listener::start().await;
    let earlier = Arc::new(SigningKey::generate(Algorithm::RS256).unwrap());
    let uri = listener.publish("/jwks", "application/json", jwks(&earlier).to_string());
    let mut before = rig(json!({"jwks": null, "jwks_uri": uri})).await;
    before.party.auth = Auth::Key(earlier);
    before.log_in(&before.party.request()).await;

    listener.publish("/jwks", "application/json", jwks(&client_key()).to_string());
    let grants = ["authorization_code", "refresh_token"];
    let mut rig = rig(json!({"jwks": null, "jwks_uri": uri, "grant_types": grants})).await;
    let request = rig.party.request().with("scope", "openid offline_access").with("prompt", "consent");
    let tokens = rig.log_in(&request).await;
    let key = Arc::new(SigningKey::generate(Algorithm::RS256).unwrap());
    listener.publish("/jwks", "application/json", jwks(&key).to_string());
    rig.party.auth = Auth::Key(key);
    let refresh = tokens.refresh.unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let reply = rig.party.call(rig.provider, "/token", &fields).await;
    let second = Tokens::of(rig.provider, &rig.party, &reply, None).await;
    rig.userinfo(&second).await;
}

/// oidcc-refresh-token
#[tokio::test]
async fn a_refresh_token_of_another_client_is_refused() {
    let changes = by_key(json!({"grant_types": ["authorization_code", "refresh_token"]}));
    let other = Party::register(provider(), changes.clone()).await;
    let mut rig = rig(changes).await;
    let tokens = rig.log_in(&rig.party.request()).await;
    let refresh = tokens.refresh.unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    other.call(rig.provider, "/token", &fields).await.refused(400, "invalid_grant");
    let reply = rig.party.call(rig.provider, "/token", &fields).await;
    Tokens::of(rig.provider, &rig.party, &reply, None).await;
}

/// oidcc-registration-sector-uri
#[tokio::test]
async fn a_sector_whose_document_names_the_redirect_uri_is_believed() {
    let listener = Listener::start().await;
    let document = json!([format!("{HOME}/callback")]).to_string();
    let uri = listener.publish("/redirect_uris.json", "application/json", document);
    let changes = json!({"subject_type": "pairwise", "sector_identifier_uri": uri});
    let mut rigs = [rig(changes.clone()).await, rig(changes).await, rig(json!({})).await];
    let mut subjects = Vec::new();
    for rig in &mut rigs {
        subjects.push(rig.log_in(&rig.party.request()).await.id["sub"].clone());
    }
    assert!(subjects[0] == subjects[1] && subjects[0] != subjects[2], "{subjects:?}");
}

/// oidcc-registration-sector-bad
#[tokio::test]
async fn a_sector_whose_document_names_other_redirect_uris_is_refused() {
    let listener = Listener::start().await;
    let document = json!(["https://somewhere.example/callback"]).to_string();
    let uri = listener.publish("/redirect_uris.json", "application/json", document);
    let changes = by_key(json!({"subject_type": "pairwise", "sector_identifier_uri": uri}));
    try_register(provider(), changes).await.refused(400, "invalid_client_metadata");
}

/// oidcc-registration-logo-uri, oidcc-registration-policy-uri, oidcc-registration-tos-uri
#[tokio::test]
async fn the_sign_in_page_shows_the_logo_and_links_to_policy_and_terms() {
    let listener = Listener::start().await;
    let logo = listener.publish("/logo.gif", "image/gif", "GIF89a and so on".to_owned());
    let (policy, terms) = (format!("{HOME}/policy"), format!("{HOME}/terms"));
    let mut rig = rig(json!({"logo_uri": logo, "policy_uri": policy, "tos_uri": terms})).await;
    let request = rig.party.request();
    let page = rig.send(&request).await.page();
    assert!(page.has_button("sign-in"), "{}", page.text);
    let links: Vec<&str> = page.links.iter().map(|(link, _)| link.as_str()).collect();
    assert!(links.contains(&policy.as_str()) && links.contains(&terms.as_str()), "{links:?}");
    let html = page.reply.text();
    let image = html.split("<img class=\"logo\" src=\"").nth(1).unwrap().split('"').next().unwrap();
    let shown = rig.browser.fetch(image).await;
    assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, "image/gif"));
}

/// oidcc-request-uri-unsigned
#[tokio::test]
async fn an_unsigned_request_object_is_fetched_from_where_it_was_registered() {
    by_reference(json!({}), |claims, _| unsigned(claims)).await;
}

/// oidcc-request-uri-signed-rs256
#[tokio::test]
async fn a_signed_request_object_is_fetched_from_where_it_was_registered() {
    let signed = |claims: &Value, rig: &Rig| {
        let mut claims = claims.clone();
        (claims["iss"], claims["aud"]) = (json!(rig.party.id), json!(rig.provider.issuer));
        client_key().sign("JWT", &claims).unwrap()
    };
    by_reference(json!({"request_object_signing_alg": "RS256"}), signed).await;
}

async fn by_reference(mut changes: Value, object: impl Fn(&Value, &Rig) -> String) {
    let listener = Listener::start().await;
    let uri = listener.url("/request/object");
    changes["request_uris"] = json!([uri]);
    let mut rig = rig(changes).await;
    let inside = rig.party.request();
    let object = object(&Value::Object(inside.claims()), &rig);
    listener.publish("/request/object", "application/jwt;charset=UTF-8", object);
    let fields =
        [("client_id", rig.party.id.as_str()), ("response_type", "code"), ("scope", "openid"), ("request_uri", &uri)];
    let arrival = rig.browser.open(&format!("/authorize?{}", params::write(fields))).await;
    let way = rig.browser.pass(arrival, ALICE).await;
    rig.check_answer(&inside, &way.callback);
    rig.tokens(&inside, &way.callback).await;
}

/// What every plan does in the end: the client takes itself out (RFC 7592 §2.3).
#[tokio::test]
async fn a_client_can_remove_itself() {
    let rig = rig(json!({})).await;
    let text = |name: &str| rig.party.registered[name].as_str().unwrap();
    let request = rig.provider.http().delete(text("registration_client_uri"));
    let gone = request.bearer_auth(text("registration_access_token")).send().await.unwrap();
    assert_eq!(gone.status().as_u16(), 204);
}
