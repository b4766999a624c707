//! What `countersign dev` puts into the store before it starts: people, and the clients of the demo apps.

use std::sync::Arc;

use axum::Router;
use countersign_demo::{
    API, Addresses, DemoClient, Edge, SPA, SecretSource, WEB, WEB_LEGACY, clients,
    resource_server::{self, ResourceServerConfig},
    spa::{self, SpaConfig},
    web_app::{self, LegacyClient, WebAppConfig},
};
use countersign_engine::{
    Cx, Writes,
    records::{Client, ClientKeys, ClientKind, Origin, Pkce, User},
    registration::{Registrar, new_secret, register},
};
use countersign_explorer::{Clock, PATIENCE, hear, origin};
use countersign_flow::Registered;
use countersign_protocol::{ClientId, Secret, Subject};
use countersign_server::{
    edge::{Clock as _, SystemEntropy},
    passwords,
    realm::{App, context},
};
use serde_json::json;

use super::banner::PEOPLE;
use crate::outcome::Trouble;

/// The secrets of the demo's confidential clients, by client id, and where they are called back. The secrets are made anew
/// at each start and live in memory only.
#[derive(Debug, Default)]
pub(crate) struct Seeded(Vec<(&'static str, Secret, Option<String>)>);

impl Seeded {
    /// The secret of a client.
    pub(crate) fn secret(&self, client: &str) -> Result<Secret, Trouble> {
        let found = self.0.iter().find(|(id, ..)| *id == client).map(|(_, secret, _)| secret.clone());
        found.ok_or_else(|| Trouble::new(format!("the demo client {client} has no secret")))
    }

    /// The demo's web app as it is registered once more in the older way, for which PKCE is optional.
    pub(crate) fn legacy(&self) -> Result<Registered, Trouble> {
        let found = self.0.iter().find(|(id, ..)| *id == WEB_LEGACY);
        let (id, secret, uri) = found.ok_or_else(|| Trouble::new("the demo has no client of the older kind"))?;
        let redirect_uri = uri.clone().unwrap_or_default();
        Ok(Registered { id: (*id).to_owned(), secret: Some(secret.clone()), redirect_uri })
    }
}

/// Puts everything in place that is not there.
pub(crate) async fn everything(realm: &App, port: u16) -> Result<Seeded, Trouble> {
    for (username, password, name) in PEOPLE {
        person(realm, username, password, name).await?;
    }
    let mut seeded = Seeded::default();
    for demo in clients(port) {
        if let Some(secret) = client(realm, &demo).await? {
            seeded.0.push((demo.client_id, secret, demo.metadata.redirect_uris.into_iter().next()));
        }
    }
    Ok(seeded)
}

async fn person(realm: &App, username: &str, password: &str, name: &str) -> Result<(), Trouble> {
    if realm.store.user_by_name(username).await.map_err(Trouble::new)?.is_some() {
        return Ok(());
    }
    let mut entropy = SystemEntropy;
    let salt = passwords::salt(&mut entropy);
    let hash = passwords::hash(&Secret::new(password), salt);
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    let claims = json!({
        "name": name, "given_name": given, "family_name": family,
        "email": format!("{username}@example.com"), "email_verified": true,
    });
    let user = User {
        subject: Subject::random(&mut entropy),
        username: username.to_owned(),
        password: hash,
        claims: claims.as_object().cloned().unwrap_or_default(),
        enabled: true,
        created_at: realm.now(),
        updated_at: None,
    };
    let mut writes = Writes::none();
    writes.insert(&user);
    realm.store.commit(&writes).await.map_err(Trouble::new)?;
    Ok(())
}

/// Registers a demo client, or renews it: ports and secret may have changed since the last start.
async fn client(realm: &App, demo: &DemoClient) -> Result<Option<Secret>, Trouble> {
    let id = ClientId::parse(demo.client_id).map_err(Trouble::new)?;
    let mut entropy = SystemEntropy;
    let mut cx = context(realm, &mut entropy);
    let registrar = Registrar { origin: Origin::Administrator, id: Some(id.clone()), sector: None };
    let mut wanted = register(&mut cx, &realm.policy, registrar, &demo.metadata).map_err(Trouble::new)?.client;
    if demo.pkce_optional {
        wanted.pkce = Pkce::Optional;
        tracing::info!(client = %id, "PKCE is optional for this client: for the comparison only");
    }
    let secret = renew_secret(&mut cx, &mut wanted, demo.secret);
    let mut writes = Writes::none();
    match realm.store.client(&id).await.map_err(Trouble::new)? {
        Some(mut stored) => {
            wanted.created_at = stored.created_at;
            *stored = wanted;
            writes.replace(&stored);
        }
        None => writes.insert(&wanted),
    }
    let done = realm.store.commit(&writes).await.map_err(Trouble::new)?;
    done.ok_or_else(|| Trouble::new("another countersign is using this data folder at this moment"))?;
    Ok(secret)
}

fn renew_secret(cx: &mut Cx<'_>, client: &mut Client, source: SecretSource) -> Option<Secret> {
    let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &mut client.kind else { return None };
    if source == SecretSource::None {
        return None;
    }
    let (secret, stored) = new_secret(cx, "this start");
    *secrets = vec![stored];
    Some(Secret::new(secret.expose()))
}

/// The three demo applications, in the order of their ports.
pub(crate) fn apps(addresses: &Addresses, seeded: &Seeded, clock: Arc<Clock>) -> Result<[Router; 3], Trouble> {
    let edge = Edge::patient(PATIENCE).map_err(Trouble::new)?;
    let edge = edge.with_clock(move || clock.now()).with_observer(hear, origin);
    let Addresses { issuer, web_app: web_url, spa: spa_url, api } = addresses.clone();
    let web = WebAppConfig {
        issuer: issuer.clone(),
        client_id: WEB.to_owned(),
        client_secret: seeded.secret(WEB)?,
        base_url: web_url,
        api_url: api.clone(),
        legacy: Some(LegacyClient { client_id: WEB_LEGACY.to_owned(), client_secret: seeded.secret(WEB_LEGACY)? }),
        explorer_url: Some(format!("{issuer}/explore")),
    };
    let page = SpaConfig { issuer: issuer.clone(), client_id: SPA.to_owned(), base_url: spa_url, api_url: api.clone() };
    let resource =
        ResourceServerConfig { issuer, base_url: api, client_id: API.to_owned(), client_secret: seeded.secret(API)? };
    let resource = resource_server::router(resource, &edge).map_err(Trouble::new)?;
    Ok([web_app::router(web, &edge), spa::router(page), resource])
}
