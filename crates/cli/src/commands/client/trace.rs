//! Traces of one client for a limited time: turned on and off here, written by the server that runs.

use countersign_engine::{Writes, records::Once};
use countersign_protocol::{ClientId, Ttl};
use countersign_server::{trace::MOST, upkeep::TRACES_EVERY};
use countersign_store::Page;
use serde_json::json;

use super::find;
use crate::{
    commands::{
        place::{MAX_RACES, Place, lost_races, now},
        print::Printer,
        when,
    },
    outcome::Trouble,
};

/// Turns traces on for so many minutes, or off.
pub(super) async fn run(place: &Place, printer: Printer, id: &str, minutes: Option<u16>) -> Result<(), Trouble> {
    let client = find(place, id).await?.id.clone();
    let until = minutes.map(|minutes| now().plus(Ttl::minutes(minutes.into())));
    if until.is_some() {
        leave_room(place, &client).await?;
    }
    for _ in 0..MAX_RACES {
        let mut writes = Writes::none();
        match (place.store.once(&Once::trace_key(&client)).await.map_err(Trouble::new)?, until) {
            (Some(mut row), Some(until)) => {
                row.expires_at = until;
                writes.replace(&row);
            }
            (None, Some(until)) => writes.insert(&Once::trace(&client, until)),
            (Some(row), None) => writes.delete(&row),
            (None, None) => {}
        }
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            let until = until.map(when::iso);
            return printer.print(&json!({"client_id": client, "traced_until": until}), || match minutes {
                Some(minutes) => said(&client, minutes),
                None => format!("The client {client} is not traced any more."),
            });
        }
    }
    Err(lost_races())
}

fn said(client: &ClientId, minutes: u16) -> String {
    let (span, soon) = (when::words(u64::from(minutes) * 60), TRACES_EVERY.as_secs());
    format!(
        "It begins within {soon} seconds: for {span}, each reply to {client} is a line in the server's log, `traced` and an \
         object. The page /inspect of `countersign dev` opens a file of such lines. Codes, tokens, passwords and what \
         is known about users are not in them."
    )
}

/// The server looks at so many traced clients and no more.
async fn leave_room(place: &Place, client: &ClientId) -> Result<(), Trouble> {
    let page = Page { after: Some(Once::TRACED), limit: MOST };
    let rows = place.store.scan::<Once>(page).await.map_err(Trouble::new)?;
    let others = rows.iter().filter(|row| now() < row.expires_at && row.traced().is_some_and(|other| other != *client));
    if others.count() < MOST {
        return Ok(());
    }
    Err(Trouble::new(format!("{MOST} clients are traced already")).advice("Turn one off with --off, or wait."))
}
