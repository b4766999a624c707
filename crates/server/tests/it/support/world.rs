//! Who and what exists on the bench.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use arc_swap::ArcSwap;
use argon2::{Argon2, Params, PasswordHasher as _, Version};
use countersign_engine::{
    Keys, Pairwise, Policy,
    keys::Schedule,
    policy::{Lifetimes, RegistrationPolicy, Resource, ScopeInfo, TokenFormat},
    records::{
        About, Client, ClientKeys, ClientKind, ClientSecret, KeySource, KeyState, LogoutChannels, Origin, Pkce,
        RequestObjects, SubjectType, User, UserinfoFormat,
    },
};
use countersign_jose::{Algorithm, JwkSet, SigningKey};
use countersign_protocol::{
    ApplicationType, ClientAuthMethod, ClientId, GrantType, HandleHash, RedirectUri, Scope, ScopeSet, Subject, Ttl,
};
use countersign_server::{
    attempts::{Attempts, Limits},
    client_keys::ClientKeySets,
    edge::Clock,
    logos::Logos,
    metrics::Metrics,
    network::Proxies,
    outbound::{self, Outbound},
    passwords::Passwords,
    realm::{Realm, Registration},
    registrations::Tally,
    trace::Traces,
};
use countersign_store::Store;
use tokio::sync::Notify;

use super::{
    bench::{Bench, T0},
    rp::assertion_key,
};

/// The issuer, unless a test says otherwise.
pub(crate) const ISSUER: &str = "https://as.example";
/// The default resource; its tokens are JWTs.
pub(crate) const API: &str = "https://api.example/";
/// A resource with opaque tokens.
pub(crate) const VAULT: &str = "https://vault.example/";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

const SCOPES: [&str; 6] = ["openid", "profile", "email", "offline_access", "read:profile", "read:files"];

static KEYS: LazyLock<Arc<Keys>> = LazyLock::new(|| make_keys(&[Algorithm::ES256, Algorithm::EdDSA]));
static RSA_KEYS: LazyLock<Arc<Keys>> = LazyLock::new(|| make_keys(&countersign_engine::keys::ALGORITHMS));
/// A cheap hash: these tests sign in hundreds of times.
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| {
    let cheap = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    cheap.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string()
});

fn make_keys(algorithms: &[Algorithm]) -> Arc<Keys> {
    let key = |algorithm: &Algorithm| (KeyState::Current, SigningKey::generate(*algorithm).unwrap());
    Arc::new(Keys::new(algorithms.iter().map(key).collect(), Pairwise::new([9; 32])))
}

/// Keys with an RSA one among them, which takes long to make: for the tests that need it.
pub(crate) fn rsa_keys() -> ArcSwap<Keys> {
    ArcSwap::from(Arc::clone(&RSA_KEYS))
}

/// The secret of a confidential client here.
pub(crate) fn secret_of(client: &str) -> String {
    format!("secret of {client}: with % and + and more than 32 characters")
}

pub(crate) fn realm(store: Store, clock: Arc<dyn Clock>) -> Realm {
    let outbound = Arc::new(Outbound::new(outbound::Settings::default()));
    Realm {
        policy: policy(),
        store,
        keys: ArcSwap::from(Arc::clone(&KEYS)),
        schedule: Schedule::default(),
        passwords: Passwords::new(),
        attempts: Attempts::new(Limits::default()),
        sign_ups: Attempts::new(Limits::default()),
        registration: Registration::Open,
        registrations: Tally::default(),
        proxies: Proxies::default(),
        logout_bell: Notify::new(),
        client_keys: ClientKeySets::new(Arc::clone(&outbound)),
        logos: Logos::new(Arc::clone(&outbound)),
        outbound,
        metrics: Metrics::new(),
        traces: Traces::default(),
        trace_id_at_clients: true,
        name: "Bench".to_owned(),
        places: Vec::new(),
        clock,
        form_key: [42; 32],
    }
}

fn policy() -> Policy {
    let resource = |uri: &str, format| Resource {
        uri: uri.to_owned(),
        format,
        introspectors: vec![ClientId::parse("api").unwrap()],
    };
    Policy {
        issuer: ISSUER.to_owned(),
        ttl: Lifetimes::default(),
        scopes: SCOPES.map(scope_info).to_vec(),
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
        title: format!("Title of {scope}"),
        description: format!("What {scope} means"),
        required: scope == "openid",
        claims: countersign_engine::claims::of_scope(scope),
    }
}

pub(crate) async fn populate(bench: &Bench) {
    use ApplicationType::{Native, Web};
    let code = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let (basic, post) = (ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::ClientSecretPost);
    let jwks: JwkSet = [assertion_key().public_jwk().clone()].into_iter().collect();
    let keyed = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Inline(jwks.to_json())));
    let public = || ClientKind::Public;
    let own = [GrantType::ClientCredentials];
    let loopback = ["http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback"];
    let clients = [
        client("shop", secret("shop", basic), Web, &code, &["https://shop.example/callback"]),
        client("rival", secret("rival", basic), Web, &code, &["https://rival.example/callback"]),
        client("poster", secret("poster", post), Web, &code, &["https://poster.example/callback?keep=this"]),
        client("keyed", keyed, Web, &[code[0], code[1], own[0]], &["https://keyed.example/callback"]),
        client("spa", public(), Web, &code, &["https://spa.example/callback"]),
        client("cli", public(), Native, &code, &loopback),
        client("phone", public(), Native, &code, &["com.example.phone:/callback"]),
        client("older", secret("older", basic), Web, &code, &["https://older.example/callback"]),
        client("service", secret("service", basic), Web, &own, &[]),
        client("api", secret("api", basic), Web, &[], &[]),
    ];
    for mut client in clients {
        if client.id.as_str() == "older" {
            client.pkce = Pkce::Optional;
        }
        bench.insert(&client).await;
    }
    for name in ["alice", "bob"] {
        bench.insert(&user(name)).await;
    }
}

fn secret(id: &str, method: ClientAuthMethod) -> ClientKind {
    let hash = HandleHash::of(&secret_of(id));
    let secret = ClientSecret { hash, name: "first".to_owned(), created_at: T0, expires_at: None };
    ClientKind::Confidential(ClientKeys::Secrets { method, secrets: vec![secret] })
}

fn client(
    id: &str,
    kind: ClientKind,
    application_type: ApplicationType,
    grants: &[GrantType],
    uris: &[&str],
) -> Client {
    Client {
        id: ClientId::parse(id).unwrap(),
        name: format!("The {id} app"),
        kind,
        application_type,
        redirect_uris: uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect(),
        post_logout_redirect_uris: Vec::new(),
        logout: LogoutChannels::default(),
        grant_types: grants.iter().copied().collect::<BTreeSet<_>>(),
        scope: ScopeSet::parse(&SCOPES.join(" ")).unwrap(),
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
        client_uri: Some(format!("https://{id}.example/")),
        policy_uri: None,
        tos_uri: None,
        about: About::default(),
        origin: Origin::Administrator,
        dynamic: None,
        enabled: true,
        created_at: T0,
    }
}

fn user(name: &str) -> User {
    let claims = serde_json::json!({
        "name": format!("{name} of the bench"), "email": format!("{name}@example.com"), "email_verified": true,
    });
    User {
        subject: Subject::parse(&format!("u_{name}")).unwrap(),
        username: name.to_owned(),
        password: Some(PASSWORD_HASH.clone()),
        claims: claims.as_object().unwrap().clone(),
        enabled: true,
        created_at: T0,
        updated_at: None,
    }
}
