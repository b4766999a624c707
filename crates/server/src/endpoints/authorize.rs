//! `GET|POST /authorize` (OAuth 2.1 §3.1). No CORS here, ever: it is for browsers that navigate.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{
    Cx,
    authorize::{AuthorizationRequest, Failure as Invalid, Response as AuthorizationResponse, rules, validate},
};
use countersign_protocol::{Refusal, params};

use crate::{
    edge::SystemEntropy,
    extract::{NOT_A_FORM, TOO_LONG, is_form, read},
    interaction::{
        answer,
        flow::{self, Stop},
        page,
    },
    realm::{App, Realm, context},
    reply::Failure,
};

/// `GET`.
pub async fn get(State(realm): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = decide(&realm, &mut cx, &headers, query.unwrap_or_default().as_bytes()).await;
    page::or_error(&realm, &mut cx, "authorize", outcome)
}

/// `POST`: the same parameters as a form. Our cookie is not sent with a form of another site, so the browser comes back
/// with a GET, which carries it.
pub async fn post(State(realm): State<App>, headers: HeaderMap, body: Body) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = match form_as_query(&headers, body).await {
        Ok(query) => Ok(page::go_on(&realm, &format!("/authorize?{query}"))),
        Err(why) => Err(Refusal::of(&rules::PARAMETERS_READABLE).because(why).into()),
    };
    page::or_error(&realm, &mut cx, "authorize", outcome)
}

async fn form_as_query(headers: &HeaderMap, body: Body) -> Result<String, &'static str> {
    if !is_form(headers) {
        return Err(NOT_A_FORM);
    }
    let body = read(body, params::MAX_BYTES).await.ok_or(TOO_LONG)?;
    let query = String::from_utf8(body.to_vec()).ok();
    // A `#` would begin a fragment, and what follows it would be lost.
    let plain = |query: &String| query.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    query.filter(plain).ok_or("The form holds characters that form encoding would have encoded")
}

async fn decide(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, query: &[u8]) -> Result<Response, Stop> {
    let mut request = AuthorizationRequest::parse(query);
    request.read_hint(realm.for_tokens(&realm.keys.load()));
    let client = match request.client_id() {
        Some(id) => realm.store.client(&id).await?,
        None => None,
    };
    match (validate(cx, &realm.policy, request, client.as_deref()), client) {
        (Ok(request), Some(client)) => Ok(flow::begin(realm, cx, headers, (request, client)).await?),
        (Ok(_), None) => Err(Failure::Overloaded("a client vanished").into()),
        (Err(Invalid::ShowPage(failure)), _) => Ok(page::refused_request(realm, cx, "authorize", *failure)),
        (Err(Invalid::Redirect(target, refusal)), _) => {
            let response = AuthorizationResponse::error(*target, realm.issuer(), &refusal);
            Ok(answer::send(realm, cx, "authorize", response))
        }
    }
}
