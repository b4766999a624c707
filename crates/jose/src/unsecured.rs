//! JWTs that nobody signed (RFC 7519 §6): a type of their own, so that one can't be taken for a token that was verified.
//!
//! There is one use for them: an authorization request that its client registered to send unsigned (OpenID Connect Core
//! §6.1). Whoever sent it may have written it.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{ClaimsError, ParseError, Unverified, base64url, json};

/// A JWT with `"alg":"none"` and an empty signature.
pub struct Unsecured {
    typ: Option<String>,
    claims: Map<String, Value>,
}

impl Unsecured {
    /// Proves the form: three parts, the last one empty, strict base64url, `alg` exactly `none`, nothing critical.
    pub fn parse(token: &str) -> Result<Self, ParseError> {
        if token.len() > Unverified::MAX_BYTES {
            return Err(ParseError::TooLarge { found: token.len() });
        }
        let parts: Vec<&str> = token.splitn(4, '.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(ParseError::Parts { found: token.split('.').count() });
        };
        let part = |name, text| base64url::decode(text).ok_or(ParseError::Base64(name));
        let header = json::parse_object(&part("header", header)?).map_err(ParseError::Header)?;
        match header.get("alg") {
            Some(Value::String(alg)) if alg == "none" => {}
            Some(Value::String(alg)) => return Err(ParseError::Algorithm(json::excerpt(alg))),
            _ => return Err(ParseError::Member("alg")),
        }
        if header.contains_key("crit") {
            return Err(ParseError::RefusedMember("crit"));
        }
        // RFC 7519 §6.1: the signature is the empty string.
        if !signature.is_empty() {
            return Err(ParseError::NotSigned);
        }
        let claims = json::parse_object(&part("payload", payload)?).map_err(ParseError::Payload)?;
        let typ = header.get("typ").map(|typ| typ.as_str().map(str::to_owned).ok_or(ParseError::Member("typ")));
        Ok(Self { typ: typ.transpose()?, claims })
    }

    /// The kind of token that it says it is.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// What it says; nobody vouches for it.
    pub fn unsecured_claims<T: DeserializeOwned>(self) -> Result<T, ClaimsError> {
        let claims = Value::Object(self.claims);
        T::deserialize(claims).map_err(|error| ClaimsError::Shape(json::excerpt(&error.to_string())))
    }
}

/// Neither claims nor anything else that somebody wrote into it.
impl std::fmt::Debug for Unsecured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unsecured").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Unsecured;
    use crate::{ParseError, base64url::encode};

    fn token(header: &str, payload: &str, signature: &str) -> String {
        format!("{}.{}.{signature}", encode(header), encode(payload))
    }

    #[test]
    fn an_unsigned_token_is_read_and_nothing_else() {
        let good = Unsecured::parse(&token(r#"{"alg":"none","typ":"JWT"}"#, r#"{"a":1}"#, "")).unwrap();
        assert_eq!(good.typ(), Some("JWT"));
        assert_eq!(good.unsecured_claims::<Value>().unwrap(), json!({"a": 1}));
        let none = r#"{"alg":"none"}"#;
        let refused = |text: &str| Unsecured::parse(text).map(|_| ()).unwrap_err();
        for alg in ["NONE", "None", "none ", "ES256", "HS256", ""] {
            let header = json!({ "alg": alg }).to_string();
            assert_eq!(refused(&token(&header, "{}", "")), ParseError::Algorithm(alg.to_owned()));
        }
        assert_eq!(refused(&token("{}", "{}", "")), ParseError::Member("alg"));
        assert_eq!(refused(&token(r#"{"alg":"none","crit":["x"]}"#, "{}", "")), ParseError::RefusedMember("crit"));
        assert_eq!(refused(&token(r#"{"alg":"none","typ":1}"#, "{}", "")), ParseError::Member("typ"));
        assert_eq!(refused(&token(none, "{}", "AAAA")), ParseError::NotSigned);
        for two in [format!("{}.{}", encode(none), encode("{}")), String::new()] {
            assert!(matches!(refused(&two), ParseError::Parts { .. }));
        }
        assert!(matches!(refused(&format!("{}.", token(none, "{}", ""))), ParseError::Parts { found: 4 }));
        for payload in ["[]", r#"{"a":1,"a":2}"#, ""] {
            assert!(matches!(refused(&token(none, payload, "")), ParseError::Payload(_)), "{payload}");
        }
        assert!(matches!(refused(&"a".repeat(20_000)), ParseError::TooLarge { .. }));
    }
}
