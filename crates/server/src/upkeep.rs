//! What a running server does by itself: sweep what has expired, move keys on. What changes outside is looked at now and
//! then, and at once when an administrator says so.

use std::{sync::Arc, time::Duration};

use countersign_engine::keys::Schedule;
use tokio::sync::watch;

use crate::{
    edge::SystemEntropy,
    keyring::{Keyring, MasterKey},
    realm::App,
    trace,
};

const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// While more waits than one round removes: soon enough to keep up, with room for everybody else in between.
const SWEEP_AGAIN: Duration = Duration::from_millis(100);
const SWEEP_BATCH: usize = 500;
/// How soon a command of the administrator has an effect.
pub const TRACES_EVERY: Duration = Duration::from_secs(5);

/// Says that what is looked at now and then has to be looked at now.
pub type Hurry = watch::Receiver<()>;

/// Where nobody ever says so.
pub fn no_hurry() -> Hurry {
    watch::channel(()).1
}

/// Waits that long, or until it is time to hurry.
pub(crate) async fn pause(time: Duration, hurry: &mut Hurry) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        Ok(()) = hurry.changed() => {}
    }
}

/// Removes expired rows in small batches, for ever; says when more wait than one round removes.
pub async fn sweep(realm: App) {
    let mut pause = SWEEP_EVERY;
    loop {
        tokio::time::sleep(pause).await;
        pause = SWEEP_EVERY;
        match realm.store.sweep(realm.now(), SWEEP_BATCH).await {
            Ok(swept) => {
                realm.metrics.expired_rows(swept.left);
                if swept.left > 0 {
                    tracing::debug!(removed = swept.removed, waiting = swept.left, "expired rows wait for removal");
                    pause = SWEEP_AGAIN;
                }
            }
            Err(error) => tracing::warn!(%error, "could not remove expired rows"),
        }
    }
}

/// Looks which clients an administrator wants traced, for ever.
pub async fn traces(realm: App) {
    loop {
        if let Err(error) = trace::refresh(&realm).await {
            tracing::warn!(%error, "could not look which clients are to be traced");
        }
        tokio::time::sleep(TRACES_EVERY).await;
    }
}

/// Moves keys on by schedule, and picks up what a command or another node changed, for ever.
pub async fn keys(realm: App, master: Arc<MasterKey>, schedule: Schedule, mut hurry: Hurry) {
    let mut entropy = SystemEntropy;
    loop {
        pause(schedule.look_every(), &mut hurry).await;
        let keyring = Keyring { store: &realm.store, master: &master, schedule };
        match keyring.refresh(realm.clock.as_ref(), &mut entropy).await {
            Ok(keys) => realm.keys.store(Arc::new(keys)),
            Err(error) => tracing::error!(%error, "could not refresh the signing keys"),
        }
    }
}
