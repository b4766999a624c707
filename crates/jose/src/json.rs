//! JSON objects in which no member appears twice, at any depth.
//!
//! RFC 7515 §4 and RFC 7519 §4 let a parser refuse duplicates or take the last. Refusing is the only choice under
//! which two parsers can never disagree about what was signed. Depth is bounded by `serde_json` (128 levels), size by
//! the callers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// Reads one object and nothing behind it. The error says what is wrong, shortened to be safe to log.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(bytes) {
        Ok(Unique(Value::Object(object))) => Ok(object),
        Ok(_) => Err("not an object".to_owned()),
        Err(error) => Err(excerpt(&error.to_string())),
    }
}

/// The beginning of text that came from outside, for error messages.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate members")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match out.entry(name) {
                Entry::Occupied(twice) => {
                    return Err(A::Error::custom(format_args!("duplicate member {:?}", excerpt(twice.key()))));
                }
                Entry::Vacant(free) => {
                    free.insert(members.next_value::<Unique>()?.0);
                }
            }
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::{excerpt, parse_object};

    #[test]
    fn a_duplicate_member_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"x":{"a":1,"a":1}}"#, r#"{"x":[{"a":1,"\u0061":1}]}"#] {
            let reason = parse_object(text.as_bytes()).expect_err("must be refused");
            assert!(reason.contains(r#"duplicate member "a""#), "{reason}");
        }
    }

    #[test]
    fn only_one_whole_object_is_accepted() {
        assert!(parse_object(br#" {"a":[1,-2,1.5,true,null,"s"]} "#).is_ok());
        for text in ["[]", "1", "", "{}{}", "{},", "{\"a\":1e400}", "\u{feff}{}"] {
            assert!(parse_object(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
        let text = format!(r#"{{"a":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000));
        assert!(parse_object(text.as_bytes()).is_err());
    }

    #[test]
    fn long_outside_text_is_cut_at_a_character_boundary() {
        assert_eq!(excerpt(&"é".repeat(500)).chars().count(), 121);
    }
}
