//! The edge: where the demo applications get HTTP, the time and randomness. The only file that asks the system.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use countersign_client::{HttpClient, Origin, Request, ReqwestClient, Response, Timestamp, TransportError};
use countersign_protocol::{Entropy, Rule, Secret, base64url};
use countersign_resource::{Fetch, FetchError};

/// What an application needs from the outside world. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    http: Outgoing,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    entropy: Arc<Mutex<dyn Entropy>>,
    patience: Option<Duration>,
    observers: Option<Observers>,
}

/// Is told what the client library checks: the observer itself, and where it has to be told of work that goes on beside
/// its caller.
#[derive(Clone, Copy)]
struct Observers(fn(&'static Rule, bool), fn() -> Origin);

impl Edge {
    /// The system's network, clock and randomness.
    ///
    /// No proxy is used, whatever the environment says: everything that the demo talks to is on this machine.
    pub fn system() -> Result<Self, TransportError> {
        let http = ReqwestClient::from_builder(builder())
            .or_else(|_| ReqwestClient::from_builder(builder().tls_certs_only([])))?;
        Ok(Self::new(http, system_time, SystemEntropy))
    }

    /// The same, but every answer may take that long, one's own too: for test beds in which messages are held up.
    pub fn patient(patience: Duration) -> Result<Self, TransportError> {
        let http = ReqwestClient::patient(builder(), patience)
            .or_else(|_| ReqwestClient::patient(builder().tls_certs_only([]), patience))?;
        Ok(Self { patience: Some(patience), ..Self::new(http, system_time, SystemEntropy) })
    }

    /// Another network, another clock, other randomness: for tests.
    pub fn new(
        http: impl HttpClient + 'static,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        entropy: impl Entropy + 'static,
    ) -> Self {
        let (clock, entropy) = (Arc::new(clock), Arc::new(Mutex::new(entropy)));
        Self { http: Outgoing(Arc::new(http)), clock, entropy, patience: None, observers: None }
    }

    /// Takes the time from here instead.
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Tells every check of the client library to this observer. `origin` is
    /// [the library's](countersign_client::Edge::with_origin).
    pub fn with_observer(self, observer: fn(&'static Rule, bool), origin: fn() -> Origin) -> Self {
        Self { observers: Some(Observers(observer, origin)), ..self }
    }

    /// The same, for the client library.
    pub(crate) fn for_client(&self) -> countersign_client::Edge {
        let clock = Arc::clone(&self.clock);
        let edge = countersign_client::Edge::new(self.http.clone())
            .with_clock(move || clock())
            .with_entropy(SharedEntropy(Arc::clone(&self.entropy)));
        match self.observers {
            Some(Observers(observer, origin)) => edge.with_observer(observer).with_origin(origin),
            None => edge,
        }
    }

    /// How long an answer may take, if somebody said so.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.patience
    }

    /// The same network, for the resource-server library.
    pub(crate) fn outgoing(&self) -> Outgoing {
        self.http.clone()
    }

    /// The same clock, for the resource-server library.
    pub(crate) fn clock(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let clock = Arc::clone(&self.clock);
        move || clock()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// 256 random bits in base64url: a value for a cookie or a form.
    pub(crate) fn random(&self) -> Secret {
        let bytes = self.entropy.lock().unwrap_or_else(PoisonError::into_inner).bytes32();
        Secret::new(base64url(bytes))
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

/// For the client library's guarded adapter. A machine without CA certificates can still reach `http` on loopback.
fn builder() -> reqwest::ClientBuilder {
    #[expect(clippy::disallowed_methods, reason = "given to the client library's guarded HTTP adapter")]
    reqwest::Client::builder().no_proxy()
}

/// One network for everything that an application sends: to the provider, and to the API.
#[derive(Clone)]
pub(crate) struct Outgoing(Arc<dyn HttpClient>);

#[async_trait]
impl HttpClient for Outgoing {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request).await
    }
}

#[async_trait]
impl Fetch for Outgoing {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        self.0.send(request).await.map_err(|error| FetchError::Transport(error.to_string()))
    }
}

struct SharedEntropy(Arc<Mutex<dyn Entropy>>);

impl Entropy for SharedEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the demo reads the wall clock")]
fn system_time() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where the demo asks the system for randomness")]
    #[expect(clippy::expect_used, reason = "without randomness every session could be guessed; no safe way on")]
    fn fill(&mut self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system must provide randomness");
    }
}
