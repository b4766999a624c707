//! The Front-Channel Logout plan (OpenID Connect Front-Channel Logout 1.0): frames on the signed-out page.

use countersign_protocol::params;
use serde_json::json;

use crate::support::{Party, Rig, party::HOME, provider};

/// oidcc-frontchannel-logout-discovery-endpoint-verification
#[tokio::test]
async fn both_capabilities_are_published() {
    let metadata = provider().metadata().await;
    let both = (&metadata["frontchannel_logout_supported"], &metadata["frontchannel_logout_session_supported"]);
    assert_eq!(both, (&json!(true), &json!(true)));
}

/// oidcc-frontchannel-rp-initiated-logout, with the static client
#[tokio::test]
async fn the_static_client_is_framed_with_issuer_and_session_before_the_browser_goes_on() {
    framed(Rig::of(Party::front_channel())).await;
}

/// oidcc-frontchannel-rp-initiated-logout
#[tokio::test]
async fn a_dynamic_client_is_framed_with_issuer_and_session_before_the_browser_goes_on() {
    let changes = json!({
        "frontchannel_logout_uri": format!("{HOME}/frontchannel_logout"),
        "frontchannel_logout_session_required": true,
        "post_logout_redirect_uris": [format!("{HOME}/post_logout_redirect")],
    });
    framed(Rig::registered(changes).await).await;
}

async fn framed(mut rig: Rig) {
    let tokens = rig.log_in(&rig.party.request()).await;
    let landing = format!("{HOME}/post_logout_redirect");
    let fields = [("id_token_hint", tokens.id_token.as_str()), ("post_logout_redirect_uri", &landing), ("state", "s")];
    let page = rig.browser.open(&format!("/end-session?{}", params::write(fields))).await.page();
    assert!(page.text.contains("Signed out"), "{}", page.text);
    let sid = tokens.id["sid"].as_str().unwrap();
    let query = params::write([("iss", rig.provider.issuer.as_str()), ("sid", sid)]);
    let address = format!("{HOME}/frontchannel_logout?{query}");
    let html = page.reply.text();
    assert!(html.contains(&format!("src=\"{}\"", address.replace('&', "&#38;"))), "{html}");
    let policy = page.reply.header("content-security-policy");
    assert!(policy.contains("frame-src https://localhost:8443"), "{policy}");
    let next = format!("{landing}?state=s");
    assert_eq!(page.link("Continue"), next);
    assert!(html.contains("http-equiv=\"refresh\"") && html.contains(&format!("url={next}")), "{html}");

    let request = rig.party.request().with("prompt", "none");
    let callback = rig.send(&request).await.callback();
    rig.check_error(&request, &callback, "login_required");
}
