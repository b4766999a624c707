//! What all taps and pages of one system share.

use std::sync::Arc;

use countersign_server::edge::Clock as _;
use tokio::sync::watch;

use crate::{
    clock::Clock,
    exchange::{Exchange, RunId},
    faults::Faults,
    gate::Gate,
    recorder::Recorder,
    ring::{Item, Limits},
    runs::Runs,
};

/// See the module.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) gate: Gate,
    pub(crate) runs: Runs,
    pub(crate) faults: Faults,
    pub(crate) clock: Arc<Clock>,
    closing: watch::Sender<bool>,
}

impl Watch {
    /// With nothing recorded yet.
    pub(crate) fn new(limits: Limits, clock: Arc<Clock>) -> Self {
        let recorder = Arc::new(Recorder::new(limits, clock.now().millis()));
        let gate = Gate::new(Arc::clone(&recorder), Arc::clone(&clock));
        let runs = Runs::new(Arc::clone(&recorder));
        let watch = Self { recorder, gate, runs, faults: Faults::default(), clock, closing: watch::Sender::new(false) };
        watch.tell_clock();
        watch.tell_faults();
        watch
    }

    /// Tells the pages how far the clock was moved.
    pub(crate) fn tell_clock(&self) {
        self.recorder.put(Item::Clock, &self.clock.moved());
    }

    /// Tells the pages which faults are set.
    pub(crate) fn tell_faults(&self) {
        self.recorder.put(Item::Faults, &self.faults.state());
    }

    /// Requests with that trace id are this run's; those of a guided run are held.
    pub(crate) fn expect(&self, trace: String, run: RunId, guided: bool) {
        self.recorder.expect(trace, run);
        if guided {
            self.gate.guide(run);
        }
    }

    /// An answer has left: the run of a real user may be over by it.
    pub(crate) fn answered(&self, exchange: Option<&Exchange>) {
        let run = exchange.and_then(|exchange| exchange.run);
        if let (Some(exchange), Some(run)) = (exchange, run)
            && let Some(outcome) = self.runs.outcome(run, exchange)
        {
            self.end_run(run, outcome.err());
        }
    }

    /// A run is over: nothing is held any more.
    pub(crate) fn end_run(&self, run: RunId, trouble: Option<String>) {
        if self.runs.end(run, trouble) {
            self.recorder.run_is_over();
            self.gate.open();
        }
    }

    /// Lets go of whatever is held, and ends what would never end by itself.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
        self.gate.close();
    }

    /// Waits until the system stops.
    pub(crate) async fn closed(&self) {
        // An error would mean that this value is gone, which is an end as well.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}
