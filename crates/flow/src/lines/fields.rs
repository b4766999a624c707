//! Names with values, as JSON objects.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::value::{Field, Show};

/// Names and values in their order; a repeated name has a list.
pub(super) struct Fields<'a>(pub(super) &'a [Field], pub(super) &'a Show);

/// What tokens say, by the name of the token.
pub(super) struct Claims<'a>(pub(super) &'a [(&'static str, Vec<Field>)], pub(super) &'a Show);

impl Fields<'_> {
    /// Whether there is nothing to write.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Claims<'_> {
    /// Whether there is nothing to write.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (n, field) in self.0.iter().enumerate() {
            let (before, rest) = self.0.split_at(n);
            if before.iter().any(|earlier| earlier.name == field.name) {
                continue;
            }
            let same = rest.iter().filter(|other| other.name == field.name);
            let values: Vec<_> = same.map(|field| self.1.value(&field.value)).collect();
            match values.as_slice() {
                [only] => map.serialize_entry(&field.name, only)?,
                several => map.serialize_entry(&field.name, several)?,
            }
        }
        map.end()
    }
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(token, fields)| (token, Fields(fields, self.1))))
    }
}
