//! The authorization response on its way to the client, and what goes with it when it is a refusal.

use axum::response::Response;
use countersign_engine::{Cx, authorize::Response as AuthorizationResponse};
use countersign_protocol::ResponseMode;

use super::page;
use crate::{realm::Realm, reply::report};

/// The authorization response: a 303, never a 307 which would repeat the credentials to the client (RFC 9700 §4.12), or
/// a form that the browser posts.
fn respond(realm: &Realm, response: &AuthorizationResponse) -> Response {
    match response.mode() {
        ResponseMode::Query => page::see_other(&response.location()),
        ResponseMode::FormPost => {
            let (target, fields) = response.form();
            page::form_post(realm, target, fields)
        }
    }
}

/// Sends a response; with a refusal goes the name under which the log knows it, unless the configuration is against it.
pub fn send(realm: &Realm, cx: &mut Cx<'_>, endpoint: &'static str, response: AuthorizationResponse) -> Response {
    let Some(refusal) = response.refused().cloned() else { return respond(realm, &response) };
    let (trace_id, observed) = report(cx, endpoint, &refusal.into());
    let response = if realm.trace_id_at_clients { response.traced(&trace_id) } else { response };
    let mut response = respond(realm, &response);
    observed.attach(&mut response);
    response
}
