//! Consent: allow all, allow some, or deny; and cancelling before that.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{
    Cx,
    authorize::{Ticked, rules},
};
use countersign_protocol::{Params, SessionId};

use super::{
    browser,
    flow::{Flow, Said, finish},
    page,
    stop::Stop,
};
use crate::{
    edge::SystemEntropy,
    extract::Form,
    realm::{App, Realm, context},
};

/// The purpose of the form token.
pub const PURPOSE: &str = "consent";
/// A ticked scope arrives as a parameter of this name and the scope.
pub const TICKED: &str = "scope:";
/// So does a ticked claim that was asked for by itself.
pub const TICKED_CLAIM: &str = "claim:";

/// `POST /interaction/{handle}/consent`, with `decision`; anything but `allow` is a no, also from the pages before this one.
pub async fn post(State(realm): State<App>, headers: HeaderMap, Path(handle): Path<String>, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit(&realm, &mut cx, &headers, (&handle, &form)).await;
    page::or_error(&realm, &mut cx, "consent", outcome)
}

async fn submit(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
    (handle, form): (&str, &Form),
) -> Result<Response, Stop> {
    let flow = Flow::load(realm, cx, headers, handle).await?;
    let params = form.params(cx)?;
    if !browser::form_is_ours(realm, headers, &flow.browser, PURPOSE, params.find("csrf")) {
        return Ok(page::go_on(realm, &flow.path()));
    }
    let said = Said {
        session: params.find("session").and_then(|session| SessionId::parse(session).ok()),
        decision: cx.require(&rules::USER_APPROVED, params.find("decision") == Some("allow")).map(|()| ticked(params)),
    };
    finish(realm, cx, flow, &said).await
}

fn ticked(params: &Params) -> Ticked {
    let scopes = params.names().filter_map(|name| name.strip_prefix(TICKED));
    let claims = params.names().filter_map(|name| name.strip_prefix(TICKED_CLAIM));
    Ticked {
        scope: scopes.filter_map(|scope| countersign_protocol::Scope::parse(scope).ok()).collect(),
        claims: claims.map(str::to_owned).collect(),
    }
}
