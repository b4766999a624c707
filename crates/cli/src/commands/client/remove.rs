//! `countersign client remove`: the client and what users approved for it.
//!
//! Approvals go too, so that a later client of the same id starts with none. The client is disabled first, so that no
//! approval comes in between; then batch after batch, since there may be many.

use countersign_engine::{
    Stored, Writes,
    records::{Authorization, Client},
};
use countersign_store::Page;
use serde_json::json;

use super::{changeable, find};
use crate::{
    commands::{
        confirm::confirm,
        place::{MAX_RACES, Place, lost_races},
        print::{JWTS, Printer, clean},
    },
    outcome::Trouble,
};

const BATCH: usize = 500;

/// Removes a client, after asking.
pub(super) async fn run(place: &Place, printer: Printer, id: &str, yes: bool) -> Result<(), Trouble> {
    let approvals = if let Some(damaged) = place.store.damaged::<Client>(id).await.map_err(Trouble::new)? {
        confirm(yes, "removing a client", &format!("Remove {id}, of which nothing can be read, for ever?"))?;
        place.store.commit(&damaged.removal()).await.map_err(Trouble::new)?.ok_or_else(lost_races)?;
        forget_approvals(place, id).await?
    } else {
        remove(place, id, yes).await?
    };
    let value = json!({ "client_id": id, "removed": true, "approvals_removed": approvals });
    printer.print(&value, || {
        format!(
            "The client {id} is removed, with {approvals} approvals of users. Its tokens stop working at their next use. \
             {JWTS}"
        )
    })
}

/// How many approvals went with it.
async fn remove(place: &Place, id: &str, yes: bool) -> Result<usize, Trouble> {
    let client = find(place, id).await?;
    changeable(&client)?;
    confirm(yes, "removing a client", &format!("Remove {:?} ({id}), for ever?", clean(&client.name)))?;
    disable(place, id).await?;
    let before = forget_approvals(place, id).await?;
    delete(place, id).await?;
    Ok(before.saturating_add(forget_approvals(place, id).await?))
}

async fn disable(place: &Place, id: &str) -> Result<(), Trouble> {
    retry(place, id, |mut client| {
        client.enabled = false;
        let mut writes = Writes::none();
        writes.replace(&client);
        writes
    })
    .await
}

async fn delete(place: &Place, id: &str) -> Result<(), Trouble> {
    retry(place, id, |client| {
        let mut writes = Writes::none();
        writes.delete(&client);
        writes
    })
    .await
}

async fn retry(place: &Place, id: &str, write: impl Fn(Stored<Client>) -> Writes) -> Result<(), Trouble> {
    for _ in 0..MAX_RACES {
        let writes = write(find(place, id).await?);
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}

async fn forget_approvals(place: &Place, id: &str) -> Result<usize, Trouble> {
    let (mut removed, mut lost) = (0_usize, 0);
    let first = Page { after: None, limit: BATCH };
    while lost < MAX_RACES {
        let batch = place.store.list_by_second::<Authorization>(id, first).await.map_err(Trouble::new)?;
        if batch.is_empty() {
            return Ok(removed);
        }
        let mut writes = Writes::none();
        for approval in &batch {
            writes.delete(approval);
        }
        match place.store.commit(&writes).await.map_err(Trouble::new)? {
            Some(_) => removed = removed.saturating_add(batch.len()),
            None => lost += 1,
        }
    }
    Err(lost_races())
}
