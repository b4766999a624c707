//! What can be chosen about a [`ResourceServer`](crate::ResourceServer). Nothing is fetched here: an authorization
//! server that starts later is no reason not to start.

mod build;
mod fault;

use std::sync::Arc;
use std::time::Duration;

use countersign_protocol::{Rule, Scope, Secret, Timestamp, Ttl, basic};
pub use fault::{BuildError, BuildFault};
use http::Uri;

use crate::Verifier;
use crate::cached::Limits;
use crate::clock::{self, Clock};
use crate::fetch::Fetch;
use crate::metadata::ProtectedResourceMetadata;
use crate::server::Observer;

/// "No more than a few minutes" (RFC 7519 §4.1.4).
const MAX_LEEWAY: Ttl = Ttl::minutes(5);

/// Collects the choices; [`build`](Self::build) reports everything that is wrong with them at once.
#[must_use]
pub struct Builder {
    resource: String,
    issuer: String,
    verifier: Verifier,
    faults: Vec<BuildFault>,
    metadata: ProtectedResourceMetadata,
    realm: Option<String>,
    jwks_uri: Option<String>,
    introspection_endpoint: Option<String>,
    introspection: Option<Secret>,
    introspection_cache: Option<Ttl>,
    introspection_patience: Option<Duration>,
    limits: Limits,
    clock: Clock,
    fetch: Option<Arc<dyn Fetch>>,
    observer: Option<Observer>,
    keep_authorization_header: bool,
}

impl Builder {
    pub(crate) fn new(resource: String, issuer: String) -> Self {
        Self {
            verifier: Verifier::new(issuer.clone(), resource.clone()),
            resource,
            issuer,
            faults: Vec::new(),
            metadata: ProtectedResourceMetadata::default(),
            realm: None,
            jwks_uri: None,
            introspection_endpoint: None,
            introspection: None,
            introspection_cache: None,
            introspection_patience: None,
            limits: Limits { cool_down: Ttl::secs(10), max_age: Ttl::minutes(15), max_stale: Ttl::days(1) },
            clock: clock::system(),
            fetch: None,
            observer: None,
            keep_authorization_header: false,
        }
    }

    /// A further `aud` value that means this API, such as a name that it had before. The resource URL always counts.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.verifier = self.verifier.audience(audience);
        self
    }

    /// How far the clocks may differ, at most 5 min; see [`Verifier::leeway`]. Default: `exp` none, `nbf` 30 s.
    pub fn leeway(mut self, leeway: Ttl) -> Self {
        self.check("leeway", leeway <= MAX_LEEWAY, "must be at most 5 minutes");
        self.verifier = self.verifier.leeway(leeway);
        self
    }

    /// Whoever has the `wide` scope has the `narrow` one too.
    pub fn scope_implies(mut self, wide: &str, narrow: &str) -> Self {
        match (Scope::parse(wide), Scope::parse(narrow)) {
            (Ok(wide), Ok(narrow)) => self.verifier = self.verifier.scope_implies(wide, narrow),
            _ => self.check("scope_implies", false, "must be given two scope tokens"),
        }
        self
    }

    /// The scopes that the metadata document names (RFC 9728 §2).
    pub fn scopes_supported<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(str::to_owned).collect();
        self.check("scopes_supported", scopes.iter().all(|s| Scope::parse(s).is_ok()), "must be scope tokens");
        self.metadata.scopes_supported = scopes;
        self
    }

    /// What people call this API, for the metadata document.
    pub fn resource_name(mut self, name: impl Into<String>) -> Self {
        self.metadata.resource_name = Some(name.into());
        self
    }

    /// Where developers read about this API, for the metadata document.
    pub fn resource_documentation(mut self, url: impl Into<String>) -> Self {
        self.metadata.resource_documentation = Some(url.into());
        self
    }

    /// This API's own keys, for the metadata document. Not those that tokens are checked with.
    pub fn resource_jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.metadata.jwks_uri = Some(url.into());
        self
    }

    /// `realm` of the challenges (RFC 9110 §11.5). None by default.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        let ok = realm.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\'));
        self.check("realm", ok, "must be printable ASCII without quotes and backslashes");
        self.realm = Some(realm);
        self
    }

    /// Where the issuer's keys are, instead of asking its metadata. Your word: `http` inside of a private network is
    /// accepted here.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(self.endpoint("jwks_uri", url.into()));
        self
    }

    /// Asks the authorization server about every token (RFC 7662) in place of reading it, with these credentials of the
    /// API. For opaque tokens, and where a revoked token must stop at once.
    pub fn introspect(mut self, client_id: &str, secret: &Secret) -> Self {
        self.introspection = Some(basic::write(client_id, secret));
        self
    }

    /// How long an answer about a token is used again, at most 5 min: so long may a revoked token still pass. Default
    /// 5 s; zero asks for every request. Never beyond the token's `exp`, and 1 s at most for an inactive one.
    pub fn introspection_cache(mut self, ttl: Ttl) -> Self {
        self.check("introspection_cache", ttl <= Ttl::minutes(5), "must be at most 5 minutes");
        self.introspection_cache = Some(ttl);
        self
    }

    /// How long a question about a token may take before the caller gets 503. Default: 10 s. Longer is for test beds in
    /// which somebody holds messages up to look at them; the [`Fetch`] has to wait as long.
    pub fn introspection_patience(mut self, patience: Duration) -> Self {
        self.introspection_patience = Some(patience);
        self
    }

    /// The introspection endpoint, instead of asking the issuer's metadata. Your word, as with
    /// [`jwks_uri`](Self::jwks_uri).
    pub fn introspection_endpoint(mut self, url: impl Into<String>) -> Self {
        self.introspection_endpoint = Some(self.endpoint("introspection_endpoint", url.into()));
        self
    }

    /// After how long a key that the issuer removed is not accepted any more, while the issuer can be reached: 1 min to
    /// 1 day, default 15 min. While it is down, keys are good for a day.
    pub fn key_max_age(mut self, age: Ttl) -> Self {
        self.check("key_max_age", (60..=86_400).contains(&age.as_secs()), "must be 1 minute to 1 day");
        self.limits.max_age = age;
        self
    }

    /// The shortest time between two requests for keys, whatever tokens come: 1 s to 5 min, default 10 s. Shorter only if
    /// the issuer lets its key document be kept for less.
    pub fn cool_down(mut self, pause: Ttl) -> Self {
        self.check("cool_down", (1..=300).contains(&pause.as_secs()), "must be 1 second to 5 minutes");
        self.limits.cool_down = pause;
        self
    }

    /// Leaves the Authorization header on the request for the inside. For the rare handler that exchanges the token
    /// (RFC 8693); a token must never be passed on as it is (RFC 9700 §4.9.3).
    pub fn keep_authorization_header(mut self) -> Self {
        self.keep_authorization_header = true;
        self
    }

    /// Is told of every check: the rule and whether it held.
    pub fn observer(mut self, observer: impl Fn(&'static Rule, bool) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another HTTP client than the feature `reqwest` brings.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    fn endpoint(&mut self, what: &'static str, url: String) -> String {
        let ok = url.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        self.check(what, ok, "must be an http or https URL");
        url
    }

    fn check(&mut self, what: &'static str, ok: bool, reason: &'static str) {
        if !ok {
            self.faults.push(BuildFault::Value { what, reason });
        }
    }
}
