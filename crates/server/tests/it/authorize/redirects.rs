//! Redirect URIs at the edge: byte-equal, but for the port of a loopback literal (OAuth 2.1 §4.1.1, RFC 8252 §7.3).

use countersign_engine::records::Client;

use super::error_page;
use crate::support::{Bench, Browser, Callback, Page, Rp};

/// SECURITY class 3: parsers that disagree, prefixes, dots, userinfo, schemes.
#[tokio::test]
async fn no_trick_moves_the_answer_to_a_stranger() {
    let bench = Bench::new().await;
    let tricks = [
        "https://shop.example/callback/",
        "https://shop.example/callback?",
        "https://shop.example/callback?x=1",
        "https://shop.example/callback#x",
        "https://shop.example/Callback",
        "https://shop.example/callback/../callback",
        "https://shop.example/callback/..;/evil",
        "https://shop.example/callback%2f..",
        "https://shop.example/%63allback",
        "https://shop.example:443/callback",
        "https://SHOP.example/callback",
        "HTTPS://shop.example/callback",
        "http://shop.example/callback",
        "https://shop.example@evil.example/callback",
        "https://evil.example@shop.example/callback",
        "https://shop.example.evil.example/callback",
        "https://evil-shop.example/callback",
        "https://shop.example\\@evil.example/callback",
        "https://shop.example/callback\u{0}",
        "https://shop.example/callback\r\nLocation: https://evil.example",
        " https://shop.example/callback",
        "https://shop.example/callback ",
        "//shop.example/callback",
        "/callback",
        "javascript:alert(1)//https://shop.example/callback",
        "data:text/html,https://shop.example/callback",
    ];
    for trick in tricks {
        let text = error_page(&bench, &Rp::of("shop").login("openid").with("redirect_uri", trick).url()).await;
        assert!(text.contains("authorize.redirect_uri_registered"), "{trick}: {text}");
    }
}

#[tokio::test]
async fn a_native_client_chooses_its_port_on_loopback_and_nothing_else() {
    let bench = Bench::new().await;
    let cli = Rp::of("cli");
    for good in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback",
        "http://127.0.0.1:65535/callback",
        "http://[::1]:52413/callback",
        "http://localhost:52413/callback",
    ] {
        let login = cli.login("openid").with("redirect_uri", good);
        let callback = Browser::new(&bench).log_in(&login, "alice").await;
        assert_eq!(callback.uri, good);
    }
    for bad in [
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:80x/callback",
        "http://127.0.0.1:52413/other",
        "http://127.0.0.1:52413/callback?x",
        "http://127.0.0.2:52413/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:1@evil.example/callback",
        "http://localhost.evil.example:1/callback",
        "http://[::1]evil.example/callback",
        "http://[::ffff:127.0.0.1]:1/callback",
        "https://127.0.0.1:52413/callback",
        "http://2130706433/callback",
    ] {
        let text = error_page(&bench, &cli.login("openid").with("redirect_uri", bad).url()).await;
        assert!(text.contains("authorize.redirect_uri_registered"), "{bad}");
    }
}

#[tokio::test]
async fn the_port_of_a_website_is_never_free() {
    let bench = Bench::new().await;
    let uris = ["https://localhost/callback", "https://127.0.0.1/callback"];
    let uris = uris.map(|uri| countersign_protocol::RedirectUri::parse(uri).unwrap());
    bench.change::<Client>("shop", |client| client.redirect_uris = uris.to_vec()).await;
    for bad in ["https://localhost:1/callback", "https://127.0.0.1:1/callback"] {
        error_page(&bench, &Rp::of("shop").login("openid").with("redirect_uri", bad).url()).await;
    }
}

#[tokio::test]
async fn a_single_redirect_uri_may_be_left_out_and_several_may_not() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("read:files").without("redirect_uri");
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    assert_eq!(callback.uri, "https://shop.example/callback");
}

#[tokio::test]
async fn a_private_use_scheme_gets_its_answer() {
    let bench = Bench::new().await;
    let callback = Browser::new(&bench).log_in(&Rp::of("phone").login("openid"), "alice").await;
    assert_eq!(callback.uri, "com.example.phone:/callback");
}

/// Browsers apply `form-action` to every redirect after a form: without the client there the user would be stuck. IPv6
/// literals can't be written in a policy (CSP Level 3 §2.3.1), so their scheme has to do.
#[tokio::test]
async fn pages_let_their_forms_lead_to_the_client() {
    let bench = Bench::new().await;
    for (id, uri) in [
        ("shop", "https://shop.example/callback"),
        ("cli", "http://127.0.0.1:52413/callback"),
        ("cli", "http://localhost:52413/callback"),
        ("cli", "http://[::1]:52413/callback"),
        ("phone", "com.example.phone:/callback"),
    ] {
        let login = || Rp::of(id).login("openid").with("redirect_uri", uri);
        let mut browser = Browser::new(&bench);
        let sign_in = Page::of(browser.authorize(&login()).await);
        let consent = Page::of(browser.sign_in(&sign_in, "alice").await);
        let form_post = login().with("response_mode", "form_post").with("prompt", "none");
        let form_post = Page::of(browser.arrive(&form_post.url()).await);
        for page in [sign_in, consent, form_post] {
            let policy = page.reply.header("content-security-policy");
            assert!(admits(policy, uri), "{uri}: {policy}");
        }
    }
}

/// Whether a policy lets forms lead there, by scheme or by origin.
fn admits(policy: &str, uri: &str) -> bool {
    let forms = policy.split("; ").find_map(|part| part.strip_prefix("form-action ")).unwrap();
    let (scheme, rest) = uri.split_once(':').unwrap();
    let host = rest.trim_start_matches('/').split('/').next().unwrap();
    let origin = format!("{scheme}://{host}");
    forms.split(' ').any(|source| source == format!("{scheme}:") || (source == origin && !host.starts_with('[')))
}

#[tokio::test]
async fn an_error_goes_to_the_port_that_was_asked_for() {
    let bench = Bench::new().await;
    let login = Rp::of("cli").login("openid").with("prompt", "none");
    let reply = Browser::new(&bench).arrive(&login.url()).await;
    assert_eq!(Callback::of(&reply).uri, "http://127.0.0.1:52413/callback");
}

/// A redirect URI that an administrator takes away, because a stranger got hold of it, must not get one more code.
#[tokio::test]
async fn a_redirect_uri_that_is_gone_meanwhile_gets_nothing() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let sign_in = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let consent = Page::of(browser.sign_in(&sign_in, "alice").await);
    let other = countersign_protocol::RedirectUri::parse("https://shop.example/other").unwrap();
    bench.change::<Client>("shop", |client| client.redirect_uris = vec![other]).await;
    for button in ["allow", "deny"] {
        browser.submit(consent.press(button)).await.expect(410);
    }
    assert!(bench.all::<countersign_engine::records::Code>().await.is_empty());
}
