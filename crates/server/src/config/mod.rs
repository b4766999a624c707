//! The configuration of `countersign serve`: one TOML file, read as a whole, with every fault reported together.
//!
//! Each section is described once, as data (`section`): its keys, what they take, what holds without them. The reader
//! checks by that list, faults quote it, and `docs/config.md` is made from it. What goes from here to the rest of the
//! server are the engine's own types; nothing else reads the file.

mod address;
mod client_jwks;
mod client_secrets;
mod client_section;
mod clients;
mod dev;
mod fault;
mod files;
mod item;
mod lifetimes;
mod manual;
mod outbound;
mod reader;
mod registration;
mod resources;
mod scopes;
mod section;
mod serving;
#[cfg(test)]
mod tests;
mod top;
mod users;
mod warnings;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use countersign_engine::{Policy, keys::Schedule, records::Client};
use countersign_protocol::{Entropy, Timestamp};
use toml::de::DeTable;

pub use fault::Fault;
pub use lifetimes::MASTER_KEY_VARIABLE;
pub use manual::manual;
pub use serving::{Log, LogFormat};
pub use users::{StaticPassword, StaticUser};

use crate::{
    attempts::Limits,
    keyring::{MasterKey, MasterKeyError},
    network::Proxies,
    outbound as way_out,
    realm::Registration,
    start::Settings,
    tls,
};
use fault::Source;
use lifetimes::MasterKeySource;
use reader::Reader;

/// Where environment variables come from: an argument, so that tests choose them.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Largest configuration file, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A configuration without faults.
#[derive(Debug)]
pub struct Config {
    listen: SocketAddr,
    name: String,
    store: PathBuf,
    master_key: MasterKeySource,
    schedule: Schedule,
    tls: Option<tls::Files>,
    proxies: Proxies,
    outbound: way_out::Settings,
    limits: Limits,
    registration: Registration,
    log: Log,
    metrics: Option<SocketAddr>,
    policy: Policy,
    clients: Vec<Client>,
    users: Vec<StaticUser>,
}

impl Config {
    /// Reads and checks a file, and the files that it names. Relative paths start from its folder.
    pub fn load(path: &Path, env: Env<'_>) -> Result<Self, Vec<Fault>> {
        let bytes = files::read_bytes(path, MAX_BYTES);
        let bytes = bytes.map_err(|what| vec![Fault { line: None, key: String::new(), what }])?;
        Self::parse(&bytes, path.parent().unwrap_or(Path::new("")), env)
    }

    /// Checks the content of a file in that folder, and the files that it names.
    pub fn parse(bytes: &[u8], folder: &Path, env: Env<'_>) -> Result<Self, Vec<Fault>> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let source = Source::new(&String::from_utf8_lossy(&bytes[..error.valid_up_to()]), folder);
                source.fault(Some(error.valid_up_to()), "", "expected text in UTF-8");
                return Err(source.into_faults());
            }
        };
        let source = Source::new(text, folder);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            source.fault(error.span().map(|span| span.start), "", format!("not TOML: {}", error.message()));
        }
        // With broken syntax, keys may seem to be missing that are there.
        let config = if errors.is_empty() { Self::read(&source, table.get_ref(), env) } else { None };
        match config {
            Some(config) if source.is_faultless() => Ok(config),
            _ => Err(source.into_faults()),
        }
    }

    fn read<'a>(source: &'a Source, table: &'a DeTable<'a>, env: Env<'_>) -> Option<Self> {
        let root = Reader::root(source, &top::TOP, table);
        let address = address::read(&root);
        let store = serving::store(&root);
        let (ttl, leeway, offline_ends_at_sign_out) = lifetimes::tokens(&root);
        let (resources, default_resource) = resources::read(&root);
        let issuer = address.as_ref().map(|address| address.issuer.clone()).unwrap_or_default();
        let scopes = scopes::read(&root);
        let loopback_test_bed = false;
        let policy = Policy {
            issuer,
            ttl,
            scopes,
            resources,
            default_resource,
            loopback_test_bed,
            leeway,
            offline_ends_at_sign_out,
            sign_up: serving::sign_up(&root),
            registration: registration::policy(&root),
            strict_request_objects: root.flag("strict_request_objects").unwrap_or(false),
        };
        let config = Self {
            listen: address.as_ref().map_or(dev::NOWHERE, |address| address.listen),
            name: top::name(&root),
            master_key: lifetimes::master_key(&root, &store, env),
            store,
            schedule: lifetimes::schedule(&root, &policy.ttl),
            tls: address.as_ref().and_then(|address| address.tls.clone()),
            proxies: address.as_ref().map(|address| address.proxies.clone()).unwrap_or_default(),
            outbound: outbound::read(&root),
            limits: serving::sign_in(&root),
            registration: registration::mode(&root),
            log: serving::log(&root),
            metrics: serving::metrics(&root, address.as_ref().map(|address| address.listen)),
            clients: clients::read(&root, &policy),
            users: users::read(&root, &policy.scopes),
            policy,
        };
        address.map(|_| config)
    }

    /// A file to begin with: `examples/countersign.toml`.
    pub const fn example() -> &'static str {
        include_str!("../../../../examples/countersign.toml")
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.policy.issuer
    }

    /// Where to accept connections.
    pub const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// The certificate and its key, if this server ends TLS.
    pub const fn tls(&self) -> Option<&tls::Files> {
        self.tls.as_ref()
    }

    /// The database file.
    pub fn store_path(&self) -> &Path {
        &self.store
    }

    /// How the log looks.
    pub const fn log(&self) -> Log {
        self.log
    }

    /// Where the metrics are served, if anywhere.
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Lifetimes, scopes, resources.
    pub fn policy(&self) -> Policy {
        self.policy.clone()
    }

    /// When keys move on.
    pub const fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// Everything that makes a realm of a store and a master key.
    pub fn settings(&self) -> Settings {
        Settings {
            name: self.name.clone(),
            policy: self.policy(),
            registration: self.registration,
            limits: self.limits,
            proxies: self.proxies.clone(),
            outbound: self.outbound.clone(),
            schedule: self.schedule,
            trace_id_at_clients: self.log.trace_id_at_clients,
            places: Vec::new(),
        }
    }

    /// The master key, from where the configuration says; its file is made at the first start.
    pub fn master_key(&self, entropy: &mut dyn Entropy) -> Result<MasterKey, MasterKeyError> {
        match &self.master_key {
            MasterKeySource::File(path) => MasterKey::load_or_make(path, entropy),
            MasterKeySource::Variable(text) => MasterKey::parse(text.expose(), MASTER_KEY_VARIABLE),
        }
    }

    /// The file of the master key; `None`: it comes from the environment.
    pub fn master_key_file(&self) -> Option<&Path> {
        match &self.master_key {
            MasterKeySource::File(path) => Some(path),
            MasterKeySource::Variable(_) => None,
        }
    }

    /// The clients of the file, as if they had been registered at that time.
    pub fn static_clients(&self, now: Timestamp) -> Vec<Client> {
        let mut clients = self.clients.clone();
        for client in &mut clients {
            client_secrets::date(client, now);
        }
        clients
    }

    /// The accounts of the file.
    pub fn users(&self) -> &[StaticUser] {
        &self.users
    }
}
