//! A point in time, for people: how long ago, and the date. In UTC, since a page without script cannot know the zone.

use countersign_protocol::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A point in time as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// For machines: RFC 3339.
    pub iso: String,
    /// In full: "12 March 2026, 14:05 UTC".
    pub full: String,
    /// In few words: "3 hours ago", or the date if that is long past.
    pub words: String,
}

impl Moment {
    /// A past moment, seen from `now`; one that lies ahead by a skewed clock counts as now.
    pub fn past(at: Timestamp, now: Timestamp) -> Self {
        let date = jiff::Timestamp::from_second(at.secs()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let words = match now.secs_since(at) {
            secs if secs < MINUTE => "just now".to_owned(),
            secs if secs < HOUR => ago(secs / MINUTE, "minute"),
            secs if secs < DAY => ago(secs / HOUR, "hour"),
            secs if secs < 30 * DAY => ago(secs / DAY, "day"),
            _ => date.strftime("%-d %B %Y").to_string(),
        };
        Self { iso: date.to_string(), full: date.strftime("%-d %B %Y, %H:%M UTC").to_string(), words }
    }
}

fn ago(count: u64, unit: &str) -> String {
    format!("{} ago", counted(count, unit))
}

/// A lifetime in words, rounded up so that whoever waits that long has waited enough.
pub fn wait(secs: u64) -> String {
    match secs {
        0..=90 => counted(secs.max(1), "second"),
        91..=5400 => counted(secs.div_ceil(MINUTE), "minute"),
        _ => counted(secs.div_ceil(HOUR), "hour"),
    }
}

fn counted(count: u64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::Timestamp;

    use super::{Moment, wait};

    const NOW: i64 = 1_773_324_300;

    #[test]
    fn the_past_is_told_in_the_largest_fitting_unit() {
        let cases = [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (3600, "1 hour ago"),
            (86_400, "1 day ago"),
            (29 * 86_400, "29 days ago"),
            (30 * 86_400, "10 February 2026"),
        ];
        for (before, words) in cases {
            assert_eq!(Moment::past(Timestamp::from_secs(NOW - before), Timestamp::from_secs(NOW)).words, words);
        }
    }

    #[test]
    fn machines_get_rfc_3339_and_people_the_whole_date() {
        let moment = Moment::past(Timestamp::from_millis(NOW * 1000 + 999), Timestamp::from_secs(NOW));
        assert_eq!(moment.iso, "2026-03-12T14:05:00Z");
        assert_eq!(moment.full, "12 March 2026, 14:05 UTC");
        assert_eq!(Moment::past(Timestamp::from_millis(i64::MAX), Timestamp::from_secs(NOW)).words, "just now");
    }

    #[test]
    fn a_wait_is_rounded_up() {
        let cases = [(0, "1 second"), (30, "30 seconds"), (91, "2 minutes"), (3600, "60 minutes"), (7300, "3 hours")];
        for (secs, words) in cases {
            assert_eq!(wait(secs), words);
        }
    }
}
