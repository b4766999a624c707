//! What a running server tells Prometheus: counts of replies by endpoint, error and rule, how long they took, sign-ins,
//! and the work that waits.
//!
//! Labels are names from this program's own lists (endpoints, error codes, rules), never a value of a request, so that
//! the number of series has a bound and none is about a person or a client. The page is served on a socket of its own.

use std::{fmt, sync::atomic::AtomicU64};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use countersign_engine::records::LogoutNotice;
use countersign_protocol::ErrorCode;
use countersign_store::{Page, StoreError};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

use crate::{
    edge::Stopwatch,
    observed::Observed,
    realm::{App, Realm},
};

/// OpenMetrics, which is what Prometheus asks for first.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The endpoint of replies that nothing was decided for: the key set, the metadata, assets, what does not exist.
const OTHER: &str = "other";
/// Upper bounds in seconds: a metadata document to a request that waits for its time-out.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Counting the notices that wait goes no further than this.
pub const MOST_COUNTED: usize = 100_000;

type Label = (&'static str, &'static str);
type Seconds = Gauge<f64, AtomicU64>;

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    replies: Family<[Label; 3], Counter>,
    took: Family<[Label; 1], Histogram, fn() -> Histogram>,
    sign_ins: Family<[Label; 1], Counter>,
    logouts: Family<[Label; 1], Counter>,
    logouts_waiting: Gauge,
    logouts_overdue: Seconds,
    expired_rows: Gauge,
    store_up: Gauge,
}

/// How an attempt to sign in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// The password was right.
    Right,
    /// It was not, or there is no such account.
    Wrong,
    /// It was not looked at: too many were wrong before, or too many came at once.
    Refused,
}

/// How an attempt to tell a client of a logout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutDelivery {
    /// The client took it.
    Delivered,
    /// It did not, and is asked again later.
    Failed,
    /// It did not, for the last time.
    GivenUp,
}

impl Metrics {
    /// With everything at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("countersign"),
            replies: Family::default(),
            took: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            sign_ins: Family::default(),
            logouts: Family::default(),
            logouts_waiting: Gauge::default(),
            logouts_overdue: Seconds::default(),
            expired_rows: Gauge::default(),
            store_up: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        to.register(
            "replies",
            "Replies by endpoint; error and rule are empty where nothing was refused",
            self.replies.clone(),
        );
        to.register_with_unit("reply", "How long replies took", Unit::Seconds, self.took.clone());
        to.register("sign_ins", "Passwords that somebody typed", self.sign_ins.clone());
        to.register("logout_deliveries", "Attempts to tell clients of a logout", self.logouts.clone());
        to.register(
            "logout_notices_waiting",
            "Logouts that clients have yet to be told of, on all nodes",
            self.logouts_waiting.clone(),
        );
        to.register_with_unit(
            "logout_notices_overdue",
            "How long the first of these has been due",
            Unit::Seconds,
            self.logouts_overdue.clone(),
        );
        to.register(
            "expired_rows_waiting",
            "Expired rows that the last sweep of this node left",
            self.expired_rows.clone(),
        );
        to.register("store_up", "Whether the store answered this very request", self.store_up.clone());
        // Series that are there from the beginning can be watched for their first increase.
        for outcome in [SignIn::Right, SignIn::Wrong, SignIn::Refused] {
            drop(self.sign_ins.get_or_create(&outcome.label()));
        }
        for outcome in [LogoutDelivery::Delivered, LogoutDelivery::Failed, LogoutDelivery::GivenUp] {
            drop(self.logouts.get_or_create(&outcome.label()));
        }
    }

    /// Counts a reply.
    pub fn replied(&self, response: &Response, took: Stopwatch) {
        let observed = response.extensions().get::<Observed>();
        let endpoint = ("endpoint", observed.map_or(OTHER, |observed| observed.endpoint));
        let error = observed.and_then(|observed| observed.error).map_or("", ErrorCode::as_str);
        let rule = observed.and_then(|observed| observed.refused.as_ref()).map_or("", |refusal| refusal.rule.id);
        self.replies.get_or_create(&[endpoint, ("error", error), ("rule", rule)]).inc();
        self.took.get_or_create(&[endpoint]).observe(took.seconds());
    }

    /// Counts an attempt to sign in.
    pub fn signed_in(&self, outcome: SignIn) {
        self.sign_ins.get_or_create(&outcome.label()).inc();
    }

    /// Counts an attempt to tell a client of a logout.
    pub fn told(&self, outcome: LogoutDelivery) {
        self.logouts.get_or_create(&outcome.label()).inc();
    }

    /// Notes how many expired rows wait for their removal.
    pub fn expired_rows(&self, waiting: usize) {
        self.expired_rows.set(gauge(waiting));
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl SignIn {
    const fn label(self) -> [Label; 1] {
        let outcome = match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Refused => "refused",
        };
        [("outcome", outcome)]
    }
}

impl LogoutDelivery {
    const fn label(self) -> [Label; 1] {
        let outcome = match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
        };
        [("outcome", outcome)]
    }
}

/// The one page: `GET /metrics`.
pub fn router(realm: App) -> Router {
    Router::new().route("/metrics", get(page)).with_state(realm)
}

async fn page(State(realm): State<App>) -> Response {
    let up = look(&realm).await.inspect_err(|error| tracing::warn!(%error, "metrics: could not ask the store")).is_ok();
    realm.metrics.store_up.set(i64::from(up));
    let mut text = String::new();
    match encode(&mut text, &realm.metrics.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Looks at what waits in the store; that is the same for all nodes.
async fn look(realm: &Realm) -> Result<(), StoreError> {
    let waiting = realm.store.count::<LogoutNotice>(MOST_COUNTED).await?;
    // They are in the order in which they are due.
    let first = realm.store.scan_readable::<LogoutNotice>(Page { after: None, limit: 1 }).await?;
    let overdue = first.records.first().map_or(0, |notice| realm.now().millis() - notice.due.millis());
    realm.metrics.logouts_waiting.set(gauge(waiting));
    realm.metrics.logouts_overdue.set(f64::from(u32::try_from(overdue.max(0) / 1000).unwrap_or(u32::MAX)));
    Ok(())
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
