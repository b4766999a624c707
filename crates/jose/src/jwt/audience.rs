//! `aud`: one recipient or several (RFC 7519 §4.1.3).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Who a token is for. A single recipient is written as a plain string, which every reader understands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audience(Vec<String>);

impl Audience {
    /// One recipient.
    pub fn one(recipient: impl Into<String>) -> Self {
        Self(vec![recipient.into()])
    }

    /// Whether exactly this recipient is named.
    pub fn contains(&self, recipient: &str) -> bool {
        self.0.iter().any(|named| named == recipient)
    }

    /// Every recipient, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many recipients are named. An ID token with more than one needs `azp` (OIDC Core §3.1.3.7).
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(one) => Some(Self::one(one)),
            Value::Array(many) => {
                many.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>().map(Self)
            }
            _ => None,
        }
    }
}

impl<S: Into<String>> FromIterator<S> for Audience {
    fn from_iter<I: IntoIterator<Item = S>>(recipients: I) -> Self {
        Self(recipients.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| D::Error::custom("expected a string or an array of strings"))
    }
}
