//! One value that comes from the authorization server and is kept: at most one fetch at a time, none more often than
//! the cool-down allows, and the last good value stays in use while the server is down.
//!
//! What to do is decided by [`State`], sans-IO. The fetch runs in a task of its own: a client that hangs up half-way
//! must not be able to stop it, or it could keep new keys from us for good.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use countersign_protocol::{Timestamp, Ttl};
use tokio::sync::watch;

use crate::challenge::Rejection;
use crate::clock::Clock;
use crate::fetch::FetchError;

/// No fetch takes longer, whatever the [`Fetch`](crate::Fetch) does.
const FETCH_LIMIT: Duration = Duration::from_secs(20);

/// Gets the value anew.
#[async_trait]
pub(crate) trait Load: Send + Sync + 'static {
    /// What is kept.
    type Value: Send + Sync + 'static;
    async fn load(&self) -> Result<Loaded<Self::Value>, FetchError>;
}

/// A value, and for how long its server lets it be kept, if it says so.
#[derive(Debug)]
pub(crate) struct Loaded<T> {
    pub(crate) value: T,
    pub(crate) max_age: Option<Ttl>,
}

/// How old a value may be and how often it is fetched. A server that wants to be asked more often is: one that rotates
/// its keys by the book publishes the next one for longer than its document may be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Between two fetches.
    pub(crate) cool_down: Ttl,
    /// A value of this age is not used without asking the server first. From half of it on it is refreshed beside the
    /// request, so that with steady traffic nobody waits.
    pub(crate) max_age: Ttl,
    /// A value of this age is not used at all, not even while the server is down.
    pub(crate) max_stale: Ttl,
}

/// See the module.
pub(crate) struct Cached<L: Load>(Arc<Inner<L>>);

struct Inner<L: Load> {
    loader: L,
    limits: Limits,
    clock: Clock,
    state: Mutex<State<L::Value>>,
}

impl<L: Load> Cached<L> {
    pub(crate) fn new(loader: L, limits: Limits, clock: Clock) -> Self {
        let state = Mutex::new(State { held: None, last: None, flight: None });
        Self(Arc::new(Inner { loader, limits, clock, state }))
    }

    /// The value, fetched if there is none or if it is too old.
    pub(crate) async fn current(&self) -> Result<Arc<L::Value>, Rejection> {
        self.find(None).await
    }

    /// A value other than `seen` if the server has one; `seen` again if it was asked just now and has not.
    pub(crate) async fn newer(&self, seen: &Arc<L::Value>) -> Result<Arc<L::Value>, Rejection> {
        self.find(Some(seen)).await
    }

    async fn find(&self, seen: Option<&Arc<L::Value>>) -> Result<Arc<L::Value>, Rejection> {
        let now = (self.0.clock)();
        let mut flight = {
            let mut state = self.0.lock();
            match state.decide(seen, now, &self.0.limits) {
                Step::Settle => return state.settle(seen, now, &self.0.limits),
                Step::Refresh => {
                    self.join(&mut state, now)?;
                    return state.settle(seen, now, &self.0.limits);
                }
                Step::Wait => self.join(&mut state, now)?,
            }
        };
        // Nothing is ever sent: the channel closes when the fetch is over, and its outcome stands in the state.
        let _closed = flight.changed().await;
        self.0.lock().settle(seen, (self.0.clock)(), &self.0.limits)
    }

    /// The running fetch, or one that begins now.
    fn join(&self, state: &mut State<L::Value>, now: Timestamp) -> Result<watch::Receiver<()>, Rejection> {
        if let Some(flight) = &state.flight {
            return Ok(flight.clone());
        }
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|_| Rejection::Misconfigured("it must be called within a Tokio runtime"))?;
        let (sender, receiver) = watch::channel(());
        let mut flight = Flight { inner: Arc::clone(&self.0), asked_at: now, outcome: None, _open: sender };
        state.flight = Some(receiver.clone());
        runtime.spawn(async move {
            let outcome = tokio::time::timeout(FETCH_LIMIT, flight.inner.loader.load()).await;
            flight.land(outcome.unwrap_or_else(|_| Err(FetchError::Transport("it takes too long".to_owned()))));
        });
        Ok(receiver)
    }
}

impl<L: Load> Inner<L> {
    fn lock(&self) -> MutexGuard<'_, State<L::Value>> {
        // No code panics while it holds the lock, and every state in between would be a valid one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running fetch. Its end is written down by `drop`, which also runs when the loader panics.
struct Flight<L: Load> {
    inner: Arc<Inner<L>>,
    asked_at: Timestamp,
    outcome: Option<Loaded<L::Value>>,
    _open: watch::Sender<()>,
}

impl<L: Load> Flight<L> {
    fn land(&mut self, outcome: Result<Loaded<L::Value>, FetchError>) {
        match outcome {
            Ok(value) => self.outcome = Some(value),
            Err(error) => tracing::warn!(%error, "nothing new from the authorization server"),
        }
    }
}

impl<L: Load> Drop for Flight<L> {
    fn drop(&mut self) {
        let at = (self.inner.clock)();
        let mut state = self.inner.lock();
        state.last = Some(Attempt { at, ok: self.outcome.is_some() });
        if let Some(Loaded { value, max_age }) = self.outcome.take() {
            state.held = Some(Held { value: Arc::new(value), asked_at: self.asked_at, max_age });
        }
        state.flight = None;
    }
}

struct State<T> {
    held: Option<Held<T>>,
    /// The last fetch that ended.
    last: Option<Attempt>,
    /// The one that runs; closes when it ends.
    flight: Option<watch::Receiver<()>>,
}

struct Held<T> {
    value: Arc<T>,
    asked_at: Timestamp,
    /// What the server said.
    max_age: Option<Ttl>,
}

#[derive(Clone, Copy)]
struct Attempt {
    at: Timestamp,
    ok: bool,
}

/// What a request does for its value.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Takes what there is.
    Settle,
    /// Starts a fetch and takes what there is.
    Refresh,
    /// Starts a fetch or joins the one that runs, and takes what there is then.
    Wait,
}

impl<T> State<T> {
    /// For a request that needs a value: one other than `seen`, if it saw one that does not do.
    fn decide(&self, seen: Option<&Arc<T>>, now: Timestamp, limits: &Limits) -> Step {
        if self.pause(now, limits).as_secs() > 0 {
            return Step::Settle;
        }
        let Some(held) = &self.held else {
            return Step::Wait;
        };
        let max_age = held.at_most(limits.max_age);
        let half = Ttl::secs(max_age.as_secs() / 2);
        if held.is(seen) || held.is_aged(max_age, now) {
            Step::Wait
        } else if self.flight.is_none() && (held.is_aged(half, now) || now < held.asked_at) {
            // The latter is a clock that was set back: nobody knows the age, so ask soon.
            Step::Refresh
        } else {
            Step::Settle
        }
    }

    /// What there is, without another fetch.
    fn settle(&self, seen: Option<&Arc<T>>, now: Timestamp, limits: &Limits) -> Result<Arc<T>, Rejection> {
        let failing = self.last.is_some_and(|last| !last.ok);
        match &self.held {
            // Known not to do, and whether the server has a better one could not be asked.
            Some(held) if held.is(seen) && failing => None,
            Some(held) if held.is_aged(limits.max_stale, now) => None,
            Some(held) => Some(Arc::clone(&held.value)),
            None => None,
        }
        .ok_or_else(|| Rejection::Unavailable { retry_after: self.pause(now, limits) })
    }

    /// For how long no fetch may start, in seconds, rounded up. Zero while one runs, since that can be joined.
    fn pause(&self, now: Timestamp, limits: &Limits) -> Ttl {
        let Some(last) = self.last.filter(|last| self.flight.is_none() && last.at <= now) else {
            return Ttl::secs(0);
        };
        // With nothing to use there is nothing to lose: a server that just starts is asked every second.
        let cool_down = self.held.as_ref().map_or(Ttl::secs(1), |held| held.at_most(limits.cool_down));
        let end = last.at.plus(cool_down.min(limits.cool_down));
        let millis = end.millis().saturating_sub(now.millis()).max(0);
        Ttl::secs(u32::try_from(millis.saturating_add(999) / 1000).unwrap_or(u32::MAX))
    }
}

impl<T> Held<T> {
    fn is(&self, seen: Option<&Arc<T>>) -> bool {
        seen.is_some_and(|seen| Arc::ptr_eq(seen, &self.value))
    }

    /// Our own limit, or the server's if that is shorter.
    fn at_most(&self, limit: Ttl) -> Ttl {
        self.max_age.map_or(limit, |max_age| max_age.min(limit))
    }

    fn is_aged(&self, age: Ttl, now: Timestamp) -> bool {
        now >= self.asked_at.plus(age)
    }
}

#[cfg(test)]
mod tests;
