//! Client authentication, as every endpoint that wants it does it (OAuth 2.1 §2.4).

use countersign_engine::{
    Cx,
    client_auth::{Authenticated, Credentials, Facts, Proof, authenticate},
    records::{Client, Once},
};
use countersign_protocol::Params;

use crate::{
    extract::Form,
    realm::Realm,
    reply::{Challenge, Failure},
};

/// Loads the claimed client and proves it. A store that lost a race is asked again by the caller, with fresh facts.
pub async fn prove(realm: &Realm, cx: &mut Cx<'_>, credentials: &Credentials) -> Result<Authenticated, Failure> {
    let client = realm.store.client(&credentials.client_id).await?;
    let assertion_seen = match credentials.unverified_jti() {
        Some(jti) => realm.store.once(&Once::assertion_key(&credentials.client_id, &jti)).await?.is_some(),
        None => false,
    };
    let fetched_keys = match &client {
        Some(client) if needs_keys(client, credentials) => {
            realm.fetched_keys(cx.now, client, credentials.unverified_kid().as_deref()).await
        }
        _ => None,
    };
    let token_endpoint = realm.url("/token");
    let audiences = [realm.issuer(), token_endpoint.as_str()];
    Ok(authenticate(cx, &realm.policy, &audiences, credentials, Facts { client, fetched_keys, assertion_seen })?)
}

/// Whether its keys decide, or are needed for the answer.
const fn needs_keys(client: &Client, credentials: &Credentials) -> bool {
    matches!(credentials.proof, Proof::Assertion(_)) || client.id_token_encryption.is_some()
}

/// Reads the credentials of a form request, and hands out its parameters.
pub fn credentials<'f>(cx: &mut Cx<'_>, form: &'f Form) -> Result<(Credentials, &'f Params), Failure> {
    let params = form.params(cx)?;
    Ok((Credentials::parse(cx, form.authorization.as_deref(), params)?, params))
}

/// A 401 names the scheme that the client used (RFC 6749 §5.2).
pub const fn challenge(form: &Form) -> Challenge {
    if form.had_authorization { Challenge::Basic } else { Challenge::None }
}
