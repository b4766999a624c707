//! `POST /token` (OAuth 2.1 §3.2).

use axum::{extract::State, response::Response};
use countersign_engine::{
    Cx,
    token::{Facts, GrantRequest, TokenReply, decide},
};

use super::client;
use crate::{
    edge::SystemEntropy,
    extract::Form,
    realm::{App, Realm, context},
    registrations::note_use,
    reply::{Failure, json},
};

/// How often a decision is made anew because a record changed under it.
pub const MAX_RACES: usize = 16;

/// The endpoint.
pub async fn token(State(realm): State<App>, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = exchange(&realm, &mut cx, &form).await;
    json(&mut cx, "token", outcome, client::challenge(&form))
}

async fn exchange(realm: &Realm, cx: &mut Cx<'_>, form: &Form) -> Result<TokenReply, Failure> {
    let (credentials, params) = client::credentials(cx, form)?; // §3.2.1
    let request = GrantRequest::parse(cx, params)?; // §3.2.2
    let keys = realm.keys.load();
    for _ in 0..MAX_RACES {
        let mut client = client::prove(realm, cx, &credentials).await?;
        let mut plan = decide(cx, realm.for_tokens(&keys), &client, &request, facts(realm, &request).await?)?;
        plan.writes.extend(client.take_writes());
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            let reply = plan.outcome.release(&done)?; // §3.2.3 reply or §3.2.4 error
            note_use(realm, cx, client.record()).await;
            return Ok(reply);
        }
    }
    Err(Failure::Overloaded("the same token was asked for too often at once"))
}

async fn facts(realm: &Realm, request: &GrantRequest) -> Result<Facts, Failure> {
    Ok(match request {
        GrantRequest::AuthorizationCode(request) => {
            Facts::AuthorizationCode(realm.store.code_facts(request.code_hash().as_ref()).await?)
        }
        GrantRequest::RefreshToken(request) => {
            Facts::RefreshToken(realm.store.refresh_facts(request.token_hash().as_ref()).await?)
        }
        GrantRequest::ClientCredentials(_) => Facts::ClientCredentials,
    })
}
