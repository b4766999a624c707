//! From settings to a realm that answers.

use std::sync::Arc;

use arc_swap::ArcSwap;
use countersign_engine::{Policy, keys::Schedule};
use countersign_store::Store;
use tokio::sync::Notify;

use crate::{
    attempts::{Attempts, Limits},
    client_keys::ClientKeySets,
    edge::{Clock, SystemEntropy},
    keyring::{Keyring, MasterKey},
    logos::Logos,
    metrics::Metrics,
    network::Proxies,
    outbound::{self, Outbound},
    pages::HomeLink,
    passwords::Passwords,
    realm::{App, Realm, Registration},
    registrations::Tally,
    reply::Failure,
    trace::Traces,
};

/// What makes one realm different from another.
#[derive(Debug)]
pub struct Settings {
    /// What the product calls itself on pages.
    pub name: String,
    /// Lifetimes, scopes, resources.
    pub policy: Policy,
    /// Who may register clients.
    pub registration: Registration,
    /// Failed sign-ins.
    pub limits: Limits,
    /// Whose forwarded headers count.
    pub proxies: Proxies,
    /// What may be fetched from outside.
    pub outbound: outbound::Settings,
    /// When keys move on.
    pub schedule: Schedule,
    /// Whether clients are told trace ids by redirect.
    pub trace_id_at_clients: bool,
    /// Further places that the front page names.
    pub places: Vec<HomeLink>,
}

/// Opens the keys, makes those that are missing, and puts everything together.
pub async fn open(settings: Settings, store: Store, master: &MasterKey, clock: Arc<dyn Clock>) -> Result<App, Failure> {
    let keyring = Keyring { store: &store, master, schedule: settings.schedule };
    let keys = keyring.refresh(clock.as_ref(), &mut SystemEntropy).await?;
    let outbound = Arc::new(Outbound::new(settings.outbound));
    Ok(Arc::new(Realm {
        policy: settings.policy,
        keys: ArcSwap::from_pointee(keys),
        schedule: settings.schedule,
        passwords: Passwords::new(),
        attempts: Attempts::new(settings.limits),
        sign_ups: Attempts::new(settings.limits),
        registration: settings.registration,
        registrations: Tally::default(),
        proxies: settings.proxies,
        logout_bell: Notify::new(),
        client_keys: ClientKeySets::new(Arc::clone(&outbound)),
        logos: Logos::new(Arc::clone(&outbound)),
        outbound,
        metrics: Metrics::new(),
        traces: Traces::default(),
        trace_id_at_clients: settings.trace_id_at_clients,
        name: settings.name,
        places: settings.places,
        clock,
        form_key: master.form_key(),
        store,
    }))
}
