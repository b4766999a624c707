//! Where taps write and pages read. One lock, held for as long as it takes to change a few entries; nobody waits for a
//! reader.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use crate::{
    clues,
    exchange::{Exchange, RequestSeen, RunId, Side, Thread},
    ring::{Item, Limits, News, Place, Ring, State},
    site::Site,
    threads::{About, Threads},
};

/// See the module.
#[derive(Debug)]
pub(crate) struct Recorder {
    inside: Mutex<Inside>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct Inside {
    ring: Ring,
    threads: Threads,
    last_id: u64,
}

/// A request on its way: its number, its thread, its run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Begun {
    pub(crate) id: u64,
    pub(crate) flow: Option<Thread>,
    pub(crate) run: Option<RunId>,
}

impl Recorder {
    /// An empty one; `started` tells readers of an earlier process from those of this one.
    pub(crate) fn new(limits: Limits, started: i64) -> Self {
        // Below 2^53 for some thousands of years: browsers count in such numbers.
        let first = u64::try_from(started).unwrap_or_default().saturating_mul(1000);
        let inside = Inside { ring: Ring::new(limits, first), threads: Threads::default(), last_id: 0 };
        Self { inside: Mutex::new(inside), changed: watch::Sender::new(first) }
    }

    /// A request came.
    pub(crate) fn begin(&self, site: Site, endpoint: &'static str, at: i64, request: RequestSeen) -> Begun {
        let mut inside = self.lock();
        inside.last_id += 1;
        let id = inside.last_id;
        let traceparent = clues::header(&request.headers, "traceparent").map(str::to_owned);
        let mut exchange = Exchange {
            id,
            flow: None,
            run: None,
            site,
            endpoint,
            at,
            took: None,
            held: None,
            lost: false,
            request,
            response: None,
            checks: Vec::new(),
            refused: None,
            engine_flow: None,
            client_id: None,
            trace_id: None,
            traceparent,
        };
        exchange.client_id = clues::client_named(&exchange);
        (exchange.flow, exchange.run) = inside.threads.place(&exchange);
        let begun = Begun { id, flow: exchange.flow, run: exchange.run };
        inside.ring.put(Item::Exchange(id), State::Exchange(Arc::new(exchange)));
        self.tell(inside);
        begun
    }

    /// Something about a request that is under way, and how it stands then; one that was forgotten stays so.
    pub(crate) fn update(&self, id: u64, change: impl FnOnce(&mut Exchange)) -> Option<Arc<Exchange>> {
        let mut inside = self.lock();
        let mut exchange = Exchange::clone(inside.ring.exchange(id)?);
        change(&mut exchange);
        let exchange = Arc::new(exchange);
        inside.ring.put(Item::Exchange(id), State::Exchange(Arc::clone(&exchange)));
        self.tell(inside);
        Some(exchange)
    }

    /// Which message waits.
    pub(crate) fn hold(&self, id: u64, side: Option<Side>) {
        self.update(id, |exchange| exchange.held = side);
    }

    /// The response is there, and says more about the thread.
    pub(crate) fn settle(&self, id: u64, change: impl FnOnce(&mut Exchange)) -> Begun {
        let mut inside = self.lock();
        let Some(exchange) = inside.ring.exchange(id) else { return Begun::default() };
        let mut exchange = Exchange::clone(exchange);
        change(&mut exchange);
        if let Some(response) = exchange.response.take() {
            exchange.flow = inside.threads.settle(&exchange, &response);
            exchange.run = exchange.run.or_else(|| inside.threads.about(exchange.flow?)?.run);
            exchange.response = Some(response);
        }
        let begun = Begun { id, flow: exchange.flow, run: exchange.run };
        inside.ring.put(Item::Exchange(id), State::Exchange(Arc::new(exchange)));
        self.tell(inside);
        begun
    }

    /// From now on, requests with that trace id are this run's.
    pub(crate) fn expect(&self, trace: String, run: RunId) {
        self.lock().threads.expect(trace, run);
    }

    /// From now on no request is a run's.
    pub(crate) fn run_is_over(&self) {
        self.lock().threads.run_is_over();
    }

    /// The latest state of something else.
    pub(crate) fn put(&self, item: Item, state: &impl Serialize) {
        let text = match serde_json::to_string(state) {
            Ok(text) => text,
            Err(error) => return tracing::error!(%error, "a state of the explorer could not be written"),
        };
        let mut inside = self.lock();
        inside.ring.put(item, State::Text(text.into()));
        self.tell(inside);
    }

    /// Forgets what was recorded.
    pub(crate) fn clear(&self) {
        let mut inside = self.lock();
        inside.ring.clear();
        inside.threads.clear();
        self.tell(inside);
    }

    /// The messages of a thread, in order, and what is known of it.
    pub(crate) fn thread(&self, thread: Thread) -> Option<(About, Vec<Arc<Exchange>>)> {
        let inside = self.lock();
        let about = inside.threads.about(thread)?.clone();
        let exchanges = inside.ring.exchanges().filter(|exchange| exchange.flow == Some(thread));
        Some((about, exchanges.cloned().collect()))
    }

    /// Where a reader stands who saw everything up to a change; `None`: who begins.
    pub(crate) fn place(&self, last_seen: Option<u64>) -> Place {
        self.lock().ring.place(last_seen)
    }

    /// What came after a place.
    pub(crate) fn news(&self, place: Place) -> News {
        self.lock().ring.news(place)
    }

    /// Wakes a reader at each change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self, inside: MutexGuard<'_, Inside>) {
        let last = inside.ring.last_change();
        drop(inside);
        self.changed.send_replace(last);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // No code panics while it holds the lock.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
