//! The master key and the signing keys: there, private, fitting each other, moving on in time.

use countersign_engine::{
    keys::ALGORITHMS,
    records::{KeyRecord, KeyState},
};
use countersign_protocol::Ttl;
use countersign_server::{config::Config, edge::SystemEntropy, keyring::Keyring};
use countersign_store::Store;

use super::Check;
use crate::commands::{place::now, when};

/// A server that runs moves keys on within seconds; a day late means that none did.
const LATE: Ttl = Ttl::days(1);
/// What another machine's clock may be ahead.
const AHEAD: Ttl = Ttl::minutes(1);

/// The master key, without making one.
pub(super) fn master(config: &Config, checks: &mut Vec<Check>) {
    const NAME: &str = "master key";
    checks.push(match config.master_key_file() {
        None => Check::ok(NAME, "in the environment"),
        Some(path) if !path.exists() => {
            let advice = "It is made at the first start. If there was one, bring it back from your backup.";
            Check::look(NAME, format!("{} is not there yet", path.display()), advice)
        }
        Some(path) => match config.master_key(&mut SystemEntropy) {
            Ok(_) => Check::ok(NAME, format!("{}, open to its owner only", path.display())),
            Err(error) => Check::wrong(NAME, error.to_string(), "The server does not start with it."),
        },
    });
}

/// The signing keys: whether the master key opens them, and where they stand.
pub(super) async fn signing(config: &Config, store: &Store, checks: &mut Vec<Check>) {
    const NAME: &str = "signing keys";
    let keys: Vec<_> = match store.keys().await {
        Ok(keys) => keys.into_iter().map(countersign_engine::Stored::into_inner).collect(),
        Err(error) => return checks.push(Check::wrong(NAME, error.to_string(), "Restore a backup.")),
    };
    if keys.is_empty() {
        return checks.push(Check::look(NAME, "none yet", "They are made at the first start."));
    }
    checks.push(opened(config, store).await);
    checks.push(standing(config, &keys));
    if let Some(ahead) = keys.iter().map(|key| key.changed_at).max().filter(|changed| *changed > now().plus(AHEAD)) {
        let saw = format!(
            "a signing key was changed {}: this clock, or the one before, is wrong",
            when::relative(now(), ahead)
        );
        checks.push(Check::wrong("clock", saw, "Set the clock by NTP on every machine."));
    }
}

async fn opened(config: &Config, store: &Store) -> Check {
    const NAME: &str = "sealing";
    let advice = "Bring back the master key under which they were sealed.";
    if config.master_key_file().is_some_and(|path| !path.exists()) {
        return Check::wrong(NAME, "there are sealed signing keys, and no master key", advice);
    }
    let Ok(master) = config.master_key(&mut SystemEntropy) else {
        return Check::wrong(NAME, "the master key can't be read, so the signing keys can't be opened", advice);
    };
    let keyring = Keyring { store, master: &master, schedule: config.schedule() };
    match keyring.open().await {
        Ok(_) => Check::ok(NAME, "the master key opens every signing key"),
        Err(error) => Check::wrong(NAME, format!("the master key does not open the signing keys: {error}"), advice),
    }
}

fn standing(config: &Config, keys: &[KeyRecord]) -> Check {
    const NAME: &str = "signing keys";
    let current = |name: &str| keys.iter().find(|key| key.state == KeyState::Current && key.algorithm.name() == name);
    let missing: Vec<_> = ALGORITHMS.iter().map(|one| one.name()).filter(|name| current(name).is_none()).collect();
    if !missing.is_empty() {
        let saw = format!("none signs with {}", missing.join(", "));
        return Check::wrong(NAME, saw, "Start the server: it makes them.");
    }
    let oldest = keys.iter().filter(|key| key.state == KeyState::Current).map(|key| key.changed_at).min();
    let due = oldest.map(|since| since.plus(config.schedule().sign_for));
    match due {
        Some(due) if due.plus(LATE) < now() => {
            let saw = format!("should have been replaced {}", when::relative(now(), due));
            Check::look(NAME, saw, "A running server does this by itself: is one running on this database?")
        }
        Some(due) => {
            let names: Vec<_> = ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
            Check::ok(NAME, format!("{} sign; replaced {}", names.join(", "), when::relative(now(), due)))
        }
        None => Check::ok(NAME, "all sign"),
    }
}
