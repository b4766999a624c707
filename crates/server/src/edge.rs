//! Where the server touches the machine: its clock and its randomness. Everything below takes both as arguments.

use countersign_protocol::{Entropy, Timestamp};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
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
