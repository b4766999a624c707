//! The clock of the whole test bed. It can be moved forward, so that nobody waits for an expiry, and it stands still while
//! a message is held, so that a code does not expire because somebody is reading. When the run is over it catches up.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_protocol::{Timestamp, Ttl};
use countersign_server::edge;
use serde::Serialize;

/// See the module.
pub struct Clock {
    machine: Arc<dyn edge::Clock>,
    shift: Mutex<Shift>,
}

#[derive(Debug, Default)]
struct Shift {
    /// How far it was moved, in milliseconds.
    ahead: i64,
    /// How long it has stood still since it caught up last, in milliseconds.
    lag: i64,
    /// The time at which it stands still.
    stopped: Option<Timestamp>,
}

/// What the pages are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Seconds by which it was moved forward.
    pub ahead: i64,
    /// The time, in milliseconds since 1970.
    pub now: i64,
}

impl Clock {
    /// A clock that goes by that one.
    pub fn new(machine: Arc<dyn edge::Clock>) -> Self {
        Self { machine, shift: Mutex::default() }
    }

    /// Moves it forward; saturates.
    pub fn advance(&self, by: Ttl) {
        let mut shift = self.shift();
        let by = i64::from(by.as_secs()).saturating_mul(1000);
        shift.ahead = shift.ahead.saturating_add(by);
        shift.stopped = shift.stopped.map(|at| Timestamp::from_millis(at.millis().saturating_add(by)));
    }

    /// How far it was moved, and what time it is.
    pub fn moved(&self) -> Moved {
        let shift = self.shift();
        Moved { ahead: shift.ahead / 1000, now: self.read(&shift).millis() }
    }

    /// From now on it stands still.
    pub(crate) fn stop(&self) {
        let mut shift = self.shift();
        shift.stopped = Some(self.read(&shift));
    }

    /// It goes on from where it stands.
    pub(crate) fn go_on(&self) {
        let mut shift = self.shift();
        if let Some(at) = shift.stopped.take() {
            shift.lag = self.machine.now().millis().saturating_add(shift.ahead).saturating_sub(at.millis());
        }
    }

    /// It is again as late as it would be if it had never stood still.
    pub(crate) fn catch_up(&self) {
        let mut shift = self.shift();
        shift.lag = 0;
        shift.stopped = None;
    }

    fn read(&self, shift: &Shift) -> Timestamp {
        let goes = || self.machine.now().millis().saturating_add(shift.ahead).saturating_sub(shift.lag);
        shift.stopped.unwrap_or_else(|| Timestamp::from_millis(goes()))
    }

    fn shift(&self) -> MutexGuard<'_, Shift> {
        self.shift.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl edge::Clock for Clock {
    fn now(&self) -> Timestamp {
        self.read(&self.shift())
    }

    fn until(&self, at: Timestamp) -> Duration {
        let shift = self.shift();
        // While it is held no waiting helps.
        if shift.stopped.is_some() {
            return Duration::ZERO;
        }
        let machine = at.millis().saturating_sub(shift.ahead).saturating_add(shift.lag);
        self.machine.until(Timestamp::from_millis(machine))
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("shift", &self.shift).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    use countersign_protocol::{Timestamp, Ttl};
    use countersign_server::edge::Clock as _;

    use super::Clock;

    #[derive(Debug, Default)]
    struct Machine(AtomicI64);

    impl countersign_server::edge::Clock for Machine {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    impl Machine {
        fn pass(&self, secs: i64) {
            self.0.fetch_add(secs * 1000, Ordering::Relaxed);
        }
    }

    fn clock() -> (Arc<Machine>, Clock) {
        let machine = Arc::new(Machine::default());
        (Arc::clone(&machine), Clock::new(machine))
    }

    #[test]
    fn it_is_moved_forward_and_goes_on_from_there() {
        let (machine, clock) = clock();
        machine.pass(10);
        clock.advance(Ttl::secs(60));
        machine.pass(5);
        assert_eq!(clock.now(), Timestamp::from_secs(75));
        assert_eq!(clock.moved().ahead, 60);
    }

    #[test]
    fn it_stands_still_while_a_message_is_held_and_catches_up_afterwards() {
        let (machine, clock) = clock();
        clock.stop();
        machine.pass(300);
        assert_eq!(clock.now(), Timestamp::from_secs(0));
        clock.go_on();
        machine.pass(1);
        assert_eq!(clock.now(), Timestamp::from_secs(1));
        clock.stop();
        machine.pass(100);
        clock.go_on();
        assert_eq!(clock.now(), Timestamp::from_secs(1));
        clock.catch_up();
        assert_eq!(clock.now(), Timestamp::from_secs(401));
    }

    #[test]
    fn it_can_be_moved_while_it_stands_still() {
        let (machine, clock) = clock();
        clock.stop();
        clock.advance(Ttl::secs(60));
        machine.pass(5);
        assert_eq!(clock.now(), Timestamp::from_secs(60));
        clock.go_on();
        assert_eq!(clock.now(), Timestamp::from_secs(60));
        clock.advance(Ttl::secs(u32::MAX));
        assert_eq!(clock.moved().ahead, 60 + i64::from(u32::MAX));
    }
}
