//! The JOSE header of a received token (RFC 7515 §4): three members are read, six are refused, the rest is ignored.
//!
//! Refused are those by which a token would bring its own key or its own rules (RFC 8725 §3.1, §3.10): `jwk`, `jku`,
//! `x5c`, `x5u`, and, as no extension is understood here, `crit` (RFC 7515 §4.1.11) and `b64` (RFC 7797 §3).

use serde_json::{Map, Value};

use crate::{Algorithm, ParseError, json};

/// Header members that are refused by their presence alone.
const REFUSED_MEMBERS: [&str; 6] = ["crit", "jku", "jwk", "x5u", "x5c", "b64"];

/// The header members that we act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg`: how it is signed. Must equal the algorithm of the key.
    pub alg: Algorithm,
    /// `typ`: what kind of token it says it is.
    pub typ: Option<String>,
    /// `kid`: which key it says it was signed with.
    pub kid: Option<String>,
}

impl Header {
    pub(crate) fn from_object(object: &Map<String, Value>) -> Result<Self, ParseError> {
        if let Some(member) = REFUSED_MEMBERS.into_iter().find(|member| object.contains_key(*member)) {
            return Err(ParseError::RefusedMember(member));
        }
        let name = member(object, "alg")?.ok_or(ParseError::Member("alg"))?;
        let alg = name.parse().map_err(|_| refused_algorithm(name))?;
        let typ = member(object, "typ")?.map(str::to_owned);
        let kid = member(object, "kid")?.map(str::to_owned);
        Ok(Self { alg, typ, kid })
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, ParseError> {
    object.get(name).map(|value| value.as_str().ok_or(ParseError::Member(name))).transpose()
}

fn refused_algorithm(name: &str) -> ParseError {
    if name.trim().eq_ignore_ascii_case("none") {
        return ParseError::NotSigned;
    }
    if name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("HS")) {
        return ParseError::Symmetric(json::excerpt(name));
    }
    ParseError::Algorithm(json::excerpt(name))
}
