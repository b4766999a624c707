//! The plan of third-party-initiated login (OpenID Connect Core §4): a client says where it begins a sign-in.

use serde_json::json;

use crate::support::{
    Reply, Rig,
    party::{HOME, try_register},
    provider,
};

/// oidcc-3rd_party-init-login
#[tokio::test]
async fn the_address_is_registered_echoed_and_read_back() {
    let address = format!("{HOME}/initiate_login");
    let rig = Rig::registered(json!({"initiate_login_uri": address})).await;
    let registered = &rig.party.registered;
    assert_eq!(registered["initiate_login_uri"], address);
    let text = |name: &str| registered[name].as_str().unwrap();
    assert!(text("registration_client_uri").starts_with("https://"));
    let request = rig.provider.http().get(text("registration_client_uri"));
    let read = request.bearer_auth(text("registration_access_token")).send().await.unwrap();
    let read = Reply::of(read).await.expect(200).json();
    assert_eq!((&read["client_id"], &read["initiate_login_uri"]), (&json!(rig.party.id), &json!(address)));
}

/// oidcc-3rd_party-init-login-nohttps
#[tokio::test]
async fn an_address_without_tls_is_refused() {
    for home in [HOME.replace("https://", "http://"), "http://login.example".to_owned()] {
        let changes = json!({"initiate_login_uri": format!("{home}/initiate_login")});
        try_register(provider(), changes).await.refused(400, "invalid_client_metadata");
    }
}
