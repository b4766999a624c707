//! Asks the authorization server about tokens (RFC 7662 §2.1), with a bounded number of questions at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_protocol::{Secret, Timestamp, Ttl, params};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Introspection;
use crate::cached::Cached;
use crate::challenge::Rejection;
use crate::clock::Clock;
use crate::discovery::IntrospectionEndpoint;
use crate::fetch::{self, Fetch, FetchError};
use crate::introspection_cache::IntrospectionCache;

/// Questions at a time; whoever comes then waits for a place, or finds the answer in the cache meanwhile.
const MAX_QUESTIONS: usize = 64;
/// For a place among them, and again for the answer, unless something else is chosen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// See the module.
pub(crate) struct Introspector {
    access: Access,
    cache: Mutex<IntrospectionCache>,
    clock: Clock,
    places: Semaphore,
}

/// How the endpoint is reached.
pub(crate) struct Access {
    pub(crate) fetch: Arc<dyn Fetch>,
    pub(crate) endpoint: Cached<IntrospectionEndpoint>,
    /// The `Authorization` header by which this API proves itself.
    pub(crate) credentials: Secret,
    /// How long a question may take.
    pub(crate) patience: Duration,
}

impl Introspector {
    pub(crate) fn new(access: Access, cache: IntrospectionCache, clock: Clock) -> Self {
        Self { access, cache: Mutex::new(cache), clock, places: Semaphore::new(MAX_QUESTIONS) }
    }

    /// What the authorization server says about this token, now or as long ago as the cache may remember.
    pub(crate) async fn ask(&self, token: &str) -> Result<Introspection, Rejection> {
        if let Some(answer) = self.remembered(token) {
            return Ok(answer);
        }
        let unavailable = Rejection::Unavailable { retry_after: Ttl::secs(1) };
        let Ok(Ok(_place)) = timeout(self.access.patience, self.places.acquire()).await else {
            tracing::warn!("too many tokens wait for the introspection endpoint");
            return Err(unavailable);
        };
        if let Some(answer) = self.remembered(token) {
            return Ok(answer);
        }
        let url = self.access.endpoint.current().await?;
        // From before the question: what the server did in between must not look older than it is.
        let asked_at = self.now();
        match timeout(self.access.patience, self.answer(&url, token)).await {
            Ok(Ok(answer)) => {
                self.cache().keep(token, &answer, asked_at);
                Ok(answer)
            }
            Ok(Err(FetchError::Status { status: status @ (401 | 403), .. })) => {
                tracing::error!(status, "the introspection endpoint refuses this API's own credentials");
                Err(unavailable)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "no answer about a token");
                Err(unavailable)
            }
            Err(_) => {
                tracing::warn!("no answer about a token in time");
                Err(unavailable)
            }
        }
    }

    async fn answer(&self, url: &str, token: &str) -> Result<Introspection, FetchError> {
        let content = |reason: String| FetchError::Content { url: url.to_owned(), reason };
        let mut credentials =
            HeaderValue::from_str(self.access.credentials.expose()).map_err(|error| content(error.to_string()))?;
        credentials.set_sensitive(true);
        let form = params::write([("token", token), ("token_type_hint", "access_token")]);
        let request = Request::post(url)
            .header(AUTHORIZATION, credentials)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form.into_bytes());
        let body = fetch::send(self.access.fetch.as_ref(), url, request).await?;
        Introspection::parse(&body).map_err(|error| content(error.to_string()))
    }

    fn remembered(&self, token: &str) -> Option<Introspection> {
        self.cache().find(token, self.now())
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn cache(&self) -> MutexGuard<'_, IntrospectionCache> {
        // No code panics while it holds the lock.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
