//! `POST /register` (RFC 7591): open on test beds, by initial access token or not at all elsewhere.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_engine::{
    Cx, Plan, Stored, Writes,
    records::{InitialAccess, Origin},
    registration::{
        self, Registered, Registrar, rules,
        subjects::{SectorDocument, sector_uri},
    },
};
use countersign_protocol::{
    Handle, HandleKind, Refusal,
    registration::{ClientMetadata, RegistrationReply},
};

use super::{
    token::MAX_RACES,
    userinfo::{bearer, challenge},
};
use crate::{
    edge::SystemEntropy,
    extract::{authorization, is_json, read},
    outbound::Fetch,
    realm::{App, Realm, Registration, context},
    reply::{Failure, json},
};

const MAX_BODY: usize = 64 * 1024;

/// The endpoint.
pub async fn register(State(realm): State<App>, headers: HeaderMap, body: Body) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let header = authorization(&headers);
    let body = if is_json(&headers) { read(body, MAX_BODY).await } else { None };
    let outcome = answer(&realm, &mut cx, header.as_deref(), body.as_deref()).await;
    let created = outcome.is_ok();
    let mut response = json(&mut cx, "register", outcome, challenge(header.as_deref()));
    if created {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}

async fn answer(
    realm: &Realm,
    cx: &mut Cx<'_>,
    header: Option<&str>,
    body: Option<&[u8]>,
) -> Result<RegistrationReply, Failure> {
    cx.require(&rules::PERMITTED, realm.registration != Registration::Closed)?;
    // An array would do for the parser, as the members in their order.
    let object = body.filter(|body| body.trim_ascii_start().starts_with(b"{"));
    let parsed = object.map(serde_json::from_slice::<ClientMetadata>);
    let (parsed, why) = match parsed {
        Some(Ok(metadata)) => (Some(metadata), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    let metadata = cx.require_some(&rules::READABLE, parsed).map_err(|refusal| Refusal { detail: why, ..refusal })?;
    let sector = sector(realm, cx, header, &metadata).await?;
    for _ in 0..MAX_RACES {
        let permission = permission(realm, cx, header).await?;
        let registrar = Registrar { origin: Origin::Dynamic, id: None, sector: sector.clone() };
        let plan = plan(registration::register(cx, &realm.policy, registrar, &metadata)?, permission);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            let registered = plan.outcome.release(&done);
            cx.client = Some(registered.client.id.clone());
            tracing::info!(client = %registered.client.id, name = registered.client.name, "client registered");
            return Ok(reply(&registered));
        }
    }
    Err(Failure::Overloaded("too many registrations at once"))
}

/// What stands at `sector_identifier_uri`, if the client names one. Fetched for whoever may register, and for nobody else.
async fn sector(
    realm: &Realm,
    cx: &mut Cx<'_>,
    header: Option<&str>,
    metadata: &ClientMetadata,
) -> Result<Option<SectorDocument>, Failure> {
    let Some(uri) = sector_uri(cx, &realm.policy, metadata)? else { return Ok(None) };
    permission(realm, cx, header).await?;
    match realm.outbound.fetch(Fetch::get(&uri, "application/json")).await {
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
async fn permission(
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

fn plan(registered: Registered, permission: Option<Stored<InitialAccess>>) -> Plan<Registered> {
    let mut writes = Writes::none();
    writes.insert(&registered.client);
    if let Some(mut permission) = permission {
        permission.remaining = permission.remaining.saturating_sub(1);
        writes.replace(&permission);
    }
    Plan::new(writes, registered)
}

fn reply(registered: &Registered) -> RegistrationReply {
    let secret = registered.secret.as_ref().map(|secret| secret.expose().to_owned());
    RegistrationReply {
        client_id: registered.client.id.to_string(),
        client_secret_expires_at: secret.as_ref().map(|_| 0),
        client_secret: secret,
        client_id_issued_at: registered.client.created_at.secs(),
        metadata: registration::describe(&registered.client),
    }
}
