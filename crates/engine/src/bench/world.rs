//! Who exists on the bench: clients of every kind, two users, a browser, keys, a policy.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use countersign_jose::{Algorithm, JwkSet, SigningKey};
use countersign_protocol::{
    ApplicationType, ClientAuthMethod, ClientId, GrantType, Handle, HandleHash, HandleKind, RedirectUri, Scope,
    Subject, Ttl,
};

use super::{Bench, Seeded, T0, browser_id, scopes};
use crate::{
    Keys, Pairwise, Policy,
    policy::{Lifetimes, RegistrationPolicy, Resource, ScopeInfo, TokenFormat},
    records::{
        About, Browser, Client, ClientKeys, ClientKind, ClientSecret, KeySource, KeyState, LogoutChannels, Origin,
        Pkce, RequestObjects, SubjectType, User, UserinfoFormat,
    },
};

/// The issuer.
pub(crate) const ISSUER: &str = "https://as.example";
/// The default resource; its tokens are JWTs.
pub(crate) const API: &str = "https://api.example";
/// A resource with opaque tokens.
pub(crate) const VAULT: &str = "https://vault.example";
/// The verifier of every flow here.
pub(crate) const VERIFIER: &str = "the-verifier-of-the-bench-has-43-characters";

/// Keys for ES256 and EdDSA, made once per process.
pub(crate) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| make_keys(&[Algorithm::ES256, Algorithm::EdDSA]))
}

/// Keys for every algorithm. Making RSA keys is slow, so only tests that need one ask for it.
pub(crate) fn rsa_keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| make_keys(&crate::keys::ALGORITHMS))
}

fn make_keys(algorithms: &[Algorithm]) -> Keys {
    let key = |algorithm: &Algorithm| (KeyState::Current, SigningKey::generate(*algorithm).unwrap());
    Keys::new(algorithms.iter().map(key).collect(), Pairwise::new([9; 32]))
}

/// The key of the client `keyed`.
pub(crate) fn client_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(Algorithm::ES256).unwrap())
}

/// The secret of a confidential client here.
pub(crate) fn secret_of(client: &str) -> String {
    format!("secret-of-{client}-with-32-characters-or-more")
}

pub(super) fn policy() -> Policy {
    let all =
        ["openid", "profile", "email", "address", "phone", "offline_access", "read:profile", "read:files", "admin"];
    let resource = |uri: &str, format| Resource {
        uri: uri.to_owned(),
        format,
        introspectors: vec![ClientId::parse("api").unwrap()],
    };
    Policy {
        issuer: ISSUER.to_owned(),
        ttl: Lifetimes::default(),
        scopes: all.iter().map(|scope| scope_info(scope)).collect(),
        resources: vec![resource(API, TokenFormat::Jwt(Algorithm::ES256)), resource(VAULT, TokenFormat::Opaque)],
        default_resource: Some(API.to_owned()),
        loopback_test_bed: false,
        strict_request_objects: false,
        offline_ends_at_sign_out: false,
        sign_up: false,
        registration: RegistrationPolicy::default(),
        leeway: Ttl::secs(30),
    }
}

fn scope_info(scope: &str) -> ScopeInfo {
    ScopeInfo {
        scope: Scope::parse(scope).unwrap(),
        title: scope.to_owned(),
        description: scope.to_owned(),
        required: scope == "openid",
        claims: crate::claims::of_scope(scope),
    }
}

pub(super) fn populate(bench: &mut Bench) {
    let code = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let secret = |id: &str| {
        let hash = HandleHash::of(&secret_of(id));
        let secret = ClientSecret { hash, name: "first".to_owned(), created_at: T0, expires_at: None };
        let method = ClientAuthMethod::ClientSecretBasic;
        ClientKind::Confidential(ClientKeys::Secrets { method, secrets: vec![secret] })
    };
    let jwks: JwkSet = [client_key().public_jwk().clone()].into_iter().collect();
    let keyed = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Inline(jwks.to_json())));
    let own = [GrantType::ClientCredentials];
    let clients = [
        client("web", secret("web"), &code, &["https://web.example/callback"]),
        client("other", secret("other"), &code, &["https://other.example/callback"]),
        client("spa", ClientKind::Public, &code, &["https://spa.example/callback"]),
        client("phone", ClientKind::Public, &code, &["http://127.0.0.1/callback", "com.example.phone:/callback"]),
        client("keyed", keyed, &own, &[]),
        client("older", secret("older"), &code, &["https://older.example/callback", "http://127.0.0.1/callback"]),
        client("brief", secret("brief"), &code[..1], &["https://brief.example/callback"]),
        client("service", secret("service"), &own, &[]),
        client("api", secret("api"), &own, &[]),
    ];
    for mut client in clients {
        match client.id.as_str() {
            "phone" => client.application_type = ApplicationType::Native,
            "older" => client.pkce = Pkce::Optional,
            _ => (),
        }
        bench.insert(&client);
    }
    for name in ["alice", "bob"] {
        bench.insert(&user(name));
    }
    let cookie = Handle::random(HandleKind::Browser, &mut Seeded(7)).hash();
    let (user_agent, expires_at) = ("Bench/1".to_owned(), T0.plus(Ttl::days(400)));
    bench.insert(&Browser { id: browser_id(), cookie, user_agent, seen_at: T0, expires_at });
}

fn client(id: &str, kind: ClientKind, grants: &[GrantType], uris: &[&str]) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        name: format!("The app {id}"),
        kind,
        application_type: ApplicationType::Web,
        redirect_uris: uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect(),
        post_logout_redirect_uris: Vec::new(),
        logout: LogoutChannels::default(),
        grant_types: grants.iter().copied().collect::<BTreeSet<_>>(),
        scope: scopes("openid profile email address phone offline_access read:profile read:files"),
        first_party: false,
        pkce: Pkce::Required,
        keys: None,
        assertion_alg: None,
        id_token_alg: Algorithm::ES256,
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
        created_at: T0,
    }
}

/// Somebody with claims of every scope, and one that no scope opens.
pub(super) fn user(name: &str) -> User {
    let claims = serde_json::json!({
        "name": name.to_uppercase(), "email": format!("{name}@example.com"), "email_verified": true,
        "phone_number": "+1", "address": {"locality": "Wien", "country": "AT"}, "nickname": "", "staff_number": 17, "sub": "u_somebody_else",
    });
    User {
        subject: Subject::parse(&format!("u_{name}")).unwrap(),
        username: name.to_owned(),
        password: Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA".to_owned()),
        claims: claims.as_object().unwrap().clone(),
        enabled: true,
        created_at: T0,
        updated_at: None,
    }
}
