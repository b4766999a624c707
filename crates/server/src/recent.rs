//! A bounded table of what was asked for lately. Where it is full, what was longest not asked for goes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_protocol::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

/// What is known under each name.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    most: usize,
    entries: Mutex<HashMap<String, Entry<T>>>,
}

#[derive(Debug)]
struct Entry<T> {
    asked_at: Timestamp,
    state: Arc<AsyncMutex<T>>,
}

impl<T: Default> Recent<T> {
    /// With nothing known yet, and room for that many names.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, entries: Mutex::default() }
    }

    /// What is known under that name; the default where it was not asked for lately.
    pub(crate) fn of(&self, now: Timestamp, name: &str) -> Arc<AsyncMutex<T>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if !entries.contains_key(name) && entries.len() >= self.most {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.asked_at);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                entries.remove(&oldest);
            }
        }
        let entry = entries.entry(name.to_owned()).or_insert_with(|| Entry { asked_at: now, state: Arc::default() });
        entry.asked_at = now;
        Arc::clone(&entry.state)
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::Timestamp;

    use super::Recent;

    #[tokio::test]
    async fn the_table_has_a_bound_and_keeps_what_was_asked_for_last() {
        let recent: Recent<u32> = Recent::new(2);
        for (second, name) in [(1, "a"), (2, "b"), (3, "a"), (4, "c")] {
            *recent.of(Timestamp::from_secs(second), name).lock().await += 1;
        }
        for (name, times) in [("a", 2), ("c", 1), ("b", 0)] {
            assert_eq!(*recent.of(Timestamp::from_secs(5), name).lock().await, times, "{name}");
        }
    }
}
