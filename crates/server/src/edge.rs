//! Where the server touches the machine: its clock and its randomness. Everything below takes both as arguments.

use std::sync::atomic::{AtomicI64, Ordering};

use countersign_protocol::{Entropy, Timestamp, Ttl};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock, with an offset that a test bed may move forward so that nobody has to wait for an expiry.
#[derive(Debug, Default)]
pub struct SystemClock {
    ahead_millis: AtomicI64,
}

impl SystemClock {
    /// Moves this clock forward; saturates.
    pub fn advance(&self, by: Ttl) {
        self.ahead_millis.fetch_add(i64::from(by.as_secs()) * 1000, Ordering::Relaxed);
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(millis.saturating_add(self.ahead_millis.load(Ordering::Relaxed)))
    }
}

/// The operating system's randomness.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
        let filled = getrandom::fill(buffer);
        // Without randomness there is no secret to issue: nothing that follows could be right.
        if filled.is_err() {
            std::process::abort();
        }
    }
}
