//! Records to store: one of every kind, and a flow that is ready to be redeemed.

use std::collections::BTreeSet;

use countersign_engine::{
    Cx, Policy, Stored, Writes,
    authorize::{AuthorizationRequest, validate},
    policy::{Lifetimes, RegistrationPolicy, Resource, ScopeInfo, TokenFormat},
    records::{
        About, Access, Authorization, Browser, Client, ClientKind, Code, CodeState, Family, InitialAccess, Interaction,
        KeyRecord, KeyState, LogoutChannels, LogoutNotice, Once, Origin, Pkce, Record, Refresh, RequestObjects,
        SealedValue, Session, SubjectType, User, UserinfoFormat,
    },
};
use countersign_jose::Algorithm;
use countersign_protocol::{
    ApplicationType, AuthorizationId, BrowserId, ClientId, CodeVerifier, Entropy, FamilyId, FlowId, GrantType, Handle,
    HandleHash, HandleKind, KeyId, NoticeId, RedirectUri, Scope, ScopeSet, SessionId, Subject, Timestamp, Ttl,
};
use countersign_store::{Store, StoreError};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const VERIFIER: &str = "the-verifier-of-these-tests-has-43-letters-";
const CALLBACK: &str = "https://app.example/callback";
const API: &str = "https://api.example";

/// A small deterministic generator (SplitMix64).
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

pub(crate) async fn insert<R: Record>(store: &Store, record: &R) -> bool {
    let mut writes = Writes::none();
    writes.insert(record);
    store.commit(&writes).await.unwrap().is_some()
}

pub(crate) async fn read_user(store: &Store, name: &str) -> Stored<User> {
    store.user(&user(name).subject).await.unwrap().unwrap()
}

pub(crate) async fn replace<R: Record>(store: &Store, record: &Stored<R>) -> bool {
    let mut writes = Writes::none();
    writes.replace(record);
    store.commit(&writes).await.unwrap().is_some()
}

/// One write of each outcome that a decision can have, tried until the store is not overloaded.
pub(crate) async fn commit_patiently(store: &Store, writes: &Writes) -> bool {
    loop {
        match store.commit(writes).await {
            Ok(done) => return done.is_some(),
            Err(StoreError::Overloaded) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) fn scopes() -> ScopeSet {
    ScopeSet::parse("read:files read:profile").unwrap()
}

pub(crate) fn policy() -> Policy {
    let info = |scope: &Scope| ScopeInfo {
        scope: scope.clone(),
        title: scope.to_string(),
        description: scope.to_string(),
        required: false,
        claims: Vec::new(),
    };
    let api = Resource { uri: API.to_owned(), format: TokenFormat::Opaque, introspectors: Vec::new() };
    Policy {
        issuer: "https://as.example".to_owned(),
        ttl: Lifetimes::default(),
        scopes: scopes().iter().map(info).collect(),
        resources: vec![api],
        default_resource: Some(API.to_owned()),
        loopback_test_bed: false,
        strict_request_objects: false,
        offline_ends_at_sign_out: false,
        sign_up: false,
        registration: RegistrationPolicy::default(),
        leeway: Ttl::secs(30),
    }
}

pub(crate) fn client(id: &str) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        name: "Läden & \"Söhne\" \u{1f510}".to_owned(),
        kind: ClientKind::Public,
        application_type: ApplicationType::Web,
        redirect_uris: vec![RedirectUri::parse(CALLBACK).unwrap()],
        post_logout_redirect_uris: Vec::new(),
        logout: LogoutChannels::default(),
        grant_types: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
        scope: scopes(),
        first_party: false,
        pkce: Pkce::Required,
        keys: None,
        assertion_alg: None,
        id_token_alg: Algorithm::RS256,
        id_token_encryption: None,
        userinfo: UserinfoFormat::default(),
        subject_type: SubjectType::Public,
        sector_identifier_uri: None,
        require_auth_time: false,
        default_acr_values: Vec::new(),
        request_objects: RequestObjects::default(),
        default_max_age: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        about: About::default(),
        origin: Origin::Administrator,
        dynamic: None,
        enabled: true,
        created_at: NOW,
    }
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject::parse(&format!("u_{name}")).unwrap()
}

pub(crate) fn user(name: &str) -> User {
    let claims =
        serde_json::json!({ "name": name.to_uppercase(), "nul": "a\u{0}b", "quote": "'; DROP TABLE users; --" });
    User {
        subject: subject(name),
        username: name.to_owned(),
        password: None,
        claims: claims.as_object().unwrap().clone(),
        enabled: true,
        created_at: NOW,
        updated_at: None,
    }
}

pub(crate) fn browser(id: &str, cookie: &str) -> Browser {
    Browser {
        id: BrowserId::parse(id).unwrap(),
        cookie: HandleHash::of(cookie),
        user_agent: "Test/1".to_owned(),
        seen_at: NOW,
        expires_at: NOW.plus(Ttl::days(400)),
    }
}

pub(crate) fn session(id: &str, browser: &str, name: &str) -> Session {
    Session {
        id: SessionId::parse(id).unwrap(),
        browser: BrowserId::parse(browser).unwrap(),
        subject: subject(name),
        auth_time: NOW,
        acr: "1".to_owned(),
        amr: vec!["pwd".to_owned()],
        clients: Vec::new(),
        created_at: NOW,
        expires_at: NOW.plus(Ttl::days(14)),
    }
}

pub(crate) fn interaction(handle: &str) -> Interaction {
    let challenge = CodeVerifier::parse(VERIFIER).unwrap().challenge();
    let query = format!(
        "client_id=app&redirect_uri={CALLBACK}&response_type=code&scope=read:files&state=x&code_challenge={}\
         &code_challenge_method=S256",
        challenge.as_str()
    );
    let mut entropy = Seeded(5);
    let mut cx = Cx::new(NOW, &mut entropy);
    let request = AuthorizationRequest::parse(query.as_bytes());
    Interaction {
        hash: HandleHash::of(handle),
        browser: BrowserId::parse("b_1").unwrap(),
        request: validate(&mut cx, &policy(), request, Some(&client("app"))).unwrap(),
        chosen: None,
        began_at: "as.example".to_owned(),
        created_at: NOW,
        expires_at: NOW.plus(Ttl::minutes(30)),
    }
}

pub(crate) fn authorization(client: &str, name: &str) -> Authorization {
    Authorization {
        id: AuthorizationId::parse("a_1").unwrap(),
        client: ClientId::parse(client).unwrap(),
        subject: subject(name),
        scope: scopes(),
        claims: BTreeSet::new(),
        unasked: false,
        asked_at: None,
        offline_since: None,
        created_at: NOW,
    }
}

pub(crate) fn code(handle: &Handle) -> Code {
    Code {
        hash: handle.hash(),
        state: CodeState::Unused,
        client: ClientId::parse("app").unwrap(),
        redirect_uri: RedirectUri::parse(CALLBACK).unwrap(),
        challenge: Some(CodeVerifier::parse(VERIFIER).unwrap().challenge()),
        authorization: AuthorizationId::parse("a_1").unwrap(),
        subject: subject("alice"),
        session: SessionId::parse("s_1").unwrap(),
        auth_time: NOW,
        amr: vec!["pwd".to_owned()],
        acr: Some("1".to_owned()),
        wanted: countersign_engine::claims::Wanted::default(),
        scope: scopes(),
        resources: Vec::new(),
        nonce: None,
        flow: FlowId::parse("f_1").unwrap(),
        issued_at: NOW,
        expires_at: NOW.plus(Ttl::minutes(1)),
        forget_at: NOW.plus(Ttl::days(1)),
    }
}

pub(crate) fn family(id: &str, name: &str, session: &str) -> Family {
    Family {
        id: FamilyId::parse(id).unwrap(),
        client: ClientId::parse("app").unwrap(),
        authorization: AuthorizationId::parse("a_1").unwrap(),
        subject: subject(name),
        subject_type: Some(SubjectType::Public),
        session: SessionId::parse(session).unwrap(),
        auth_time: NOW,
        amr: Vec::new(),
        acr: None,
        wanted: countersign_engine::claims::Wanted::default(),
        scope: scopes(),
        resources: Vec::new(),
        flow: FlowId::parse("f_1").unwrap(),
        generation: 0,
        received: false,
        answer: None,
        ended: None,
        signed_out: false,
        created_at: NOW,
        used_at: NOW,
        expires_at: NOW.plus(Ttl::days(30)),
    }
}

pub(crate) fn sealed_value() -> SealedValue {
    SealedValue { name: SealedValue::PAIRWISE.to_owned(), sealed: "c2VhbGVk".to_owned(), created_at: NOW }
}

pub(crate) fn logout_notice(id: &str, client: &str) -> LogoutNotice {
    LogoutNotice {
        id: NoticeId::parse(id).unwrap(),
        client: ClientId::parse(client).unwrap(),
        subject: subject("alice"),
        subject_type: Some(SubjectType::Pairwise { sector: "app.example".to_owned() }),
        session: SessionId::parse("s_1").unwrap(),
        due: NOW,
        attempts: 0,
        created_at: NOW,
        expires_at: NOW.plus(Ttl::days(2)),
    }
}

pub(crate) fn refresh(token: &str, family: &str) -> Refresh {
    let (hash, family) = (HandleHash::of(token), FamilyId::parse(family).unwrap());
    Refresh { hash, family, generation: 0, expires_at: NOW.plus(Ttl::days(30)) }
}

pub(crate) fn access(key: &str, family: Option<&str>) -> Access {
    Access {
        key: key.to_owned(),
        family: family.map(|id| FamilyId::parse(id).unwrap()),
        generation: 0,
        client: ClientId::parse("app").unwrap(),
        subject: family.map(|_| subject("alice")),
        scope: scopes(),
        audience: vec![API.to_owned()],
        issued_at: NOW,
        expires_at: NOW.plus(Ttl::minutes(5)),
    }
}

pub(crate) fn once(key: &str, expires_at: Timestamp) -> Once {
    Once { key: key.to_owned(), expires_at }
}

pub(crate) fn key(id: &str) -> KeyRecord {
    KeyRecord {
        id: KeyId::parse(id).unwrap(),
        algorithm: Algorithm::ES256,
        sealed: "c2VhbGVk".to_owned(),
        state: KeyState::Current,
        created_at: NOW,
        changed_at: NOW,
        signs_from: None,
    }
}

pub(crate) fn initial_access(token: &str, remaining: u32) -> InitialAccess {
    InitialAccess { hash: HandleHash::of(token), remaining, expires_at: NOW.plus(Ttl::days(1)) }
}

/// Alice approved the client `app`, and its code waits to be redeemed.
pub(crate) async fn waiting_code(store: &Store) -> Handle {
    let handle = Handle::random(HandleKind::Code, &mut Seeded(11));
    let mut writes = Writes::none();
    writes.insert(&client("app"));
    writes.insert(&user("alice"));
    writes.insert(&authorization("app", "alice"));
    writes.insert(&session("s_1", "b_1", "alice"));
    writes.insert(&code(&handle));
    assert!(store.commit(&writes).await.unwrap().is_some());
    handle
}
