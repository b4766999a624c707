//! A relying party: how it registers, what it asks for, how it proves itself. It registers and asks like the suite's.

use std::sync::{Arc, OnceLock};

use countersign_jose::{Algorithm, JwkSet, SigningKey};
use countersign_protocol::params;
use countersign_server::edge::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Provider, Reply, fresh};

/// Where the static clients of the example live.
pub(crate) const HOME: &str = "https://localhost:8443/test/a/countersign";

/// How it proves itself.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    Basic(String),
    Post(String),
    Key(Arc<SigningKey>),
}

/// A relying party.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    pub(crate) id: String,
    pub(crate) auth: Auth,
    pub(crate) redirect_uri: String,
    pub(crate) form_post: bool,
    /// What registration answered.
    pub(crate) registered: Value,
}

/// An authorization request.
#[derive(Debug, Clone)]
pub(crate) struct Request(Vec<(String, String)>);

impl Party {
    fn of_the_example(id: &str, auth: Auth) -> Self {
        let redirect_uri = format!("{HOME}/callback");
        Self { id: id.to_owned(), auth, redirect_uri, form_post: false, registered: Value::Null }
    }

    /// `client` of the plans.
    pub(crate) fn first() -> Self {
        let secret = "conformance-client-1-secret-0123456789".to_owned();
        Self::of_the_example("conformance-1", Auth::Basic(secret))
    }

    /// `client2`.
    pub(crate) fn second() -> Self {
        let secret = "conformance-client-2-secret-0123456789".to_owned();
        Self::of_the_example("conformance-2", Auth::Basic(secret))
    }

    /// `client` of the plan of Front-Channel Logout.
    pub(crate) fn front_channel() -> Self {
        let secret = "conformance-front-secret-0123456789abc".to_owned();
        Self::of_the_example("conformance-front", Auth::Basic(secret))
    }

    /// `client` of the plan of Back-Channel Logout.
    pub(crate) fn back_channel() -> Self {
        let secret = "conformance-back-secret-0123456789abcd".to_owned();
        Self::of_the_example("conformance-back", Auth::Basic(secret))
    }

    /// `client_secret_post`.
    pub(crate) fn with_post() -> Self {
        let secret = "conformance-post-secret-0123456789abcd".to_owned();
        Self::of_the_example("conformance-post", Auth::Post(secret))
    }

    /// Registers like the suite, with members changed or (null) left out.
    pub(crate) async fn register(provider: &Provider, changes: Value) -> Self {
        let reply = try_register(provider, changes).await.expect(201);
        let registered = reply.json();
        let text = |name: &str| registered[name].as_str().map(str::to_owned);
        let auth = match registered["token_endpoint_auth_method"].as_str().unwrap() {
            "private_key_jwt" => Auth::Key(client_key()),
            "client_secret_post" => Auth::Post(text("client_secret").unwrap()),
            "client_secret_basic" => Auth::Basic(text("client_secret").unwrap()),
            other => panic!("no test registers {other}"),
        };
        if !matches!(auth, Auth::Key(_)) {
            assert!(registered["client_secret_expires_at"].is_u64(), "{registered}");
        }
        let managed = ["registration_client_uri", "registration_access_token"].map(|name| text(name).is_some());
        assert_eq!(managed[0], managed[1], "both or neither: {registered}");
        let redirect_uri = registered["redirect_uris"][0].as_str().unwrap().to_owned();
        Self { id: text("client_id").unwrap(), auth, redirect_uri, form_post: false, registered }
    }

    /// The plain request of the suite: no code challenge.
    pub(crate) fn request(&self) -> Request {
        let (state, nonce) = (fresh(), fresh());
        let mode = self.form_post.then_some(("response_mode", "form_post"));
        let pairs = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid"),
            ("state", &state),
            ("nonce", &nonce),
        ];
        Request(pairs.into_iter().chain(mode).map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// A request to an endpoint that authenticates clients.
    pub(crate) async fn call(&self, provider: &Provider, path: &str, fields: &[(&str, &str)]) -> Reply {
        let audience = provider.url("/token");
        self.call_naming(provider, (path, &audience), fields).await
    }

    /// The same, with that audience in the assertion, if it makes one.
    pub(crate) async fn call_naming(
        &self,
        provider: &Provider,
        (path, audience): (&str, &str),
        fields: &[(&str, &str)],
    ) -> Reply {
        let (assertion, mut fields) = (self.assertion(audience), fields.to_vec());
        let request = provider.http().post(provider.url(path));
        let request = match &self.auth {
            Auth::Basic(secret) => request.basic_auth(params::encode(&self.id), Some(params::encode(secret))),
            Auth::Post(secret) => {
                fields.extend([("client_id", self.id.as_str()), ("client_secret", secret)]);
                request
            }
            Auth::Key(_) => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                fields.extend([("client_assertion", assertion.as_str()), ("client_assertion_type", kind)]);
                request
            }
        };
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(params::write(fields));
        Reply::of(request.send().await.unwrap()).await
    }

    fn assertion(&self, audience: &str) -> String {
        let Auth::Key(key) = &self.auth else { return String::new() };
        let now = SystemClock.now().secs();
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": audience, "jti": fresh(), "iat": now, "exp": now + 60,
        });
        key.sign("JWT", &claims).unwrap()
    }
}

/// Registers like the suite; what came back, whatever it is.
pub(crate) async fn try_register(provider: &Provider, changes: Value) -> Reply {
    let mut metadata = json!({
        "client_name": "Conformance test",
        "redirect_uris": [format!("{HOME}/callback")],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "jwks": jwks(&client_key()),
        "contacts": ["certification@example.com"],
    });
    let object = metadata.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        object.insert(name.clone(), value.clone());
    }
    object.retain(|_, value| !value.is_null());
    let request = provider.http().post(provider.url("/register")).header("content-type", "application/json");
    Reply::of(request.body(metadata.to_string()).send().await.unwrap()).await
}

/// The RS256 key of parties that register.
pub(crate) fn client_key() -> Arc<SigningKey> {
    static KEY: OnceLock<Arc<SigningKey>> = OnceLock::new();
    Arc::clone(KEY.get_or_init(|| Arc::new(SigningKey::generate(Algorithm::RS256).unwrap())))
}

/// Its public half, in a set.
pub(crate) fn jwks(key: &SigningKey) -> Value {
    let set: JwkSet = [key.public_jwk().clone()].into_iter().collect();
    serde_json::from_str(&set.to_json()).unwrap()
}

impl Request {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn form(&self) -> String {
        params::write(self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    pub(crate) fn url(&self) -> String {
        format!("/authorize?{}", self.form())
    }

    /// As the claims of a request object.
    pub(crate) fn claims(&self) -> serde_json::Map<String, Value> {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()
    }
}
