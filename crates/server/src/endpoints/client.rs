//! Client authentication, as every endpoint that wants it does it (OAuth 2.1 §2.4).

use countersign_engine::{
    Cx,
    client_auth::{Authenticated, Credentials, Facts, Proof, authenticate, rules},
    records::{ClientKeys, ClientKind, Once},
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
    let token_endpoint = realm.url("/token");
    let audiences = [realm.issuer(), token_endpoint.as_str()];
    let why = why_not(client.as_deref().map(|client| &client.kind), &credentials.proof);
    let outcome = authenticate(cx, &realm.policy, &audiences, credentials, Facts { client, assertion_seen });
    if outcome.as_ref().is_err_and(|refusal| refusal.rule.id == rules::AUTHENTICATED.id) {
        tracing::info!(client = %credentials.client_id, why, "client not authenticated");
    }
    Ok(outcome?)
}

/// What is wrong if the client is not authenticated: for the log, since the reply does not tell strangers which client
/// exists and what it registered.
const fn why_not(registered: Option<&ClientKind>, sent: &Proof) -> &'static str {
    match (registered, sent) {
        (None, _) => "no client has this client_id",
        (Some(ClientKind::Public), _) => "it is registered as public, and sent a secret or an assertion",
        (Some(ClientKind::Confidential(ClientKeys::Secrets { .. })), Proof::Secret(_)) => {
            "the secret is none of its secrets that still work"
        }
        (Some(ClientKind::Confidential(ClientKeys::Secrets { .. })), _) => {
            "it is registered with a secret, and sent none"
        }
        (Some(ClientKind::Confidential(ClientKeys::Jwks(_))), _) => {
            "it is registered for private_key_jwt, and sent no assertion"
        }
    }
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

#[cfg(test)]
mod tests {
    use countersign_engine::{
        client_auth::Proof,
        records::{ClientKeys, ClientKind},
    };
    use countersign_protocol::{ClientAuthMethod, Secret};

    use super::why_not;

    #[test]
    fn the_log_says_what_the_reply_keeps_from_strangers() {
        let method = ClientAuthMethod::ClientSecretBasic;
        let secrets = ClientKind::Confidential(ClientKeys::Secrets { method, secrets: Vec::new() });
        let jwks = ClientKind::Confidential(ClientKeys::Jwks(String::new()));
        let secret = || Proof::Secret(Secret::new("x"));
        for (registered, sent, words) in [
            (None, secret(), "no client"),
            (Some(&ClientKind::Public), secret(), "public"),
            (Some(&secrets), secret(), "none of its secrets"),
            (Some(&secrets), Proof::None, "sent none"),
            (Some(&secrets), Proof::Assertion(Secret::new("x")), "sent none"),
            (Some(&jwks), secret(), "private_key_jwt"),
        ] {
            assert!(why_not(registered, &sent).contains(words), "{registered:?} {words}");
        }
    }
}
