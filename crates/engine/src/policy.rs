//! What an administrator decides: lifetimes, scopes, resources. Plain data; the server reads it from TOML.

use countersign_jose::{Algorithm, JwkSet};
use countersign_protocol::{ClientId, RedirectUri, Scope, ScopeSet, Ttl, redirect_uri::origin_of};

use crate::records::{Client, Origin, Pkce};

/// The policy of one realm.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one setting of the file, and none depends on another")]
pub struct Policy {
    /// The issuer identifier: an origin, perhaps with a path, never with a trailing slash that the URL lacks.
    pub issuer: String,
    /// Lifetimes.
    pub ttl: Lifetimes,
    /// The scopes that exist.
    pub scopes: Vec<ScopeInfo>,
    /// The resource servers that exist.
    pub resources: Vec<Resource>,
    /// The resource that a request without `resource` means.
    pub default_resource: Option<String>,
    /// Any loopback URL is a resource, any client may use http on loopback: for `dev`, never for `serve`.
    pub loopback_test_bed: bool,
    /// Whether request objects must say from whom, for whom and until when they are (`iss`, `aud`, `exp`).
    pub strict_request_objects: bool,
    /// Whether signing out ends what `offline_access` keeps alive, too.
    pub offline_ends_at_sign_out: bool,
    /// Whether anybody may make an account.
    pub sign_up: bool,
    /// What holds for clients that register themselves.
    pub registration: RegistrationPolicy,
    /// Clock difference with clients that is forgiven in their assertions.
    pub leeway: Ttl,
}

/// What holds for clients that register themselves (RFC 7591, RFC 7592).
#[derive(Debug, Clone)]
pub struct RegistrationPolicy {
    /// How long a client is kept that nobody has used yet.
    pub unused: Ttl,
    /// How long after its last use.
    pub idle: Ttl,
    /// Most clients that register from one network, where anybody may.
    pub per_network: u32,
    /// Most clients that register themselves.
    pub total: u32,
    /// Whether each update brings a new registration access token.
    pub rotate_access_tokens: bool,
    /// Whose software statements are believed.
    pub authorities: Vec<SoftwareAuthority>,
    /// Whether confidential clients that register themselves must send a challenge; public ones always must.
    pub pkce: Pkce,
    /// Whether clients that registered no algorithm for their request objects may leave them unsigned: for test beds.
    pub unsigned_request_objects: bool,
    /// Whether web apps may have http addresses on loopback, as native apps may: for test beds.
    pub http_on_loopback: bool,
}

impl Default for RegistrationPolicy {
    fn default() -> Self {
        Self {
            unused: Ttl::days(1),
            idle: Ttl::days(90),
            per_network: 20,
            total: 10_000,
            rotate_access_tokens: false,
            authorities: Vec::new(),
            pkce: Pkce::Required,
            unsigned_request_objects: false,
            http_on_loopback: false,
        }
    }
}

/// Somebody whose software statements are believed (RFC 7591 §2.3).
#[derive(Debug, Clone)]
pub struct SoftwareAuthority {
    /// `iss` of the statements.
    pub issuer: String,
    /// What signs them.
    pub keys: JwkSet,
}

/// How long things live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Authorization codes.
    pub code: Ttl,
    /// Access tokens.
    pub access: Ttl,
    /// ID tokens.
    pub id_token: Ttl,
    /// A family without use: each refresh begins this anew.
    pub refresh_idle: Ttl,
    /// A family, however much it is used.
    pub refresh_max: Ttl,
    /// Sessions without a new sign-in.
    pub session: Ttl,
    /// An authorization request that waits for its user.
    pub interaction: Ttl,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Ttl::secs(60),
            access: Ttl::minutes(5),
            id_token: Ttl::minutes(5),
            refresh_idle: Ttl::days(30),
            refresh_max: Ttl::days(365),
            session: Ttl::days(14),
            interaction: Ttl::minutes(30),
        }
    }
}

/// A scope, as the consent page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeInfo {
    /// The scope token.
    pub scope: Scope,
    /// What it allows, in a few plain words.
    pub title: String,
    /// What that means for the user, in a sentence.
    pub description: String,
    /// Whether the user can't untick it.
    pub required: bool,
    /// The claims that it opens (OpenID Connect Core §5.4), standard ones and others.
    pub claims: Vec<String>,
}

/// A resource server (RFC 8707).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its identifier, an absolute URI: what `resource` names and `aud` says.
    pub uri: String,
    /// The form of its access tokens.
    pub format: TokenFormat,
    /// The clients that may introspect tokens for it: the resource server's own.
    pub introspectors: Vec<ClientId>,
}

/// The form of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFormat {
    /// RFC 9068, signed with that algorithm.
    Jwt(Algorithm),
    /// A random handle; the resource server introspects it.
    Opaque,
}

impl Policy {
    /// Every scope that exists.
    pub fn all_scopes(&self) -> ScopeSet {
        self.scopes.iter().map(|info| info.scope.clone()).collect()
    }

    /// Scopes that the user can't untick.
    pub fn required_scopes(&self) -> ScopeSet {
        self.scopes.iter().filter(|info| info.required).map(|info| info.scope.clone()).collect()
    }

    /// The resource with that identifier, byte for byte (RFC 8707 §2); on a test bed any loopback URL counts as one, unless
    /// a registered resource is at that origin: its near misses (a slash at the end, say) are refused there as they would
    /// be elsewhere.
    pub fn resource(&self, uri: &str) -> Option<Resource> {
        let known = self.resources.iter().find(|resource| resource.uri == uri).cloned();
        known.or_else(|| {
            let loopback = RedirectUri::parse(uri).is_ok_and(|uri| uri.is_loopback());
            let here =
                |other: &str| origin_of(other).zip(origin_of(uri)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
            let taken = self.resources.iter().any(|resource| here(&resource.uri));
            (self.loopback_test_bed && loopback && !taken).then(|| Resource {
                uri: uri.to_owned(),
                format: TokenFormat::Jwt(Algorithm::ES256),
                introspectors: Vec::new(),
            })
        })
    }

    /// Whether requests of that client may come without a code challenge; those of a public one never.
    pub fn lets_off_pkce(&self, client: &Client) -> bool {
        let of_policy = client.origin == Origin::Dynamic && self.registration.pkce == Pkce::Optional;
        (of_policy || client.pkce == Pkce::Optional) && !client.is_public()
    }

    /// Whether that client may ask about tokens for these audiences (RFC 7662 §4); on a test bed every one may.
    pub fn may_introspect(&self, client: &ClientId, audience: &[String]) -> bool {
        self.loopback_test_bed
            || self
                .resources
                .iter()
                .any(|resource| audience.contains(&resource.uri) && resource.introspectors.contains(client))
    }
}
