//! What clients say about themselves, in one language or several: names, links, people, software.

use countersign_protocol::ErrorCode;
use serde_json::json;

use super::{refused, registered, try_register, with};
use crate::{
    bench::Bench,
    registration::{describe, rules},
};

#[test]
fn a_name_can_not_be_made_to_look_like_something_else() {
    let accepted = ["Caf\u{e9}", "日本語アプリ", "  Trimmed  ", "a", "مرحبا", "👩\u{200d}💻 Tools", "می\u{200c}خواهم"];
    for name in accepted {
        assert_eq!(registered(&with("client_name", json!(name))).client.name, name.trim(), "{name}");
    }
    let spoofed = [
        "Bank\u{202e}knaB",
        "\u{2066}Bank",
        "Bank\u{200b}",
        "\u{feff}Bank",
        "Line\u{2028}two",
        "Soft\u{ad}hyphen",
        "Line\ntwo",
        "Tab\ttab",
        "Nul\0",
        "\u{1b}[31mred",
        "\u{e0041}tag",
    ];
    for name in spoofed {
        assert_eq!(refused(&with("client_name", json!(name))).0, &rules::NAME, "{name:?}");
    }
    for invisible in ["", "   ", "\u{3000}"] {
        assert_eq!(registered(&with("client_name", json!(invisible))).client.name, "new.example", "{invisible:?}");
    }
    assert!(try_register(&mut Bench::new(), &with("client_name", json!("é".repeat(100)))).is_ok());
}

/// The rule is about names that were sent, not about a host that stands in for one.
#[test]
fn a_long_host_name_is_no_reason_to_refuse_a_client_without_a_name() {
    let uri = format!("https://{}.example/callback", "long-label.".repeat(12).trim_end_matches('.'));
    let new = registered(&json!({"redirect_uris": [uri]}));
    assert_eq!(new.client.name.chars().count(), 100);
}

#[test]
fn what_a_client_says_about_itself_is_checked_and_echoed() {
    let good = [
        ("contacts", json!(["admin@new.example", "+1 555 0100"])),
        ("logo_uri", json!("https://new.example/logo.png")),
        ("initiate_login_uri", json!("https://new.example/sign-in?from=elsewhere")),
        ("software_id", json!("4NRB1-0XZABZI9E6-5SM3R")),
        ("software_version", json!("2.2")),
        ("client_name#ja-Hani-JP", json!("\u{30af}\u{30e9}")),
        ("tos_uri#fr", json!("https://new.example/conditions")),
        ("software_version", json!("\u{e9}".repeat(320))),
    ];
    for (member, value) in good {
        let echoed = serde_json::to_value(describe(&registered(&with(member, value.clone())).client)).unwrap();
        assert_eq!(echoed[member], value, "{member}");
    }
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    let bad = [
        ("contacts", json!(many), &rules::CONTACTS),
        ("contacts", json!([""]), &rules::CONTACTS),
        ("contacts", json!(["a\nb"]), &rules::CONTACTS),
        ("logo_uri", json!("data:image/svg+xml,x"), &rules::LINKS),
        ("tos_uri", json!("https://new.example/legal#terms"), &rules::LINKS),
        ("initiate_login_uri", json!("http://new.example/sign-in"), &rules::INITIATE_LOGIN_URI),
        ("initiate_login_uri", json!("http://localhost:4000/sign-in"), &rules::INITIATE_LOGIN_URI),
        ("initiate_login_uri", json!("javascript:alert(1)"), &rules::INITIATE_LOGIN_URI),
        ("software_id", json!(""), &rules::SOFTWARE),
        ("software_version", json!("x".repeat(321)), &rules::SOFTWARE),
        ("client_name#fr", json!("x".repeat(101)), &rules::LOCALIZED),
        ("client_name#fr", json!(7), &rules::LOCALIZED),
        ("client_name#", json!("Neu"), &rules::LOCALIZED),
        ("client_name#not_a_tag", json!("Neu"), &rules::LOCALIZED),
        ("client_name#toolongasubtag", json!("Neu"), &rules::LOCALIZED),
        ("policy_uri#de", json!("javascript:alert(1)"), &rules::LOCALIZED),
    ];
    for (member, value, rule) in bad {
        assert_eq!(refused(&with(member, value)), (rule, ErrorCode::InvalidClientMetadata), "{member}");
    }
}

#[test]
fn only_in_a_test_bed_does_a_sign_in_begin_without_tls_and_only_on_loopback() {
    for (uri, test_bed) in [("http://localhost:4001/begin", true), ("http://new.example/begin", false)] {
        let mut t = Bench::new();
        let metadata = with("initiate_login_uri", json!(uri));
        t.policy.registration.http_on_loopback = true;
        assert_eq!(try_register(&mut t, &metadata).unwrap_err().rule, &rules::INITIATE_LOGIN_URI, "{uri}");
        t.policy.loopback_test_bed = true;
        assert_eq!(try_register(&mut t, &metadata).is_ok(), test_bed, "{uri}");
    }
}

/// RFC 7591 §2: what is not understood is ignored, whatever it is.
#[test]
fn unknown_members_are_not_kept_with_or_without_a_language() {
    let mut metadata = with("colour#fr", json!({"deep": ["x"]}));
    metadata["shoe_size"] = json!(44);
    metadata["client_name#fr"] = json!(null);
    let echoed = serde_json::to_value(describe(&registered(&metadata).client)).unwrap();
    for unknown in ["colour#fr", "shoe_size", "client_name#fr"] {
        assert!(echoed.get(unknown).is_none(), "{echoed}");
    }
}

#[test]
fn members_in_other_languages_are_bounded() {
    let mut metadata = with("client_name", json!("New"));
    for n in 0..101 {
        metadata[format!("client_name#x-{n}")] = json!("Neu");
    }
    assert_eq!(refused(&metadata).0, &rules::LOCALIZED);
}
