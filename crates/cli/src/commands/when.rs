//! Points in time and spans of time, for people and for scripts.

use countersign_protocol::{Timestamp, Ttl};
use jiff::{Span, SpanRelativeTo};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// RFC 3339, for scripts.
pub(crate) fn iso(at: Timestamp) -> String {
    date(at).to_string()
}

/// Date and time of day in UTC, with how far away that is.
pub(crate) fn full(now: Timestamp, at: Timestamp) -> String {
    format!("{} ({})", date(at).strftime("%Y-%m-%d %H:%M:%S UTC"), relative(now, at))
}

/// The day, for lists.
pub(crate) fn day(at: Timestamp) -> String {
    date(at).strftime("%Y-%m-%d").to_string()
}

/// How far away a point in time is, in its largest unit.
pub(crate) fn relative(now: Timestamp, at: Timestamp) -> String {
    if at > now {
        return format!("in {}", words(at.secs_since(now)));
    }
    match now.secs_since(at) {
        0 => "just now".to_owned(),
        secs => format!("{} ago", words(secs)),
    }
}

/// A number of seconds in its largest unit, rounded.
pub(crate) fn words(secs: u64) -> String {
    let (unit, name) = match secs {
        0..120 => (1, "second"),
        120..7200 => (MINUTE, "minute"),
        7200..172_800 => (HOUR, "hour"),
        _ => (DAY, "day"),
    };
    let count = secs.saturating_add(unit / 2) / unit;
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

/// A span of time with its unit, such as `90s`, `12h` or `7d`.
pub(crate) fn parse_span(text: &str) -> Result<Ttl, String> {
    let expected = || "expected a span of time such as 90s, 5m, 12h or 7d".to_owned();
    let span: Span = text.parse().map_err(|_| expected())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| expected())?;
    u32::try_from(duration.as_secs()).map(Ttl::secs).map_err(|_| expected())
}

fn date(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at.secs()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{Timestamp, Ttl};

    use super::{full, parse_span, relative};

    #[test]
    fn spans_have_a_unit_and_are_not_negative() {
        assert_eq!(parse_span("7d"), Ok(Ttl::days(7)));
        assert_eq!(parse_span("90s"), Ok(Ttl::secs(90)));
        assert_eq!(parse_span("0s"), Ok(Ttl::secs(0)));
        for wrong in ["", "7", "-1d", "a week", "1mo", "999999999d"] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_past_and_the_future_are_told_in_the_largest_unit() {
        let now = Timestamp::from_secs(1_773_324_300);
        assert_eq!(relative(now, now), "just now");
        assert_eq!(relative(now, now.plus(Ttl::minutes(5))), "in 5 minutes");
        assert_eq!(relative(now, now.minus(Ttl::days(3))), "3 days ago");
        assert_eq!(relative(now, now.plus(Ttl::secs(7 * 86_400 - 2))), "in 7 days");
        assert_eq!(full(now, now.minus(Ttl::secs(1))), "2026-03-12 14:04:59 UTC (1 second ago)");
    }
}
