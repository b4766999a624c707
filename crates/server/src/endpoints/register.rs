//! `POST /register` (RFC 7591): open on test beds, by initial access token or not at all elsewhere.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_engine::{
    Cx, Plan, Stored, Writes,
    records::InitialAccess,
    registration::{
        self,
        management::{Managed, begin},
        rules,
        subjects::{SectorDocument, sector_uri},
    },
};
use countersign_protocol::{
    Handle, HandleKind, Refusal,
    registration::{ClientMetadata, RegistrationReply},
};
use serde::de::DeserializeOwned;

use super::{
    token::MAX_RACES,
    userinfo::{bearer, challenge},
};
use crate::{
    edge::SystemEntropy,
    extract::{authorization, is_json, read},
    network::network_of,
    outbound::Fetch,
    realm::{App, Realm, Registration, context},
    registrations::{admit, admit_from, room},
    reply::{Failure, json},
};

const MAX_BODY: usize = 64 * 1024;

/// The endpoint.
pub async fn register(
    State(realm): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let header = authorization(&headers);
    let network = format!("{:032x}", network_of(realm.proxies.client(peer, &headers)));
    let body = document(&headers, body).await;
    let outcome = answer(&realm, &mut cx, (header.as_deref(), network), body.as_deref()).await;
    let created = outcome.is_ok();
    let mut response = json(&mut cx, "register", outcome, challenge(header.as_deref()));
    if created {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}

/// The body of a request, if it is said to be JSON and not too long.
pub(super) async fn document(headers: &HeaderMap, body: Body) -> Option<axum::body::Bytes> {
    if is_json(headers) { read(body, MAX_BODY).await } else { None }
}

/// What such a body says.
pub(super) fn parse<T: DeserializeOwned>(cx: &mut Cx<'_>, body: Option<&[u8]>) -> Result<T, Refusal> {
    // An array would do for the parser, as the members in their order.
    let object = body.filter(|body| body.trim_ascii_start().starts_with(b"{"));
    let (parsed, why) = match object.map(serde_json::from_slice::<T>) {
        Some(Ok(parsed)) => (Some(parsed), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    cx.require_some(&rules::READABLE, parsed).map_err(|refusal| Refusal { detail: why, ..refusal })
}

async fn answer(
    realm: &Realm,
    cx: &mut Cx<'_>,
    (header, network): (Option<&str>, String),
    body: Option<&[u8]>,
) -> Result<RegistrationReply, Failure> {
    let open = realm.registration != Registration::Closed;
    cx.require_or(&rules::PERMITTED, open, || "Here there are none: clients are registered by an administrator")?;
    let metadata: ClientMetadata = parse(cx, body)?;
    // Nothing is fetched for who may not register.
    let mut permission = permitted(realm, cx, header).await?;
    let place = admit(realm, cx, &network).await?;
    let sector = sector(realm, cx, &metadata).await?;
    for _ in 0..MAX_RACES {
        let begun = begin(cx, &realm.policy, &metadata, network.clone(), sector.clone())?;
        let plan = plan(begun, permission, room(realm, &network));
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            let begun = plan.outcome.release(&done);
            place.take();
            cx.client = Some(begun.client.id.clone());
            tracing::info!(client = %begun.client.id, name = begun.client.name, "client registered");
            return Ok(reply(realm, &begun));
        }
        permission = permitted(realm, cx, header).await?;
        admit_from(realm, cx, &network).await?;
    }
    Err(Failure::Overloaded("too many registrations at once"))
}

/// What stands at `sector_identifier_uri`, if the client names one.
pub(super) async fn sector(
    realm: &Realm,
    cx: &mut Cx<'_>,
    metadata: &ClientMetadata,
) -> Result<Option<SectorDocument>, Failure> {
    let Some(uri) = sector_uri(cx, &realm.policy, metadata)? else { return Ok(None) };
    match realm.outbound.fetch(Fetch::get(&uri, "application/json").by_anybody()).await {
        Ok(answer) if answer.status == StatusCode::OK => Ok(SectorDocument::parse(&uri, &answer.body)),
        Ok(answer) => {
            tracing::info!(uri, status = answer.status.as_u16(), "no sector document");
            Ok(None)
        }
        Err(error) => {
            tracing::info!(uri, %error, "no sector document");
            Ok(None)
        }
    }
}

/// Where registration is not open: the initial access token, good for one more client.
async fn permitted(
    realm: &Realm,
    cx: &mut Cx<'_>,
    header: Option<&str>,
) -> Result<Option<Stored<InitialAccess>>, Failure> {
    if realm.registration == Registration::Open {
        return Ok(None);
    }
    let token = bearer(cx, header).ok().and_then(|token| Handle::parse(HandleKind::Registration, token).ok());
    let token = cx.require_some(&rules::PERMITTED, token)?;
    let found = realm.store.initial_access(&token.hash()).await?;
    let living = found.filter(|permission| permission.remaining > 0 && cx.now < permission.expires_at);
    Ok(Some(cx.require_some(&rules::PERMITTED, living)?))
}

fn plan(begun: Managed, permission: Option<Stored<InitialAccess>>, mut writes: Writes) -> Plan<Managed> {
    writes.insert(&begun.client);
    if let Some(mut permission) = permission {
        permission.remaining = permission.remaining.saturating_sub(1);
        writes.replace(&permission);
    }
    Plan::new(writes, begun)
}

/// What a client is told about itself (RFC 7591 §3.2.1, RFC 7592 §3). Its secret is shown once: only a hash is kept.
pub(super) fn reply(realm: &Realm, managed: &Managed) -> RegistrationReply {
    let secret = managed.secret.as_ref().map(|secret| secret.expose().to_owned());
    RegistrationReply {
        client_id: managed.client.id.to_string(),
        client_secret_expires_at: secret.as_ref().map(|_| 0),
        client_secret: secret,
        client_id_issued_at: managed.client.created_at.secs(),
        registration_access_token: Some(managed.access.expose().to_owned()),
        registration_client_uri: Some(realm.url(&format!("/register/{}", managed.client.id))),
        metadata: registration::describe(&managed.client),
    }
}
