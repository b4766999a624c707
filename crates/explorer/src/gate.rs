//! The guided gate: each message of the guided run waits until somebody says "next". One at a time: messages that come
//! while another is held queue behind it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::sleep};

use crate::{
    clock::Clock,
    exchange::{RunId, Side},
    recorder::Recorder,
};

/// Longest that a message is held.
pub const LONGEST_HOLD: Duration = Duration::from_mins(10);
/// How long whoever sends a request here should wait for its answer: what it takes may hold several messages in turn.
pub const PATIENCE: Duration = Duration::from_hours(2);

/// See the module.
#[derive(Debug)]
pub(crate) struct Gate {
    recorder: Arc<Recorder>,
    clock: Arc<Clock>,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    guided: Option<RunId>,
    closed: bool,
    queue: VecDeque<Waiting>,
    last_ticket: u64,
}

/// A message that waits; the first in the queue is the one that is held.
#[derive(Debug)]
struct Waiting {
    ticket: u64,
    id: u64,
    side: Side,
    go: oneshot::Sender<()>,
}

/// A place in the queue. Whoever gives up waiting leaves it.
struct Turn<'g> {
    gate: &'g Gate,
    ticket: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.gate.leave(self.ticket);
    }
}

impl Gate {
    /// An open gate.
    pub(crate) fn new(recorder: Arc<Recorder>, clock: Arc<Clock>) -> Self {
        Self { recorder, clock, inside: Mutex::default() }
    }

    /// From now on the messages of this run are held.
    pub(crate) fn guide(&self, run: RunId) {
        let mut inside = self.lock();
        if !inside.closed {
            inside.guided = Some(run);
        }
    }

    /// Waits until the message may go.
    pub(crate) async fn pass(&self, id: u64, run: Option<RunId>, side: Side) {
        let Some((_turn, go)) = self.queue(id, run, side) else { return };
        tokio::select! {
            // An error means that everything was let go.
            _ = go => {}
            () = sleep(LONGEST_HOLD) => tracing::warn!(id, "a message was held for long, and is let go"),
        }
    }

    /// Lets the held message of that run go, if there is one.
    pub(crate) fn next(&self, run: RunId) {
        let mut inside = self.lock();
        if inside.guided == Some(run)
            && let Some(waiting) = inside.queue.pop_front()
        {
            self.release(waiting);
            self.show_first(&inside);
        }
    }

    /// Lets everything of that run go, and holds nothing more.
    pub(crate) fn open(&self, run: RunId) {
        let mut inside = self.lock();
        if inside.guided == Some(run) {
            self.let_all_go(&mut inside);
        }
    }

    /// Lets everything go, and holds nothing ever again.
    pub(crate) fn close(&self) {
        let mut inside = self.lock();
        inside.closed = true;
        self.let_all_go(&mut inside);
    }

    fn let_all_go(&self, inside: &mut Inside) {
        inside.guided = None;
        for waiting in std::mem::take(&mut inside.queue) {
            self.release(waiting);
        }
        self.clock.catch_up();
    }

    fn queue(&self, id: u64, run: Option<RunId>, side: Side) -> Option<(Turn<'_>, oneshot::Receiver<()>)> {
        let mut inside = self.lock();
        if run.is_none() || run != inside.guided {
            return None;
        }
        let (go, gone) = oneshot::channel();
        inside.last_ticket += 1;
        let ticket = inside.last_ticket;
        inside.queue.push_back(Waiting { ticket, id, side, go });
        if inside.queue.len() == 1 {
            self.clock.stop();
            self.show_first(&inside);
        }
        Some((Turn { gate: self, ticket }, gone))
    }

    fn leave(&self, ticket: u64) {
        let mut inside = self.lock();
        let Some(at) = inside.queue.iter().position(|waiting| waiting.ticket == ticket) else { return };
        if let Some(waiting) = inside.queue.remove(at) {
            self.release(waiting);
        }
        if at == 0 {
            self.show_first(&inside);
        }
    }

    fn release(&self, waiting: Waiting) {
        self.recorder.hold(waiting.id, None);
        // Nobody listens any more where the one who waited gave up.
        let _ = waiting.go.send(());
    }

    /// Announces the message that is held now; without one, time goes on.
    fn show_first(&self, inside: &Inside) {
        match inside.queue.front() {
            Some(first) => self.recorder.hold(first.id, Some(first.side)),
            None => self.clock.go_on(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_protocol::Timestamp;
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::{Gate, LONGEST_HOLD};
    use crate::{
        clock::Clock,
        exchange::{RunId, Side},
        recorder::Recorder,
        ring::Limits,
    };

    struct Stopped;

    impl countersign_server::edge::Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp::from_secs(0)
        }
    }

    const RUN: Option<RunId> = Some(RunId(1));

    fn gate() -> Gate {
        let gate = Gate::new(Arc::new(Recorder::new(Limits::default(), 0)), Arc::new(Clock::new(Arc::new(Stopped))));
        gate.guide(RunId(1));
        gate
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_ends_after_ten_minutes() {
        let gate = gate();
        #[expect(clippy::disallowed_methods, reason = "tokio's own clock, which is paused here")]
        let begun = Instant::now();
        gate.pass(1, RUN, Side::Request).await;
        assert_eq!(begun.elapsed(), LONGEST_HOLD);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_later_waits_behind_and_goes_one_at_a_time() {
        let gate = gate();
        let mut first = Box::pin(gate.pass(1, RUN, Side::Request));
        let mut second = Box::pin(gate.pass(2, RUN, Side::Request));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        gate.next(RunId(1));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(first.now_or_never().is_some());
        gate.next(RunId(1));
        assert!(second.now_or_never().is_some());
        gate.next(RunId(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_makes_room_for_the_next() {
        let gate = gate();
        let mut first = Box::pin(gate.pass(1, RUN, Side::Request));
        let mut second = Box::pin(gate.pass(2, RUN, Side::Request));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        drop(first);
        gate.next(RunId(1));
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn other_runs_and_no_run_at_all_are_not_held_and_a_closed_gate_holds_nothing() {
        let gate = gate();
        gate.pass(1, None, Side::Request).await;
        gate.pass(2, Some(RunId(2)), Side::Response).await;
        gate.close();
        gate.guide(RunId(1));
        gate.pass(3, RUN, Side::Request).await;
    }
}
