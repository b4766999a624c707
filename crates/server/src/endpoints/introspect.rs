//! `POST /introspect` (RFC 7662).

use axum::{extract::State, response::Response};
use countersign_engine::{
    Cx,
    tokens::{
        introspect::{Reply, decide, parse},
        presented::{Facts, Presented},
    },
};

use super::{client, token::MAX_RACES};
use crate::{
    edge::SystemEntropy,
    extract::Form,
    realm::{App, Realm, context},
    reply::{Failure, json},
};

/// The endpoint.
pub async fn introspect(State(realm): State<App>, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = answer(&realm, &mut cx, &form).await;
    json(&mut cx, "introspect", outcome, client::challenge(&form))
}

async fn answer(realm: &Realm, cx: &mut Cx<'_>, form: &Form) -> Result<Reply, Failure> {
    let (credentials, params) = client::credentials(cx, form)?;
    let token = parse(cx, params)?;
    let keys = realm.keys.load();
    let presented = Presented::identify(cx.now, realm.for_tokens(&keys), token.expose());
    for _ in 0..MAX_RACES {
        let mut client = client::prove(realm, cx, &credentials).await?;
        let facts = facts(realm, &presented).await?;
        let mut plan = decide(cx, realm.for_tokens(&keys), &client, &presented, &facts);
        plan.writes.extend(client.take_writes());
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(plan.outcome.release(&done)?);
        }
    }
    Err(Failure::Overloaded("the same token was asked about too often at once"))
}

/// What the store knows about a presented token.
pub async fn facts(realm: &Realm, presented: &Presented) -> Result<Facts, Failure> {
    Ok(match presented {
        Presented::Opaque(hash) => realm.store.access_facts(hash.as_str()).await?,
        Presented::Jwt(claims) if claims.is_clients_own() => {
            realm.store.own_access_facts(claims.client(), claims.id()).await?
        }
        Presented::Jwt(claims) => realm.store.access_facts(claims.id().as_str()).await?,
        Presented::Refresh(hash) => realm.store.presented_refresh_facts(hash).await?,
        Presented::IdToken | Presented::ExpiredJwt(_) | Presented::Unknown(_) => Facts::default(),
    })
}
