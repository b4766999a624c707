//! Delivers logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5), beside the requests that cause them: nobody who
//! signs out waits for a client.
//!
//! The notices are rows, so that a restart loses none, and several nodes may deliver: whoever moves a row first has it.
//! What it costs is bounded: so many clients at once, one delivery at a time to each, and a client that does not answer is
//! left alone with everything that waits for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use countersign_engine::{
    Cx, Stored, Writes,
    logout::back_channel::{self, address},
    records::LogoutNotice,
};
use countersign_protocol::{ClientId, Timestamp, params};
use countersign_store::{Damaged, Page, StoreError};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    edge::SystemEntropy,
    metrics::LogoutDelivery,
    outbound::Fetch,
    realm::{App, Realm},
    reply::Failure,
};

/// How often the store is looked at, for notices of other nodes and for those that are due again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Most clients that are told at once, and most notices that are claimed for one of them: few enough to be delivered in
/// the time of a claim.
const CLIENTS_AT_ONCE: usize = 16;
const NOTICES_AT_ONCE: usize = 8;
/// How long a client may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rows that are read at once, and most pages of one round.
const PAGE: usize = 200;
const PAGES: usize = 10;

/// Who delivers.
#[derive(Debug)]
pub struct Courier {
    realm: App,
    places: Arc<Semaphore>,
    /// Clients that are being told something now.
    visited: Visited,
    under_way: JoinSet<()>,
}

type Visited = Arc<Mutex<BTreeSet<ClientId>>>;
type Notices = Vec<Stored<LogoutNotice>>;

impl Courier {
    /// Of one realm.
    pub fn new(realm: App) -> Self {
        let places = Arc::new(Semaphore::new(CLIENTS_AT_ONCE));
        Self { realm, places, visited: Visited::default(), under_way: JoinSet::new() }
    }

    /// Delivers for ever.
    pub async fn run(mut self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "could not look for logout notices");
            }
            tokio::select! {
                () = self.realm.logout_bell.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Sets out with everything that is due now.
    pub async fn round(&mut self) -> Result<(), Failure> {
        while self.under_way.try_join_next().is_some() {}
        for (client, notices) in self.due().await? {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return Ok(()) };
            if !lock(&self.visited).insert(client.clone()) {
                continue;
            }
            let visit = Visit { realm: Arc::clone(&self.realm), client, visited: Arc::clone(&self.visited) };
            self.under_way.spawn(async move {
                let _place = place;
                if let Err(error) = visit.deliver(notices).await {
                    tracing::warn!(client = %visit.client, %error, "could not deliver logout notices");
                }
            });
        }
        Ok(())
    }

    /// Waits for what is under way.
    pub async fn idle(&mut self) {
        while self.under_way.join_next().await.is_some() {}
    }

    /// What is due, by client.
    async fn due(&self) -> Result<BTreeMap<ClientId, Notices>, StoreError> {
        let now = self.realm.now();
        let mut all: BTreeMap<ClientId, Notices> = BTreeMap::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let page = Page { after: after.as_deref(), limit: PAGE };
            let found = self.realm.store.scan_readable::<LogoutNotice>(page).await?;
            for damaged in &found.damaged {
                self.give_up(damaged).await?;
            }
            let rest_is_later = found.records.last().is_some_and(|notice| notice.due > now);
            for notice in found.records.into_iter().filter(|notice| notice.due <= now) {
                let of_client = all.entry(notice.client.clone()).or_default();
                if of_client.len() < NOTICES_AT_ONCE {
                    of_client.push(notice);
                }
            }
            after = found.next;
            if rest_is_later || after.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Nobody can say any more who was to be told what; the others must not wait for it.
    async fn give_up(&self, damaged: &Damaged) -> Result<(), StoreError> {
        if self.realm.store.commit(&damaged.removal()).await?.is_some() {
            tracing::error!(key = damaged.key, why = damaged.why, "a logout notice is damaged; given up");
            self.realm.metrics.told(LogoutDelivery::GivenUp);
        }
        Ok(())
    }
}

/// One client, and what it is to be told.
struct Visit {
    realm: App,
    client: ClientId,
    visited: Visited,
}

impl Drop for Visit {
    fn drop(&mut self) {
        lock(&self.visited).remove(&self.client);
    }
}

impl Visit {
    async fn deliver(&self, notices: Notices) -> Result<(), Failure> {
        let store = &self.realm.store;
        for notice in notices {
            let (writes, claimed) = back_channel::claim(self.realm.now(), &notice);
            // Another node was faster, or the row is gone.
            if store.commit(&writes).await?.is_none() {
                continue;
            }
            match self.attempt(&claimed).await? {
                // Whoever has it now, if the claim ran out, will settle it.
                Ok(()) => _ = store.commit(&back_channel::done(&claimed)).await?,
                Err(cause) => {
                    let again = self.note_failure(&claimed, &cause).await?;
                    return self.put_off(again).await;
                }
            }
        }
        Ok(())
    }

    /// One delivery; the inner error says why the client did not take it.
    async fn attempt(&self, notice: &LogoutNotice) -> Result<Result<(), String>, Failure> {
        let client = self.realm.store.client(&self.client).await?;
        let Some((client, uri)) = client.as_ref().and_then(|client| Some((client, address(client)?))) else {
            return Ok(Ok(()));
        };
        let mut entropy = SystemEntropy;
        let mut cx = Cx::new(self.realm.now(), &mut entropy);
        let fetched = match client.id_token_encryption {
            Some(_) => self.realm.fetched_keys(cx.now, client, None).await,
            None => None,
        };
        let keys = self.realm.keys.load_full();
        let receiver = (&**client, fetched.as_deref());
        let token = match back_channel::token(&mut cx, self.realm.for_tokens(&keys), receiver, notice) {
            Ok(token) => token,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let form = params::write([("logout_token", token.as_str())]);
        let fetch = Fetch::post_form(uri, form).within(PATIENCE).without_body();
        // 200 is what the text asks for; 204 is what some frameworks make of it (§2.8).
        Ok(match self.realm.outbound.fetch(fetch).await {
            Ok(answer) if answer.status.is_success() => {
                let attempt = notice.attempts.saturating_add(1);
                tracing::info!(client = %self.client, notice = %notice.id, attempt, "logout delivered");
                self.realm.metrics.told(LogoutDelivery::Delivered);
                Ok(())
            }
            Ok(answer) => Err(format!("status {}", answer.status.as_u16())),
            Err(error) => Err(error.to_string()),
        })
    }

    async fn note_failure(&self, notice: &Stored<LogoutNotice>, cause: &str) -> Result<Option<Timestamp>, Failure> {
        let (client, id, attempt) = (&self.client, &notice.id, notice.attempts.saturating_add(1));
        let (writes, again) = back_channel::failed(self.realm.now(), notice);
        self.realm.store.commit(&writes).await?;
        self.realm.metrics.told(if again.is_some() { LogoutDelivery::Failed } else { LogoutDelivery::GivenUp });
        if let Some(again) = again {
            let wait = again.secs_since(self.realm.now());
            tracing::warn!(%client, notice = %id, attempt, cause, wait, "logout not delivered; tried again later");
        } else {
            tracing::error!(%client, notice = %id, attempt, cause, "logout not delivered; given up");
        }
        Ok(again)
    }

    /// Whoever does not answer once is not asked again for everything else that waits.
    async fn put_off(&self, until: Option<Timestamp>) -> Result<(), Failure> {
        let Some(until) = until else { return Ok(()) };
        let page = Page { after: None, limit: PAGE };
        let waiting: Notices = self.realm.store.list_by_first(self.client.as_str(), page).await?;
        for notice in waiting.iter().filter(|notice| notice.due <= self.realm.now()) {
            let writes: Writes = back_channel::put_off(until, notice);
            self.realm.store.commit(&writes).await?;
        }
        Ok(())
    }
}

fn lock(visited: &Visited) -> std::sync::MutexGuard<'_, BTreeSet<ClientId>> {
    // Whoever panicked while it held the lock left a set behind that is still one.
    visited.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that there may be something to deliver.
pub fn ring(realm: &Realm) {
    realm.logout_bell.notify_one();
}
