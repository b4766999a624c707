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
        self.runs.end(run, trouble, || {
            self.recorder.run_is_over();
            self.gate.open(run);
        });
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

#[cfg(test)]
mod tests {
    use std::{future, sync::Arc};

    use countersign_server::edge::SystemClock;
    use futures_util::FutureExt as _;

    use super::Watch;
    use crate::{
        clock::Clock,
        exchange::{BodySeen, RequestSeen, RunId, Side},
        ring::{Item, Limits},
        run::{Mode, Run, RunState, Who},
        site::Site,
    };

    fn watch() -> Watch {
        Watch::new(Limits::default(), Arc::new(Clock::new(Arc::new(SystemClock))))
    }

    fn begin(watch: &Watch) -> RunId {
        let run = |id| Run {
            id,
            table: "code".to_owned(),
            pkce: true,
            attack: None,
            mode: Mode::Guided,
            user: Who::Script,
            state: RunState::Running,
            flow: None,
            open: None,
            records: Vec::new(),
            verdict: None,
            trouble: None,
        };
        watch.runs.begin(run).unwrap().id
    }

    fn request() -> RequestSeen {
        RequestSeen {
            method: "GET".to_owned(),
            target: "/login".to_owned(),
            version: "HTTP/1.1",
            headers: Vec::new(),
            body: BodySeen { text: None, bytes: 0, truncated: false },
        }
    }

    /// Who is told of the end begins the next run at once: its trace and its gate must not be undone after that.
    #[tokio::test]
    async fn the_end_of_a_run_is_told_after_everything_else_of_it_has_ended() {
        let watch = watch();
        let run = begin(&watch);
        watch.expect("a".repeat(32), run, true);
        let message = watch.recorder.begin(Site::WebApp, "login", 0, request()).id;
        let mut held = Box::pin(watch.gate.pass(message, Some(run), Side::Request));
        assert!(held.as_mut().now_or_never().is_none());
        watch.end_run(run, None);
        assert!(held.now_or_never().is_some());
        let told = watch.recorder.news(watch.recorder.place(None)).list;
        assert_eq!(told.last().unwrap().1, Item::Run(run));
    }

    #[tokio::test]
    async fn a_task_that_is_told_late_ends_with_its_own_run_and_leaves_the_next_one_alone() {
        let watch = watch();
        let [late, next] = [(); 2].map(|()| tokio::spawn(future::pending::<()>()));
        let first = begin(&watch);
        watch.end_run(first, None);
        let second = begin(&watch);
        watch.runs.keep(second, next.abort_handle());
        watch.runs.keep(first, late.abort_handle());
        assert!(late.await.unwrap_err().is_cancelled());
        watch.end_run(first, None);
        assert_eq!(watch.runs.current(), Some(second));
        assert!(!next.is_finished());
        watch.end_run(second, None);
        assert!(next.await.unwrap_err().is_cancelled());
    }
}
