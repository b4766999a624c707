//! The modules of the Basic plan, which run with static clients, with dynamic ones, and by Form Post: what is sent, and what
//! must come back.

use countersign_protocol::{CodeVerifier, base64url, params};
use countersign_server::edge::SystemEntropy;
use serde_json::{Value, json};

use crate::support::{Arrival, Party, Plan, Reply, Request, Rig, Tokens, browser::ALICE, party::HOME};

/// Makes a test of each module that is named.
macro_rules! modules {
    ($plan:expr; $($module:ident)*) => {
        $(
            #[tokio::test]
            async fn $module() {
                crate::modules::$module($plan).await;
            }
        )*
    };
}
pub(crate) use modules;

/// Makes a test of every module of the plan.
macro_rules! every_module {
    ($plan:expr) => {
        $crate::modules::modules! { $plan;
            a_code_brings_tokens_and_userinfo
            a_missing_response_type_is_told_to_the_client
            userinfo_answers_a_get
            userinfo_answers_a_post_with_the_token_in_its_header
            userinfo_answers_a_post_with_the_token_in_its_body
            a_request_without_nonce_succeeds
            the_scope_profile_opens_every_claim_of_a_profile
            the_scope_email_opens_the_address_and_whether_it_is_verified
            the_scope_address_opens_the_address
            the_scope_phone_opens_the_number_and_whether_it_is_verified
            all_scopes_together_open_everything
            the_order_of_scopes_means_nothing
            display_page_is_served
            display_popup_is_served
            prompt_login_asks_again_and_auth_time_moves_on
            prompt_none_without_a_session_is_login_required
            prompt_none_with_a_session_answers_without_a_page
            max_age_asks_again_once_the_sign_in_is_older
            max_age_that_is_not_over_asks_nothing
            an_unknown_parameter_is_ignored
            an_id_token_hint_with_prompt_none_answers_for_its_user
            a_login_hint_is_no_error
            ui_locales_are_no_error
            claims_locales_are_no_error
            acr_values_are_met_and_said
            a_code_that_comes_twice_is_refused_and_its_tokens_end
            an_unregistered_redirect_uri_ends_on_an_error_page
            a_request_by_post_succeeds
            an_unsigned_request_object_is_read_or_refused_as_unsupported
            an_essential_claim_is_told_where_it_was_asked_for
            a_refresh_token_works_for_its_client_only
            a_request_with_pkce_succeeds_with_its_verifier_only
        }
    };
}
pub(crate) use every_module;

const PROFILE: [&str; 14] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// oidcc-server, oidcc-idtoken-signature
pub(crate) async fn a_code_brings_tokens_and_userinfo(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    rig.log_in(&rig.party.request()).await;
}

/// oidcc-response-type-missing
pub(crate) async fn a_missing_response_type_is_told_to_the_client(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let request = rig.party.request().without("response_type").without("response_mode");
    let callback = rig.send(&request).await.callback();
    rig.check_error(&request, &callback, "invalid_request");
}

/// oidcc-userinfo-get
pub(crate) async fn userinfo_answers_a_get(plan: Plan) {
    userinfo(plan, |request, token| request.bearer_auth(token), reqwest::Method::GET).await;
}

/// oidcc-userinfo-post-header
pub(crate) async fn userinfo_answers_a_post_with_the_token_in_its_header(plan: Plan) {
    userinfo(plan, |request, token| request.bearer_auth(token), reqwest::Method::POST).await;
}

/// oidcc-userinfo-post-body
pub(crate) async fn userinfo_answers_a_post_with_the_token_in_its_body(plan: Plan) {
    let in_body = |request: reqwest::RequestBuilder, token: &str| {
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(params::write([("access_token", token)]))
    };
    userinfo(plan, in_body, reqwest::Method::POST).await;
}

async fn userinfo(
    plan: Plan,
    dress: impl Fn(reqwest::RequestBuilder, &str) -> reqwest::RequestBuilder,
    method: reqwest::Method,
) {
    let mut rig = Rig::new(plan).await;
    let tokens = rig.log_in(&rig.party.request()).await;
    let request = rig.provider.http().request(method, rig.provider.url("/userinfo"));
    let reply = Reply::of(dress(request, &tokens.access).send().await.unwrap()).await.expect(200);
    assert_eq!(reply.json()["sub"], tokens.id["sub"]);
}

/// oidcc-ensure-request-without-nonce-succeeds-for-code-flow
pub(crate) async fn a_request_without_nonce_succeeds(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    rig.log_in(&rig.party.request().without("nonce")).await;
}

/// oidcc-scope-profile
pub(crate) async fn the_scope_profile_opens_every_claim_of_a_profile(plan: Plan) {
    scope(plan, "openid profile", &PROFILE).await;
}

/// oidcc-scope-email
pub(crate) async fn the_scope_email_opens_the_address_and_whether_it_is_verified(plan: Plan) {
    scope(plan, "openid email", &["email", "email_verified"]).await;
}

/// oidcc-scope-address
pub(crate) async fn the_scope_address_opens_the_address(plan: Plan) {
    scope(plan, "openid address", &["address"]).await;
}

/// oidcc-scope-phone
pub(crate) async fn the_scope_phone_opens_the_number_and_whether_it_is_verified(plan: Plan) {
    scope(plan, "openid phone", &["phone_number", "phone_number_verified"]).await;
}

/// oidcc-scope-all
pub(crate) async fn all_scopes_together_open_everything(plan: Plan) {
    let rest = ["email", "email_verified", "address", "phone_number", "phone_number_verified"];
    scope(plan, "openid email phone address profile", &[&PROFILE[..], &rest].concat()).await;
}

/// oidcc-ensure-other-scope-order-succeeds
pub(crate) async fn the_order_of_scopes_means_nothing(plan: Plan) {
    scope(plan, "email openid", &["email", "email_verified"]).await;
}

/// Userinfo has these claims in their forms, and no more.
async fn scope(plan: Plan, scope: &str, claims: &[&str]) {
    let mut rig = Rig::new(plan).await;
    let tokens = rig.log_in(&rig.party.request().with("scope", scope)).await;
    let told = rig.userinfo(&tokens).await;
    let mut names: Vec<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [&["sub"], claims].concat();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (name, value) in told.as_object().unwrap() {
        let right = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => value.is_u64(),
            "address" => value.as_object().is_some_and(|parts| parts.values().all(Value::is_string)),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        assert!(right, "{name}: {value}");
    }
}

/// oidcc-display-page
pub(crate) async fn display_page_is_served(plan: Plan) {
    succeeds_with(plan, "display", "page").await;
}

/// oidcc-display-popup
pub(crate) async fn display_popup_is_served(plan: Plan) {
    succeeds_with(plan, "display", "popup").await;
}

/// oidcc-ensure-request-with-unknown-parameter-succeeds
pub(crate) async fn an_unknown_parameter_is_ignored(plan: Plan) {
    succeeds_with(plan, "extra", "foobar").await;
}

/// oidcc-login-hint
pub(crate) async fn a_login_hint_is_no_error(plan: Plan) {
    succeeds_with(plan, "login_hint", "buffy@localhost").await;
}

/// oidcc-ui-locales
pub(crate) async fn ui_locales_are_no_error(plan: Plan) {
    succeeds_with(plan, "ui_locales", "se").await;
}

/// oidcc-claims-locales
pub(crate) async fn claims_locales_are_no_error(plan: Plan) {
    succeeds_with(plan, "claims_locales", "se").await;
}

async fn succeeds_with(plan: Plan, name: &str, value: &str) -> Tokens {
    let mut rig = Rig::new(plan).await;
    rig.log_in(&rig.party.request().with(name, value)).await
}

/// oidcc-ensure-request-with-acr-values-succeeds
pub(crate) async fn acr_values_are_met_and_said(plan: Plan) {
    let offered = Rig::new(plan).await.provider.metadata().await["acr_values_supported"].clone();
    let offered: Vec<&str> = offered.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let tokens = succeeds_with(plan, "acr_values", &offered.join(" ")).await;
    assert!(offered.contains(&tokens.id["acr"].as_str().unwrap()), "{}", tokens.id);
}

/// oidcc-prompt-login
pub(crate) async fn prompt_login_asks_again_and_auth_time_moves_on(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let first = rig.log_in(&rig.party.request()).await;
    // At once: times are whole seconds.
    let (second, pressed) = rig.log_in_pressing(&rig.party.request().with("prompt", "login")).await;
    assert_eq!(pressed.first(), Some(&"sign-in"));
    assert!(second.auth_time() > first.auth_time(), "{} {}", second.id, first.id);
    assert!(second.auth_time() <= second.id["iat"].as_i64().unwrap(), "{}", second.id);
    assert_eq!(second.id["sub"], first.id["sub"]);
}

/// oidcc-prompt-none-not-logged-in
pub(crate) async fn prompt_none_without_a_session_is_login_required(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let request = rig.party.request().with("prompt", "none");
    let callback = rig.send(&request).await.callback();
    rig.check_error(&request, &callback, "login_required");
}

/// oidcc-prompt-none-logged-in
pub(crate) async fn prompt_none_with_a_session_answers_without_a_page(plan: Plan) {
    answers_again_without_a_page(plan, |request, _| request.with("prompt", "none")).await;
}

/// oidcc-max-age-10000
pub(crate) async fn max_age_that_is_not_over_asks_nothing(plan: Plan) {
    answers_again_without_a_page(plan, |request, _| request.with("max_age", "10000")).await;
}

/// oidcc-id-token-hint
pub(crate) async fn an_id_token_hint_with_prompt_none_answers_for_its_user(plan: Plan) {
    let hinted =
        |request: Request, tokens: &Tokens| request.with("prompt", "none").with("id_token_hint", &tokens.id_token);
    answers_again_without_a_page(plan, hinted).await;
}

/// Signs in, asks again, and gets the same sign-in of the same user.
async fn answers_again_without_a_page(plan: Plan, again: impl Fn(Request, &Tokens) -> Request) {
    let mut rig = Rig::new(plan).await;
    let first = rig.log_in(&rig.party.request().with("max_age", "15000")).await;
    let request = again(rig.party.request(), &first);
    let callback = rig.send(&request).await.callback();
    rig.check_answer(&request, &callback);
    let second = rig.tokens(&request, &callback).await;
    assert_eq!((&second.id["sub"], second.auth_time()), (&first.id["sub"], first.auth_time()));
}

/// oidcc-max-age-1
pub(crate) async fn max_age_asks_again_once_the_sign_in_is_older(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let first = rig.log_in(&rig.party.request()).await;
    // The server's clock has to go on; asking without a page tells when it has.
    loop {
        let request = rig.party.request().with("max_age", "1").with("prompt", "none");
        let callback = rig.send(&request).await.callback();
        if callback.get("error") == "login_required" {
            break;
        }
        rig.check_answer(&request, &callback);
    }
    let (second, pressed) = rig.log_in_pressing(&rig.party.request().with("max_age", "1")).await;
    assert_eq!(pressed.first(), Some(&"sign-in"));
    assert!(second.auth_time() > first.auth_time(), "{} {}", second.id, first.id);
}

/// oidcc-codereuse, oidcc-codereuse-30seconds
pub(crate) async fn a_code_that_comes_twice_is_refused_and_its_tokens_end(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let request = rig.party.request();
    let way = rig.pass(&request).await;
    let tokens = rig.tokens(&request, &way.callback).await;
    rig.ask_userinfo(&tokens).await.expect(200);
    rig.redeem(&way.callback).await.refused(400, "invalid_grant");
    let reply = rig.ask_userinfo(&tokens).await.expect(401);
    assert!(reply.header("www-authenticate").contains("invalid_token"), "{reply:?}");
}

/// oidcc-ensure-registered-redirect-uri
pub(crate) async fn an_unregistered_redirect_uri_ends_on_an_error_page(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let request = rig.party.request().with("redirect_uri", &format!("{}/made-up", rig.party.redirect_uri));
    rig.send(&request).await.error_page();
}

/// oidcc-ensure-post-request-succeeds
pub(crate) async fn a_request_by_post_succeeds(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let request = rig.party.request();
    let arrival = rig.browser.post("/authorize", request.form()).await;
    let way = rig.browser.pass(arrival, ALICE).await;
    rig.check_answer(&request, &way.callback);
    rig.tokens(&request, &way.callback).await;
}

/// oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported,
/// oidcc-ensure-request-object-with-redirect-uri
pub(crate) async fn an_unsigned_request_object_is_read_or_refused_as_unsupported(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let inside = rig.party.request();
    let object = unsigned(&Value::Object(inside.claims()));
    let wrong = format!("{HOME}/callback/made-up");
    let beside = [("response_type", "code"), ("scope", "openid"), ("client_id", &rig.party.id), ("request", &object)];
    let metadata = rig.provider.metadata().await;
    let offered = metadata["request_object_signing_alg_values_supported"].as_array();
    let read =
        metadata["request_parameter_supported"] == true && offered.is_some_and(|all| all.contains(&json!("none")));
    for redirect_uri in [&rig.party.redirect_uri.clone(), &wrong] {
        let pairs = beside.into_iter().chain([("redirect_uri", redirect_uri.as_str())]);
        let arrival = rig.browser.open(&format!("/authorize?{}", params::write(pairs))).await;
        if read {
            let way = rig.browser.pass(arrival, ALICE).await;
            rig.check_answer(&inside, &way.callback);
            rig.tokens(&inside, &way.callback).await;
        } else if let Arrival::Party(callback) = arrival {
            let refused = ["request_not_supported", "invalid_request_object"];
            assert!(redirect_uri != &wrong && refused.contains(&callback.get("error")), "{callback:?}");
        }
    }
}

/// A JWT with `alg` none.
pub(crate) fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(claims.to_string()))
}

/// oidcc-claims-essential
pub(crate) async fn an_essential_claim_is_told_where_it_was_asked_for(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let claims = json!({"userinfo": {"name": {"essential": true}}}).to_string();
    let tokens = rig.log_in(&rig.party.request().with("claims", &claims)).await;
    assert_eq!(rig.userinfo(&tokens).await["name"], "Alice Pleasance Liddell");
    assert!(tokens.id["name"].is_null(), "{}", tokens.id);
}

/// oidcc-refresh-token
pub(crate) async fn a_refresh_token_works_for_its_client_only(plan: Plan) {
    let (mut rig, other) = if plan.dynamic {
        let changes = json!({"grant_types": ["authorization_code", "refresh_token"]});
        let other = Party::register(crate::support::provider(), changes.clone()).await;
        (Rig::registered(changes).await, other)
    } else {
        (Rig::new(plan).await, Party::second())
    };
    rig.party.form_post = plan.form_post;
    let first = rig.log_in(&rig.party.request()).await;
    let refresh = first.refresh.clone().unwrap_or_else(|| panic!("openid alone brings a refresh token"));
    assert!(refresh.len() >= 32 && refresh.bytes().all(|b| b.is_ascii_graphic()), "{refresh}");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", "openid")];
    let reply = rig.party.call(rig.provider, "/token", &fields).await;
    let second = Tokens::of(rig.provider, &rig.party, &reply, None).await;
    assert_ne!(second.access, first.access);
    for claim in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(second.id[claim], first.id[claim], "{claim}");
    }
    assert!(second.id["iat"].as_i64() >= first.id["iat"].as_i64());
    rig.userinfo(&second).await;
    let newest = second.refresh.unwrap_or(refresh);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", newest.as_str())];
    other.call(rig.provider, "/token", &fields).await.refused(400, "invalid_grant");
}

/// oidcc-ensure-request-with-valid-pkce-succeeds
pub(crate) async fn a_request_with_pkce_succeeds_with_its_verifier_only(plan: Plan) {
    let mut rig = Rig::new(plan).await;
    let verifier = CodeVerifier::random(&mut SystemEntropy);
    let challenge = verifier.challenge();
    let request = rig.party.request().with("code_challenge", challenge.as_str()).with("code_challenge_method", "S256");
    let way = rig.pass(&request).await;
    rig.redeem(&way.callback).await.refused(400, "invalid_grant");
    let way = rig.pass(&request).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", way.callback.get("code")),
        ("redirect_uri", &rig.party.redirect_uri),
        ("code_verifier", verifier.expose()),
    ];
    let reply = rig.party.call(rig.provider, "/token", &fields).await;
    Tokens::of(rig.provider, &rig.party, &reply, Some(request.get("nonce"))).await;
}
