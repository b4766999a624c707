//! `countersign client`: registers, shows, changes and removes clients. Clients of the configuration file belong to it and
//! are changed there.

mod add;
mod change;
mod remove;
mod trace;
mod view;

use countersign_engine::{
    Stored,
    records::{Client, Once, Origin},
};
use countersign_protocol::ClientId;
use countersign_store::Page;

use super::{
    args::{self, Common},
    place::{Place, now},
    print::{Printer, note, table},
};
use crate::outcome::Trouble;
use view::View;

pub(super) use view::secrets;

/// Rows that are read at once.
const BATCH: usize = 500;
/// What to do about a client that can't be read.
pub(super) const MEND: &str = "Restore the database from a backup, or take the client out with `countersign client remove` and \
                    register it again. Until then it is refused, and everybody else goes on.";

/// Runs `countersign client`.
pub(crate) async fn run(common: &Common, command: args::Client) -> Result<(), Trouble> {
    let place = Place::open(common)?;
    let printer = Printer::new(common.json);
    match command {
        args::Client::Add(new) => add::run(&place, printer, &new).await,
        args::Client::List { dynamic, limit } => list(&place, printer, (dynamic, limit)).await,
        args::Client::Show { id } => show(&place, printer, &id).await,
        args::Client::RotateSecret { id, expire_others, name } => {
            change::rotate_secret(&place, printer, &id, (expire_others, name)).await
        }
        args::Client::Disable { id } => change::enable(&place, printer, &id, false).await,
        args::Client::Enable { id } => change::enable(&place, printer, &id, true).await,
        args::Client::Trace { id, minutes, off: _ } => trace::run(&place, printer, &id, minutes).await,
        args::Client::Remove { id, yes } => remove::run(&place, printer, &id, yes).await,
    }
}

async fn list(place: &Place, printer: Printer, (dynamic, limit): (bool, usize)) -> Result<(), Trouble> {
    let mut clients = some(place, dynamic, limit.saturating_add(1)).await?;
    if clients.len() > limit {
        clients.truncate(limit);
        note(&format!("Only the first {limit}; more with --limit."));
    }
    let views: Vec<View> = clients.iter().map(|client| View::of(client)).collect();
    printer.print(&views, || {
        let header = ["CLIENT ID", "NAME", "PROVES ITSELF BY", "GRANTS", "FROM", "SINCE", ""];
        if views.is_empty() {
            if dynamic { "No client has registered itself.".to_owned() } else { "No clients yet.".to_owned() }
        } else if dynamic {
            table(&view::DYNAMIC_HEADER, clients.iter().map(|c| view::dynamic_row(c)))
        } else {
            table(&header, clients.iter().map(|c| view::row(c)))
        }
    })
}

/// Clients in the order of their ids, so many at most. Those that can't be read are named beside the list.
async fn some(place: &Place, dynamic: bool, limit: usize) -> Result<Vec<Stored<Client>>, Trouble> {
    let (mut clients, mut after) = (Vec::new(), None::<String>);
    while clients.len() < limit {
        let page = Page { after: after.as_deref(), limit: BATCH };
        let found = if dynamic {
            place.store.list_readable_by_second::<Client>(Client::DYNAMIC, page).await
        } else {
            place.store.scan_readable::<Client>(page).await
        };
        let found = found.map_err(Trouble::new)?;
        for damaged in found.damaged {
            note(&format!("The client {} can't be read, and is refused: {}.", damaged.key, damaged.why));
        }
        clients.extend(found.records);
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    clients.truncate(limit);
    Ok(clients)
}

async fn show(place: &Place, printer: Printer, id: &str) -> Result<(), Trouble> {
    let client = find(place, id).await?;
    let traced = place.store.once(&Once::trace_key(&client.id)).await.map_err(Trouble::new)?;
    let traced = traced.map(|row| row.expires_at).filter(|until| now() < *until);
    printer.print(&View::of(&client).traced(traced), || view::text(&client, traced))
}

/// The client with that id.
async fn find(place: &Place, id: &str) -> Result<Stored<Client>, Trouble> {
    let none =
        || Trouble::new(format!("there is no client {id:?}")).advice("`countersign client list` names all of them.");
    let id = ClientId::parse(id).map_err(|_| none())?;
    if let Some(client) = place.store.client(&id).await.map_err(Trouble::new)? {
        return Ok(client);
    }
    match place.store.damaged::<Client>(id.as_str()).await.map_err(Trouble::new)? {
        Some(damaged) => Err(Trouble::new(format!("the client {id} can't be read: {}", damaged.why)).advice(MEND)),
        None => Err(none()),
    }
}

/// Refuses to change what the next start would change back.
fn changeable(client: &Client) -> Result<(), Trouble> {
    if client.origin == Origin::Config {
        let what = format!("the client {} belongs to the configuration file", client.id);
        return Err(Trouble::new(what).advice("Change it in its [[clients]] section and restart the server."));
    }
    Ok(())
}
