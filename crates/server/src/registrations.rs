//! Clients that registered themselves: how many there may be, when they were used, and their end when nobody uses them.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use countersign_engine::{
    Cx, Stored, Writes,
    records::{Authorization, Client},
    registration::{management, rules},
};
use countersign_protocol::ClientId;
use countersign_store::Page;

use crate::{
    realm::{App, Realm, Registration},
    reply::Failure,
};

/// How often they are all looked at. The total that the quota goes by is as old as that at most, and knows nothing of
/// what other nodes have registered since.
const LOOK_EVERY: Duration = Duration::from_mins(10);
const PAGE: usize = 500;

/// How many there are, as far as this node knows.
#[derive(Debug, Default)]
pub struct Tally(AtomicUsize);

impl Tally {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One less.
    pub fn take(&self) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| Some(count.saturating_sub(1)));
    }
}

/// Forgets those that nobody uses, and counts the others, for ever.
pub async fn keep(realm: App) {
    loop {
        if let Err(error) = look(&realm).await {
            tracing::warn!(%error, "could not look through the registered clients");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Looks at all of them once.
pub async fn look(realm: &Realm) -> Result<(), Failure> {
    let (mut after, mut count): (Option<String>, usize) = (None, 0);
    loop {
        let page = Page { after: after.as_deref(), limit: PAGE };
        let found = realm.store.scan_readable::<Client>(page).await?;
        for client in found.records.iter().filter(|client| client.dynamic.is_some()) {
            // Whoever used it a moment ago has changed the row, and it stays.
            let over = management::is_over(realm.now(), client);
            if over && realm.store.commit(&management::forget(client)).await?.is_some() {
                forget_approvals(realm, &client.id).await?;
                tracing::info!(client = %client.id, "forgotten: it registered itself, and nobody used it");
            } else {
                count = count.saturating_add(1);
            }
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    realm.registrations.0.store(count, Ordering::Relaxed);
    Ok(())
}

/// Whether there is room for one more, in all and from that network.
pub async fn admit(realm: &Realm, cx: &mut Cx<'_>, network: &str) -> Result<(), Failure> {
    let policy = &realm.policy.registration;
    let room = realm.registrations.0.load(Ordering::Relaxed) < usize::try_from(policy.total).unwrap_or(usize::MAX);
    cx.require(&rules::QUOTA, room)?;
    // Whoever has an initial access token is bounded by that.
    if realm.registration == Registration::Open {
        let most = usize::try_from(policy.per_network).unwrap_or(usize::MAX);
        let page = Page { after: None, limit: most };
        let there: Vec<Stored<Client>> = realm.store.list_by_first(network, page).await?;
        cx.require_or(&rules::QUOTA, there.len() < most, || format!("At most {most} may come from one network"))?;
    }
    Ok(())
}

/// Notes that a client was used, so that it is not forgotten. Whoever lost a race was used all the same.
pub async fn note_use(realm: &Realm, cx: &Cx<'_>, client: &Stored<Client>) {
    let Some(writes) = management::used(cx.now, &realm.policy.registration, client) else { return };
    if let Err(error) = realm.store.commit(&writes).await {
        tracing::debug!(client = %client.id, %error, "could not note that it was used");
    }
}

/// Takes away what users approved for a client that is gone.
pub async fn forget_approvals(realm: &Realm, client: &ClientId) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = Page { after: after.as_deref(), limit: PAGE };
        let batch: Vec<Stored<Authorization>> = realm.store.list_by_second(client.as_str(), page).await?;
        for approval in &batch {
            let mut writes = Writes::none();
            writes.delete(approval);
            realm.store.commit(&writes).await?;
        }
        match batch.last() {
            Some(last) if batch.len() == PAGE => after = Some(Authorization::key_of(&last.client, &last.subject)),
            _ => return Ok(()),
        }
    }
}
