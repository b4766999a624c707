//! Where the server touches the machine: its clock and its randomness. Everything below takes both as arguments.

use std::time::{Duration, Instant};

use countersign_protocol::{Entropy, Timestamp};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// How long to wait until it shows that time. A clock that is moved by hand goes there, and nobody waits.
    fn until(&self, at: Timestamp) -> Duration {
        let millis = at.millis().saturating_sub(self.now().millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// How long something takes. Shown, never decided by.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "measures, and decides nothing")]
        Self(Instant::now())
    }

    /// Microseconds since.
    pub fn micros(self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "measures, and decides nothing")]
        let elapsed = self.0.elapsed();
        u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
    }

    /// Seconds since.
    pub fn seconds(self) -> f64 {
        #[expect(clippy::disallowed_methods, reason = "measures, and decides nothing")]
        self.0.elapsed().as_secs_f64()
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
