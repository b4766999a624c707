//! The realm: one issuer with its store, keys and policy. Everything hangs off this value; there are no globals.

use std::sync::Arc;

use arc_swap::ArcSwap;
use countersign_engine::{
    Cx, Keys, Policy,
    keys::Schedule,
    records::{Client, KeySource},
    token,
};
use countersign_jose::hash::hmac_sha256;
use countersign_protocol::{BrowserId, Timestamp};
use countersign_store::Store;
use tokio::sync::Notify;

use crate::{
    attempts::Attempts,
    client_keys::ClientKeySets,
    edge::{Clock, SystemEntropy},
    logos::Logos,
    metrics::Metrics,
    network::Proxies,
    outbound::Outbound,
    pages::HomeLink,
    passwords::Passwords,
    registrations::Tally,
    trace::Traces,
};

/// One issuer.
pub struct Realm {
    /// Lifetimes, scopes, resources.
    pub policy: Policy,
    /// What it remembers.
    pub store: Store,
    /// The keys that sign now.
    pub keys: ArcSwap<Keys>,
    /// When keys move on.
    pub schedule: Schedule,
    /// How passwords are checked.
    pub passwords: Passwords,
    /// Failed sign-ins.
    pub attempts: Attempts,
    /// Accounts that people make for themselves, counted as if each were a failed sign-in.
    pub sign_ups: Attempts,
    /// Who may register clients.
    pub registration: Registration,
    /// How many did.
    pub registrations: Tally,
    /// Whose forwarded headers count.
    pub proxies: Proxies,
    /// Rings when a session has ended of which clients have to be told.
    pub logout_bell: Notify,
    /// The one way out, for addresses that clients name.
    pub outbound: Arc<Outbound>,
    /// Keys that clients publish at addresses of their own.
    pub client_keys: ClientKeySets,
    /// Logos of clients.
    pub logos: Logos,
    /// What is counted.
    pub metrics: Metrics,
    /// Which clients are traced.
    pub traces: Traces,
    /// Whether an error at a client by redirect carries its trace id.
    pub trace_id_at_clients: bool,
    /// What the product calls itself on pages.
    pub name: String,
    /// Further places that the front page names.
    pub places: Vec<HomeLink>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Key of form tokens; known to all nodes, never stored.
    pub form_key: [u8; 32],
}

/// Who may register clients by `POST /register`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Anybody: for test beds.
    Open,
    /// Who holds an initial access token (RFC 7591 §1.2).
    InitialAccess,
    /// Nobody.
    Closed,
}

impl Realm {
    /// The time of this request: read once, at its beginning.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.policy.issuer
    }

    /// An address under the issuer.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.policy.issuer.trim_end_matches('/'))
    }

    /// A path as browsers have to ask for it: under the issuer's own path, which a proxy takes off on the way here.
    pub fn path(&self, path: &str) -> String {
        let authority_and_path = self.policy.issuer.split_once("://").map_or("", |(_, rest)| rest);
        let base = authority_and_path.find('/').map_or("", |slash| &authority_and_path[slash..]);
        format!("{}{path}", base.trim_end_matches('/'))
    }

    /// Whether browsers reach us by https, so that cookies may be `__Host-` ones.
    pub fn is_https(&self) -> bool {
        self.policy.issuer.starts_with("https://")
    }

    /// The host and port that browsers should use.
    pub fn host(&self) -> &str {
        let authority = self.policy.issuer.split_once("://").map_or("", |(_, rest)| rest);
        authority.split('/').next().unwrap_or_default()
    }

    /// Whether that is the issuer's host or, for an issuer on loopback, another name of this computer with the same port.
    /// Nothing else that a request calls its host may become a link.
    pub fn is_own_host(&self, host: &str) -> bool {
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let port = |host: &str| names.iter().find_map(|name| host.strip_prefix(name).map(str::to_owned));
        host == self.host() || port(host).is_some_and(|theirs| port(self.host()) == Some(theirs))
    }

    /// The token that a form of this browser must carry, for one purpose. It does not change with the cookie, so that
    /// other tabs go on after a sign-in.
    pub fn form_token(&self, browser: &BrowserId, purpose: &str) -> String {
        countersign_protocol::base64url(hmac_sha256(&self.form_key, format!("{browser}\n{purpose}").as_bytes()))
    }

    /// What the client publishes at its `jwks_uri`, with the key of that id if it can be had; `None` if it has no such
    /// address, or nothing is there.
    pub async fn fetched_keys(&self, now: Timestamp, client: &Client, kid: Option<&str>) -> Option<Arc<str>> {
        match client.key_source()? {
            KeySource::Uri { uri } => self.client_keys.document(now, uri, kid).await,
            KeySource::Inline(_) => None,
        }
    }

    /// What token decisions look at; `keys` is a snapshot of [`Realm::keys`].
    pub fn for_tokens<'a>(&'a self, keys: &'a Keys) -> token::Realm<'a> {
        token::Realm { policy: &self.policy, keys }
    }
}

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm").field("issuer", &self.policy.issuer).finish_non_exhaustive()
    }
}

/// What handlers get.
pub type App = Arc<Realm>;

/// The context of one request.
pub fn context<'a>(realm: &Realm, entropy: &'a mut SystemEntropy) -> Cx<'a> {
    Cx::new(realm.now(), entropy)
}
