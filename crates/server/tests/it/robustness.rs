//! Bad input anywhere gets the right error or a clear page, never a fault: the bench refuses every 5xx, and whatever
//! breaks the rules that all replies share.

use countersign_protocol::params;
use proptest::{prelude::*, test_runner::FileFailurePersistence};

use crate::support::{Ask, Bench, Browser, Page, Rp, secret_of};

/// Every address, with an interaction that is alive.
fn addresses(interaction: &str) -> Vec<String> {
    let fixed = [
        "/",
        "/authorize",
        "/token",
        "/revoke",
        "/introspect",
        "/userinfo",
        "/register",
        "/jwks",
        "/.well-known/openid-configuration",
        "/account",
        "/account/sign-in",
        "/account/revoke",
        "/account/sign-out",
        "/sign-out",
        "/doctor",
        "/healthz",
        "/assets/x",
        "/interaction/x",
    ];
    let steps = ["", "/sign-in", "/choose", "/consent", "/cancel"].map(|step| format!("{interaction}{step}"));
    fixed.map(str::to_owned).into_iter().chain(steps).collect()
}

/// A bench, the path of an interaction, and the cookie of its browser, where alice is signed in.
async fn alive() -> (Bench, String, String) {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let interaction = browser.arrive(&Rp::of("shop").login("openid").url()).await.location().to_owned();
    let cookie = format!("__Host-countersign={}", browser.jar.values()[0]);
    (bench, interaction, cookie)
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn no_body_is_too_odd() {
    let (bench, interaction, cookie) = alive().await;
    let bodies: Vec<Vec<u8>> = vec![
        vec![],
        vec![0; 100],
        vec![0xff; 100],
        vec![b'&'; 70_000],
        vec![b'a'; 65_536],
        vec![b'a'; 65_537],
        b"a=1&a=2".to_vec(),
        b"%".to_vec(),
        b"%00=%00".to_vec(),
        b"csrf=\xf0\x9f\xa6\x80".to_vec(),
        (0..101).map(|n| format!("p{n}=1&")).collect::<Vec<_>>().concat().into_bytes(),
        format!("{{\"a\":{}", "[".repeat(50_000)).into_bytes(),
        "{\"a\":".repeat(10_000).into_bytes(),
    ];
    let kinds = [Some(FORM), Some("application/json"), Some("\u{fc};;"), None];
    for path in addresses(&interaction) {
        for body in &bodies {
            for kind in kinds {
                let ask = Ask::post(&path).header("cookie", &cookie);
                let ask = match kind {
                    Some(kind) => ask.body(kind, body.clone()),
                    None => Ask { body: body.clone(), ..ask },
                };
                let reply = bench.send(ask).await;
                let status = reply.status.as_u16();
                assert!(
                    [200, 303, 400, 401, 404, 405, 410, 422, 429].contains(&status),
                    "POST {path} {kind:?}: {status}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_method_is_too_odd() {
    let (bench, interaction, cookie) = alive().await;
    for path in addresses(&interaction) {
        for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post", "X"] {
            let reply = bench.send(Ask::new(method, &path).header("cookie", &cookie)).await;
            let status = reply.status.as_u16();
            assert!([404, 405].contains(&status) || method == "OPTIONS", "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn no_header_is_too_odd() {
    let (bench, interaction, cookie) = alive().await;
    let long = "x".repeat(50_000);
    let odd = ["", "\u{fc}\u{fe}\t", "a,b;c=\"", &long, "Basic Og==", "Bearer  "];
    let names = [
        "authorization",
        "cookie",
        "content-type",
        "content-length",
        "host",
        "origin",
        "sec-fetch-site",
        "user-agent",
        "x-forwarded-for",
        "forwarded",
        "range",
        "expect",
    ];
    for path in addresses(&interaction) {
        for name in names {
            for value in odd {
                for method in ["GET", "POST"] {
                    // Twice, and beside the right one.
                    let ask = Ask::new(method, &path).header(name, value).header(name, value);
                    let ask = if name == "cookie" { ask.header("cookie", &cookie) } else { ask };
                    bench.send(ask).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn everything_may_be_very_long() {
    let bench = Bench::new().await;
    let long = "x".repeat(60_000);
    let base = Rp::of("shop").login("openid");
    for (name, _) in base.params.clone() {
        let reply = bench.send(Ask::get(base.clone().with(&name, &long).url())).await;
        assert!([303, 400].contains(&reply.status.as_u16()), "{name}");
    }
    for name in ["prompt", "max_age", "login_hint", "resource", "request", "response_mode", "unknown"] {
        bench.send(Ask::get(base.clone().with(name, &long).url())).await;
    }
    let reply = bench.send(Ask::get(base.with("scope", &"a ".repeat(9000)).url())).await;
    assert_eq!(reply.status.as_u16(), 303);
    for name in
        ["grant_type", "code", "code_verifier", "refresh_token", "scope", "client_id", "token", "client_assertion"]
    {
        for path in ["/token", "/revoke", "/introspect"] {
            let plain = [("grant_type", "authorization_code"), ("code", "x"), ("token", "x")];
            let mut fields: Vec<_> = plain.into_iter().filter(|(n, _)| *n != name).collect();
            fields.push((name, &long));
            let reply = bench.send(Ask::post(path).form(&fields).basic("shop", &secret_of("shop"))).await;
            assert!(reply.status.as_u16() < 500, "{path} {name}");
        }
    }
    bench.send(Ask::get(format!("/{long}"))).await.expect(404);
    bench.send(Ask::get(format!("/interaction/{long}"))).await.expect(410);
}

#[tokio::test]
async fn nul_bytes_and_control_characters_are_only_characters() {
    let (bench, interaction, cookie) = alive().await;
    for odd in ["\0", "a\0b", "\r\nSet-Cookie: x=y", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "\u{202e}"] {
        let login = Rp::of("shop").login("openid").with("login_hint", odd).with("nonce", odd).with("state", odd);
        bench.send(Ask::get(login.url())).await.expect(303);
        let fields = [("csrf", odd), ("username", odd), ("password", odd), ("session", odd), ("decision", odd)];
        for step in ["sign-in", "choose", "consent", "cancel"] {
            bench.send(Ask::post(format!("{interaction}/{step}")).form(&fields).header("cookie", &cookie)).await;
        }
        let fields = [("grant_type", "refresh_token"), ("refresh_token", odd), ("client_id", odd)];
        bench.send(Ask::post("/token").form(&fields)).await.refused(401, "invalid_client");
        let metadata = serde_json::json!({"client_name": odd, "redirect_uris": [format!("https://x.example/{odd}")]});
        bench.send(Ask::post("/register").json(&metadata)).await.refused(400, "invalid_redirect_uri");
    }
}

#[tokio::test]
async fn an_error_page_for_people_is_a_whole_page() {
    let bench = Bench::new().await;
    for (ask, status) in [
        (Ask::get("/nowhere"), 404),
        (Ask::post("/account/revoke").body("text/plain", "x"), 303),
        (Ask::new("DELETE", "/account"), 405),
        (Ask::get("/interaction/x/consent"), 405),
        (Ask::get("/interaction/x"), 410),
        (Ask::get("/authorize?client_id=%ff"), 400),
        (Ask::post("/sign-out").body("text/plain", "x"), 200),
    ] {
        let reply = bench.send(ask.clone()).await.expect(status);
        if status != 303 {
            let page = Page::of(reply);
            assert!(page.title.contains("Bench") && page.text.len() > 40, "{ask:?}: {}", page.text);
        }
    }
}

/// Names that mean something, so that random values get past the first check.
const NAMES: [&str; 34] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "resource",
    "response_mode",
    "request",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "token_type_hint",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "csrf",
    "username",
    "password",
    "session",
    "decision",
    "scope:openid",
    "as",
    "done",
    "client_name",
    "jwks",
    "x",
];

/// Values that mean something, beside random ones.
const VALUES: [&str; 20] = [
    "code",
    "shop",
    "spa",
    "service",
    "https://shop.example/callback",
    "openid",
    "openid read:files",
    "S256",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "none",
    "login",
    "0",
    "form_post",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "alice",
    "allow",
    "deny",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(&VALUES[..]).prop_map(str::to_owned),
        2 => ".{0,40}",
        1 => "cs(ac|rt|at|br|ia|cs|rg)_[A-Za-z0-9_-]{47}",
        1 => "[A-Za-z0-9_-]{10,40}\\.[A-Za-z0-9_-]{10,40}\\.[A-Za-z0-9_-]{0,40}",
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let pairs = proptest::collection::vec((proptest::sample::select(&NAMES[..]), value()), 0..10);
    let form = pairs.prop_map(|pairs| params::write(pairs.iter().map(|(n, v)| (*n, v.as_str()))).into_bytes());
    let json = proptest::collection::vec((proptest::sample::select(&NAMES[..]), value()), 0..6).prop_map(|pairs| {
        let object: serde_json::Map<_, _> = pairs.into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect();
        serde_json::Value::Object(object).to_string().into_bytes()
    });
    prop_oneof![5 => form, 1 => json, 2 => proptest::collection::vec(any::<u8>(), 0..200)]
}

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8], 0..60)
}

fn config(cases: u32) -> ProptestConfig {
    let failure_persistence: Option<Box<dyn proptest::test_runner::FailurePersistence>> =
        Some(Box::new(FileFailurePersistence::Off));
    ProptestConfig { cases, failure_persistence, ..ProptestConfig::default() }
}

/// Any bytes, to any address, by any method: never a fault, never a panic, always the shared headers.
#[test]
fn random_requests_never_cause_a_fault() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (bench, interaction, cookie) = runtime.block_on(alive());
    let paths = addresses(&interaction);
    let kinds = proptest::sample::select(&[FORM, "application/json", "text/plain"][..]);
    let method = proptest::sample::select(&["GET", "POST", "POST", "POST", "HEAD", "OPTIONS"][..]);
    let request = (proptest::sample::select(paths), method, kinds, body(), body(), header_value(), any::<[bool; 3]>());
    let secret = secret_of("service");
    proptest!(config(800), |((path, method, kind, query, body, odd, with) in request)| {
        let query: String = query.iter().map(|b| if b.is_ascii_graphic() && *b != b'#' { char::from(*b) } else { '+' }).collect();
        let uri = format!("{path}?{query}");
        prop_assume!(uri.parse::<axum::http::Uri>().is_ok());
        let mut ask = Ask::new(method, uri).body(kind, body).header("x-odd", &odd);
        if with[0] {
            ask = ask.header("cookie", &cookie);
        }
        ask = match (with[1], with[2]) {
            (true, _) => ask.basic("service", &secret),
            (false, true) => ask.header("authorization", &odd),
            (false, false) => ask,
        };
        runtime.block_on(bench.send(ask));
    });
}
