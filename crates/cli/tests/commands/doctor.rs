//! `countersign doctor`: on files alone, beside a server, and through proxies.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use countersign_engine::records::Browser;
use countersign_store::Page;
use serde_json::Value;

use crate::world::{Installation, text};

/// All checks of that name.
fn checks(here: &Installation, arguments: &[&str], name: &str) -> Vec<Value> {
    let outcome = here.run(&[&["doctor", "--json"], arguments].concat());
    let report: Value = serde_json::from_str(&outcome.out).unwrap_or_else(|error| panic!("{error}: {outcome:?}"));
    assert_eq!(report["ok"], outcome.ok, "{outcome:?}");
    let all = report["checks"].as_array().unwrap();
    all.iter().filter(|check| check["name"] == name).cloned().collect()
}

fn verdict(here: &Installation, arguments: &[&str], name: &str) -> String {
    let found = checks(here, arguments, name);
    let [check] = found.as_slice() else { panic!("{name}: {found:?}") };
    text(check, "verdict")
}

#[test]
fn a_fresh_folder_is_not_wrong_yet() {
    let here = Installation::new();
    assert_eq!(verdict(&here, &["--offline"], "database"), "look");
    assert!(!here.path("realm.db").exists() && !here.path("realm.key").exists(), "looking makes nothing");
    assert!(here.run(&["key", "rotate"]).ok);
    for name in ["database", "integrity", "format", "master key", "sealing", "signing keys"] {
        assert_eq!(verdict(&here, &["--offline"], name), "ok", "{name}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_are_wrong() {
    use std::os::unix::fs::PermissionsExt as _;
    let here = Installation::new();
    assert!(here.run(&["key", "rotate"]).ok);
    for (file, name) in [("realm.db", "database"), ("realm.key", "configuration")] {
        let mode = |mode| std::fs::set_permissions(here.path(file), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        assert_eq!(verdict(&here, &["--offline"], name), "wrong", "{file}");
        mode(0o600);
    }
    let plain = here.run(&["doctor", "--offline"]);
    assert!(plain.ok && plain.out.contains("\u{2713} ok"), "{plain:?}");
}

#[test]
fn a_master_key_that_is_lost_or_another_one_is_wrong() {
    let here = Installation::new();
    assert!(here.run(&["key", "rotate"]).ok);
    std::fs::remove_file(here.path("realm.key")).unwrap();
    assert_eq!(verdict(&here, &["--offline"], "sealing"), "wrong");
    assert!(here.run(&["key", "new-master", "--out", "realm.key"]).ok);
    assert_eq!(verdict(&here, &["--offline"], "sealing"), "wrong");
}

#[test]
fn a_file_that_is_no_database_of_ours_is_wrong() {
    let here = Installation::new();
    std::fs::write(here.path("realm.db"), "hello, I am something else altogether").unwrap();
    let found = checks(&here, &["--offline"], "database");
    assert!(found.iter().any(|check| check["verdict"] == "wrong"), "{found:?}");
}

#[test]
fn a_running_server_is_in_order_and_forgets_the_doctor() {
    let here = Installation::running();
    let report = here.run(&["doctor"]);
    assert!(report.ok, "{report:?}");
    for name in ["issuer", "clock", "published keys", "proxy", "forged address"] {
        assert_eq!(verdict(&here, &[], name), "ok", "{name}");
    }
    let store = here.store();
    let left = here.block_on(store.scan::<Browser>(Page { after: None, limit: 10 })).unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_server_that_is_not_there_or_works_on_another_database_is_wrong() {
    let here = Installation::running();
    let other = Installation::at(&here.issuer(), "");
    assert!(other.run(&["key", "rotate"]).ok);
    assert_eq!(verdict(&other, &[], "published keys"), "wrong");

    let (socket, address) = other.socket();
    drop(socket);
    other.configure(&format!("http://{address}"), "");
    assert_eq!(verdict(&other, &[], "issuer"), "wrong");
}

#[test]
fn an_issuer_that_differs_by_one_byte_is_wrong() {
    let here = Installation::running();
    let other = Installation::at(&format!("{}/", here.issuer()), "");
    assert!(other.run(&["key", "rotate"]).ok);
    let found = checks(&other, &[], "issuer");
    assert!(text(&found[0], "saw").contains(&format!("{:?}", here.issuer())), "{found:?}");
    assert_eq!(text(&found[0], "verdict"), "wrong");
}

/// How requests arrive is told to nobody who can't write to the database.
#[test]
fn a_stranger_finds_nothing_where_the_doctor_asks() {
    let here = Installation::running();
    for header in ["", "Bearer", "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Basic YTpi"] {
        let status = here.block_on(async {
            #[expect(clippy::disallowed_methods, reason = "asks the server of this test")]
            let request = reqwest::Client::new().get(format!("{}/doctor", here.issuer()));
            request.header("authorization", header).send().await.unwrap().status()
        });
        assert_eq!(status, 404, "{header}");
    }
}

/// What a proxy does with `X-Forwarded-For`.
#[derive(Clone, Copy)]
enum Manner {
    Adds,
    AddsThisMachine,
    Replaces,
    PassesOn,
}

/// An installation behind a proxy.
fn proxied(manner: Manner, more: &str) -> Installation {
    let here = Installation::new();
    let (front, front_address) = here.socket();
    let (back, back_address) = here.socket();
    here.configure(&format!("http://{front_address}"), more);
    here.serve(back);
    #[expect(clippy::disallowed_methods, reason = "asks the server of this test")]
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let state = Arc::new((client, format!("http://{back_address}"), manner));
    let proxy = axum::Router::new().fallback(forward).with_state(state);
    here.spawn(async move { axum::serve(front, proxy).await.unwrap() });
    here
}

async fn forward(State(proxy): State<Arc<(reqwest::Client, String, Manner)>>, request: Request) -> Response {
    let (client, back, manner) = &*proxy;
    let mut onward = client.get(format!("{back}{}", request.uri()));
    for (name, value) in request.headers() {
        if name != "x-forwarded-for" || !matches!(manner, Manner::Replaces) {
            onward = onward.header(name, value);
        }
    }
    onward = match manner {
        Manner::Adds => onward.header("x-forwarded-for", "198.51.100.7"),
        Manner::AddsThisMachine | Manner::Replaces => onward.header("x-forwarded-for", "127.0.0.1"),
        Manner::PassesOn => onward,
    };
    let reply = onward.send().await.unwrap();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = reply.status();
    response.headers_mut().clone_from(reply.headers());
    *response.body_mut() = Body::from(reply.bytes().await.unwrap());
    response
}

const TRUSTED: &str = "[proxies]\ntrusted = [\"127.0.0.1\"]\n";

#[test]
fn a_proxy_that_is_not_named_makes_all_users_share_one_address() {
    let here = proxied(Manner::Adds, "");
    let found = checks(&here, &[], "proxy");
    assert_eq!(text(&found[0], "verdict"), "wrong", "{found:?}");
    assert!(text(&found[0], "advice").contains("127.0.0.1"), "{found:?}");
}

#[test]
fn a_named_proxy_that_adds_the_address_is_in_order() {
    let here = proxied(Manner::Adds, TRUSTED);
    let found = checks(&here, &[], "proxy");
    assert!(text(&found[0], "saw").contains("on behalf of 198.51.100.7"), "{found:?}");
    assert_eq!(verdict(&here, &[], "proxy"), "ok");
    assert_eq!(verdict(&here, &[], "forged address"), "ok");
}

#[test]
fn a_proxy_on_the_machine_that_asks_is_in_order() {
    for manner in [Manner::AddsThisMachine, Manner::Replaces] {
        let here = proxied(manner, TRUSTED);
        let found = checks(&here, &[], "proxy");
        assert!(text(&found[0], "saw").contains("this machine itself"), "{found:?}");
        assert_eq!(verdict(&here, &[], "proxy"), "ok");
        assert_eq!(verdict(&here, &[], "forged address"), "ok");
    }
}

/// CVE-2025-64101: forwarded headers of strangers.
#[test]
fn a_named_proxy_that_passes_on_what_clients_make_up_is_wrong() {
    let here = proxied(Manner::PassesOn, TRUSTED);
    assert_eq!(verdict(&here, &[], "forged address"), "wrong");
}
