//! The bench of this crate's tests: a provider in memory that does as it is told, a clock that stands still, and
//! randomness from a seed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_jose::{Algorithm, ContentEncryption, DecryptionKey, JwkSet, KeyManagement, Recipient, SigningKey};
use countersign_protocol::params::Params;
use countersign_protocol::{Entropy, Secret, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::check::Checks;
use crate::single_flight::lock;
use crate::{
    CallError, Callback, Client, ClientAuth, ClientConfig, Edge, FinishError, HttpClient, LoginOptions, Metadata,
    Provider, Request, Response, Rule, Tokens, TransportError,
};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const CLIENT: &str = "shop";
pub(crate) const CALLBACK: &str = "https://shop.example/callback";
/// 2026-11-21, whatever the calendar says.
pub(crate) const T0: i64 = 1_795_219_200;

/// Counts up and hashes: different bytes every time, the same in every run.
pub(crate) struct Seeded(pub(crate) u64);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Sha256::digest(self.0.to_be_bytes())[..chunk.len()]);
        }
    }
}

type Answer = Box<dyn FnMut(&Request) -> Result<Response, TransportError> + Send>;

/// HTTP without a network: answers by path, and notes what was asked.
#[derive(Clone, Default)]
pub(crate) struct Wire {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    seen: Arc<Mutex<Vec<Request>>>,
    /// When held, requests wait for as many permits as they are.
    gate: Arc<OnceLock<Arc<tokio::sync::Semaphore>>>,
}

#[async_trait::async_trait]
impl HttpClient for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        lock(&self.seen).push(request.clone());
        if let Some(gate) = self.gate.get() {
            gate.acquire().await.unwrap().forget();
        }
        match lock(&self.answers).get_mut(request.uri().path()) {
            Some(answer) => answer(&request),
            None => Ok(reply(404, "")),
        }
    }
}

impl Wire {
    pub(crate) fn on(
        &self,
        path: &str,
        answer: impl FnMut(&Request) -> Result<Response, TransportError> + Send + 'static,
    ) {
        lock(&self.answers).insert(path.to_owned(), Box::new(answer));
    }

    /// The requests to that path, in order.
    pub(crate) fn seen(&self, path: &str) -> Vec<Request> {
        lock(&self.seen).iter().filter(|r| r.uri().path() == path).cloned().collect()
    }

    /// Makes every request from now on wait for a permit.
    pub(crate) fn hold(&self) -> Arc<tokio::sync::Semaphore> {
        Arc::clone(self.gate.get_or_init(|| Arc::new(tokio::sync::Semaphore::new(0))))
    }
}

pub(crate) fn reply(status: u16, body: impl Into<Vec<u8>>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status.try_into().unwrap();
    response
}

pub(crate) fn form(request: &Request) -> Params {
    Params::parse(request.body()).unwrap()
}

/// The provider's key. Made once: the tests do not depend on which it is.
pub(crate) fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::ES256).unwrap())
}

/// A key that the provider does not publish.
pub(crate) fn other_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::ES256).unwrap())
}

/// The client's key, for which its tokens are encrypted.
pub(crate) fn decryption_key() -> &'static Arc<DecryptionKey> {
    static KEY: OnceLock<Arc<DecryptionKey>> = OnceLock::new();
    KEY.get_or_init(|| Arc::new(DecryptionKey::generate(KeyManagement::EcdhEsA128Kw).unwrap()))
}

/// The client with that key, its ID tokens encrypted for it.
pub(crate) fn encrypting() -> ClientConfig {
    let config = ClientConfig::public(CLIENT, CALLBACK).with_decryption_key(decryption_key().clone());
    config.with_id_token_encryption(KeyManagement::EcdhEsA128Kw)
}

/// Encrypts for the holder of that key.
pub(crate) fn encrypted(key: &DecryptionKey, content: &str) -> String {
    encrypted_for(&serde_json::to_value(key.public_jwk()).unwrap(), key.alg(), content)
}

/// The same by the public half, as it was published.
pub(crate) fn encrypted_for(jwk: &Value, alg: KeyManagement, content: &str) -> String {
    let document = json!({ "keys": [jwk] }).to_string();
    let recipient = Recipient::choose(document.as_bytes(), alg, ContentEncryption::A256Gcm).unwrap();
    recipient.encrypt(Some("JWT"), content.as_bytes(), &mut Seeded(7)).unwrap()
}

/// A signed token whose claims were exchanged.
pub(crate) fn altered(token: &str, claims: &Value) -> String {
    let [header, _, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

pub(crate) fn key_set(keys: &[&SigningKey]) -> String {
    keys.iter().map(|key| key.public_jwk().clone()).collect::<JwkSet>().to_json()
}

pub(crate) fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token",
        "jwks_uri": "https://id.example/jwks",
        "userinfo_endpoint": "https://id.example/userinfo",
        "revocation_endpoint": "https://id.example/revoke",
        "registration_endpoint": "https://id.example/register",
        "end_session_endpoint": "https://id.example/logout",
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

pub(crate) fn read_metadata(document: Value) -> Metadata {
    let issuer = document["issuer"].as_str().unwrap().to_owned();
    Metadata::new(&issuer, serde_json::from_value(document).unwrap(), Checks::unobserved()).unwrap()
}

/// How the wrong-doing provider signs.
pub(crate) enum Signed {
    By(&'static SigningKey),
    With(&'static SigningKey, &'static str),
    Not(String),
}

/// A sign-in as an honest provider would answer it, to be tampered with.
pub(crate) struct Script {
    pub(crate) callback: Vec<(&'static str, String)>,
    pub(crate) token: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signed: Signed,
}

pub(crate) struct Bench {
    pub(crate) wire: Wire,
    pub(crate) client: Client,
    pub(crate) checks: Arc<Mutex<Vec<(&'static str, bool)>>>,
    time: Arc<AtomicI64>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let secret = ClientAuth::SecretBasic(Secret::new("s3cret"));
        Self::with(metadata(), ClientConfig::confidential(CLIENT, secret, CALLBACK))
    }

    pub(crate) fn with(document: Value, config: ClientConfig) -> Self {
        let (wire, time, checks) = (Wire::default(), Arc::new(AtomicI64::new(T0)), Arc::new(Mutex::new(Vec::new())));
        wire.on("/jwks", |_| Ok(reply(200, key_set(&[key()]))));
        let (clock, seen) = (Arc::clone(&time), Arc::clone(&checks));
        let edge = Edge::new(wire.clone())
            .with_clock(move || Timestamp::from_secs(clock.load(Ordering::SeqCst)))
            .with_entropy(Seeded(0))
            .with_observer(move |rule: &'static Rule, ok| lock(&seen).push((rule.id, ok)));
        let client = Provider::new(read_metadata(document), edge).client(config).unwrap();
        Self { wire, client, checks, time }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.time.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, secs: i64) {
        self.time.fetch_add(secs, Ordering::SeqCst);
    }

    /// Signs in with `openid`, the provider's part tampered with.
    pub(crate) async fn sign_in(&self, tamper: impl FnOnce(&mut Script)) -> Result<Tokens, FinishError> {
        let options = LoginOptions { max_age: Some(600), ..LoginOptions::scope("openid read:files").unwrap() };
        self.sign_in_by(&options, tamper).await
    }

    /// The same, asking for something else.
    pub(crate) async fn sign_in_by(
        &self,
        options: &LoginOptions,
        tamper: impl FnOnce(&mut Script),
    ) -> Result<Tokens, FinishError> {
        let begun = self.client.begin(options)?;
        let mut script = self.script(&begun.url);
        tamper(&mut script);
        let callback = self.play(script);
        self.client.finish(begun.transaction, &callback?).await
    }

    /// What an honest provider does with that authorization request.
    pub(crate) fn script(&self, url: &str) -> Script {
        let query = query(url);
        let state = query.find("state").unwrap().to_owned();
        let now = self.now().secs();
        let at_hash = countersign_jose::hash::at_hash(Algorithm::ES256, "at-1");
        let claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": CLIENT, "exp": now + 300, "iat": now, "auth_time": now,
            "nonce": query.find("nonce"), "at_hash": at_hash, "email": "alice@example.com",
        });
        let token = json!({"access_token": "at-1", "token_type": "bearer", "expires_in": 300, "refresh_token": "rt-1"});
        Script {
            callback: vec![("code", "code-1".into()), ("state", state), ("iss", ISSUER.into())],
            token: object(token),
            claims: object(claims),
            signed: Signed::By(key()),
        }
    }

    /// Sets the wire up for that script and yields the callback.
    pub(crate) fn play(&self, mut script: Script) -> Result<Callback, crate::Refusal> {
        let id_token = match script.signed {
            Signed::By(key) => key.sign("JWT", &script.claims).unwrap(),
            Signed::With(key, typ) => key.sign(typ, &script.claims).unwrap(),
            Signed::Not(text) => text,
        };
        script.token.entry("id_token").or_insert(id_token.into());
        let body = Value::Object(script.token).to_string();
        self.wire.on("/token", move |_| Ok(reply(200, body.clone())));
        let pairs = script.callback.iter().map(|(name, value)| (*name, value.as_str()));
        self.client.callback(&countersign_protocol::params::write(pairs))
    }

    /// What the observer was told of that rule.
    pub(crate) fn outcomes(&self, rule: &'static Rule) -> Vec<bool> {
        lock(&self.checks).iter().filter(|(id, _)| *id == rule.id).map(|(_, ok)| *ok).collect()
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

/// The parameters of a URL.
pub(crate) fn query(url: &str) -> Params {
    Params::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap()
}

pub(crate) fn openid() -> LoginOptions {
    LoginOptions::scope("openid").unwrap()
}

/// The rule that ended a sign-in.
pub(crate) fn broken<T: std::fmt::Debug>(outcome: Result<T, FinishError>) -> &'static str {
    match outcome {
        Err(FinishError::Check(refusal) | FinishError::Redeem(CallError::Check(refusal))) => refusal.rule.id,
        other => panic!("expected a failed check, got {other:?}"),
    }
}
