//! How long something took: the one place that reads the monotonic clock. Shown, never decided by.

use std::time::Instant;

/// A stopwatch that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    pub(crate) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "measures, and decides nothing")]
        Self(Instant::now())
    }

    /// Microseconds since.
    pub(crate) fn micros(self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "measures, and decides nothing")]
        let elapsed = self.0.elapsed();
        u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
    }
}
