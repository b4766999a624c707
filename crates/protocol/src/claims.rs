//! The `claims` request parameter (OpenID Connect Core §5.5): which claims a client wants, and where.
//!
//! Read from untrusted JSON, so everything has a bound. What the text tells to ignore is ignored: unknown top-level
//! members and unknown members of a claim's request. Whether a claim exists, and whether the client may have it, is
//! decided elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest parameter that is read, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// Most claims for one destination.
pub const MAX_CLAIMS: usize = 64;
/// Most values that one claim may have to choose from.
pub const MAX_VALUES: usize = 32;
/// Deepest nesting; the outermost object is 1.
pub const MAX_DEPTH: usize = 8;
const MAX_NAME: usize = 128;

/// What a client asks for, by destination.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// What userinfo shall tell.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, ClaimRequest>,
    /// What the ID token shall tell.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, ClaimRequest>,
}

/// How one claim is asked for; `null` on the wire is the default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRequest {
    /// Whether the client needs it for what it is about to do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The value that it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Values of which it must have one, the best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

/// Why the parameter can't be read. Says what, never what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// Longer than [`MAX_BYTES`].
    #[error("it is longer than 8192 bytes")]
    TooLong,
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson,
    /// Deeper than [`MAX_DEPTH`].
    #[error("it is nested more than 8 deep")]
    TooDeep,
    /// The whole is not an object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// `userinfo` or `id_token` is not an object.
    #[error("userinfo and id_token must be JSON objects")]
    Destination,
    /// More than [`MAX_CLAIMS`], or a name that is empty or too long.
    #[error("at most 64 claims for each of userinfo and id_token, their names 1 to 128 characters long")]
    TooMany,
    /// A claim is asked for by something else than `null` or an object of the right form.
    #[error("each claim must be null, or an object with essential (true or false), value and values (a list)")]
    Claim,
    /// More than [`MAX_VALUES`].
    #[error("at most 32 values for one claim")]
    TooManyValues,
}

impl ClaimsRequest {
    /// Reads the parameter.
    pub fn parse(text: &str) -> Result<Self, ClaimsError> {
        if text.len() > MAX_BYTES {
            return Err(ClaimsError::TooLong);
        }
        // Its own limit of 128 levels keeps the parser from the end of the stack.
        let value: Value = serde_json::from_str(text).map_err(|_| ClaimsError::NotJson)?;
        if depth(&value) > MAX_DEPTH {
            return Err(ClaimsError::TooDeep);
        }
        let Value::Object(mut members) = value else { return Err(ClaimsError::NotAnObject) };
        let mut destination = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(Value::Object(claims)) => each(claims),
            Some(_) => Err(ClaimsError::Destination),
        };
        Ok(Self { userinfo: destination("userinfo")?, id_token: destination("id_token")? })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}

impl ClaimRequest {
    /// Whether the claim may be told with that value. Both members together mean both conditions.
    pub fn accepts(&self, value: &Value) -> bool {
        self.value.as_ref().is_none_or(|wanted| wanted == value)
            && self.values.as_ref().is_none_or(|wanted| wanted.contains(value))
    }

    /// The texts that the claim may have; `None`: any. What is not text can't be one of them.
    pub fn texts(&self) -> Option<Vec<&str>> {
        let listed = self.values.iter().flatten();
        let all = match &self.value {
            Some(one) => vec![one],
            None => listed.collect(),
        };
        let accepted = all.into_iter().filter(|value| self.accepts(value)).filter_map(Value::as_str).collect();
        (self.value.is_some() || self.values.is_some()).then_some(accepted)
    }
}

fn each(claims: Map<String, Value>) -> Result<BTreeMap<String, ClaimRequest>, ClaimsError> {
    let named = claims.keys().all(|name| (1..=MAX_NAME).contains(&name.chars().count()));
    if claims.len() > MAX_CLAIMS || !named {
        return Err(ClaimsError::TooMany);
    }
    claims.into_iter().map(|(name, value)| Ok((name, one(value)?))).collect()
}

fn one(value: Value) -> Result<ClaimRequest, ClaimsError> {
    let request = match value {
        Value::Null => ClaimRequest::default(),
        Value::Object(_) => serde_json::from_value(value).map_err(|_| ClaimsError::Claim)?,
        _ => return Err(ClaimsError::Claim),
    };
    let many = request.values.as_ref().is_some_and(|values: &Vec<Value>| values.len() > MAX_VALUES);
    if many { Err(ClaimsError::TooManyValues) } else { Ok(request) }
}

fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    deepest.unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{ClaimRequest, ClaimsError, ClaimsRequest};

    /// The example of OpenID Connect Core §5.5, with members that nobody understands.
    #[test]
    fn the_texts_own_example_is_read_and_what_is_not_understood_is_ignored() {
        let text = json!({
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null, "email_verified": {"essential": true, "why": "x"},
                "picture": null, "http://example.info/claims/groups": null,
            },
            "id_token": {
                "auth_time": {"essential": true},
                "acr": {"values": ["urn:mace:incommon:iap:silver"]},
            },
            "something_else": [1, 2],
        });
        let read = ClaimsRequest::parse(&text.to_string()).unwrap();
        assert_eq!(read.userinfo.len(), 5);
        assert!(read.userinfo["given_name"].essential && !read.userinfo["nickname"].essential);
        assert_eq!(read.id_token["acr"].texts(), Some(vec!["urn:mace:incommon:iap:silver"]));
        assert_eq!(read.id_token["auth_time"].texts(), None);
        let stored = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap(), read, "as it is stored");
    }

    #[test]
    fn what_does_not_have_the_form_is_refused_by_what_is_wrong() {
        let many = (0..65).map(|n| format!("\"c{n}\":null")).collect::<Vec<_>>().join(",");
        let values = (0..33).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        let cases = [
            ("", ClaimsError::NotJson),
            ("{", ClaimsError::NotJson),
            ("[]", ClaimsError::NotAnObject),
            ("null", ClaimsError::NotAnObject),
            (r#"{"userinfo":[]}"#, ClaimsError::Destination),
            (r#"{"id_token":"acr"}"#, ClaimsError::Destination),
            (r#"{"userinfo":{"name":true}}"#, ClaimsError::Claim),
            (r#"{"userinfo":{"name":"Alice"}}"#, ClaimsError::Claim),
            (r#"{"userinfo":{"name":{"essential":"yes"}}}"#, ClaimsError::Claim),
            (r#"{"userinfo":{"name":{"values":"Alice"}}}"#, ClaimsError::Claim),
            (r#"{"userinfo":{"":null}}"#, ClaimsError::TooMany),
            (&format!(r#"{{"id_token":{{{many}}}}}"#), ClaimsError::TooMany),
            (&format!(r#"{{"id_token":{{"acr":{{"values":[{values}]}}}}}}"#), ClaimsError::TooManyValues),
            (
                &format!(r#"{{"userinfo":{{"a":{{"value":{}{}}}}}}}"#, "[".repeat(6), "]".repeat(6)),
                ClaimsError::TooDeep,
            ),
            (&format!("{}{}", "[".repeat(4000), "]".repeat(4000)), ClaimsError::NotJson),
            (&format!("{{}}{}", " ".repeat(8192)), ClaimsError::TooLong),
        ];
        for (text, why) in cases {
            assert_eq!(ClaimsRequest::parse(text), Err(why), "{}", text.chars().take(80).collect::<String>());
        }
        assert!(ClaimsRequest::parse("{}").unwrap().is_empty());
        assert!(ClaimsRequest::parse(r#"{"userinfo":null}"#).unwrap().is_empty());
    }

    #[test]
    fn a_value_and_a_list_of_values_are_two_conditions() {
        let request = |text: Value| serde_json::from_value::<ClaimRequest>(text).unwrap();
        let table = [
            (json!({}), json!("a"), true),
            (json!({"value": "a"}), json!("a"), true),
            (json!({"value": "a"}), json!("b"), false),
            (json!({"value": "1"}), json!(1), false),
            (json!({"values": ["a", "b"]}), json!("b"), true),
            (json!({"values": []}), json!("b"), false),
            (json!({"value": "a", "values": ["a", "b"]}), json!("b"), false),
            (json!({"value": "c", "values": ["a", "b"]}), json!("c"), false),
            (json!({"value": {"x": [1]}}), json!({"x": [1]}), true),
        ];
        for (asked, value, accepted) in table {
            assert_eq!(request(asked.clone()).accepts(&value), accepted, "{asked} {value}");
        }
        assert_eq!(request(json!({"value": "c", "values": ["a"]})).texts(), Some(vec![]));
        assert_eq!(request(json!({"values": ["a", 1, "b"]})).texts(), Some(vec!["a", "b"]));
        assert_eq!(request(json!({"value": 1})).texts(), Some(vec![]));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in r#"[\[\]{}":,a-c0-9 nulltrue]{0,120}"#) {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
