//! Points in time and lifetimes. Both are arguments everywhere; nothing here reads a clock.

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the epoch, as `NumericDate` counts them (RFC 7519 §2); saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: an `iat` must never lie in a verifier's future.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time plus a lifetime; saturates.
    pub const fn plus(self, ttl: Ttl) -> Self {
        Self(self.0.saturating_add((ttl.0 as i64) * 1000))
    }

    /// This time less a lifetime; saturates.
    pub const fn minus(self, ttl: Ttl) -> Self {
        Self(self.0.saturating_sub((ttl.0 as i64) * 1000))
    }

    /// Whole seconds from `earlier` to this time; zero if it lies before.
    pub const fn secs_since(self, earlier: Self) -> u64 {
        let gap = self.0.saturating_sub(earlier.0);
        if gap <= 0 { 0 } else { (gap / 1000).unsigned_abs() }
    }
}

/// A lifetime in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ttl(u32);

impl Ttl {
    /// A lifetime of that many seconds.
    pub const fn secs(secs: u32) -> Self {
        Self(secs)
    }

    /// A lifetime of that many minutes; saturates.
    pub const fn minutes(minutes: u32) -> Self {
        Self(minutes.saturating_mul(60))
    }

    /// A lifetime of that many days; saturates.
    pub const fn days(days: u32) -> Self {
        Self(days.saturating_mul(86_400))
    }

    /// The number of seconds.
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, Ttl};

    #[test]
    fn arithmetic_saturates_instead_of_overflowing() {
        assert_eq!(Timestamp::from_secs(i64::MAX).plus(Ttl::days(1)).millis(), i64::MAX);
        assert_eq!(Timestamp::from_millis(i64::MIN).minus(Ttl::days(1)).millis(), i64::MIN);
        assert_eq!(Timestamp::from_secs(10).secs_since(Timestamp::from_secs(20)), 0);
    }

    #[test]
    fn seconds_round_down_so_that_iat_is_never_in_the_future() {
        assert_eq!(Timestamp::from_millis(1999).secs(), 1);
        assert_eq!(Timestamp::from_millis(-1).secs(), -1);
    }
}
