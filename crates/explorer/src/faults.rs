//! Faults on purpose, for trying out what a client does about them.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;

/// Longest delay of the key set, in seconds.
pub(crate) const MAX_DELAY: u32 = 120;

/// Which faults are set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FaultState {
    /// Whether the answer to the next successful refresh is lost.
    pub(crate) drop_next_refresh: bool,
    /// Seconds by which the key set is late.
    pub(crate) delay_jwks: u32,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<FaultState>);

impl Faults {
    /// What is set.
    pub(crate) fn state(&self) -> FaultState {
        *self.lock()
    }

    /// Sets or unsets the loss of the next refresh's answer.
    pub(crate) fn drop_next_refresh(&self, on: bool) {
        self.lock().drop_next_refresh = on;
    }

    /// Delays the key set; zero: not any more.
    pub(crate) fn delay_jwks(&self, secs: u32) {
        self.lock().delay_jwks = secs.min(MAX_DELAY);
    }

    /// Whether the answer to this refresh is lost; the next one's is not.
    pub(crate) fn take_drop(&self) -> bool {
        std::mem::take(&mut self.lock().drop_next_refresh)
    }

    /// How late the key set is.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_secs(self.lock().delay_jwks.into())
    }

    fn lock(&self) -> MutexGuard<'_, FaultState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
