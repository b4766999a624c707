//! `countersign client remove`: the client and what users approved for it.
//!
//! Approvals go too, so that a later client of the same id starts with none. The client is disabled first, so that no
//! approval comes in between; then batch after batch, since there may be many.

use std::io::IsTerminal as _;

use countersign_engine::{
    Stored, Writes,
    records::{Authorization, Client},
};
use countersign_protocol::ClientId;
use countersign_store::Page;
use serde_json::json;

use super::{changeable, find};
use crate::{
    commands::{
        place::{MAX_RACES, Place, lost_races},
        print::{JWTS, Printer, clean},
    },
    outcome::Trouble,
};

const BATCH: usize = 500;

/// Removes a client, after asking.
pub(super) async fn run(place: &Place, printer: Printer, id: &str, yes: bool) -> Result<(), Trouble> {
    let client = find(place, id).await?;
    changeable(&client)?;
    if !yes {
        ask(&client)?;
    }
    disable(place, id).await?;
    let mut approvals = forget_approvals(place, &client.id).await?;
    delete(place, id).await?;
    approvals = approvals.saturating_add(forget_approvals(place, &client.id).await?);
    let value = json!({ "client_id": client.id.as_str(), "removed": true, "approvals_removed": approvals });
    printer.print(&value, || {
        format!(
            "The client {id} is removed, with {approvals} approvals of users. Its tokens stop working at their next use. \
             {JWTS}"
        )
    })
}

fn ask(client: &Client) -> Result<(), Trouble> {
    if !std::io::stdin().is_terminal() {
        return Err(Trouble::new("removing a client can't be undone").advice("Add --yes to do it without being asked."));
    }
    eprint!("Remove {:?} ({}), for ever? [y/N] ", clean(&client.name), client.id);
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Trouble::new)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Trouble::new("nothing was removed")) }
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

async fn forget_approvals(place: &Place, id: &ClientId) -> Result<usize, Trouble> {
    let (mut removed, mut lost) = (0_usize, 0);
    let first = Page { after: None, limit: BATCH };
    while lost < MAX_RACES {
        let batch = place.store.list_by_second::<Authorization>(id.as_str(), first).await.map_err(Trouble::new)?;
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
