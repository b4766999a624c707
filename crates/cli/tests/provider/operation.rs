//! The process itself: TLS, signals, rotation of keys, commands beside it. Each test has a server of its own.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Provider;

fn kids(set: &[u8]) -> BTreeSet<String> {
    let set: Value = serde_json::from_slice(set).unwrap();
    let of = |key: &Value| format!("{} {}", key["alg"].as_str().unwrap(), key["kid"].as_str().unwrap());
    set["keys"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn the_log_says_at_the_start_what_is_unsafe_about_this_file() {
    let provider = Provider::start();
    let log = provider.started.concat();
    let loud = [
        "registration is open",
        "pkce is optional for confidential clients that register themselves",
        "pkce is optional for the client conformance-1",
        "outbound.allow_special_use is on",
        "the limits of sign_in are so loose",
        "accounts come from the configuration file (2)",
        "web apps may have plain http addresses on loopback",
        "request objects need no signature",
        "outbound.extra_ca: 1 more certificate",
    ];
    for words in loud {
        assert!(log.lines().any(|line| line.contains("WARN") && line.contains(words)), "{words} in {log}");
    }
    assert!(!log.contains("wonderland") && !log.contains("0123456789"), "{log}");
}

/// oidcc-server-rotate-keys: a new key, and the old ones stay for those who hold tokens. The suite compares every new key
/// with the old ones, and knows RSA and EC only.
#[tokio::test]
async fn a_command_rotates_the_keys_and_sighup_makes_the_server_look() {
    let provider = Provider::start();
    let before = kids(&provider.jwks().await);
    provider.run(&["key", "rotate", "--now", "--algorithm", "RS256"]);
    provider.signal("HUP");
    provider.wait_for("SIGHUP").unwrap();
    // The signal is heard before the database is read.
    let after = loop {
        let set = kids(&provider.jwks().await);
        if set != before {
            break set;
        }
    };
    assert!(after.is_superset(&before), "{before:?} {after:?}");
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.len() == 1 && new[0].starts_with("RS256 "), "{after:?}");
}

#[tokio::test]
async fn a_new_certificate_is_served_after_sighup() {
    let mut provider = Provider::start();
    let files = provider.folder.join("conformance");
    for name in ["tls.crt", "tls.key"] {
        std::fs::remove_file(files.join(name)).unwrap();
    }
    provider.command(&["cert", files.to_str().unwrap(), "localhost"]);
    provider.signal("HUP");
    provider.wait_for("TLS certificate loaded anew").unwrap();
    let old = provider.http();
    assert!(old.get(provider.url("/jwks")).send().await.is_err(), "the old one is still served");
    provider.trust_anew();
    provider.get("/jwks").await.expect(200);
}

#[tokio::test]
async fn plain_http_and_unknown_authorities_get_nowhere() {
    let provider = Provider::start();
    let plain = provider.issuer.replace("https://", "http://");
    assert!(provider.http().get(format!("{plain}/jwks")).send().await.is_err());
    let other = Provider::start();
    assert!(other.http().get(provider.url("/jwks")).send().await.is_err());
}

#[tokio::test]
async fn sigterm_ends_it_in_order_and_it_starts_again_on_the_same_data() {
    let mut provider = Provider::start();
    let keys = provider.jwks().await;
    provider.signal("TERM");
    provider.wait_for(" stopped").unwrap();
    provider.start_again();
    assert_eq!(kids(&provider.jwks().await), kids(&keys));
}

#[test]
fn a_certificate_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    let make = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.arg("cert").arg(&files).output().unwrap()
    };
    assert!(make().status.success());
    let key = std::fs::read(files.join("tls.key")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(files.join("tls.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = make();
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("is there already"));
    assert_eq!(std::fs::read(files.join("tls.key")).unwrap(), key);
}
