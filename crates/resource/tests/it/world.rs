//! What the tests share: one API, one authorization server, one clock.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_jose::{Algorithm, JwkSet, SigningKey};
use countersign_resource::{
    AccessClaims, Builder, Checks, Fetch, FetchError, ResourceServer, Secret, Timestamp, Verified, require_scope,
    require_scopes,
};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

pub(crate) const API: &str = "https://api.example.com/v1";
pub(crate) const ISSUER: &str = "https://as.example.com";
pub(crate) const T0: i64 = 1_800_000_000;

/// Made once: tests need different keys, not fresh ones.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::ES256).unwrap());
pub(crate) static NEXT_KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::ES256).unwrap());
pub(crate) static OTHER_KIND: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::EdDSA).unwrap());

/// The authorization server, as far as its HTTP answers go.
pub(crate) struct Server {
    /// How often each URL was asked.
    pub(crate) asked: Mutex<HashMap<String, usize>>,
    /// What it answers: status and body.
    pub(crate) pages: Mutex<HashMap<String, (u16, String)>>,
    /// Its answers about tokens.
    pub(crate) tokens: Mutex<HashMap<String, Value>>,
    pub(crate) down: AtomicBool,
    /// An answer takes a permit.
    pub(crate) gate: Semaphore,
}

impl Server {
    fn new() -> Arc<Self> {
        let pages = Mutex::default();
        let (asked, tokens) = (Mutex::default(), Mutex::default());
        let server = Self { asked, pages, tokens, down: AtomicBool::new(false), gate: Semaphore::new(100_000) };
        let metadata = json!({
            "issuer": ISSUER,
            "jwks_uri": "https://as.example.com/jwks",
            "introspection_endpoint": "https://as.example.com/introspect",
        });
        server.page("https://as.example.com/.well-known/oauth-authorization-server", 200, &metadata.to_string());
        server.publish(&[&KEY]);
        Arc::new(server)
    }

    pub(crate) fn page(&self, url: &str, status: u16, body: &str) {
        self.pages.lock().unwrap().insert(url.to_owned(), (status, body.to_owned()));
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        let keys: JwkSet = keys.iter().map(|key| key.public_jwk().clone()).collect();
        self.page("https://as.example.com/jwks", 200, &keys.to_json());
    }

    pub(crate) fn answer(&self, token: &str, answer: Value) {
        self.tokens.lock().unwrap().insert(token.to_owned(), answer);
    }

    pub(crate) fn down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// How often a URL with that end was asked.
    pub(crate) fn asked(&self, end: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(url, _)| url.ends_with(end)).map(|(_, times)| times).sum()
    }

    fn introspect(&self, request: &Request<Vec<u8>>) -> (u16, String) {
        if request.headers().get(AUTHORIZATION).is_none_or(|v| v != "Basic ZmlsZXMtYXBpOnMzY3JldA==") {
            return (401, json!({"error": "invalid_client"}).to_string());
        }
        let form = String::from_utf8(request.body().clone()).unwrap();
        let token = form.strip_prefix("token=").unwrap().strip_suffix("&token_type_hint=access_token").unwrap();
        let answer = self.tokens.lock().unwrap().get(token).cloned();
        (200, answer.unwrap_or_else(|| json!({"active": false})).to_string())
    }
}

struct Wire(Arc<Server>);

#[async_trait]
impl Fetch for Wire {
    async fn fetch(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let url = request.uri().to_string();
        *self.0.asked.lock().unwrap().entry(url.clone()).or_default() += 1;
        self.0.gate.acquire().await.unwrap().forget();
        if self.0.down.load(Ordering::SeqCst) {
            return Err(FetchError::Transport("connection refused".to_owned()));
        }
        let (status, body) = if url.ends_with("/introspect") {
            self.0.introspect(&request)
        } else {
            self.0.pages.lock().unwrap().get(&url).cloned().unwrap_or((404, String::new()))
        };
        Ok(Response::builder().status(status).body(body.into_bytes()).unwrap())
    }
}

/// One API with its authorization server.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) server: Arc<Server>,
    pub(crate) api: ResourceServer,
    millis: Arc<AtomicI64>,
    pub(crate) app: Router,
}

/// An answer, taken apart.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) checks: Option<Checks>,
}

impl Answer {
    pub(crate) fn challenge(&self) -> &str {
        self.headers.get("www-authenticate").map_or("", |value| value.to_str().unwrap())
    }

    /// The rule that failed.
    pub(crate) fn broken(&self) -> &'static str {
        let failed: Vec<_> = self.checks.iter().flat_map(Checks::iter).filter(|check| !check.ok).collect();
        assert!(failed.len() <= 1, "{failed:?}");
        failed.first().map_or("", |check| check.rule.id)
    }
}

impl World {
    /// Tokens are JWTs.
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// Tokens are introspected.
    pub(crate) fn introspecting() -> Self {
        Self::with(|builder| builder.introspect("files-api", &Secret::new("s3cret")))
    }

    pub(crate) fn with(choose: impl FnOnce(Builder) -> Builder) -> Self {
        let (server, millis) = (Server::new(), Arc::new(AtomicI64::new(T0 * 1000)));
        let time = Arc::clone(&millis);
        let builder = ResourceServer::builder(API, ISSUER)
            .fetch(Wire(Arc::clone(&server)))
            .clock(move || Timestamp::from_millis(time.load(Ordering::SeqCst)));
        let api = choose(builder).build().unwrap();
        let app = Router::new()
            .route("/whoami", get(whoami))
            .route("/headers", get(header_names))
            .route("/files", get(whoami).layer(require_scope("read:files")))
            .route("/both", get(whoami).layer(require_scopes(["read:files", "write:files"])))
            .layer(api.layer())
            .merge(api.metadata_router());
        Self { server, api, millis, app }
    }

    pub(crate) fn at_millis(&self, millis: i64) {
        self.millis.store(T0 * 1000 + millis, Ordering::SeqCst);
    }

    /// Sets the clock to that many seconds after the start.
    pub(crate) fn at(&self, secs: i64) {
        self.at_millis(secs * 1000);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let checks = parts.extensions.get().cloned();
        Answer { status: parts.status, headers: parts.headers, body, checks }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.with_header(path, &format!("Bearer {token}")).await
    }

    pub(crate) async fn with_header(&self, path: &str, authorization: &str) -> Answer {
        self.send(Request::get(path).header(AUTHORIZATION, authorization).body(Body::empty()).unwrap()).await
    }
}

async fn whoami(claims: Verified<AccessClaims>) -> String {
    claims.into_inner().subject
}

async fn header_names(headers: HeaderMap) -> String {
    headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>().join(" ")
}

/// The claims of a good token that lives for five minutes from the start.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "u_alice", "client_id": "shop", "aud": API, "scope": "read:files",
        "iat": T0, "exp": T0 + 300, "jti": "t_1",
    })
}

/// Good claims with some replaced; `null` takes one away.
pub(crate) fn claims_but(changes: Value) -> Value {
    let (Value::Object(mut claims), Value::Object(changes)) = (claims(), changes) else { unreachable!() };
    for (name, value) in changes {
        if value.is_null() {
            claims.remove(&name);
        } else {
            claims.insert(name, value);
        }
    }
    Value::Object(claims)
}

pub(crate) fn token(claims: &Value) -> String {
    KEY.sign("at+jwt", claims).unwrap()
}

/// A token whose header somebody wrote by hand; the signature is the one given, or that of a good token.
pub(crate) fn forged(header: &Value, claims: &Value) -> String {
    let signature = token(claims).rsplit_once('.').unwrap().1.to_owned();
    format!("{}.{}.{signature}", part(header), part(claims))
}

pub(crate) fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
