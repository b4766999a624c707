//! The test bench: the whole engine over records in memory, at a fixed time, with seeded entropy.
//!
//! It does what a server does around the engine (load, decide, commit, release) and nothing else, so that whole flows
//! run in a test: authorize, approve, redeem, refresh, introspect, revoke, userinfo.

mod fields;
mod memory;
mod world;

pub(crate) use fields::{Fields, with};
pub(crate) use memory::Memory;
pub(crate) use world::{API, ISSUER, VAULT, VERIFIER, client_key, keys, rsa_keys, secret_of};

use countersign_protocol::{
    BrowserId, ClientId, Entropy, HandleHash, Refusal, ScopeSet, SessionId, Subject, Timestamp, Ttl,
};
use serde_json::{Map, Value};

use crate::{
    Cx, Keys, Plan, Policy, Stored, Writes,
    authorize::{self, Account, Approval, AuthorizationRequest, Consent, Failure, Response, Ticked, ValidatedRequest},
    client_auth::{self, Authenticated, Credentials},
    cx::Check,
    grants::{authorization_code, refresh_token},
    records::{Authorization, Browser, Client, Code, CodeState, Family, Once, Record, Refresh, Session, User},
    session,
    token::{self, GrantRequest, Outcome, Principal, Realm, TokenReply},
    tokens::{
        introspect,
        presented::{Facts, Presented},
        revoke, userinfo,
    },
};

/// When every test begins.
pub(crate) const T0: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A small deterministic generator (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Seeded(pub(crate) u64);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (word ^ (word >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// The engine with its surroundings. Alice is signed in.
pub(crate) struct Bench {
    pub(crate) now: Timestamp,
    pub(crate) policy: Policy,
    pub(crate) keys: &'static Keys,
    pub(crate) store: Memory,
    pub(crate) entropy: Seeded,
    /// What is at the `request_uri` of a request.
    pub(crate) fetched_object: Option<String>,
    /// What clients with a `jwks_uri` have there.
    pub(crate) fetched_keys: Option<std::sync::Arc<str>>,
    /// What the last decision checked.
    pub(crate) checks: Vec<Check>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let mut bench = Self {
            now: T0,
            policy: world::policy(),
            keys: keys(),
            store: Memory::default(),
            entropy: Seeded(1),
            fetched_object: None,
            fetched_keys: None,
            checks: Vec::new(),
        };
        world::populate(&mut bench);
        bench.sign_in("alice");
        bench
    }

    pub(crate) fn advance(&mut self, ttl: Ttl) {
        self.now = self.now.plus(ttl);
    }

    /// Changes one record, as an administrator would.
    pub(crate) fn update<R: Record>(&mut self, key: &str, change: impl FnOnce(&mut R)) {
        let mut record: Stored<R> = self.store.find(key).unwrap();
        change(&mut record);
        let mut writes = Writes::none();
        writes.replace(&record);
        self.store.commit(&writes).unwrap();
    }

    pub(crate) fn insert<R: Record>(&mut self, record: &R) {
        let mut writes = Writes::none();
        writes.insert(record);
        self.store.commit(&writes).unwrap();
    }

    pub(crate) fn delete<R: Record>(&mut self, key: &str) {
        let mut writes = Writes::none();
        writes.delete(&self.store.find::<R>(key).unwrap());
        self.store.commit(&writes).unwrap();
    }

    pub(crate) fn client(&self, id: &str) -> Stored<Client> {
        self.store.find(id).unwrap()
    }

    pub(crate) fn browser(&self) -> Stored<Browser> {
        self.store.all::<Browser>().remove(0)
    }

    /// The one family, where there is just one.
    pub(crate) fn family(&self) -> Stored<Family> {
        let mut all = self.store.all::<Family>();
        assert_eq!(all.len(), 1, "families");
        all.remove(0)
    }

    pub(crate) fn commit<T>(&mut self, plan: Plan<T>) -> Option<T> {
        let done = self.store.commit(&plan.writes)?;
        Some(plan.outcome.release(&done))
    }

    // Front channel.

    pub(crate) fn sign_in(&mut self, username: &str) -> SessionId {
        let user: Stored<User> = self.store.find(&format!("u_{username}")).unwrap();
        let (browser, sessions) = (self.browser(), self.store.all::<Session>());
        let leaving = self.ending(session::makes_room(&sessions, &user).cloned().into_iter().collect());
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let place = session::Place { browser: &browser, sessions: &sessions, waiting: None, leaving };
        let plan = session::sign_in(&mut cx, &self.policy, place, &user);
        self.commit(plan).unwrap().session
    }

    pub(crate) fn sign_out(&mut self, username: &str) {
        let mine = |session: &Stored<Session>| session.subject.as_str() == format!("u_{username}");
        let sessions: Vec<_> = self.store.all::<Session>().into_iter().filter(mine).collect();
        let ending = self.ending(sessions);
        let browser = self.browser();
        let plan = session::sign_out(&mut Cx::new(self.now, &mut self.entropy), &self.policy, &browser, ending);
        self.commit(plan).unwrap();
    }

    /// Sessions with what hangs off them.
    pub(crate) fn ending(&self, sessions: Vec<Stored<Session>>) -> session::Ending {
        let hangs_off = |family: &Stored<Family>| sessions.iter().any(|session| session.id == family.session);
        let families = self.store.all::<Family>().into_iter().filter(hangs_off).collect();
        session::Ending { sessions, families, clients: self.store.all::<Client>() }
    }

    /// An authorization request that any client here may make: all in order.
    pub(crate) fn ask(&self, client: &str, scope: &str) -> Fields {
        let challenge = countersign_protocol::CodeVerifier::parse(VERIFIER).unwrap().challenge();
        Fields::of(&[
            ("client_id", client),
            ("redirect_uri", self.client(client).redirect_uris[0].as_str()),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "state-1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ])
    }

    pub(crate) fn validate(&mut self, raw: &[u8]) -> Result<ValidatedRequest, Failure> {
        let mut request = AuthorizationRequest::parse(raw);
        let client = request.client_id().and_then(|id| self.store.find::<Client>(id.as_str()));
        let mut cx = Cx::new(self.now, &mut self.entropy);
        if let Some(client) = &client {
            let object = request.address(client).and(self.fetched_object.clone());
            let fetched = authorize::Fetched { object, keys: self.fetched_keys.clone() };
            request = request.unpack(&mut cx, &self.policy, client, &fetched);
        }
        request.read_hint(Realm { policy: &self.policy, keys: self.keys });
        let outcome = authorize::validate(&mut cx, &self.policy, request, client.as_deref());
        self.checks = cx.checks().to_vec();
        outcome
    }

    pub(crate) fn validated(&mut self, fields: &Fields) -> ValidatedRequest {
        self.validate(fields.encode().as_bytes()).unwrap()
    }

    /// A signed-in account, with what it approved for that client.
    pub(crate) fn account(&self, username: &str, client: &ClientId) -> Account {
        let subject = Subject::parse(&format!("u_{username}")).unwrap();
        let session = self.store.all::<Session>().into_iter().find(|session| session.subject == subject).unwrap();
        Account {
            session,
            user: self.store.find(subject.as_str()).unwrap(),
            sub: self.keys.known_as(&self.client(client.as_str()).subject_type, &subject),
            authorization: self.store.find(&Authorization::key_of(client, &subject)),
        }
    }

    pub(crate) fn approval(&mut self, request: ValidatedRequest, consent: Consent) -> Plan<Response> {
        let account = self.account("alice", &request.client);
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let approval = Approval { request, account: &account, consent, interaction: None };
        let plan = authorize::approve(&mut cx, &self.policy, approval);
        self.checks = cx.checks().to_vec();
        plan
    }

    /// Alice approves everything; the response, as the client gets it.
    pub(crate) fn authorize(&mut self, fields: &Fields) -> Fields {
        let request = self.validated(fields);
        let ticked = Ticked { scope: request.scope.clone(), claims: request.openid.wanted.singly.clone() };
        let plan = self.approval(request, Consent::Given(ticked));
        Fields::response(&self.commit(plan).unwrap())
    }

    /// A code for that client and scope.
    pub(crate) fn code(&mut self, client: &str, scope: &str) -> String {
        let fields = self.ask(client, scope);
        self.authorize(&fields).get("code").unwrap()
    }

    // Token endpoint.

    /// How that client authenticates in a form.
    pub(crate) fn credentials(&self, client: &str) -> Fields {
        let fields = Fields::of(&[("client_id", client)]);
        if self.client(client).is_public() { fields } else { fields.set("client_secret", &secret_of(client)) }
    }

    pub(crate) fn authenticate(&mut self, header: Option<&str>, form: &Fields) -> Result<Authenticated, Refusal> {
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let credentials = Credentials::parse(&mut cx, header, &form.params())?;
        let key = credentials.unverified_jti().map(|jti| Once::assertion_key(&credentials.client_id, &jti));
        let facts = client_auth::Facts {
            client: self.store.find(credentials.client_id.as_str()),
            fetched_keys: self.fetched_keys.clone(),
            assertion_seen: key.is_some_and(|key| self.store.find::<Once>(&key).is_some()),
        };
        let audiences = [ISSUER, "https://as.example/token"];
        let outcome = client_auth::authenticate(&mut cx, &self.policy, &audiences, &credentials, facts);
        self.checks = cx.checks().to_vec();
        outcome
    }

    /// Decides a token request on what is stored now, without committing.
    pub(crate) fn decide(&mut self, form: &Fields) -> Result<Plan<Outcome>, Refusal> {
        let mut client = self.authenticate(None, form)?;
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let request = GrantRequest::parse(&mut cx, &form.params())?;
        let facts = match &request {
            GrantRequest::AuthorizationCode(request) => {
                token::Facts::AuthorizationCode(code_facts(&self.store, request.code_hash()))
            }
            GrantRequest::RefreshToken(request) => {
                token::Facts::RefreshToken(refresh_facts(&self.store, request.token_hash()))
            }
            GrantRequest::ClientCredentials(_) => token::Facts::ClientCredentials,
        };
        let realm = Realm { policy: &self.policy, keys: self.keys };
        let mut plan = token::decide(&mut cx, realm, &client, &request, facts).unwrap();
        self.checks = cx.checks().to_vec();
        plan.writes.extend(client.take_writes());
        Ok(plan)
    }

    /// One token request, committed at once.
    pub(crate) fn token(&mut self, form: &Fields) -> Outcome {
        let plan = self.decide(form)?;
        self.commit(plan).unwrap()
    }

    pub(crate) fn redemption(&self, client: &str, code: &str) -> Fields {
        let form = self.credentials(client).set("grant_type", "authorization_code");
        form.set("code", code).set("code_verifier", VERIFIER)
    }

    pub(crate) fn redeem(&mut self, client: &str, code: &str) -> Outcome {
        self.token(&self.redemption(client, code))
    }

    /// A whole flow: what the client has in the end.
    pub(crate) fn tokens(&mut self, client: &str, scope: &str) -> TokenReply {
        let code = self.code(client, scope);
        self.redeem(client, &code).unwrap()
    }

    pub(crate) fn refreshing(&self, client: &str, token: &str) -> Fields {
        self.credentials(client).set("grant_type", "refresh_token").set("refresh_token", token)
    }

    pub(crate) fn refresh(&mut self, client: &str, token: &str) -> Outcome {
        self.token(&self.refreshing(client, token))
    }

    // Presented tokens.

    pub(crate) fn identify(&self, text: &str) -> Presented {
        Presented::identify(self.now, Realm { policy: &self.policy, keys: self.keys }, text)
    }

    /// Who introspects: a client by its secret.
    pub(crate) fn introspect(&mut self, client: &str, text: &str) -> Result<Value, Refusal> {
        let client = self.authenticate(None, &self.credentials(client))?;
        let presented = self.identify(text);
        let facts = presented_facts(&self.store, &presented);
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let plan =
            introspect::decide(&mut cx, Realm { policy: &self.policy, keys: self.keys }, &client, &presented, &facts);
        self.checks = cx.checks().to_vec();
        self.commit(plan).unwrap().map(|reply| serde_json::to_value(reply).unwrap())
    }

    pub(crate) fn is_active(&mut self, text: &str) -> bool {
        self.introspect("api", text).unwrap()["active"] == true
    }

    pub(crate) fn revoke(&mut self, client: &str, text: &str) -> Result<(), Refusal> {
        let client = self.authenticate(None, &self.credentials(client))?;
        let presented = self.identify(text);
        let facts = presented_facts(&self.store, &presented);
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let plan = revoke::decide(&mut cx, &client, &presented, facts);
        self.checks = cx.checks().to_vec();
        self.commit(plan).unwrap()
    }

    pub(crate) fn userinfo(&mut self, text: &str) -> Result<Map<String, Value>, Refusal> {
        let presented = self.identify(text);
        let facts = presented_facts(&self.store, &presented);
        let mut cx = Cx::new(self.now, &mut self.entropy);
        let plan = userinfo::decide(&mut cx, Realm { policy: &self.policy, keys: self.keys }, &presented, &facts);
        self.checks = cx.checks().to_vec();
        self.commit(plan).unwrap()
    }
}

/// What a store would load for a code.
pub(crate) fn code_facts(store: &Memory, hash: Option<HandleHash>) -> authorization_code::Facts {
    let Some(code) = hash.and_then(|hash| store.find::<Code>(hash.as_str())) else {
        return authorization_code::Facts::default();
    };
    let family = match &code.state {
        CodeState::Used { family, .. } => store.find(family.as_str()),
        CodeState::Unused => None,
    };
    let principal = principal(store, &code.client, &code.subject);
    let session = store.find(code.session.as_str());
    authorization_code::Facts { code: Some(code), principal, family, session }
}

/// What a store would load for a refresh token.
pub(crate) fn refresh_facts(store: &Memory, hash: Option<HandleHash>) -> refresh_token::Facts {
    let refresh = hash.and_then(|hash| store.find::<Refresh>(hash.as_str()));
    let family = refresh.as_ref().and_then(|refresh| store.find::<Family>(refresh.family.as_str()));
    let principal = family.as_ref().map(|family| principal(store, &family.client, &family.subject));
    refresh_token::Facts { refresh, family, principal: principal.unwrap_or_default() }
}

fn principal(store: &Memory, client: &ClientId, subject: &Subject) -> Principal {
    Principal { user: store.find(subject.as_str()), authorization: store.find(&Authorization::key_of(client, subject)) }
}

/// What a store would load for a presented token.
pub(crate) fn presented_facts(store: &Memory, presented: &Presented) -> Facts {
    let (access, refresh) = match presented {
        Presented::Opaque(hash) => (Some(hash.as_str()), None),
        Presented::Jwt(claims) => (Some(claims.id().as_str()), None),
        Presented::Refresh(hash) => (None, Some(hash.as_str())),
        _ => (None, None),
    };
    let access = access.and_then(|key| store.find::<crate::records::Access>(key));
    let refresh = refresh.and_then(|key| store.find::<Refresh>(key));
    let family = access.as_ref().and_then(|access| access.family.clone());
    let family = family.or_else(|| refresh.as_ref().map(|refresh| refresh.family.clone()));
    let family = family.and_then(|id| store.find::<Family>(id.as_str()));
    let (client, revoked) = match presented {
        Presented::Jwt(claims) => {
            let revoked = store.find::<Once>(&Once::revoked_key(claims.id())).is_some();
            (Some(claims.client().clone()), revoked)
        }
        _ => (access.as_ref().map(|access| access.client.clone()), false),
    };
    let client = client.and_then(|id| store.find::<Client>(id.as_str()));
    let principal = family.as_ref().map(|family| principal(store, &family.client, &family.subject));
    Facts { access, refresh, family, principal: principal.unwrap_or_default(), client, revoked }
}

/// A set of scopes.
pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

/// A browser id for records that a test makes itself.
pub(crate) fn browser_id() -> BrowserId {
    BrowserId::parse("b_bench").unwrap()
}
