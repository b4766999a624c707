//! `GET|POST /authorize` (OAuth 2.1 §3.1). No CORS here, ever: it is for browsers that navigate.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_engine::{
    Cx,
    authorize::{
        AuthorizationRequest, Failure as Invalid, Fetched, MAX_OBJECT, Response as AuthorizationResponse, rules,
        validate,
    },
    records::Client,
};
use countersign_protocol::{Refusal, params};

use crate::{
    edge::SystemEntropy,
    extract::{NOT_A_FORM, TOO_LONG, is_form, read},
    interaction::{answer, flow, page, stop::Stop},
    outbound::Fetch,
    realm::{App, Realm, context},
    reply::Failure,
};

/// How long the fetch of a request object may take: somebody waits for the page.
const PATIENCE: Duration = Duration::from_secs(5);

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
    let client = match request.client_id() {
        Some(id) => realm.store.client(&id).await?,
        None => None,
    };
    if let Some(client) = client.as_deref().filter(|client| client.enabled && request.has_object()) {
        let fetched = fetch(realm, cx, &request, client).await;
        request = request.unpack(cx, &realm.policy, client, &fetched);
    }
    request.read_hint(realm.for_tokens(&realm.keys.load()));
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

/// What has to be fetched before a request object can be read: the object itself, and keys of its client.
async fn fetch(realm: &Realm, cx: &Cx<'_>, request: &AuthorizationRequest, client: &Client) -> Fetched {
    let object = match request.address(client) {
        Some(uri) => fetch_object(realm, uri, client).await,
        None => None,
    };
    let fetched = Fetched { object, keys: None };
    let kid = request.object_kid(&fetched);
    Fetched { keys: realm.fetched_keys(cx.now, client, kid.as_deref()).await, ..fetched }
}

/// What is at a registered address. Never kept: the client may put another request there each time. The log does not
/// name the address, which may be hard to guess on purpose (RFC 9101 §5.2.1).
async fn fetch_object(realm: &Realm, uri: &str, client: &Client) -> Option<String> {
    let fetch = Fetch::get(uri, "application/oauth-authz-req+jwt, application/jwt").at_most(MAX_OBJECT).by_anybody();
    let failed = |why: String| tracing::warn!(client = %client.id, why, "request object not fetched");
    match realm.outbound.fetch(fetch.within(PATIENCE)).await {
        Ok(answer) if answer.status == StatusCode::OK => String::from_utf8(answer.body.to_vec()).ok(),
        Ok(answer) => {
            failed(format!("status {}", answer.status.as_u16()));
            None
        }
        Err(error) => {
            failed(error.to_string());
            None
        }
    }
}
