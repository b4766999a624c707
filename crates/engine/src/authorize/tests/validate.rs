//! Validation: which rule refuses what, and whether a page or the client is told.

use countersign_protocol::{CodeChallenge, ErrorCode, Prompt, Refusal, ResponseMode, Rule, Ttl};
use proptest::prelude::*;

use crate::{
    authorize::{Failure, PageFailure, RedirectTarget, Response, rules},
    bench::{Bench, Fields, ISSUER, VERIFIER, scopes},
    records::{Client, Origin, Pkce},
};

fn page(t: &mut Bench, raw: &[u8]) -> PageFailure {
    match t.validate(raw) {
        Err(Failure::ShowPage(page)) => *page,
        other => panic!("no page but {other:?}"),
    }
}

fn redirect(t: &mut Bench, fields: &Fields) -> (RedirectTarget, Refusal) {
    match t.validate(fields.encode().as_bytes()) {
        Err(Failure::Redirect(target, refusal)) => (*target, refusal),
        other => panic!("no redirect but {other:?}"),
    }
}

fn page_rule(t: &mut Bench, fields: &Fields) -> &'static Rule {
    page(t, fields.encode().as_bytes()).refusal.rule
}

#[test]
fn a_request_in_order_comes_out_as_it_went_in() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid read:files").set("nonce", "n-1").set("login_hint", "alice").set("max_age", "90");
    let fields = fields.set("prompt", "login consent").set("response_mode", "form_post").set("unknown", "1");
    let request = t.validated(&fields.set("resource", "https://api.example").set("display", ""));
    assert_eq!(request.client.as_str(), "web");
    assert_eq!(request.target.uri().as_str(), "https://web.example/callback");
    assert_eq!((request.target.mode(), request.target.state()), (ResponseMode::FormPost, Some("state-1")));
    assert_eq!(request.scope, scopes("openid read:files"));
    assert_eq!(request.challenge.unwrap(), countersign_protocol::CodeVerifier::parse(VERIFIER).unwrap().challenge());
    assert_eq!((request.nonce.as_deref(), request.login_hint.as_deref()), (Some("n-1"), Some("alice")));
    assert_eq!((request.prompt, request.max_age), (vec![Prompt::Login, Prompt::Consent], Some(Ttl::secs(90))));
    assert_eq!(request.resources, ["https://api.example"]);
    assert!(t.checks.iter().all(|check| check.ok));
}

#[test]
fn while_client_or_redirect_uri_are_unproven_only_a_page_is_shown() {
    let mut t = Bench::new();
    let web = t.ask("web", "openid");
    let phone = t.ask("phone", "openid").without("redirect_uri");
    let table: &[(Fields, &Rule)] = &[
        (web.clone().without("client_id"), &rules::CLIENT_NAMED),
        (web.clone().set("client_id", ""), &rules::CLIENT_NAMED),
        (web.clone().set("client_id", "nobody"), &rules::CLIENT_KNOWN),
        (web.clone().set("client_id", "web\n"), &rules::CLIENT_KNOWN),
        (web.clone().set("client_id", "u_alice"), &rules::CLIENT_KNOWN),
        (phone.clone(), &rules::REDIRECT_URI_PRESENT),
        (phone.set("redirect_uri", ""), &rules::REDIRECT_URI_PRESENT),
    ];
    for (fields, rule) in table {
        assert_eq!(page_rule(&mut t, fields), *rule, "{fields:?}");
    }
    for raw in [&b"client_id=web&state=%zz"[..], b"client_id=web&state=%ff", &vec![b'a'; 70_000]] {
        assert_eq!(page(&mut t, raw).refusal.rule, &rules::PARAMETERS_READABLE);
    }
}

/// CVE-2026-28512, CVE-2026-7504 (`@`), CVE-2026-3872 (`..;/`), CVE-2024-8883, keycloak #48430 (suffixes).
#[test]
fn a_redirect_uri_that_is_not_registered_byte_for_byte_gets_a_page() {
    let mut t = Bench::new();
    let tricks = [
        "https://web.example/callback/",
        "https://web.example/callback?",
        "https://web.example/callback?x=1",
        "https://web.example/callback#f",
        "https://web.example/callback/../evil",
        "https://web.example/..;/callback",
        "https://web.example/Callback",
        "https://WEB.example/callback",
        "https://web.example:443/callback",
        "https://web.example.evil.com/callback",
        "https://web.example@evil.com/callback",
        "https://evil.com/callback",
        "http://web.example/callback",
        "https://web.example/%63allback",
        "javascript:alert(1)//https://web.example/callback",
        "//web.example/callback",
        " https://web.example/callback",
    ];
    for trick in tricks {
        let fields = t.ask("web", "openid").set("redirect_uri", trick);
        let page = page(&mut t, fields.encode().as_bytes());
        assert_eq!(page.refusal.rule, &rules::REDIRECT_URI_REGISTERED, "{trick}");
        assert_eq!(page.sent.as_deref(), Some(trick));
        assert_eq!(page.client_name.as_deref(), Some("The app web"));
        assert_eq!(page.nearest.unwrap().0.as_str(), "https://web.example/callback");
    }
    let nearly = t.ask("web", "openid").set("redirect_uri", "https://web.example/callbaCk");
    assert_eq!(page(&mut t, nearly.encode().as_bytes()).nearest.unwrap().1, 26, "the first byte that differs");
}

#[test]
fn only_a_loopback_port_may_vary_and_that_of_localhost_for_native_apps_only() {
    let mut t = Bench::new();
    for uri in ["http://127.0.0.1:4711/callback", "http://127.0.0.1/callback", "com.example.phone:/callback"] {
        let fields = t.ask("phone", "openid").set("redirect_uri", uri);
        assert_eq!(t.validated(&fields).target.uri().as_str(), uri);
    }
    for uri in ["http://127.0.0.1:4711/other", "http://127.0.0.2:1/callback", "http://localhost:1/callback"] {
        let fields = t.ask("phone", "openid").set("redirect_uri", uri);
        assert_eq!(page_rule(&mut t, &fields), &rules::REDIRECT_URI_REGISTERED, "{uri}");
    }
    for (id, accepted) in [("phone", true), ("web", false)] {
        let here = countersign_protocol::RedirectUri::parse("http://localhost/callback").unwrap();
        t.update(id, |client: &mut Client| client.redirect_uris.push(here));
        let fields = t.ask(id, "openid").set("redirect_uri", "http://localhost:4711/callback");
        assert_eq!(t.validate(fields.encode().as_bytes()).is_ok(), accepted, "{id}");
    }
}

#[test]
fn the_only_registered_redirect_uri_need_not_be_sent() {
    let mut t = Bench::new();
    let fields = t.ask("web", "read:files").without("redirect_uri");
    assert_eq!(t.validated(&fields).target.uri().as_str(), "https://web.example/callback");
    t.update("phone", |client: &mut Client| client.redirect_uris.truncate(1));
    assert_eq!(
        page_rule(&mut t, &fields.set("scope", "profile openid")),
        &rules::REDIRECT_URI_PRESENT,
        "Core §3.1.2.1"
    );
    let loopback = t.ask("phone", "read:files").without("redirect_uri");
    assert_eq!(page_rule(&mut t, &loopback), &rules::REDIRECT_URI_PRESENT, "which port?");
}

#[test]
fn everything_else_is_told_to_the_proven_client() {
    let mut t = Bench::new();
    let web = t.ask("web", "openid");
    let long = "x".repeat(4097);
    let challenge_of = |n: usize| "A".repeat(n);
    let table: &[(Fields, &Rule, ErrorCode)] = &[
        (web.clone().without("response_type"), &rules::RESPONSE_TYPE_PRESENT, ErrorCode::InvalidRequest),
        (web.clone().set("response_type", "token"), &rules::RESPONSE_TYPE_CODE, ErrorCode::UnsupportedResponseType),
        (
            web.clone().set("response_type", "code id_token"),
            &rules::RESPONSE_TYPE_CODE,
            ErrorCode::UnsupportedResponseType,
        ),
        (web.clone().set("response_mode", "fragment"), &rules::RESPONSE_MODE_KNOWN, ErrorCode::InvalidRequest),
        (web.clone().set("response_mode", "form_post.jwt"), &rules::RESPONSE_MODE_KNOWN, ErrorCode::InvalidRequest),
        (t.ask("web", "openid a\"b"), &rules::SCOPE_FORM, ErrorCode::InvalidScope),
        (t.ask("web", "openid admin"), &rules::SCOPE_CLIENT_MAY_ASK, ErrorCode::InvalidScope),
        (t.ask("web", "nothing known"), &rules::SCOPE_CLIENT_MAY_ASK, ErrorCode::InvalidScope),
        (web.clone().set("prompt", "none login"), &rules::PROMPT_FORM, ErrorCode::InvalidRequest),
        (web.clone().set("prompt", "create"), &rules::SIGN_UP_OFFERED, ErrorCode::InvalidRequest),
        (web.clone().set("prompt", "create none"), &rules::PROMPT_FORM, ErrorCode::InvalidRequest),
        (web.clone().set("prompt", "Create"), &rules::PROMPT_FORM, ErrorCode::InvalidRequest),
        (web.clone().set("max_age", "-1"), &rules::MAX_AGE_FORM, ErrorCode::InvalidRequest),
        (web.clone().set("max_age", "1e3"), &rules::MAX_AGE_FORM, ErrorCode::InvalidRequest),
        (web.clone().set("nonce", &long), &rules::VALUE_LENGTH, ErrorCode::InvalidRequest),
        (web.clone().set("login_hint", &long[..257]), &rules::VALUE_LENGTH, ErrorCode::InvalidRequest),
        (web.clone().set("resource", "https://unknown.example"), &rules::RESOURCE_KNOWN, ErrorCode::InvalidTarget),
        (web.clone().set("request", "e30."), &rules::REQUEST_OBJECT_FORM, ErrorCode::InvalidRequestObject),
        (web.clone().set("request_uri", "https://a.b/c"), &rules::REQUEST_URI_REGISTERED, ErrorCode::InvalidRequestUri),
        (web.clone().set("registration", "{}"), &rules::NO_REGISTRATION, ErrorCode::RegistrationNotSupported),
        (web.clone().without("code_challenge"), &rules::CHALLENGE_PRESENT, ErrorCode::InvalidRequest),
        (web.clone().set("code_challenge_method", "plain"), &rules::CHALLENGE_METHOD_S256, ErrorCode::InvalidRequest),
        (web.clone().set("code_challenge_method", "s256"), &rules::CHALLENGE_METHOD_S256, ErrorCode::InvalidRequest),
        (web.clone().set("code_challenge", &challenge_of(42)), &rules::CHALLENGE_FORM, ErrorCode::InvalidRequest),
        (web.clone().set("code_challenge", &challenge_of(44)), &rules::CHALLENGE_FORM, ErrorCode::InvalidRequest),
        (web.clone().again("nonce", "a").again("nonce", "a"), &rules::PARAMETERS_ONCE, ErrorCode::InvalidRequest),
    ];
    for (fields, rule, code) in table {
        let (target, refusal) = redirect(&mut t, fields);
        assert_eq!((refusal.rule, refusal.code()), (*rule, *code), "{fields:?}");
        assert_eq!(target.uri().as_str(), "https://web.example/callback");
        let response = Fields::response(&Response::error(target, ISSUER, &refusal));
        assert_eq!(response.get("error").as_deref(), Some(code.as_str()));
        assert_eq!(response.get("iss").as_deref(), Some(ISSUER), "RFC 9207 §2: errors too");
        assert_eq!(response.get("state").as_deref(), Some("state-1"));
        assert_eq!(response.get("code"), None);
    }
}

#[test]
fn resources_are_bounded_in_number() {
    let mut t = Bench::new();
    let mut fields = t.ask("web", "openid");
    for n in 0..9 {
        let allowed = t.validate(fields.encode().as_bytes()).is_ok();
        assert!(allowed, "{n} resources");
        fields = fields.again("resource", "https://api.example");
    }
    assert_eq!(redirect(&mut t, &fields).1.rule, &rules::RESOURCE_KNOWN);
}

#[test]
fn a_client_that_is_disabled_or_not_registered_for_codes_is_told_so() {
    let mut t = Bench::new();
    t.update("web", |client: &mut Client| client.enabled = false);
    let fields = t.ask("web", "openid");
    let (_, refusal) = redirect(&mut t, &fields);
    assert_eq!((refusal.rule, refusal.code()), (&rules::CLIENT_ENABLED, ErrorCode::UnauthorizedClient));
    t.update("other", |client: &mut Client| client.grant_types.clear());
    let fields = t.ask("other", "openid");
    let (_, refusal) = redirect(&mut t, &fields);
    assert_eq!(refusal.rule.id, "authorize.grant_allowed");
    assert_eq!(refusal.rule, &rules::GRANT_ALLOWED);
}

#[test]
fn a_repeated_client_id_or_redirect_uri_proves_nothing_and_the_page_says_what_was_repeated() {
    let mut t = Bench::new();
    let client = t.ask("web", "openid").again("client_id", "web");
    let uri = t.ask("phone", "openid").again("redirect_uri", "http://127.0.0.1/callback");
    for (fields, name) in [(client, "client_id"), (uri, "redirect_uri")] {
        let page = page(&mut t, fields.encode().as_bytes());
        assert_eq!(page.refusal.rule, &rules::PARAMETERS_ONCE, "{name}");
        assert!(page.refusal.description().contains(name), "{}", page.refusal.description());
    }
}

#[test]
fn a_repeated_state_is_not_sent_back_since_nobody_knows_which() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid").again("state", "other");
    let (target, refusal) = redirect(&mut t, &fields);
    assert_eq!((refusal.rule, target.state()), (&rules::PARAMETERS_ONCE, None));
}

#[test]
fn an_overlong_state_is_refused_and_not_sent_back() {
    let mut t = Bench::new();
    let most = "s".repeat(4096);
    let fields = t.ask("web", "openid").set("state", &most);
    assert!(t.validate(fields.encode().as_bytes()).is_ok());
    let (target, refusal) = redirect(&mut t, &fields.set("state", &format!("{most}s")));
    assert_eq!((refusal.rule, target.state()), (&rules::VALUE_LENGTH, None));
}

#[test]
fn pkce_is_optional_for_a_confidential_client_that_was_set_so_and_never_for_a_public_one() {
    let mut t = Bench::new();
    t.update("spa", |client: &mut Client| client.pkce = Pkce::Optional);
    for (id, may) in [("older", true), ("web", false), ("spa", false)] {
        let fields = t.ask(id, "openid").without("code_challenge").without("code_challenge_method");
        match t.validate(fields.encode().as_bytes()) {
            Ok(request) => assert!(may && request.challenge.is_none(), "{id}"),
            Err(Failure::Redirect(_, refusal)) => {
                assert!(!may, "{id}");
                assert_eq!(refusal.rule, &rules::CHALLENGE_PRESENT);
            }
            Err(page) => panic!("{page:?}"),
        }
    }
}

#[test]
fn pkce_is_optional_for_clients_that_registered_themselves_while_the_policy_says_so() {
    let mut t = Bench::new();
    for id in ["web", "spa"] {
        t.update(id, |client: &mut Client| client.origin = Origin::Dynamic);
    }
    for (pkce, may) in [(Pkce::Optional, ["web"].as_slice()), (Pkce::Required, &[])] {
        t.policy.registration.pkce = pkce;
        for id in ["web", "spa", "other"] {
            let fields = t.ask(id, "openid").without("code_challenge").without("code_challenge_method");
            assert_eq!(t.validate(fields.encode().as_bytes()).is_ok(), may.contains(&id), "{id}");
        }
    }
}

/// CVE-2024-23647: a client whose PKCE is optional is held to it as soon as it begins one.
#[test]
fn half_a_challenge_is_refused_even_where_pkce_is_optional() {
    let mut t = Bench::new();
    let fields = t.ask("older", "openid");
    assert_eq!(redirect(&mut t, &fields.clone().without("code_challenge")).1.rule, &rules::CHALLENGE_PRESENT);
    assert_eq!(redirect(&mut t, &fields.clone().set("code_challenge", "")).1.rule, &rules::CHALLENGE_PRESENT);
    // RFC 7636 §4.3: without a method it would be plain.
    let (_, refusal) = redirect(&mut t, &fields.without("code_challenge_method"));
    assert_eq!(refusal.rule, &rules::CHALLENGE_METHOD_S256);
}

#[test]
fn unknown_scopes_are_ignored_and_no_scope_is_none() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid made:up");
    assert_eq!(t.validated(&fields).scope, scopes("openid"));
    assert!(t.validated(&fields.without("scope")).scope.is_empty());
}

#[test]
fn max_age_is_bounded_and_falls_back_to_what_the_client_registered() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid").set("max_age", "99999999999999999999");
    assert_eq!(t.validated(&fields).max_age, Some(Ttl::secs(u32::MAX)));
    t.update("web", |client: &mut Client| client.default_max_age = Some(Ttl::secs(7)));
    assert_eq!(t.validated(&fields.clone().without("max_age")).max_age, Some(Ttl::secs(7)));
    assert_eq!(t.validated(&fields.set("max_age", "0")).max_age, Some(Ttl::secs(0)), "the request comes first");
}

#[test]
fn every_request_gets_a_flow_of_its_own() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid");
    assert_ne!(t.validated(&fields).flow, t.validated(&fields).flow);
}

#[test]
fn a_form_post_response_carries_the_same_fields_as_a_query() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid").set("response_mode", "form_post").set("prompt", "what");
    let (target, refusal) = redirect(&mut t, &fields);
    let response = Response::error(target, ISSUER, &refusal);
    assert_eq!(response.mode(), ResponseMode::FormPost);
    let (uri, pairs) = response.form();
    assert_eq!(uri.as_str(), "https://web.example/callback");
    let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["error", "error_description", "state", "iss"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn state_comes_back_byte_for_byte(state in "\\PC{1,60}", registered_query in any::<bool>()) {
        let mut t = Bench::new();
        if registered_query {
            let uri = countersign_protocol::RedirectUri::parse("https://web.example/cb?tenant=a%20b&state=x").unwrap();
            t.update("web", |client: &mut Client| client.redirect_uris = vec![uri]);
        }
        let fields = t.ask("web", "openid").set("state", &state);
        let request = t.validated(&fields);
        let scope = request.scope.clone();
        let plan = t.approval(request, crate::authorize::Consent::Given(scope.into()));
        let response = t.commit(plan).unwrap();
        let (_, pairs) = response.form();
        prop_assert!(pairs.contains(&("state", state.clone())));
        let encoded = countersign_protocol::params::encode(&state);
        let expected = format!("&state={encoded}&");
        prop_assert!(response.location().contains(&expected), "{}", response.location());
    }

    /// An open redirect would be a target that the client never registered.
    #[test]
    fn whatever_is_sent_a_target_is_a_registered_one(at in 0_usize..40, junk in "[a-z/@:.;#?%0-9\\\\]{0,3}", cut in 0_usize..4) {
        let mut t = Bench::new();
        let mut uri = "https://web.example/callback".to_owned();
        let at = at.min(uri.len());
        uri.replace_range(at..(at + cut).min(uri.len()), &junk);
        let fields = t.ask("web", "openid").set("redirect_uri", &uri).set("prompt", "wrong");
        if let Err(Failure::Redirect(target, _)) = t.validate(fields.encode().as_bytes()) {
            prop_assert_eq!(target.uri().as_str(), "https://web.example/callback");
        }
    }

    #[test]
    fn a_request_of_any_bytes_is_answered_without_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut t = Bench::new();
        let _ = t.validate(&raw);
        let mut known = t.ask("web", "openid").encode().into_bytes();
        known.push(b'&');
        known.extend(raw);
        if let Ok(request) = t.validate(&known) {
            prop_assert!(request.challenge.is_some());
            prop_assert!(CodeChallenge::parse(request.challenge.unwrap().as_str()).is_ok());
        }
    }
}
