//! `countersign registration`: initial access tokens, with which apps register themselves (RFC 7591 §1.2).

use countersign_engine::{Writes, records::InitialAccess};
use countersign_protocol::{Handle, HandleKind, Ttl};
use countersign_server::{edge::SystemEntropy, realm::Registration};
use serde_json::json;

use super::{
    args::{self, Common},
    place::{Place, context, lost_races},
    print::{Printer, note},
    when,
};
use crate::outcome::Trouble;

/// Runs `countersign registration`.
pub(crate) async fn run(common: &Common, command: &args::Registration) -> Result<(), Trouble> {
    let place = Place::open(common)?;
    match *command {
        args::Registration::Token { uses, expires } => token(&place, Printer::new(common.json), uses, expires).await,
    }
}

async fn token(place: &Place, printer: Printer, uses: u32, expires: Ttl) -> Result<(), Trouble> {
    let mut entropy = SystemEntropy;
    let cx = context(&mut entropy);
    let token = Handle::random(HandleKind::Registration, cx.entropy);
    let permission = InitialAccess { hash: token.hash(), remaining: uses, expires_at: cx.now.plus(expires) };
    let mut writes = Writes::none();
    writes.insert(&permission);
    place.store.commit(&writes).await.map_err(Trouble::new)?.ok_or_else(lost_races)?;
    match place.config.settings().registration {
        Registration::InitialAccess => {}
        Registration::Closed => {
            note(
                "Note: registration is closed; set mode = \"initial-access\" in [registration] for this token to work.",
            );
        }
        Registration::Open => note("Note: registration is open here; nobody needs this token."),
    }
    let value = json!({
        "initial_access_token": token.expose(),
        "uses": uses,
        "expires_at": when::iso(permission.expires_at),
    });
    printer.print(&value, || {
        let clients = if uses == 1 { "one client".to_owned() } else { format!("{uses} clients") };
        let until = when::full(cx.now, permission.expires_at);
        format!(
            "{}\n\nGood for {clients} until {until}.\nShown this once; only its hash is kept. An app sends it to \
             POST /register in its Authorization header, as Bearer.",
            token.expose()
        )
    })
}
