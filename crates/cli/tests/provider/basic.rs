//! The Basic plan: OpenID Connect Core with `response_type=code`, first with the static clients of the example, then with
//! clients that register themselves.

use crate::support::{Party, Rig};

mod with_static_clients {
    use crate::{modules::every_module, support::Plan};

    every_module!(Plan { dynamic: false, form_post: false });
}

mod with_dynamic_clients {
    use crate::{modules::every_module, support::Plan};

    every_module!(Plan { dynamic: true, form_post: false });
}

/// oidcc-server-client-secret-post
#[tokio::test]
async fn a_secret_in_the_form_proves_a_client_that_registered_that() {
    let registered = Rig::registered(serde_json::json!({"token_endpoint_auth_method": "client_secret_post"})).await;
    for mut rig in [Rig::of(Party::with_post()), registered] {
        rig.log_in(&rig.party.request()).await;
    }
}

/// PKCE is optional here only for who has a secret.
#[tokio::test]
async fn a_client_without_secret_needs_pkce_on_this_test_bed_too() {
    let provider = crate::support::provider();
    let changes = serde_json::json!({"token_endpoint_auth_method": "none"});
    let registered = crate::support::party::try_register(provider, changes).await.expect(201).json();
    let mut rig = Rig::of(Party { id: registered["client_id"].as_str().unwrap().to_owned(), ..Party::first() });
    let request = rig.party.request();
    let callback = rig.send(&request).await.callback();
    rig.check_error(&request, &callback, "invalid_request");
}
