//! Classes of vulnerability that really hit servers like this one, each with its test. Most are proven in a chapter or,
//! where a decision is pure, in the engine; [`INDEX`] says where, and a test holds it to that. What has no chapter is here.

use std::path::Path;

use crate::support::{Ask, Bench, Browser, PASSWORD, Rp};

/// Class, example, the file under `crates/`, the test.
const INDEX: &[(&str, &str, &str, &str)] = &[
    (
        "code bound by OR instead of AND",
        "CVE-2026-28513",
        "server/tests/it/token/code.rs",
        "every_single_mismatch_is_refused_and_spends_nothing",
    ),
    (
        "code bound by OR instead of AND",
        "CVE-2026-28513",
        "engine/src/grants/authorization_code/tests.rs",
        "one_wrong_binding_alone_is_enough_to_refuse",
    ),
    (
        "refresh token of another client",
        "CVE-2026-55672",
        "server/tests/it/refresh.rs",
        "another_client_can_neither_use_nor_burn_a_token",
    ),
    (
        "code retargeted to another client",
        "CVE-2026-16089",
        "engine/src/grants/authorization_code/tests.rs",
        "a_code_is_no_other_kind_of_credential_cut_or_padded",
    ),
    (
        "PKCE downgrade",
        "CVE-2024-23647",
        "server/tests/it/token/code.rs",
        "a_verifier_without_a_challenge_is_a_downgrade",
    ),
    (
        "consent of the victim, code for the attacker",
        "Hydra PR #770",
        "server/tests/it/interaction/forgery.rs",
        "an_interaction_of_one_browser_cannot_be_used_in_another",
    ),
    (
        "client assertion replayed",
        "GO-2021-0110, CVE-2020-5300",
        "server/tests/it/client_auth/assertion.rs",
        "an_assertion_is_good_once_at_whichever_endpoint",
    ),
    ("client assertion replayed at once", "GO-2021-0110", "server/tests/it/races.rs", "an_assertion_is_accepted_once"),
    (
        "a grant that skips the policy of others",
        "GO-2026-5231, CVE-2026-79652",
        "engine/src/token/tests.rs",
        "whoever_is_disabled_or_gone_ends_every_grant_that_depends_on_them",
    ),
    (
        "a grant that can be switched on again",
        "CVE-2026-9792, CVE-2026-7571",
        "server/tests/it/token/form.rs",
        "grants_that_are_not_in_the_build_are_refused_with_the_reason",
    ),
    (
        "refresh despite revoked consent or disabled user",
        "CVE-2026-43983",
        "server/tests/it/refresh.rs",
        "user_client_and_grant_are_looked_at_on_every_refresh",
    ),
    (
        "tokens for disabled users",
        "GHSA-wv3h-x6c4-r867, CVE-2024-47000",
        "server/tests/it/token/code.rs",
        "user_client_and_approval_are_looked_at_again",
    ),
    (
        "deactivated accounts sign in",
        "CVE-2025-64521, CVE-2025-53942",
        "server/tests/it/interaction/sign_in.rs",
        "whether_an_account_exists_cannot_be_told_from_the_reply",
    ),
    (
        "scope that outlives its removal",
        "GHSA-895x-rfqp-jh5c",
        "server/tests/it/refresh.rs",
        "a_scope_that_the_client_lost_is_gone_at_the_next_refresh",
    ),
    (
        "a failed revocation reported as success",
        "CVE-2020-15223",
        "server/tests/it/faults.rs",
        "what_could_not_be_stored_is_not_answered_as_done",
    ),
    (
        "grace period for very old refresh tokens",
        "django-oauth-toolkit #1617",
        "engine/src/grants/refresh_token/tests.rs",
        "anything_older_than_the_predecessor_ends_the_family",
    ),
    (
        "redirect URI: parsers that differ",
        "CVE-2026-28512, CVE-2026-7504, CVE-2026-3872",
        "server/tests/it/authorize/redirects.rs",
        "no_trick_moves_the_answer_to_a_stranger",
    ),
    (
        "redirect URI: loopback too wide",
        "CVE-2024-8883",
        "server/tests/it/authorize/redirects.rs",
        "a_native_client_chooses_its_port_on_loopback_and_nothing_else",
    ),
    (
        "policy of an older state of a client",
        "CVE-2026-18573",
        "server/tests/it/authorize/redirects.rs",
        "a_redirect_uri_that_is_gone_meanwhile_gets_nothing",
    ),
    (
        "open redirect by a response mode",
        "GHSA-9vm7-v8wj-3fqw",
        "server/tests/it/authorize/errors.rs",
        "everything_else_is_told_to_the_client",
    ),
    (
        "script schemes registered",
        "CVE-2026-9086, CVE-2026-29192",
        "server/tests/it/register.rs",
        "a_redirect_uri_that_could_go_astray_is_refused",
    ),
    (
        "algorithm confusion",
        "CVE-2026-11800",
        "server/tests/it/client_auth/assertion.rs",
        "an_assertion_signed_otherwise_is_refused",
    ),
    (
        "JWT without aud, exp or iat",
        "CVE-2026-55669, GO-2026-5732",
        "server/tests/it/client_auth/assertion.rs",
        "a_bad_assertion_is_refused",
    ),
    (
        "truncated opaque tokens",
        "CVE-2026-27840",
        "engine/src/tokens/tests/introspect.rs",
        "a_truncated_padded_or_altered_token_is_dead",
    ),
    (
        "session fixation",
        "CVE-2026-7507, CVE-2025-12390",
        "server/tests/it/interaction/sign_in.rs",
        "the_cookie_changes_at_sign_in_and_the_old_one_opens_nothing",
    ),
    (
        "lock-out in one place only",
        "CVE-2024-32868, CVE-2026-16103",
        "server/tests/it/interaction/limits.rs",
        "guesses_are_slowed_down_and_the_right_password_waits_like_any_other",
    ),
    (
        "lock-out by spelling",
        "CVE-2025-24806, CVE-2026-47203",
        "server/tests/it/interaction/limits.rs",
        "guesses_are_slowed_down_and_the_right_password_waits_like_any_other",
    ),
    (
        "lock-out passed by guessing in parallel",
        "CVE-2024-4629",
        "server/tests/it/interaction/limits.rs",
        "parallel_guesses_are_not_more_guesses",
    ),
    (
        "lock-out as denial of service",
        "CVE-2026-19607",
        "server/tests/it/interaction/limits.rs",
        "the_owner_signs_in_from_elsewhere_meanwhile",
    ),
    (
        "enumeration of accounts",
        "CVE-2026-23511, CVE-2024-41952",
        "server/tests/it/interaction/sign_in.rs",
        "whether_an_account_exists_cannot_be_told_from_the_reply",
    ),
    (
        "forwarded headers in addresses",
        "CVE-2025-64101, CVE-2026-33495",
        "server/tests/it/interaction/cookie.rs",
        "forwarded_headers_change_no_address",
    ),
    (
        "forwarded headers of strangers counted",
        "CVE-2025-64101",
        "server/tests/it/interaction/limits.rs",
        "only_a_named_proxy_says_who_is_counted",
    ),
    (
        "CORS from unverified data",
        "CVE-2026-37977, CVE-2024-41657",
        "server/tests/it/cors_headers.rs",
        "nothing_else_answers_scripts_of_other_origins",
    ),
    (
        "malformed cookie",
        "CVE-2026-25748",
        "server/tests/it/interaction/cookie.rs",
        "a_malformed_or_foreign_cookie_is_no_cookie",
    ),
    (
        "paths that are read in two ways",
        "CVE-2026-33494, CVE-2026-48794",
        "server/tests/it/cors_headers.rs",
        "addresses_are_exact",
    ),
    (
        "script by error text",
        "CVE-2019-8400, CVE-2026-29191",
        "server/tests/it/authorize/errors.rs",
        "what_was_sent_is_shown_as_text",
    ),
    (
        "script by a registered name",
        "CVE-2026-33525",
        "server/tests/it/register.rs",
        "a_registered_name_is_text_on_every_page",
    ),
    (
        "another person's rows",
        "CVE-2025-27507, CVE-2026-4630",
        "server/tests/it/interaction/account.rs",
        "nobody_ends_or_revokes_what_is_another_persons",
    ),
    (
        "unbounded recursion",
        "a Rust server's filters",
        "server/tests/it/register.rs",
        "a_body_that_is_no_json_object_is_refused_whatever_it_is",
    ),
    ("overflow in times", "ezpds review", "server/tests/it/client_auth/assertion.rs", "a_bad_assertion_is_refused"),
];

#[test]
fn every_test_that_is_named_exists() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (class, _, file, name) in INDEX {
        let text = std::fs::read_to_string(crates.join(file)).unwrap();
        assert!(text.contains(&format!("fn {name}(")), "{class}: {file} has no test {name}");
    }
}

/// Open redirect after sign-in (CVE-2026-5467): where the browser goes on is never in the request.
#[tokio::test]
async fn no_parameter_says_where_the_browser_goes_after_sign_in() {
    let bench = Bench::new().await;
    let names = ["return_to", "redirect", "next", "continue", "url", "rd", "post_logout_redirect_uri", "redirect_uri"];
    let evil = "https://evil.example/";
    let query = names.map(|name| format!("{name}={evil}")).join("&");
    let mut browser = Browser::new(&bench);
    let page = browser.open(&format!("/account?{query}")).await;
    let mut form = page.with_button("sign-in").set("username", "alice").set("password", PASSWORD).press("sign-in");
    for name in names {
        form = form.forge(name, evil);
    }
    form.action = format!("{}?{query}", form.action);
    assert_eq!(browser.submit(form).await.location(), "/account");
    let question = browser.open(&format!("/sign-out?{query}")).await;
    let mut form = question.press("sign-out");
    form.action = format!("{}?{query}", form.action);
    let reply = browser.submit(form).await.expect(200);
    assert!(!reply.text().contains("evil.example"));
}

/// SSRF (CVE-2026-1180, CVE-2020-10770, CVE-2026-4874): whatever a stranger names is refused or only kept, and nothing
/// on our own network is asked. What is fetched at all goes through one guarded way out (`outbound.rs`).
#[tokio::test]
async fn nothing_that_a_client_names_is_fetched() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bait = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let bench = Bench::new().await;
    let base = serde_json::json!({"redirect_uris": ["https://new.example/callback"]});
    for name in ["jwks_uri", "logo_uri", "client_uri", "policy_uri", "sector_identifier_uri", "initiate_login_uri"] {
        let mut metadata = base.clone();
        metadata[name] = bait.clone().into();
        metadata["token_endpoint_auth_method"] =
            if name == "jwks_uri" { "private_key_jwt" } else { "client_secret_basic" }.into();
        bench.send(Ask::post("/register").json(&metadata)).await;
    }
    let login = Rp::of("shop").login("openid").with("request_uri", &bait);
    Browser::new(&bench).arrive(&login.url()).await;
    let jku = Rp::assertion(&bench, &serde_json::json!({"jku": bait, "x5u": bait, "iss": bait}));
    let fields = [("grant_type", "client_credentials"), ("client_assertion", &jku), ("client_assertion_type", "x")];
    bench.send(Ask::post("/token").form(&fields)).await;
    let nobody = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err(), "somebody took the bait");
}

/// Parts that are not in the build cannot be reached: recovery, second factors, administration over HTTP, tests that run
/// code (CVE-2026-18963, CVE-2026-25227, CVE-2025-27507).
#[tokio::test]
async fn what_is_not_in_the_build_has_no_address() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let paths = [
        "/admin",
        "/api",
        "/users",
        "/clients",
        "/recover",
        "/reset-password",
        "/account/password",
        "/account/email",
        "/password",
        "/totp",
        "/debug",
        "/metrics",
        "/test",
        "/register/shop/secret",
        "/scim/v2/Users",
        "/device",
        "/par",
        "/bc-authorize",
    ];
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            bench.send(Ask::new(method, path)).await.expect(404);
        }
        browser.get(path).await.expect(404);
    }
}
