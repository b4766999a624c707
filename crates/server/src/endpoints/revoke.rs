//! `POST /revoke` (RFC 7009).

use axum::{extract::State, response::Response};
use countersign_engine::{
    Cx,
    tokens::{introspect::parse, presented::Presented, revoke::decide},
};

use super::{client, introspect::facts, token::MAX_RACES};
use crate::{
    edge::SystemEntropy,
    extract::Form,
    realm::{App, Realm, context},
    reply::{Failure, json},
};

/// The endpoint. The reply to success is an empty object (RFC 7009 §2.2: only the status counts).
pub async fn revoke(State(realm): State<App>, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = answer(&realm, &mut cx, &form).await.map(|()| serde_json::Map::new());
    json(&mut cx, "revoke", outcome, client::challenge(&form))
}

async fn answer(realm: &Realm, cx: &mut Cx<'_>, form: &Form) -> Result<(), Failure> {
    let (credentials, params) = client::credentials(cx, form)?;
    let token = parse(cx, params)?;
    let keys = realm.keys.load();
    let presented = Presented::identify(cx.now, realm.for_tokens(&keys), token.expose());
    for _ in 0..MAX_RACES {
        let mut client = client::prove(realm, cx, &credentials).await?;
        let facts = facts(realm, &presented).await?;
        let mut plan = decide(cx, &client, &presented, facts);
        plan.writes.extend(client.take_writes());
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(plan.outcome.release(&done)?);
        }
    }
    Err(Failure::Overloaded("the same token was revoked too often at once"))
}
