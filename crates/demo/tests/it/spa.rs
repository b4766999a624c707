//! Sprig: what its server hands out. What it does in a browser is tested in browsers.

use axum::http::StatusCode;
use serde_json::Value;

use crate::browser::get;
use crate::world::World;

#[tokio::test]
async fn the_callback_is_the_application_itself() {
    let world = World::new();
    let (home, callback) = (get(&world.spa, "/").await, get(&world.spa, "/callback?code=x&state=y").await);
    assert_eq!(home.status, StatusCode::OK);
    assert_eq!(home.body, callback.body);
    assert!(!callback.says("code=x"));
}

#[tokio::test]
async fn only_its_own_scripts_run_and_only_two_servers_are_called() {
    let world = World::new();
    let page = get(&world.spa, "/callback").await;
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "connect-src 'self' http://localhost:4000 http://localhost:4003;",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!(page.header("referrer-policy"), "no-referrer", "the code in the address must not travel on");
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn every_file_that_the_page_and_its_scripts_name_is_there() {
    let world = World::new();
    let mut waiting = vec!["/".to_owned()];
    let mut seen = Vec::new();
    while let Some(path) = waiting.pop() {
        let page = get(&world.spa, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let named = page.body.split(['"', '\'']).filter(|text| text.starts_with("/assets/"));
        waiting.extend(named.filter(|text| !seen.contains(&(*text).to_owned())).map(str::to_owned));
        seen.push(path);
    }
    for file in ["/assets/app.js", "/assets/session.js", "/assets/oauth4webapi.js", "/assets/sprig.css"] {
        assert!(seen.iter().any(|path| path == file), "{file}");
    }
}

#[tokio::test]
async fn markup_is_made_of_elements_and_never_of_text() {
    let world = World::new();
    let page = get(&world.spa, "/").await;
    assert!(!page.says(" style=") && !page.says("<style") && !page.says(" onclick="));
    for file in ["app.js", "view.js", "session.js", "errors.js"] {
        let script = get(&world.spa, &format!("/assets/{file}")).await;
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage"] {
            assert!(!script.says(word), "{file}: {word}");
        }
    }
}

#[tokio::test]
async fn its_settings_hold_nothing_secret() {
    let world = World::new();
    let page = get(&world.spa, "/config.json").await;
    let settings: Value = serde_json::from_str(&page.body).unwrap();
    let mut names: Vec<&String> = settings.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["api", "client_id", "issuer", "redirect_uri", "scope"]);
    assert_eq!(settings["redirect_uri"], "http://localhost:4002/callback");
}

#[test]
fn the_library_is_the_published_file() {
    let version = include_str!("../../spa/vendor/VERSION");
    let expected = version.lines().find_map(|line| line.strip_prefix("sha256 ")).unwrap();
    let hash = countersign_jose::hash::sha256(include_bytes!("../../spa/vendor/oauth4webapi.js"));
    let hex: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(expected, format!("{} oauth4webapi.js", hex.concat()));
}
