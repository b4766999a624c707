//! Points in time as JWTs write them: `NumericDate`, seconds since 1970, fractions allowed (RFC 7519 §2).

use countersign_protocol::Timestamp;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The last second of the year 9999. What lies outside plus or minus this is a mistake or an attack, not a date.
const FARTHEST_SECS: i64 = 253_402_300_799;

/// A time in a claims type. Written as whole seconds, rounded down; [`Timestamp`] alone would write milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate(Timestamp);

impl NumericDate {
    /// The time itself.
    pub const fn timestamp(self) -> Timestamp {
        self.0
    }

    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        let in_range = -FARTHEST_SECS..=FARTHEST_SECS;
        if let Some(secs) = value.as_i64() {
            return in_range.contains(&secs).then(|| Self(Timestamp::from_secs(secs)));
        }
        let millis = (value.as_f64()? * 1000.0).floor();
        #[expect(clippy::cast_possible_truncation, reason = "casts from floats saturate; the range is checked next")]
        let millis = millis as i64;
        in_range.contains(&millis.div_euclid(1000)).then(|| Self(Timestamp::from_millis(millis)))
    }
}

impl From<Timestamp> for NumericDate {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.secs().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| D::Error::custom("expected seconds since 1970"))
    }
}
