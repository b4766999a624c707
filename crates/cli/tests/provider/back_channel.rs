//! The Back-Channel Logout plan (OpenID Connect Back-Channel Logout 1.0): the logout token, and that it comes.

use countersign_protocol::params;
use serde_json::{Value, json};

use crate::support::{Rig, listener::Listener, party::HOME, provider, tokens::verified};

/// oidcc-backchannel-logout-discovery-endpoint-verification
#[tokio::test]
async fn both_capabilities_are_published() {
    let metadata = provider().metadata().await;
    assert_eq!(
        (&metadata["backchannel_logout_supported"], &metadata["backchannel_logout_session_supported"]),
        (&json!(true), &json!(true))
    );
    assert!(metadata["end_session_endpoint"].is_string());
}

/// oidcc-backchannel-rp-initiated-logout
#[tokio::test]
async fn a_logout_token_comes_for_the_session_that_ended() {
    let mut listener = Listener::start().await;
    let landing = format!("{HOME}/post_logout_redirect");
    let changes = json!({
        "backchannel_logout_uri": listener.url("/backchannel_logout"),
        "backchannel_logout_session_required": true,
        "post_logout_redirect_uris": [landing],
    });
    let mut rig = Rig::registered(changes).await;
    let tokens = rig.log_in(&rig.party.request()).await;
    let fields = [("id_token_hint", tokens.id_token.as_str()), ("post_logout_redirect_uri", &landing), ("state", "s")];
    let callback = rig.browser.open(&format!("/end-session?{}", params::write(fields))).await.callback();
    assert_eq!((callback.uri, callback.params), (landing, vec![("state".to_owned(), "s".to_owned())]));

    let (path, body) = listener.told().await;
    assert_eq!(path, "/backchannel_logout");
    let token = body.strip_prefix("logout_token=").unwrap();
    assert!(!token.contains('&'), "and no other: {body}");
    let claims = verified(rig.provider, token).await;
    assert_eq!(claims["iss"], rig.provider.issuer);
    assert!(claims["aud"] == rig.party.id.as_str() || claims["aud"] == json!([rig.party.id]), "{claims}");
    assert_eq!((&claims["sub"], &claims["sid"]), (&tokens.id["sub"], &tokens.id["sid"]));
    assert!(claims["sid"].is_string() && claims["jti"].is_string(), "{claims}");
    assert!(claims["iat"].is_i64() && claims["exp"].is_i64(), "{claims}");
    assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert_eq!(claims["nonce"], Value::Null);

    let request = rig.party.request().with("prompt", "none");
    let callback = rig.send(&request).await.callback();
    rig.check_error(&request, &callback, "login_required");
}
