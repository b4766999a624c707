//! The logo of the app that an interaction is about. Only the browser that began it may ask, so that nobody else can have
//! this server fetch anything.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{flow::Flow, page, stop::Stop};
use crate::{
    edge::SystemEntropy,
    realm::{App, context},
};

/// What a picture may do, should somebody open it as a page: nothing.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'";

/// `GET /interaction/{handle}/logo`: the picture, or 404 where there is none to show.
pub async fn get(State(realm): State<App>, headers: HeaderMap, Path(handle): Path<String>) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let flow = match Flow::load(&realm, &mut cx, &headers, &handle).await {
        Ok(flow) => flow,
        Err(Stop::Lost(_)) => return StatusCode::NOT_FOUND.into_response(),
        Err(stop) => return page::or_error(&realm, &mut cx, "logo", Err(stop)),
    };
    let logo = match flow.client.about.logo_uri.as_deref() {
        Some(uri) => realm.logos.at(cx.now, uri).await,
        None => None,
    };
    let Some(logo) = logo else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, logo.kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, max-age=600"),
    ];
    (headers, logo.bytes).into_response()
}
