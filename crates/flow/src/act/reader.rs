//! A resource server that reads access tokens itself (RFC 9068) in place of asking about them, with the library of this
//! project; and the tokens that a thief makes for it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::{Json, Router, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_jose::{Algorithm, SigningKey, hash::hmac_sha256};
use countersign_protocol::steps::Actor;
use countersign_resource::{AccessClaims, Fetch, FetchError, ResourceServer, Verified, require_scope};
use serde_json::{Map, Value, json};

use crate::{
    Trouble,
    attacks::Forgery,
    checks::Check,
    loopback::Loopback,
    stage::Stage,
    wire::{self, Request, Response, Trip, Wire},
};

/// The server, running.
#[derive(Debug)]
pub(super) struct Reader {
    address: String,
    checks: Arc<Mutex<Vec<Check>>>,
    _server: Loopback,
}

impl Reader {
    /// Starts it. It goes by the name of the resource server of the stage, so that the same tokens are meant for it.
    pub(super) async fn start(stage: &Stage) -> Result<Self, Trouble> {
        let checks = Arc::new(Mutex::new(Vec::new()));
        let (noted, clock) = (Arc::clone(&checks), stage.clock.clone());
        let note = move |rule, ok| {
            let check = Check { rule, ok, by: Actor::ResourceServer };
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(check);
        };
        let api = ResourceServer::builder(stage.api.as_str(), stage.metadata.issuer())
            .fetch(ByWire(stage.wire.clone()))
            .clock(move || clock.now())
            .observer(note)
            .build()
            .map_err(Trouble::new)?;
        let files = |claims: Verified<AccessClaims>| async move { Json(json!({"files": [], "sub": claims.subject})) };
        let router = Router::new().route("/files", get(files).layer(require_scope("read:files"))).layer(api.layer());
        let (listener, address) = Loopback::bind().await?;
        Ok(Self { address, checks, _server: Loopback::serve(listener, router) })
    }

    /// `GET /files` with that token, and what was checked.
    pub(super) async fn files(&self, stage: &Stage, token: &str) -> Result<(Trip, Vec<Check>), Trouble> {
        let request = wire::bearer(wire::get(&format!("{}/files", self.address))?, token)?;
        let trip = stage.wire.send(request).await?;
        Ok((trip, std::mem::take(&mut *self.checks.lock().unwrap_or_else(PoisonError::into_inner))))
    }
}

/// Keys are fetched by the same network as everything else.
struct ByWire(Wire);

#[async_trait]
impl Fetch for ByWire {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let trip = self.0.send(request).await;
        trip.map(|trip| trip.response).map_err(|error| FetchError::Transport(error.to_string()))
    }
}

impl Forgery {
    /// Makes a token after the model of a real one, with what the server publishes about its keys.
    pub(super) fn make(self, real: &str, published: &Value) -> Result<String, Trouble> {
        let opaque = || Trouble::new("access tokens are no JWTs here, so there is nothing to forge");
        let mut parts = real.splitn(3, '.');
        let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(opaque());
        };
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let (real_header, real_claims) = (object(header).ok_or_else(opaque)?, object(claims).ok_or_else(opaque)?);
        let kid = real_header.get("kid").cloned().unwrap_or_default();
        Ok(match self {
            Self::Unsigned => format!("{}.{claims}.", encode(&json!({"alg": "none", "typ": "at+jwt"}))),
            Self::PublicKeyAsSecret => {
                let key = published["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["kid"] == kid));
                let secret = key.map(Value::to_string).unwrap_or_default();
                hs256(&encode(&json!({"alg": "HS256", "typ": "at+jwt", "kid": kid})), claims, secret.as_bytes())
            }
            Self::KeyInHeader => {
                let secret = b"a key that the thief chose";
                let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(secret)});
                hs256(&encode(&json!({"alg": "HS256", "typ": "at+jwt", "jwk": jwk})), claims, secret)
            }
            Self::OwnKey => {
                let key = SigningKey::generate(Algorithm::ES256).map_err(Trouble::new)?;
                key.sign("at+jwt", &real_claims).map_err(Trouble::new)?
            }
            Self::OtherAlgorithm => {
                let other = if real_header.get("alg").is_some_and(|alg| alg == "RS256") { "PS256" } else { "RS256" };
                format!("{}.{claims}.{signature}", encode(&json!({"alg": other, "typ": "at+jwt", "kid": kid})))
            }
            Self::OtherClaims => {
                let mut changed = real_claims;
                changed.insert("scope".to_owned(), json!("openid profile email read:profile read:files"));
                format!("{header}.{}.{signature}", encode(&Value::Object(changed)))
            }
        })
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn hs256(header: &str, claims: &str, secret: &[u8]) -> String {
    let input = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(secret, input.as_bytes()));
    format!("{input}.{signature}")
}
