//! The edge: where a client gets HTTP, the time and randomness. The only file of this crate that asks the system.

use std::future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_protocol::{Entropy, Rule, Timestamp};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::check::{Checks, Observer};
use crate::error::CallError;
use crate::wire::{HttpClient, Request, Response};

/// Does something where a piece of work was begun: with its task-local values, in its tracing span.
pub type Origin = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

/// What a client needs from the outside world. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    entropy: Arc<Mutex<dyn Entropy>>,
    observer: Option<Arc<Observer>>,
    origin: Option<Arc<dyn Fn() -> Origin + Send + Sync>>,
}

impl Edge {
    /// This HTTP client, the system's clock and the system's randomness.
    pub fn new(http: impl HttpClient + 'static) -> Self {
        let entropy = Arc::new(Mutex::new(SystemEntropy));
        Self { http: Arc::new(http), clock: Arc::new(system_time), entropy, observer: None, origin: None }
    }

    /// Takes the time from here instead.
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Takes randomness from here instead: for tests, or for a hardware source.
    pub fn with_entropy(self, entropy: impl Entropy + 'static) -> Self {
        Self { entropy: Arc::new(Mutex::new(entropy)), ..self }
    }

    /// Tells every check that is made, and its outcome, to this observer.
    pub fn with_observer(self, observer: impl Fn(&'static Rule, bool) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// A refresh and a fetch of keys are shared by all who wait for them, and go on when they stop waiting. Each step of
    /// such work is done in what this yields, which is asked where the work is begun.
    pub fn with_origin(self, origin: impl Fn() -> Origin + Send + Sync + 'static) -> Self {
        Self { origin: Some(Arc::new(origin)), ..self }
    }

    /// Work that goes on beside its caller, done step by step where it was begun.
    pub(crate) fn beside<T: 'static>(&self, work: BoxFuture<'static, T>) -> BoxFuture<'static, T> {
        let Some(origin) = &self.origin else { return work };
        let (origin, mut work) = (origin(), work);
        let step = move |cx: &mut std::task::Context<'_>| {
            let mut polled = Poll::Pending;
            origin(&mut || polled = work.as_mut().poll(cx));
            polled
        };
        future::poll_fn(step).boxed()
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Response, CallError> {
        Ok(self.http.send(request).await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn checks(&self) -> Checks<'_> {
        Checks::observed_by(self.observer.as_deref())
    }

    /// Runs something that draws randomness; the source is locked meanwhile, so nothing slow belongs in here.
    pub(crate) fn draw<T>(&self, f: impl FnOnce(&mut dyn Entropy) -> T) -> T {
        f(&mut *self.entropy.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where this library reads the wall clock")]
fn system_time() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where this library asks the system for randomness")]
    #[expect(clippy::expect_used, reason = "without randomness every secret would be guessable; no safe way on")]
    fn fill(&mut self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system must provide randomness");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt;
    use tokio::task::yield_now;

    use super::Edge;
    use crate::testing::Wire;

    thread_local! {
        static PLACE: Cell<u8> = const { Cell::new(0) };
    }

    fn place() -> u8 {
        PLACE.with(Cell::get)
    }

    #[tokio::test]
    async fn every_step_of_work_beside_its_caller_is_done_where_it_was_begun() {
        let edge = Edge::new(Wire::default()).with_origin(|| {
            let begun = place();
            Box::new(move |step| {
                let before = PLACE.replace(begun);
                step();
                PLACE.set(before);
            })
        });
        PLACE.set(7);
        let work = async {
            let first = place();
            yield_now().await;
            (first, place())
        };
        let work = edge.beside(work.boxed());
        PLACE.set(1);
        assert_eq!(work.await, (7, 7));
        assert_eq!(place(), 1);
        assert_eq!(Edge::new(Wire::default()).beside(async { place() }.boxed()).await, 1);
    }
}
