//! What happened in a session lately, for the panel that shows it. Bounded; no secret gets in.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use countersign_protocol::{HandleHash, Secret, Timestamp};

/// More events than this are not kept.
const CAPACITY: usize = 8;

#[derive(Debug, Default)]
pub(super) struct History(Mutex<VecDeque<(Timestamp, String)>>);

impl History {
    pub(super) fn add(&self, now: Timestamp, what: impl Into<String>) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.truncate(CAPACITY - 1);
        events.push_front((now, what.into()));
    }

    /// When and what, newest first.
    pub(super) fn newest_first(&self, now: Timestamp) -> Vec<(String, String)> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().map(|(at, what)| (ago(now.secs_since(*at)), what.clone())).collect()
    }
}

/// The start of a token's hash: enough to see that it changed, no use to anybody else.
pub(super) fn fingerprint(token: &Secret) -> String {
    HandleHash::of(token.expose()).as_str().chars().take(8).collect()
}

/// A time that has passed, in words.
pub(super) fn ago(secs: u64) -> String {
    match secs {
        0..=4 => "just now".to_owned(),
        5..=119 => format!("{secs} s ago"),
        120..=7199 => format!("{} min ago", secs / 60),
        _ => format!("{} h ago", secs / 3600),
    }
}

/// A time that is left, in words.
pub(super) fn left(secs: u64) -> String {
    match secs {
        0..=119 => format!("{secs} s"),
        120..=7199 => format!("{} min", secs / 60),
        _ => format!("{} h", secs / 3600),
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::Timestamp;

    use super::{CAPACITY, History, ago};

    #[test]
    fn only_the_newest_events_are_kept() {
        let history = History::default();
        for n in 0..100 {
            history.add(Timestamp::from_secs(n), format!("event {n}"));
        }
        let events = history.newest_first(Timestamp::from_secs(160));
        assert_eq!(events.len(), CAPACITY);
        assert_eq!(events[0], ("61 s ago".to_owned(), "event 99".to_owned()));
    }

    #[test]
    fn times_are_told_as_people_do() {
        assert_eq!(
            [ago(0), ago(59), ago(120), ago(90_000)],
            ["just now", "59 s ago", "2 min ago", "25 h ago"].map(str::to_owned)
        );
    }
}
