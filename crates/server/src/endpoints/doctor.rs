//! `GET /doctor`: how this very request looks from here, so that `countersign doctor` can tell whether the proxies in
//! between say the truth and are believed.
//!
//! Only who can write to the database may ask: the request carries a random text whose hash stands there for a minute.
//! For anybody else there is nothing at this address.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use countersign_engine::{Cx, records::Once};
use countersign_protocol::{HandleHash, Secret, Ttl, base64url};
use serde::{Deserialize, Serialize};

use crate::{
    extract::authorization,
    interaction::page,
    realm::{App, Realm},
    reply::no_store,
};

const PERMISSION: Ttl = Ttl::minutes(1);

/// How a request looked when it arrived.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Who connected.
    pub peer: IpAddr,
    /// Whose request it is taken for: the peer, or whom a trusted proxy names.
    pub client: IpAddr,
    /// `Host`.
    pub host: Option<String>,
    /// `X-Forwarded-For`, all of them.
    pub forwarded_for: Vec<String>,
    /// `X-Forwarded-Proto`; never believed, since the scheme is the issuer's.
    pub forwarded_proto: Option<String>,
}

/// Permission to ask: what to send as Bearer, and what to store beforehand.
pub fn permission(cx: &mut Cx<'_>) -> (Secret, Once) {
    let text = Secret::new(base64url(cx.entropy.bytes32()));
    let row = Once { key: key(text.expose()), expires_at: cx.now.plus(PERMISSION) };
    (text, row)
}

/// The endpoint.
pub async fn doctor(
    State(realm): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !permitted(&realm, &headers).await {
        return page::not_found(&realm);
    }
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut response = Json(Seen {
        peer: peer.ip(),
        client: realm.proxies.client(peer, &headers),
        host: headers.get(header::HOST).map(text),
        forwarded_for: headers.get_all("x-forwarded-for").iter().map(text).collect(),
        forwarded_proto: headers.get("x-forwarded-proto").map(text),
    })
    .into_response();
    no_store(&mut response);
    response
}

async fn permitted(realm: &Realm, headers: &HeaderMap) -> bool {
    let sent = authorization(headers);
    let Some(text) = sent.as_deref().and_then(|value| value.strip_prefix("Bearer ")) else { return false };
    let found = realm.store.once(&key(text)).await;
    found.is_ok_and(|row| row.is_some_and(|row| realm.now() < row.expires_at))
}

fn key(text: &str) -> String {
    format!("doctor:{}", HandleHash::of(text).as_str())
}
