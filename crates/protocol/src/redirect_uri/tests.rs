//! Redirect URIs: what may be registered, what matches, and every trick that worked on somebody else.

use proptest::prelude::*;

use super::{RedirectUri, Unregistrable, nearest};

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

/// CVE-2026-9086, CVE-2026-29192: `javascript:` and its kin, in any case.
#[test]
fn script_and_local_schemes_cannot_be_registered() {
    for bad in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://a.example/1",
        "myapp:/callback",
        "myapp://callback",
    ] {
        assert_eq!(RedirectUri::parse(bad), Err(Unregistrable::Scheme), "{bad}");
    }
}

#[test]
fn plain_http_is_for_loopback_only() {
    for good in ["http://127.0.0.1/cb", "http://127.0.0.1:80/cb", "http://[::1]:9/cb", "http://localhost:3000/cb"] {
        assert!(RedirectUri::parse(good).is_ok(), "{good}");
    }
    for bad in ["http://app.example/cb", "http://127.0.0.1.evil.example/cb", "http://localhost.evil.example/cb"] {
        assert_eq!(RedirectUri::parse(bad), Err(Unregistrable::PlainHttp), "{bad}");
    }
    assert_eq!(RedirectUri::parse("http://127.0.0.1@evil.example/"), Err(Unregistrable::PlainHttp));
    assert_eq!(RedirectUri::parse("http://127.0.0.1:80@evil.example/"), Err(Unregistrable::PlainHttp));
    assert_eq!(RedirectUri::parse("http://127.0.0.1:99999/"), Err(Unregistrable::PlainHttp));
}

#[test]
fn fragments_users_relative_and_broken_uris_are_refused() {
    assert_eq!(RedirectUri::parse("https://a.example/cb#x"), Err(Unregistrable::Fragment));
    assert_eq!(RedirectUri::parse("https://u:p@a.example/cb"), Err(Unregistrable::UserInfo));
    assert_eq!(RedirectUri::parse("/cb"), Err(Unregistrable::Relative));
    assert_eq!(RedirectUri::parse("https:/a.example"), Err(Unregistrable::Host));
    assert_eq!(RedirectUri::parse("https:///cb"), Err(Unregistrable::Host));
    assert_eq!(RedirectUri::parse("https://*.example/cb"), Err(Unregistrable::Host));
    assert_eq!(RedirectUri::parse("https://a.example\\@evil.example/"), Err(Unregistrable::Characters));
    assert_eq!(RedirectUri::parse("https://a.example/ cb"), Err(Unregistrable::Characters));
    assert_eq!(RedirectUri::parse(""), Err(Unregistrable::Characters));
}

/// Two parsers could disagree about what such bytes mean, and so about whose host it is.
#[test]
fn what_follows_the_host_must_be_a_port() {
    for good in
        ["https://a.example:8443/cb", "https://a.example:1", "https://[2001:db8::1]/cb", "https://[::1]:65535?x"]
    {
        assert!(RedirectUri::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "0", "65536", "+443", "44 3", "443a", "443:1", "evil.example", "-1", "4%34"] {
        for host in ["a.example", "[::1]"] {
            let text = format!("https://{host}:{bad}/cb");
            let refused = RedirectUri::parse(&text).unwrap_err();
            assert!(matches!(refused, Unregistrable::Port | Unregistrable::Characters), "{text}: {refused}");
        }
    }
    assert_eq!(RedirectUri::parse("https://[::1]evil.example/cb"), Err(Unregistrable::Port));
    for bad in ["https://[::1/cb", "https://[]/cb", "https://[evil.example]/cb", "https://[::1]]/cb"] {
        assert!(RedirectUri::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_private_use_scheme_with_a_dot_is_fine() {
    assert!(uri("com.example.app:/callback").is_private_use());
    assert_eq!(uri("com.example.app:/callback").host_for_display(), "com.example.app");
}

/// CVE-2026-28512, CVE-2026-7504, CVE-2026-3872, keycloak #48430: parser differentials and prefix matches.
#[test]
fn nothing_but_the_registered_bytes_matches() {
    let registered = uri("https://app.example.com/cb");
    assert!(registered.accepts("https://app.example.com/cb", false));
    for trick in [
        "https://app.example.com/cb/",
        "https://app.example.com/cb?x=1",
        "https://app.example.com/CB",
        "https://APP.example.com/cb",
        "https://app.example.com:443/cb",
        "https://app.example.com.evil/cb",
        "https://app.example.com@evil.example/cb",
        "https://evil.example\\@app.example.com/cb",
        "https://app.example.com/x/../cb",
        "https://app.example.com/..;/cb",
        "https://app.example.com/cb#f",
        "https://app.example.com/%63b",
        "http://app.example.com/cb",
        "https://app.example.com/cb\u{0}",
        " https://app.example.com/cb",
    ] {
        assert!(!registered.accepts(trick, true), "{trick}");
    }
}

/// CVE-2024-8883: a loopback rule that is too wide.
#[test]
fn only_the_port_of_a_loopback_literal_is_free() {
    for host in ["http://127.0.0.1", "http://[::1]"] {
        let registered = uri(&format!("{host}/cb"));
        assert!(registered.accepts(&format!("{host}:49152/cb"), false));
        assert!(registered.accepts(&format!("{host}/cb"), false));
        assert!(!registered.accepts(&format!("{host}:49152/other"), false));
        assert!(!registered.accepts(&format!("{host}:49152/cb?x"), false));
        assert!(!registered.accepts(&format!("{host}:/cb"), false));
        assert!(!registered.accepts(&format!("{host}:1@evil.example/cb"), false));
        assert!(!registered.accepts(&format!("{host}.evil.example/cb"), false));
        assert!(!registered.accepts(&format!("{host}:65536/cb"), false));
    }
    assert!(!uri("http://127.0.0.1/cb").accepts("http://[::1]/cb", true));
    assert!(!uri("https://127.0.0.1/cb").accepts("https://127.0.0.1:8443/cb", true));
}

#[test]
fn the_port_of_localhost_is_free_for_native_clients_only() {
    let registered = uri("http://localhost/cb");
    assert!(registered.accepts("http://localhost:4711/cb", true));
    assert!(!registered.accepts("http://localhost:4711/cb", false));
}

#[test]
fn the_nearest_registered_uri_is_found_with_the_first_difference() {
    let registered = [uri("https://other.example/x"), uri("https://app.example/cb")];
    let (found, at) = nearest(&registered, "https://app.example/cb/").unwrap();
    assert_eq!((found.as_str(), at), ("https://app.example/cb", 22));
    let (found, at) = nearest(&registered, "http://app.example/cb").unwrap();
    assert_eq!((found.as_str(), at), ("https://app.example/cb", 4));
    assert!(nearest(&[], "https://app.example/cb").is_none());
}

proptest! {
    #[test]
    fn anything_that_matches_differs_in_a_loopback_port_at_most(
        port in 0u16.., sent in "(http|https)://(127\\.0\\.0\\.1|\\[::1\\]|localhost|evil)(:[0-9]{1,5})?[/?@.a-c]{0,6}"
    ) {
        let registered = uri(&format!("http://127.0.0.1:{port}/a"));
        if registered.accepts(&sent, true) {
            let port = sent.strip_prefix("http://127.0.0.1").and_then(|rest| rest.strip_suffix("/a")).unwrap();
            prop_assert!(port.is_empty() || port[1..].parse::<u16>().is_ok());
        }
    }

    #[test]
    fn parsing_and_comparing_never_panic(a in ".{0,80}", b in ".{0,80}") {
        if let Ok(registered) = RedirectUri::parse(&a) {
            let _ = registered.accepts(&b, true);
            let _ = (registered.origin(), registered.host_for_display(), nearest(std::slice::from_ref(&registered), &b));
        }
    }
}
