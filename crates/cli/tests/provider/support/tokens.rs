//! A token reply, and everything that must hold of its ID token (OpenID Connect Core §3.1.3.3, §3.1.3.7).

use countersign_jose::{Algorithm, JwkSet, Unverified, hash::at_hash};
use countersign_server::edge::{Clock as _, SystemClock};
use serde_json::Value;

use super::{Party, Provider, Reply};

/// Clocks of one machine differ by nothing; requests take a while.
const SLACK: i64 = 120;

/// Tokens as the relying party gets them.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) id_token: String,
    /// The claims of the ID token.
    pub(crate) id: Value,
}

impl Tokens {
    /// Checks a reply, with the nonce that was sent; `None`: none was.
    pub(crate) async fn of(provider: &Provider, party: &Party, reply: &Reply, nonce: Option<&str>) -> Self {
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
        assert!(reply.header("cache-control").contains("no-store"));
        let body = reply.json();
        assert_eq!(body["token_type"].as_str().unwrap().to_ascii_lowercase(), "bearer");
        assert!(body["expires_in"].as_u64().is_some_and(|secs| secs > 0), "{body}");
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let (access, id_token) = (text("access_token").unwrap(), text("id_token").unwrap());
        let id = verified(provider, &id_token).await;
        check(provider, party, &id, &access);
        assert_eq!(id["nonce"].as_str(), nonce, "{id}");
        Self { access, refresh: text("refresh_token"), id_token, id }
    }

    /// When the user signed in.
    pub(crate) fn auth_time(&self) -> i64 {
        self.id["auth_time"].as_i64().unwrap()
    }
}

/// The claims of a JWT that the provider signed, with the default algorithm and a key that it publishes under a name.
pub(crate) async fn verified(provider: &Provider, jwt: &str) -> Value {
    let keys = JwkSet::parse(&provider.jwks().await).unwrap();
    let unverified = Unverified::parse(jwt).unwrap();
    assert_eq!(unverified.alg(), Algorithm::RS256);
    assert!(unverified.kid().is_some(), "no kid");
    unverified.verify(&keys).unwrap().claims().unwrap()
}

fn check(provider: &Provider, party: &Party, id: &Value, access: &str) {
    assert_eq!(id["iss"], provider.issuer, "{id}");
    let audience = id["aud"].as_str().or_else(|| id["aud"][0].as_str()).unwrap();
    assert_eq!(audience, party.id, "{id}");
    assert!(id["azp"].is_null() || id["azp"] == party.id.as_str(), "{id}");
    let now = SystemClock.now().secs();
    let (iat, exp) = (id["iat"].as_i64().unwrap(), id["exp"].as_i64().unwrap());
    assert!((now - SLACK..=now + 1).contains(&iat) && exp > now, "{id} at {now}");
    assert!(id["sub"].as_str().is_some_and(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii()), "{id}");
    assert_eq!(id["at_hash"], at_hash(Algorithm::RS256, access), "{id}");
    let told = ["name", "email", "phone_number", "address", "birthdate"];
    assert!(told.iter().all(|claim| id[*claim].is_null()), "what a scope opens is told at userinfo: {id}");
}
