//! One run at a time: whoever asks while an operation is under way gets that run's result.
//!
//! The run belongs to nobody who waits for it. It is spawned where a tokio runtime is at hand, and kept here in any
//! case, so that a caller who is dropped in its midst loses nothing: what the run writes down, it writes down itself.

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::error::CallError;
use crate::wire::TransportError;

/// How a run ends.
pub(crate) type Outcome<T = ()> = Result<T, CallError>;
type Run<T> = Shared<BoxFuture<'static, Outcome<T>>>;

pub(crate) struct SingleFlight<T: Clone = ()>(Mutex<Option<Run<T>>>);

impl<T: Clone> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Joins the run under way, or begins the one that `begin` yields. `begin` is asked under the lock, so it sees
    /// everything that earlier runs have written; its `Err` is what it has in place of a run.
    pub(crate) fn join<V>(
        &self,
        begin: impl FnOnce() -> Result<BoxFuture<'static, Outcome<T>>, V>,
    ) -> Result<Run<T>, V> {
        let mut slot = lock(&self.0);
        if let Some(run) = slot.as_ref().filter(|run| run.peek().is_none()) {
            return Ok(run.clone());
        }
        let run = guarded(begin()?).boxed().shared();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(run.clone());
        }
        *slot = Some(run.clone());
        Ok(run)
    }
}

/// A run whose HTTP client panics ends like one whose network failed: the next caller may try again.
async fn guarded<T>(run: BoxFuture<'static, Outcome<T>>) -> Outcome<T> {
    let outcome = AssertUnwindSafe(run).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(TransportError::new("the HTTP client panicked").into()))
}

/// Locks; a panic elsewhere while the lock was held does not make what it guards unusable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
