//! Choosing one of the accounts in this browser, and seeing where an interaction stands.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{Cx, Writes};

use super::{
    browser,
    flow::{Flow, advance},
    page,
    stop::Stop,
};
use crate::{
    edge::SystemEntropy,
    extract::Form,
    realm::{App, Realm, context},
};

/// The purpose of the form token.
pub const PURPOSE: &str = "choose";

/// `GET /interaction/{handle}`: whatever comes next.
pub async fn get(State(realm): State<App>, headers: HeaderMap, Path(handle): Path<String>) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = match Flow::load(&realm, &mut cx, &headers, &handle).await {
        Ok(flow) => advance(&realm, &mut cx, flow).await,
        Err(stop) => Err(stop),
    };
    page::or_error(&realm, &mut cx, "interaction", outcome)
}

/// `POST /interaction/{handle}/choose`.
pub async fn post(State(realm): State<App>, headers: HeaderMap, Path(handle): Path<String>, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit(&realm, &mut cx, &headers, (&handle, &form)).await;
    page::or_error(&realm, &mut cx, "choose", outcome)
}

async fn submit(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
    (handle, form): (&str, &Form),
) -> Result<Response, Stop> {
    let flow = Flow::load(realm, cx, headers, handle).await?;
    let params = form.params(cx)?;
    let ours = browser::form_is_ours(realm, headers, &flow.browser, PURPOSE, params.find("csrf"));
    let account = flow.accounts.iter().find(|account| Some(account.session.id.as_str()) == params.find("session"));
    if let Some(account) = account.filter(|_| ours) {
        let mut interaction = flow.interaction.clone();
        interaction.chosen = Some(account.session.id.clone());
        let mut writes = Writes::none();
        writes.replace(&interaction);
        // Lost a race: another tab chose. The next page shows what holds now.
        realm.store.commit(&writes).await?;
    }
    Ok(page::go_on(realm, &flow.path()))
}
