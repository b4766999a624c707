//! The edge: where a client gets HTTP, the time and randomness. The only file of this crate that asks the system.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_protocol::{Entropy, Rule, Timestamp};

use crate::check::{Checks, Observer};
use crate::error::CallError;
use crate::wire::{HttpClient, Request, Response};

/// What a client needs from the outside world. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    entropy: Arc<Mutex<dyn Entropy>>,
    observer: Option<Arc<Observer>>,
}

impl Edge {
    /// This HTTP client, the system's clock and the system's randomness.
    pub fn new(http: impl HttpClient + 'static) -> Self {
        let entropy = Arc::new(Mutex::new(SystemEntropy));
        Self { http: Arc::new(http), clock: Arc::new(system_time), entropy, observer: None }
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
