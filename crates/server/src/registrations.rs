//! Clients that registered themselves: how many there may be, when they were used, and their end when nobody uses them.

use std::{
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};

use countersign_engine::{
    Cx, Stored, Writes,
    records::{Authorization, Client},
    registration::{management, rules},
};
use countersign_protocol::ClientId;
use countersign_store::{Damaged, Page};

use crate::{
    realm::{App, Realm, Registration},
    reply::Failure,
};

/// How often they are all looked at. The total that the quota goes by has what registers here at once, and what other
/// processes on the same database registered by the next look.
const LOOK_EVERY: Duration = Duration::from_mins(10);
const PAGE: usize = 500;
/// Most damaged ones that the log names.
const NAMED: usize = 20;

/// How many there are, as far as this node knows.
#[derive(Debug, Default)]
pub struct Tally {
    /// Those that are about to be registered here.
    coming: AtomicI64,
    /// Those that were registered here since the start.
    come: AtomicI64,
    /// What there is besides, since all were looked at.
    besides: AtomicI64,
    /// Those whose row could not be read when all were looked at.
    damaged: AtomicUsize,
}

impl Tally {
    /// A place for one more, which goes back when it is dropped. `None`: all are taken. Each request counts itself before
    /// it looks, so that simultaneous ones never get more places than there are.
    fn place(&self, most: u32) -> Option<Place<'_>> {
        let others = self.coming.fetch_add(1, Ordering::SeqCst);
        let place = Place(self);
        let there = self.come.load(Ordering::SeqCst).saturating_add(self.besides.load(Ordering::SeqCst));
        (there.saturating_add(others) < i64::from(most)).then_some(place)
    }

    /// One less.
    pub fn remove(&self) {
        self.besides.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A place for a client that is about to be registered.
#[derive(Debug)]
pub struct Place<'a>(&'a Tally);

impl Place<'_> {
    /// The client is there.
    pub fn take(self) {
        self.0.come.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.coming.fetch_sub(1, Ordering::SeqCst);
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

/// Looks at all of them once. One whose row can't be read is there as well, and stays until somebody mends it.
pub async fn look(realm: &Realm) -> Result<(), Failure> {
    let tally = &realm.registrations;
    let come = tally.come.load(Ordering::SeqCst);
    let (mut after, mut count, mut damaged): (Option<String>, i64, Vec<Damaged>) = (None, 0, Vec::new());
    loop {
        let page = Page { after: after.as_deref(), limit: PAGE };
        let found = realm.store.list_readable_by_second::<Client>(Client::DYNAMIC, page).await?;
        count = count.saturating_add(i64::try_from(found.damaged.len()).unwrap_or(i64::MAX));
        damaged.extend(found.damaged);
        for client in &found.records {
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
    report(tally, &damaged);
    // What came while this counted may be counted twice, until the next time, but it is never missed.
    tally.besides.store(count.saturating_sub(come), Ordering::SeqCst);
    Ok(())
}

/// Says which rows can't be read, when there are others than before.
fn report(tally: &Tally, damaged: &[Damaged]) {
    if tally.damaged.swap(damaged.len(), Ordering::SeqCst) == damaged.len() {
        return;
    }
    let named: Vec<&str> = damaged.iter().take(NAMED).map(|damaged| damaged.key.as_str()).collect();
    if !named.is_empty() {
        let clients = named.join(" ");
        tracing::error!(
            count = damaged.len(),
            clients,
            "the records of clients that registered themselves are damaged: they are refused, everybody else goes on. Take \
             them out with `countersign client remove`"
        );
    }
}

/// Room for one more: in all, for as long as the place is held, and from that network as it looks now. What decides about
/// the network is [`room`], in the commit.
pub async fn admit<'r>(realm: &'r Realm, cx: &mut Cx<'_>, network: &str) -> Result<Place<'r>, Failure> {
    let place = realm.registrations.place(realm.policy.registration.total);
    let place = cx.require_some(&rules::QUOTA, place)?;
    admit_from(realm, cx, network).await?;
    Ok(place)
}

/// Whether there is room for one more from that network. Whoever has an initial access token is bounded by that.
pub async fn admit_from(realm: &Realm, cx: &mut Cx<'_>, network: &str) -> Result<(), Failure> {
    if realm.registration == Registration::Open {
        let most = usize::try_from(realm.policy.registration.per_network).unwrap_or(usize::MAX);
        let there = realm.store.count_by_first::<Client>(network, most).await?;
        cx.require_or(&rules::QUOTA, there < most, || format!("At most {most} may come from one network"))?;
    }
    Ok(())
}

/// Makes a registration depend on that room, for others may come at the same moment.
pub fn room(realm: &Realm, network: &str) -> Writes {
    let mut writes = Writes::none();
    if realm.registration == Registration::Open {
        writes.room::<Client>(network, realm.policy.registration.per_network);
    }
    writes
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
