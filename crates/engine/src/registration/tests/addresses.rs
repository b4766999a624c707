//! Addresses of clients: where codes go, and where a client hears of a sign-out (RFC 7591 §2, OpenID Connect Back-Channel and
//! Front-Channel Logout 1.0 §2).

use countersign_protocol::ErrorCode;
use serde_json::json;

use super::{native, refused, registered, try_register, with};
use crate::{
    bench::Bench,
    registration::{describe, rules},
};

/// CVE-2026-9086, CVE-2026-29192: schemes that run code, in any letter case.
#[test]
fn redirect_uris_are_https_or_loopback_and_private_schemes_for_native_apps() {
    // For a web app, a native app, a web app on a test bed.
    let table: &[(&str, [bool; 3])] = &[
        ("https://new.example/callback", [true, true, true]),
        ("https://localhost/callback", [true, true, true]),
        ("http://127.0.0.1/callback", [false, true, true]),
        ("http://127.0.0.1:4001/callback", [false, true, true]),
        ("http://[::1]:4001/callback", [false, true, true]),
        ("http://localhost:4001/callback", [false, true, true]),
        ("com.example.app:/callback", [false, true, false]),
        ("http://new.example/callback", [false; 3]),
        ("http://127.0.0.1.evil.com/callback", [false; 3]),
        ("http://localhost.evil.com/callback", [false; 3]),
        ("http://127.0.0.2/callback", [false; 3]),
        ("http://0.0.0.0/callback", [false; 3]),
        ("http://127.0.0.1@evil.com/", [false; 3]),
        ("http://127.0.0.1:80@evil.com/", [false; 3]),
        ("myapp:/callback", [false; 3]),
        ("javascript:alert(1)", [false; 3]),
        ("JavaScript:alert(1)", [false; 3]),
        ("data:text/html,x", [false; 3]),
        ("vbscript:x", [false; 3]),
        ("file:///etc/passwd", [false; 3]),
        ("blob:https://new.example/x", [false; 3]),
        ("https://new.example/#fragment", [false; 3]),
        ("https://user:pass@new.example/", [false; 3]),
        ("https:///callback", [false; 3]),
        ("HTTPS://new.example/callback", [false; 3]),
        ("//new.example/callback", [false; 3]),
        ("/callback", [false; 3]),
        ("https://new.example/call back", [false; 3]),
        ("https://new.example\\@evil.com/", [false; 3]),
        ("", [false; 3]),
    ];
    for (uri, [web, native_app, test_bed]) in table {
        let mut t = Bench::new();
        let metadata = with("redirect_uris", json!([uri]));
        assert_eq!(try_register(&mut t, &metadata).is_ok(), *web, "web {uri}");
        assert_eq!(try_register(&mut t, &native(uri)).is_ok(), *native_app, "native {uri}");
        t.policy.loopback_test_bed = true;
        assert_eq!(try_register(&mut t, &metadata).is_ok(), *test_bed, "test bed {uri}");
        t.policy.loopback_test_bed = false;
        t.policy.registration.http_on_loopback = true;
        assert_eq!(try_register(&mut t, &metadata).is_ok(), *test_bed, "http on loopback {uri}");
    }
}

#[test]
fn a_refused_redirect_uri_is_named_with_the_reason() {
    let refusal = try_register(&mut Bench::new(), &with("redirect_uris", json!(["myapp:/callback"]))).unwrap_err();
    assert!(refusal.description().contains("myapp:/callback"), "{}", refusal.description());
    assert!(refusal.description().contains("reversed domain name"), "{}", refusal.description());
}

#[test]
fn addresses_for_logout_must_be_safe_and_for_frames_the_clients_own() {
    let table = [
        ("backchannel_logout_uri", "https://elsewhere.example/logout?a=b", None),
        ("backchannel_logout_uri", "http://127.0.0.1:4000/logout", None),
        ("backchannel_logout_uri", "http://elsewhere.example/logout", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "https://elsewhere.example/logout#part", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "com.example.app:/logout", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "/logout", Some(&rules::LOGOUT_URI)),
        ("backchannel_logout_uri", "", Some(&rules::LOGOUT_URI)),
        ("frontchannel_logout_uri", "https://new.example/logout?a=b", None),
        ("frontchannel_logout_uri", "javascript:alert(1)", Some(&rules::LOGOUT_URI)),
        ("frontchannel_logout_uri", "https://new.example:8443/logout", Some(&rules::FRONTCHANNEL_ORIGIN)),
        ("frontchannel_logout_uri", "https://new.example.evil.example/", Some(&rules::FRONTCHANNEL_ORIGIN)),
        ("frontchannel_logout_uri", "http://127.0.0.1/logout", Some(&rules::FRONTCHANNEL_ORIGIN)),
    ];
    for (member, uri, rule) in table {
        match rule {
            None => drop(registered(&with(member, json!(uri)))),
            Some(rule) => {
                assert_eq!(refused(&with(member, json!(uri))), (rule, ErrorCode::InvalidClientMetadata), "{uri}");
            }
        }
    }
    let mut public = with("backchannel_logout_uri", json!("http://127.0.0.1:4000/logout"));
    public["token_endpoint_auth_method"] = json!("none");
    assert_eq!(refused(&public).0, &rules::LOGOUT_URI, "plain http is for confidential clients");
}

#[test]
fn what_is_registered_for_logout_is_echoed() {
    let mut metadata = with("backchannel_logout_uri", json!("https://new.example/back"));
    metadata["frontchannel_logout_uri"] = json!("https://new.example/front");
    metadata["frontchannel_logout_session_required"] = json!(true);
    let echoed = serde_json::to_value(describe(&registered(&metadata).client)).unwrap();
    assert_eq!(echoed["backchannel_logout_uri"], "https://new.example/back");
    assert_eq!(echoed["backchannel_logout_session_required"], false);
    assert_eq!(echoed["frontchannel_logout_uri"], "https://new.example/front");
    assert_eq!(echoed["frontchannel_logout_session_required"], true);
}
