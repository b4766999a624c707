//! Small clients: they make authorization requests, redeem codes, refresh.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use countersign_jose::{Algorithm, SigningKey, Unverified};
use countersign_protocol::{CodeVerifier, params};
use countersign_server::edge::SystemEntropy;
use serde_json::{Value, json};

use super::{
    ask::{Ask, Reply},
    bench::Bench,
    browser::{Browser, Callback},
    world::{ISSUER, secret_of},
};

static ASSERTION_KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::ES256).unwrap());
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The key of the client `keyed`.
pub(crate) fn assertion_key() -> &'static SigningKey {
    &ASSERTION_KEY
}

/// A number that no other call gets, for `jti` and the like.
fn fresh(what: &str) -> String {
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The claims of one of our JWTs, taken as they are.
pub(crate) fn claims_of(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&countersign_protocol::from_base64url(payload).unwrap()).unwrap()
}

/// A client.
#[derive(Debug, Clone)]
pub(crate) struct Rp {
    pub(crate) id: String,
    pub(crate) redirect_uri: String,
    proof: Proof,
}

#[derive(Debug, Clone)]
enum Proof {
    None,
    Basic(String),
    Post(String),
    Assertion,
}

impl Rp {
    /// One of the clients of the bench, by name.
    pub(crate) fn of(id: &str) -> Self {
        let redirect_uri = match id {
            "cli" => "http://127.0.0.1:52413/callback".to_owned(),
            "phone" => "com.example.phone:/callback".to_owned(),
            "poster" => "https://poster.example/callback?keep=this".to_owned(),
            _ => format!("https://{id}.example/callback"),
        };
        let proof = match id {
            "spa" | "cli" | "phone" => Proof::None,
            "poster" => Proof::Post(secret_of(id)),
            "keyed" => Proof::Assertion,
            _ => Proof::Basic(secret_of(id)),
        };
        Self { id: id.to_owned(), redirect_uri, proof }
    }

    /// A confidential client that registered itself.
    pub(crate) fn registered(id: &str, secret: &str, redirect_uri: &str) -> Self {
        Self { id: id.to_owned(), redirect_uri: redirect_uri.to_owned(), proof: Proof::Basic(secret.to_owned()) }
    }

    /// A new authorization request.
    pub(crate) fn login(&self, scope: &str) -> Login {
        let verifier = CodeVerifier::random(&mut SystemEntropy);
        let nonce = fresh("nonce");
        let (state, challenge) = (fresh("state"), verifier.challenge());
        let params = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let params = params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Login { verifier: verifier.expose().to_owned(), params }
    }

    /// An assertion of the client `keyed`, with claims changed or (null) removed.
    pub(crate) fn assertion(bench: &Bench, changes: &Value) -> String {
        let now = bench.now().secs();
        let mut claims = json!({
            "iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": fresh("jti"), "iat": now, "exp": now + 60,
        });
        let object = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            object.insert(name.clone(), value.clone());
        }
        object.retain(|_, value| !value.is_null());
        let typ = "client-authentication+jwt";
        assertion_key().sign(typ, &claims).unwrap()
    }

    /// A request to an endpoint that authenticates clients.
    pub(crate) fn ask(&self, bench: &Bench, path: &str, fields: &[(&str, &str)]) -> Ask {
        let assertion;
        let mut fields = fields.to_vec();
        let ask = Ask::post(path);
        let ask = match &self.proof {
            Proof::Basic(secret) => ask.basic(&self.id, secret),
            Proof::None => {
                fields.push(("client_id", &self.id));
                ask
            }
            Proof::Post(secret) => {
                fields.extend([("client_id", self.id.as_str()), ("client_secret", secret)]);
                ask
            }
            Proof::Assertion => {
                assertion = Self::assertion(bench, &json!({}));
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                fields.extend([("client_assertion", assertion.as_str()), ("client_assertion_type", kind)]);
                ask
            }
        };
        ask.form(&fields)
    }

    pub(crate) async fn call(&self, bench: &Bench, path: &str, fields: &[(&str, &str)]) -> Reply {
        bench.send(self.ask(bench, path, fields)).await
    }

    /// Redeems a code with the verifier of its login.
    pub(crate) async fn redeem(&self, bench: &Bench, code: &str, login: &Login) -> Reply {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", &login.verifier)];
        self.call(bench, "/token", &fields).await
    }

    pub(crate) async fn refresh(&self, bench: &Bench, token: &str) -> Reply {
        self.call(bench, "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn introspect(&self, bench: &Bench, token: &str) -> Value {
        self.call(bench, "/introspect", &[("token", token)]).await.expect(200).json()
    }

    /// A whole login in a browser of its own.
    pub(crate) async fn tokens(&self, bench: &Bench, scope: &str, username: &str) -> Tokens {
        self.tokens_in(&mut Browser::new(bench), bench, &self.login(scope), username).await
    }

    pub(crate) async fn tokens_in(
        &self,
        browser: &mut Browser,
        bench: &Bench,
        login: &Login,
        username: &str,
    ) -> Tokens {
        let callback = browser.log_in(login, username).await;
        self.tokens_for(bench, &callback, login).await
    }

    pub(crate) async fn tokens_for(&self, bench: &Bench, callback: &Callback, login: &Login) -> Tokens {
        Tokens::of(&self.redeem(bench, callback.code(), login).await)
    }
}

/// An authorization request, and what its client keeps to itself.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) verifier: String,
    pub(crate) params: Vec<(String, String)>,
}

impl Login {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.params.retain(|(n, _)| n != name);
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.params.retain(|(n, _)| n != name);
        self
    }

    pub(crate) fn query(&self) -> String {
        params::write(self.params.iter().map(|(n, v)| (n.as_str(), v.as_str())))
    }

    pub(crate) fn url(&self) -> String {
        format!("/authorize?{}", self.query())
    }
}

/// Tokens as a client gets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
    pub(crate) scope: String,
}

impl Tokens {
    #[track_caller]
    pub(crate) fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
        assert_eq!(reply.header("cache-control"), "no-store");
        let body = reply.json();
        assert_eq!(body["token_type"], "Bearer");
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            id: text("id_token"),
            scope: text("scope"),
        }
    }

    /// Checks the signature of the ID token by the keys of the realm, and hands out its claims.
    #[track_caller]
    pub(crate) fn verified_id_claims(&self, bench: &Bench) -> Value {
        let keys = bench.realm.keys.load();
        let verified = Unverified::parse(&self.id).unwrap().verify(keys.public()).unwrap();
        assert_eq!(verified.header().typ.as_deref(), Some("JWT"));
        verified.claims().unwrap()
    }
}
