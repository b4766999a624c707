//! Whole sign-ins against a provider that keeps to the specifications, and configurations that can't be safe. A provider
//! that does wrong is in `wrong_provider.rs`.

mod wishes;
mod wrong_provider;

use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::{CodeChallenge, CodeVerifier, ErrorCode, Secret, Ttl};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::testing::{
    Bench, CALLBACK, CLIENT, ISSUER, Script, Signed, broken, form, metadata, object, openid, query, reply,
};
use crate::{CallError, Client, ClientAuth, ClientConfig, FinishError, LoginOptions, Pkce, rules};

/// Makes a provider's answers differ from an honest one's.
type Tamper = fn(&mut Script);

#[tokio::test]
async fn an_honest_provider_signs_the_user_in() {
    let bench = Bench::new();
    let tokens = bench.sign_in(|_| ()).await.unwrap();
    assert_eq!(tokens.access_token.secret.expose(), "at-1");
    assert_eq!(tokens.access_token.expires_at, Some(bench.now().plus(Ttl::secs(300))));
    assert_eq!(tokens.access_token.scope.to_string(), "openid read:files", "as asked, since none was named");
    assert_eq!(tokens.refresh_token.unwrap().expose(), "rt-1");
    let id_token = tokens.id_token.unwrap();
    assert_eq!(id_token.sub(), "alice");
    assert_eq!(id_token.claim::<String>("email").as_deref(), Some("alice@example.com"));
    for rule in [&rules::STATE_MATCHES, &rules::ISS_MATCHES, &rules::ID_TOKEN_NONCE, &rules::ID_TOKEN_SIGNATURE] {
        assert_eq!(bench.outcomes(rule), [true], "{}", rule.id);
    }
    assert!(!format!("{:?}", bench.client).contains("s3cret"));
}

#[tokio::test]
async fn the_request_and_the_redemption_belong_together() {
    let bench = Bench::new();
    let options = LoginOptions { resource: vec!["https://api.example/".into()], ..openid() };
    let begun = bench.client.begin(&options).unwrap();
    let sent = query(&begun.url);
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    bench.client.finish(begun.transaction, &callback).await.unwrap();
    assert_eq!((sent.find("response_type"), sent.find("code_challenge_method")), (Some("code"), Some("S256")));
    let request = &bench.wire.seen("/token")[0];
    let redeemed = form(request);
    let verifier = CodeVerifier::parse(redeemed.find("code_verifier").unwrap()).unwrap();
    assert!(CodeChallenge::parse(sent.find("code_challenge").unwrap()).unwrap().matches(&verifier));
    assert_eq!((redeemed.find("code"), redeemed.find("redirect_uri")), (Some("code-1"), Some(CALLBACK)));
    assert_eq!(redeemed.find("resource"), Some("https://api.example/"));
    assert_eq!(request.headers()["authorization"], "Basic c2hvcDpzM2NyZXQ=");
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(redeemed.find("client_secret"), None, "one method, not two");
}

#[tokio::test]
async fn every_login_has_a_state_a_nonce_and_a_verifier_of_its_own() {
    let bench = Bench::new();
    let (a, b) = (bench.client.begin(&openid()).unwrap(), bench.client.begin(&openid()).unwrap());
    let (a, b) = (query(&a.url), query(&b.url));
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(a.find(name).unwrap().len(), 43, "{name}: 256 bits");
        assert_ne!(a.find(name), b.find(name), "{name}");
    }
    assert_ne!(a.find("state"), a.find("nonce"));
}

#[tokio::test]
async fn what_specifications_leave_open_is_accepted() {
    let fine: &[(&str, Tamper)] = &[
        ("any case of bearer", |s| drop(s.token.insert("token_type".into(), "bEARER".into()))),
        ("no at_hash", |s| drop(s.claims.remove("at_hash"))),
        ("several aud with azp", |s| s.claims.extend(object(json!({"aud": [CLIENT, "x"], "azp": CLIENT})))),
        ("clocks a minute apart", |s| drop(s.claims.insert("iat".into(), json!(crate::testing::T0 + 60)))),
        ("fractions of seconds", |s| drop(s.claims.insert("iat".into(), json!(1_795_219_199.5)))),
        ("lifetime as text", |s| drop(s.token.insert("expires_in".into(), "300".into()))),
        ("null for nothing", |s| drop(s.token.insert("refresh_token".into(), json!(null)))),
        ("unknown members", |s| drop(s.token.insert("ext_expires_in".into(), json!([])))),
    ];
    for (what, tamper) in fine {
        let outcome = Bench::new().sign_in(*tamper).await;
        assert!(outcome.is_ok(), "{what}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_user_is_told_apart_from_a_forged_one() {
    let denied: Tamper = |s| {
        s.callback[0] = ("error", "access_denied".into());
        s.callback.push(("error_description", "not today".into()));
        s.callback.push(("countersign_trace_id", "abcDEF123456".into()));
    };
    match Bench::new().sign_in(denied).await {
        Err(FinishError::Denied(error)) => {
            assert!(error.is(ErrorCode::AccessDenied));
            let said = error.to_string();
            assert!(said.contains("not today") && said.contains("[trace abcDEF123456]"), "{said}");
        }
        other => panic!("{other:?}"),
    }
    let forged: Tamper = |s| s.callback = vec![("error", "access_denied".into())];
    assert_eq!(broken(Bench::new().sign_in(forged).await), rules::STATE_MATCHES.id);
}

#[tokio::test]
async fn a_token_reply_that_is_no_token_reply_is_refused() {
    let cases: [(u16, Vec<u8>, &str); 4] = [
        (200, b"<html>login</html>".to_vec(), rules::REPLY_JSON.id),
        (502, b"<html>bad gateway</html>".to_vec(), rules::REPLY_JSON.id),
        (200, vec![b' '; crate::wire::MAX_BODY + 1], rules::REPLY_SIZE.id),
        (302, Vec::new(), rules::REPLY_JSON.id),
    ];
    for (status, body, rule) in cases {
        let bench = Bench::new();
        let begun = bench.client.begin(&openid()).unwrap();
        let callback = bench.play(bench.script(&begun.url)).unwrap();
        bench.wire.on("/token", move |_| Ok(reply(status, body.clone())));
        assert_eq!(broken(bench.client.finish(begun.transaction, &callback).await), rule, "{status}");
    }
}

#[tokio::test]
async fn a_refused_code_says_why() {
    let bench = Bench::new();
    let begun = bench.client.begin(&openid()).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    bench.wire.on("/token", |_| Ok(reply(400, r#"{"error":"invalid_grant"}"#)));
    match bench.client.finish(begun.transaction, &callback).await {
        Err(FinishError::Redeem(error)) => assert!(error.is(ErrorCode::InvalidGrant)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_protects_the_flow_cannot_be_set_from_outside() {
    let bench = Bench::new();
    for name in ["state", "nonce", "code_challenge", "redirect_uri", "response_type", "request_uri", "client_id"] {
        let options = LoginOptions { extra: vec![(name.into(), "x".into())], ..openid() };
        assert_eq!(bench.client.begin(&options).unwrap_err().rule, &rules::PARAMETER_RESERVED, "{name}");
    }
    let options = LoginOptions { extra: vec![("audience".into(), "api".into())], ..openid() };
    assert_eq!(query(&bench.client.begin(&options).unwrap().url).find("audience"), Some("api"));
}

fn refused(document: serde_json::Value, config: ClientConfig) -> &'static str {
    let core = crate::Core::new(crate::testing::read_metadata(document), config, crate::Checks::unobserved());
    core.unwrap_err().rule.id
}

#[test]
fn a_provider_without_s256_is_refused_and_pkce_cannot_be_dropped_by_a_public_client() {
    let mut plain = metadata();
    plain["code_challenge_methods_supported"] = json!(["plain"]);
    let mut silent = metadata();
    silent["code_challenge_methods_supported"] = json!([]);
    let client = || ClientConfig::public(CLIENT, CALLBACK);
    assert_eq!(refused(plain.clone(), client()), rules::PKCE_SUPPORTED.id);
    assert_eq!(refused(silent.clone(), client()), rules::PKCE_SUPPORTED.id);
    assert_eq!(refused(plain, client().with_pkce(Pkce::RequiredThoughProviderIsSilent)), rules::PKCE_SUPPORTED.id);
    let off = client().with_pkce(Pkce::OffIAcceptCodeInjectionRisk);
    assert_eq!(refused(silent.clone(), off), rules::PKCE_OFF_CONFIDENTIAL.id);
    let trusting = client().with_pkce(Pkce::RequiredThoughProviderIsSilent);
    let begun = Bench::with(silent, trusting).client.begin(&openid()).unwrap();
    assert_eq!(query(&begun.url).find("code_challenge_method"), Some("S256"));
}

#[tokio::test]
async fn the_older_variant_sends_a_secret_and_no_challenge() {
    let config = ClientConfig::confidential(CLIENT, ClientAuth::SecretPost(Secret::new("s")), CALLBACK)
        .with_pkce(Pkce::OffIAcceptCodeInjectionRisk);
    let bench = Bench::with(metadata(), config);
    bench.sign_in(|_| ()).await.unwrap();
    let redeemed = form(&bench.wire.seen("/token")[0]);
    assert_eq!((redeemed.find("code_verifier"), redeemed.find("client_secret")), (None, Some("s")));
    assert_eq!(query(&bench.client.begin(&openid()).unwrap().url).find("code_challenge"), None);
}

#[test]
fn an_unsafe_configuration_makes_no_client() {
    assert_eq!(refused(metadata(), ClientConfig::public("", CALLBACK)), rules::CLIENT_ID_FORM.id);
    assert_eq!(refused(metadata(), ClientConfig::public("a\nb", CALLBACK)), rules::CLIENT_ID_FORM.id);
    assert_eq!(refused(metadata(), ClientConfig::public(CLIENT, "http://shop.example/")), rules::REDIRECT_URI_FORM.id);
    let mut basic_only = metadata();
    basic_only["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
    assert_eq!(refused(basic_only, ClientConfig::public(CLIENT, CALLBACK)), rules::AUTH_METHOD_SUPPORTED.id);
}

#[tokio::test]
async fn a_private_key_proves_the_client_to_this_issuer_only() {
    let signing = std::sync::Arc::new(SigningKey::generate(Algorithm::ES256).unwrap());
    let auth = ClientAuth::PrivateKeyJwt(signing.clone());
    let bench = Bench::with(metadata(), ClientConfig::confidential(CLIENT, auth, CALLBACK));
    bench.sign_in(|_| ()).await.unwrap();
    let sent = form(&bench.wire.seen("/token")[0]);
    let keys = [signing.public_jwk().clone()].into_iter().collect();
    let assertion = sent.find("client_assertion").unwrap();
    let verified = countersign_jose::Unverified::parse(assertion).unwrap().verify(&keys).unwrap();
    let claims: serde_json::Value = verified.claims().unwrap();
    let now = bench.now().secs();
    assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&CLIENT.into(), &CLIENT.into(), &ISSUER.into()));
    assert_eq!((&claims["iat"], &claims["exp"]), (&now.into(), &(now + 60).into()));
    assert_eq!(claims["jti"].as_str().unwrap().len(), 43);
}

#[tokio::test]
async fn without_openid_no_id_token_is_needed_and_none_is_believed() {
    let bench = Bench::new();
    let begun = bench.client.begin(&LoginOptions::scope("read:files").unwrap()).unwrap();
    let mut script = bench.script(&begun.url);
    script.signed = Signed::Not("garbage".into());
    let callback = bench.play(script).unwrap();
    let tokens = bench.client.finish(begun.transaction, &callback).await.unwrap();
    assert!(tokens.id_token.is_none());
}

async fn signed_in(bench: &Bench) -> (Client, crate::Tokens) {
    (bench.client.clone(), bench.sign_in(|_| ()).await.unwrap())
}

#[tokio::test]
async fn a_revocation_counts_only_when_it_is_confirmed() {
    let bench = Bench::new();
    let token = Secret::new("rt-1");
    bench.wire.on("/revoke", |_| Ok(reply(200, "")));
    bench.client.revoke(&token, crate::TokenKind::Refresh).await.unwrap();
    let sent = form(&bench.wire.seen("/revoke")[0]);
    assert_eq!((sent.find("token"), sent.find("token_type_hint")), (Some("rt-1"), Some("refresh_token")));
    for status in [503, 302, 204] {
        bench.wire.on("/revoke", move |_| Ok(reply(status, "")));
        match bench.client.revoke(&token, crate::TokenKind::Refresh).await {
            Err(CallError::Check(refusal)) => assert_eq!(refusal.rule, &rules::REVOKED, "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_logout_address_names_client_token_and_way_back() {
    let bench = Bench::new();
    let (client, tokens) = signed_in(&bench).await;
    let url = client.logout_url(tokens.id_token.as_ref(), Some(("https://shop.example/bye", "s1"))).unwrap();
    let sent = query(&url);
    assert!(url.starts_with("https://id.example/logout?"));
    assert_eq!((sent.find("client_id"), sent.find("state")), (Some(CLIENT), Some("s1")));
    assert_eq!(sent.find("post_logout_redirect_uri"), Some("https://shop.example/bye"));
    assert_eq!(sent.find("id_token_hint"), Some(tokens.id_token.unwrap().raw().expose()));
}

#[tokio::test]
async fn what_a_provider_does_not_offer_is_refused_by_name() {
    let document = json!({"issuer": ISSUER, "code_challenge_methods_supported": ["S256"]});
    let bench = Bench::with(document, ClientConfig::public(CLIENT, CALLBACK));
    let refusal = bench.client.begin(&openid()).unwrap_err();
    assert_eq!(refusal.rule, &rules::ENDPOINT_KNOWN);
    assert!(refusal.description().contains("authorization_endpoint"), "{}", refusal.description());
    assert_eq!(bench.client.logout_url(None, None).unwrap_err().rule, &rules::ENDPOINT_KNOWN);
    assert!(bench.client.revoke(&Secret::new("t"), crate::TokenKind::Access).await.is_err());
}

#[test]
fn a_token_with_a_line_break_never_becomes_a_header() {
    let bench = Bench::new();
    let refusal = bench.client.core().userinfo_request(&Secret::new("a\r\nx: y"), crate::Checks::unobserved());
    assert_eq!(refusal.unwrap_err().rule, &rules::CREDENTIAL_FORM);
}

proptest! {
    #[test]
    fn nothing_that_comes_from_outside_makes_this_library_panic(text in ".{0,300}", bytes in vec(any::<u8>(), 0..300)) {
        let bench = Bench::new();
        let begun = bench.client.begin(&openid()).unwrap();
        let callback = bench.client.callback(&text).or_else(|_| bench.client.callback("state=x")).unwrap();
        let _ = bench.client.open(&callback, &text);
        let (now, checks) = (bench.now(), crate::Checks::unobserved());
        prop_assert!(bench.client.core().check_callback(&begun.transaction, &callback, now, checks).is_err());
        for body in [bytes.clone(), text.clone().into_bytes()] {
            let response = reply(200, body);
            prop_assert!(crate::token::read_reply(&response, &crate::ScopeSet::default(), now, checks).is_err());
            prop_assert!(crate::metadata::read(ISSUER, &response, checks).is_err());
            prop_assert!(crate::keys::read(&response, checks).is_err());
            prop_assert!(crate::registration::read(&response, checks).is_err());
            let _ = crate::ProviderError::read("token", &reply(400, text.clone()));
        }
        let _ = crate::metadata::requests(&text, checks);
        let _ = crate::id_token::parse(bench.client.core(), &Secret::new(text), checks);
    }
}

#[tokio::test]
async fn a_service_gets_tokens_of_its_own_and_signs_nobody_in() {
    let document = json!({"issuer": ISSUER, "token_endpoint": "https://id.example/token"});
    let bench = Bench::with(document, ClientConfig::service(CLIENT, ClientAuth::SecretBasic(Secret::new("s"))));
    bench.wire.on("/token", |_| Ok(reply(200, r#"{"access_token":"at","token_type":"Bearer"}"#)));
    let token = bench.client.client_credentials().access_token(&crate::ScopeSet::default(), None).await;
    assert_eq!(token.unwrap().expose(), "at");
    let bench = Bench::with(metadata(), ClientConfig::service(CLIENT, ClientAuth::None));
    assert_eq!(bench.client.begin(&openid()).unwrap_err().rule, &rules::REDIRECT_URI_FORM);
}
