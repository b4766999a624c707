//! Clients that will break soon, or that are less safe than they could be.

use countersign_engine::records::{Client, Pkce};
use countersign_protocol::{Timestamp, Ttl};
use countersign_store::{Damaged, Page, Scanned, Store};

use super::Check;
use crate::commands::{
    client::{MEND, secrets},
    place::now,
    when,
};

const NAME: &str = "clients";
const MOST: usize = 10_000;
/// Secrets that end sooner are worth a line.
const SOON: Ttl = Ttl::days(14);

/// Looks at every client, up to a bound.
pub(super) async fn check(store: &Store, checks: &mut Vec<Check>) {
    let clients = match store.scan_readable::<Client>(Page { after: None, limit: MOST }).await {
        Ok(Scanned { records, damaged, .. }) => {
            let wrong =
                |damaged: Damaged| Check::wrong(NAME, format!("{} can't be read: {}", damaged.key, damaged.why), MEND);
            checks.extend(damaged.into_iter().map(wrong));
            records
        }
        Err(error) => return checks.push(Check::wrong(NAME, error.to_string(), "Restore a backup.")),
    };
    checks.push(Check::ok(NAME, format!("{} registered", clients.len())));
    for client in clients.iter().filter(|client| client.enabled) {
        if client.pkce == Pkce::Optional {
            let saw = format!("{} may leave PKCE out: a code that leaks is protected by its secret alone", client.id);
            checks.push(Check::look(
                NAME,
                saw,
                "Register it without --pkce-optional as soon as it can send a challenge.",
            ));
        }
        checks.extend(ends_soon(client, now()));
    }
}

/// A client whose last secret ends soon.
fn ends_soon(client: &Client, now: Timestamp) -> Option<Check> {
    let last =
        secrets(client).iter().map(|secret| secret.expires_at.unwrap_or(Timestamp::from_millis(i64::MAX))).max()?;
    let advice = format!("countersign client rotate-secret {}", client.id);
    if last <= now {
        return Some(Check::look(NAME, format!("{} has no secret any more that works", client.id), advice));
    }
    let saw = format!("the last secret of {} stops working {}", client.id, when::relative(now, last));
    (last < now.plus(SOON)).then(|| Check::look(NAME, saw, advice))
}
