//! `GET|POST /userinfo` (OpenID Connect Core §5.3). The token comes in the header only.

use axum::{extract::State, http::HeaderMap, response::Response};
use countersign_engine::{
    Cx,
    tokens::{presented::Presented, rules, userinfo::decide},
};
use countersign_protocol::Refusal;
use serde_json::{Map, Value};

use super::{introspect::facts, token::MAX_RACES};
use crate::{
    edge::SystemEntropy,
    extract::authorization,
    realm::{App, Realm, context},
    reply::{Challenge, Failure, json},
};

/// The endpoint.
pub async fn userinfo(State(realm): State<App>, headers: HeaderMap) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let header = authorization(&headers);
    let outcome = answer(&realm, &mut cx, header.as_deref()).await;
    json(&mut cx, "userinfo", outcome, challenge(header.as_deref()))
}

async fn answer(realm: &Realm, cx: &mut Cx<'_>, header: Option<&str>) -> Result<Map<String, Value>, Failure> {
    let token = bearer(cx, header)?;
    let keys = realm.keys.load();
    let presented = Presented::identify(cx.now, realm.for_tokens(&keys), token);
    for _ in 0..MAX_RACES {
        let facts = facts(realm, &presented).await?;
        let plan = decide(cx, &realm.policy, &presented, &facts);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(plan.outcome.release(&done)?);
        }
    }
    Err(Failure::Overloaded("the same token was used too often at once"))
}

/// The Bearer token of an Authorization header (RFC 6750 §2.1).
pub fn bearer<'h>(cx: &mut Cx<'_>, header: Option<&'h str>) -> Result<&'h str, Refusal> {
    cx.require_some(&rules::BEARER_HEADER, find(header))
}

/// What a 401 says: no more than "Bearer" to who sent no token.
pub fn challenge(header: Option<&str>) -> Challenge {
    Challenge::Bearer { sent: find(header).is_some() }
}

fn find(header: Option<&str>) -> Option<&str> {
    let (scheme, token) = header?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use countersign_engine::{Cx, tokens::rules};
    use countersign_protocol::Timestamp;

    use super::{Challenge, bearer, challenge};
    use crate::edge::SystemEntropy;

    #[test]
    fn a_bearer_token_is_read_from_its_header_in_any_case_and_nothing_else_is_one() {
        let mut entropy = SystemEntropy;
        let mut cx = Cx::new(Timestamp::from_secs(0), &mut entropy);
        for header in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(&mut cx, Some(header)).unwrap(), "abc");
            assert_eq!(challenge(Some(header)), Challenge::Bearer { sent: true });
        }
        for header in [None, Some(""), Some("Bearer"), Some("Basic abc"), Some("abc"), Some("Bearerabc")] {
            assert_eq!(bearer(&mut cx, header).unwrap_err().rule, &rules::BEARER_HEADER, "{header:?}");
            assert_eq!(challenge(header), Challenge::Bearer { sent: false });
        }
    }
}
