//! `GET`, `PUT` and `DELETE` of `/register/{client_id}` (RFC 7592): a client that registered itself looks at what it is,
//! changes it, or takes itself out.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_engine::{
    Cx, Stored,
    records::Client,
    registration::management::{self, Managed},
};
use countersign_protocol::{
    ClientId, Handle, HandleKind,
    registration::{ClientUpdate, RegistrationReply},
};

use super::{
    register::{document, parse, reply, sector},
    token::MAX_RACES,
    userinfo::{bearer, challenge},
};
use crate::{
    edge::SystemEntropy,
    extract::authorization,
    realm::{App, Realm, context},
    registrations::forget_approvals,
    reply::{Failure, json},
};

/// What the client is (§2.1).
pub async fn read(State(realm): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let header = authorization(&headers);
    let outcome = look(&realm, &mut cx, &id, header.as_deref()).await;
    json(&mut cx, "client-read", outcome, challenge(header.as_deref()))
}

/// What it wants to be from now on (§2.2).
pub async fn update(State(realm): State<App>, Path(id): Path<String>, headers: HeaderMap, body: Body) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let header = authorization(&headers);
    let body = document(&headers, body).await;
    let outcome = change(&realm, &mut cx, (&id, header.as_deref()), body.as_deref()).await;
    json(&mut cx, "client-update", outcome, challenge(header.as_deref()))
}

/// It does not want to be any more (§2.3).
pub async fn delete(State(realm): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let header = authorization(&headers);
    let outcome = remove(&realm, &mut cx, &id, header.as_deref()).await;
    let removed = outcome.is_ok();
    let mut response = json(&mut cx, "client-delete", outcome, challenge(header.as_deref()));
    if removed {
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(axum::http::header::CONTENT_TYPE);
    }
    response
}

async fn look(realm: &Realm, cx: &mut Cx<'_>, id: &str, header: Option<&str>) -> Result<RegistrationReply, Failure> {
    let (client, access) = prove(realm, cx, id, header).await?;
    Ok(reply(realm, &Managed { client: client.into_inner(), secret: None, access }))
}

async fn change(
    realm: &Realm,
    cx: &mut Cx<'_>,
    (id, header): (&str, Option<&str>),
    body: Option<&[u8]>,
) -> Result<RegistrationReply, Failure> {
    let mut proven = prove(realm, cx, id, header).await?;
    let wanted: ClientUpdate = parse(cx, body)?;
    let sector = sector(realm, cx, &wanted.metadata).await?;
    for _ in 0..MAX_RACES {
        let plan = management::update(cx, &realm.policy, proven, &wanted, sector.clone())?;
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            tracing::info!(client = id, "client updated by itself");
            return Ok(reply(realm, &plan.outcome.release(&done)));
        }
        proven = prove(realm, cx, id, header).await?;
    }
    Err(Failure::Overloaded("the client changed again and again"))
}

async fn remove(realm: &Realm, cx: &mut Cx<'_>, id: &str, header: Option<&str>) -> Result<(), Failure> {
    for _ in 0..MAX_RACES {
        let (client, _) = prove(realm, cx, id, header).await?;
        if realm.store.commit(&management::remove(cx, &client)?).await?.is_some() {
            realm.registrations.remove();
            forget_approvals(realm, &client.id).await?;
            tracing::info!(client = id, "client removed by itself");
            return Ok(());
        }
    }
    Err(Failure::Overloaded("the client changed again and again"))
}

/// The client of that path, if it proves that it is the one.
async fn prove(
    realm: &Realm,
    cx: &mut Cx<'_>,
    id: &str,
    header: Option<&str>,
) -> Result<(Stored<Client>, Handle), Failure> {
    let sent = bearer(cx, header).ok().and_then(|token| Handle::parse(HandleKind::Registration, token).ok());
    let client = match ClientId::parse(id) {
        Ok(id) => realm.store.client(&id).await?,
        Err(_) => None,
    };
    let client = management::prove(cx, client, sent.as_ref())?;
    // Proven by it.
    let access = sent.ok_or(Failure::Overloaded("a token vanished"))?;
    Ok((client, access))
}
