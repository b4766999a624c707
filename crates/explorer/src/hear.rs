//! What a client library checks while it serves a request: its observer says it here, and the tap around the application
//! hears it.

use std::sync::{Arc, Mutex, PoisonError};

use countersign_client::Origin;
use countersign_protocol::{Rule, steps::Actor};

use crate::exchange::CheckSeen;

/// Most checks of one request that are kept.
const MOST: usize = 500;

/// The checks of one request.
type Heard = Arc<Mutex<Vec<CheckSeen>>>;

tokio::task_local! {
    static HEARD: Heard;
}

/// A client's observer: each check goes to the request that is being served, if a tap listens.
pub fn hear(rule: &'static Rule, ok: bool) {
    let noted = HEARD.try_with(|heard| {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() < MOST {
            heard.push(CheckSeen::new(rule, ok, Actor::ClientApp));
        }
    });
    if noted.is_err() {
        tracing::trace!(rule = rule.id, ok, "checked outside of any request");
    }
}

/// What a client has to take along where it goes on beside its caller, so that the right tap hears it.
pub fn origin() -> Origin {
    match HEARD.try_with(Arc::clone) {
        Ok(heard) => Box::new(move |step| HEARD.sync_scope(Arc::clone(&heard), step)),
        Err(_) => Box::new(|step| step()),
    }
}

/// Runs a future, and hands out what was checked meanwhile.
pub(crate) async fn listen<F: Future>(future: F) -> (F::Output, Vec<CheckSeen>) {
    let heard = Heard::default();
    let output = HEARD.scope(Arc::clone(&heard), future).await;
    let checks = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    (output, checks)
}
