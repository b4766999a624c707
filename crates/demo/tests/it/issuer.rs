//! A fake issuer: just enough of one to sign in at, and to break at will.

use std::collections::HashMap;
use std::sync::OnceLock;

use countersign_client::{Request, Response};
use countersign_jose::{Algorithm, JwkSet, SigningKey};
use countersign_protocol::{CodeChallenge, CodeVerifier, Params, Secret, basic};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "http://localhost:4000";
pub(crate) const API: &str = "http://localhost:4003";
pub(crate) const SUBJECT: &str = "u_alice";
/// The only session at the issuer.
pub(crate) const SESSION: &str = "s_1";

/// What a user approved, and all tokens that come of it.
#[derive(Clone)]
struct Approval {
    family: u32,
    client_id: String,
    redirect_uri: String,
    nonce: String,
    challenge: Option<String>,
    scope: String,
}

#[derive(Default)]
pub(crate) struct Issuer {
    pub(crate) now: i64,
    /// What happens to the token endpoint's answer instead of what should.
    pub(crate) token_fault: Option<(u16, Value)>,
    /// Who signs in, if not [`SUBJECT`].
    pub(crate) somebody_else: Option<&'static str>,
    /// How strongly they prove it, if not by a password.
    pub(crate) acr: Option<&'static str>,
    /// Whether the ID token tells the name itself.
    pub(crate) name_in_id_token: bool,
    pub(crate) seen: Vec<String>,
    codes: HashMap<String, Approval>,
    access: HashMap<String, Approval>,
    refresh: HashMap<String, Approval>,
    made: u32,
}

fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::ES256).unwrap())
}

pub(crate) fn reply(status: u16, body: &Value) -> Response {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status.try_into().unwrap();
    response
}

fn error(status: u16, code: &str) -> Response {
    reply(status, &json!({ "error": code }))
}

impl Issuer {
    /// The user signs in and approves that much: where the browser goes next.
    pub(crate) fn approve(&mut self, url: &str, scope: &str) -> String {
        let (endpoint, query) = url.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{ISSUER}/authorize"));
        let params = Params::parse(query.as_bytes()).unwrap();
        let text = |name| params.find(name).unwrap().to_owned();
        assert_eq!(text("response_type"), "code");
        assert_eq!(params.all("resource").collect::<Vec<_>>(), [API]);
        let code = self.fresh("code");
        let approval = Approval {
            family: self.made,
            client_id: text("client_id"),
            redirect_uri: text("redirect_uri"),
            nonce: text("nonce"),
            challenge: params.find("code_challenge").map(str::to_owned),
            scope: scope.to_owned(),
        };
        self.codes.insert(code.clone(), approval);
        let pairs = [("code", code.as_str()), ("state", &text("state")), ("iss", ISSUER)];
        countersign_protocol::params::append_query(&text("redirect_uri"), pairs)
    }

    /// The user takes everything back on the account page.
    pub(crate) fn revoke_everything(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    /// Only the access tokens end, as they do after some minutes.
    pub(crate) fn end_access_tokens(&mut self) {
        self.access.clear();
    }

    pub(crate) fn live_tokens(&self) -> usize {
        self.access.len() + self.refresh.len()
    }

    /// An access token with that scope, for calling the resource server directly.
    pub(crate) fn access_token(&mut self, scope: &str) -> String {
        let token = self.fresh("at");
        let (client_id, redirect_uri, nonce) = ("demo-web".to_owned(), String::new(), String::new());
        let approval =
            Approval { family: self.made, client_id, redirect_uri, nonce, challenge: None, scope: scope.to_owned() };
        self.access.insert(token.clone(), approval);
        token
    }

    pub(crate) fn answer(&mut self, request: &Request) -> Response {
        let path = request.uri().path().to_owned();
        self.seen.push(path.clone());
        match path.as_str() {
            "/.well-known/openid-configuration" => reply(200, &metadata()),
            "/jwks" => {
                let set: JwkSet = [key().public_jwk().clone()].into_iter().collect();
                Response::new(set.to_json().into_bytes())
            }
            "/token" => self.token(request),
            "/userinfo" => self.userinfo(request),
            "/introspect" => self.introspect(request),
            "/revoke" => self.revoke(request),
            "/register" => reply(201, &json!({ "client_id": "c_new" })),
            _ => error(404, "not_found"),
        }
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-{}", self.made)
    }

    fn token(&mut self, request: &Request) -> Response {
        if let Some((status, body)) = self.token_fault.clone() {
            return reply(status, &body);
        }
        let form = Params::parse(request.body()).unwrap();
        let client = client(request, &form);
        let approval = match form.find("grant_type").unwrap() {
            "authorization_code" => self.codes.remove(form.find("code").unwrap()),
            _ => self.refresh.remove(form.find("refresh_token").unwrap()),
        };
        let Some(approval) = approval.filter(|approval| approval.client_id == client) else {
            return error(400, "invalid_grant");
        };
        let sent = form.find("code_verifier").map(|v| CodeVerifier::parse(v).unwrap().challenge());
        let redeems = form.find("code").is_some();
        if redeems && sent.as_ref().map(CodeChallenge::as_str) != approval.challenge.as_deref() {
            return error(400, "invalid_grant");
        }
        assert!(!redeems || form.find("redirect_uri") == Some(approval.redirect_uri.as_str()));
        let (access, refresh) = (self.fresh("at"), self.fresh("rt"));
        self.access.insert(access.clone(), approval.clone());
        self.refresh.insert(refresh.clone(), approval.clone());
        reply(
            200,
            &json!({
                "access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh,
                "scope": approval.scope, "id_token": self.id_token(&approval),
            }),
        )
    }

    fn id_token(&self, approval: &Approval) -> String {
        let mut claims = json!({
            "iss": ISSUER, "sub": self.subject(), "aud": approval.client_id, "exp": self.now + 300, "iat": self.now,
            "nonce": approval.nonce, "sid": SESSION, "auth_time": self.now,
            "acr": self.acr.unwrap_or("1"),
        });
        if self.name_in_id_token {
            claims["name"] = json!("Alice <Liddell>");
        }
        key().sign("JWT", &claims).unwrap()
    }

    fn subject(&self) -> &'static str {
        self.somebody_else.unwrap_or(SUBJECT)
    }

    /// What the issuer posts when a session has ended (Back-Channel Logout §2.4).
    pub(crate) fn logout_token(&mut self, client: &str, sid: &str) -> String {
        let claims = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": client, "exp": self.now + 120, "iat": self.now,
            "jti": self.fresh("jti"), "sid": sid,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        key().sign("logout+jwt", &claims).unwrap()
    }

    fn userinfo(&self, request: &Request) -> Response {
        let token = request.headers()["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
        match self.access.get(token) {
            Some(approval) if approval.scope.split(' ').any(|scope| scope == "profile") => {
                reply(200, &json!({ "sub": self.subject(), "name": "Alice Liddell" }))
            }
            Some(_) => reply(200, &json!({ "sub": self.subject() })),
            None => error(401, "invalid_token"),
        }
    }

    fn introspect(&self, request: &Request) -> Response {
        let form = Params::parse(request.body()).unwrap();
        assert_eq!(client(request, &form), "demo-api");
        let Some(approval) = self.access.get(form.find("token").unwrap()) else {
            return reply(200, &json!({ "active": false }));
        };
        let (client_id, scope) = (&approval.client_id, &approval.scope);
        let exp = self.now + 300;
        reply(
            200,
            &json!({
                "active": true, "sub": SUBJECT, "client_id": client_id, "scope": scope, "aud": [API, ISSUER],
                "exp": exp,
            }),
        )
    }

    fn revoke(&mut self, request: &Request) -> Response {
        let form = Params::parse(request.body()).unwrap();
        let client = client(request, &form);
        let token = form.find("token").unwrap();
        let found = self.refresh.get(token).or_else(|| self.access.get(token)).map(|approval| approval.family);
        if let Some(family) = found {
            let other = |_: &String, approval: &mut Approval| {
                assert!(approval.family != family || approval.client_id == client);
                approval.family != family
            };
            self.access.retain(other);
            self.refresh.retain(other);
        }
        Response::new(Vec::new())
    }
}

/// Who asks: the secret of a confidential client is its identifier, backwards.
fn client(request: &Request, form: &Params) -> String {
    let Some(header) = request.headers().get("authorization") else {
        return form.find("client_id").unwrap().to_owned();
    };
    let basic::Pair { id, secret, .. } = basic::parse(header.to_str().unwrap()).unwrap().unwrap();
    assert_eq!(secret, Secret::new(id.chars().rev().collect::<String>()));
    id
}

fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "jwks_uri": format!("{ISSUER}/jwks"),
        "userinfo_endpoint": format!("{ISSUER}/userinfo"),
        "introspection_endpoint": format!("{ISSUER}/introspect"),
        "revocation_endpoint": format!("{ISSUER}/revoke"),
        "end_session_endpoint": format!("{ISSUER}/end-session"),
        "registration_endpoint": format!("{ISSUER}/register"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "id_token_signing_alg_values_supported": ["ES256"],
    })
}
