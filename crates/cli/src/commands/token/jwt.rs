//! JWTs: header, claims, signature, and what the database says about the token.

use countersign_engine::{
    Keys,
    token::Realm,
    tokens::presented::{Facts, Presented, live_access},
};
use countersign_jose::Unverified;
use countersign_protocol::{Timestamp, from_base64url};
use countersign_server::edge::SystemEntropy;
use serde_json::{Map, Value};

use super::{Report, Signature, state};
use crate::{
    commands::{
        place::{Place, context},
        print::table,
        when,
    },
    outcome::Trouble,
};

/// Members of headers and claims, with what they mean.
const MEANINGS: &[(&str, &str)] = &[
    ("alg", "how it is signed"),
    ("kid", "which key signed it"),
    ("typ", "what kind of token it says it is"),
    ("iss", "who made it"),
    ("sub", "whom it is about"),
    ("aud", "whom it is for: nobody else may accept it"),
    ("client_id", "the client that it was issued to"),
    ("azp", "the client that it was issued to"),
    ("scope", "what it allows"),
    ("iat", "when it was made"),
    ("nbf", "not before"),
    ("exp", "when it stops working"),
    ("jti", "its own name"),
    ("auth_time", "when the user signed in"),
    ("nonce", "ties it to one login of the client"),
    ("at_hash", "ties it to its access token"),
    ("acr", "how strongly the user signed in"),
    ("amr", "how the user signed in"),
    ("sid", "the user's session"),
];
const DATES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// Finds out everything about a JWT.
pub(super) async fn inspect(place: Option<&Place>, token: &str, jwt: Unverified<'_>) -> Result<Report, Trouble> {
    let (kind, what) = match jwt.typ() {
        Some("at+jwt") => ("jwt_access_token", "A JWT access token (RFC 9068)."),
        _ => ("jwt", "A JWT, but no access token: an ID token, perhaps. It says who somebody is, and opens nothing."),
    };
    let mut parts = token.split('.');
    let mut report = Report::new(kind, what);
    (report.header, report.claims) = (object(parts.next()), object(parts.next()));
    let Some(place) = place else {
        let what = "not checked: no installation is named (--config FILE or --data DIR)".to_owned();
        report.signature = Some(Signature { fits: None, what });
        report.why = "no database was asked".into();
        return Ok(report);
    };
    let opened = match place.master_key().await {
        Ok(master) => place.keyring(&master).open().await.map_err(Trouble::new),
        Err(trouble) => Err(trouble),
    };
    match opened {
        Ok(keys) => judge(place, &keys, token, jwt, report).await,
        Err(trouble) => {
            report.signature = Some(Signature { fits: None, what: format!("not checked: {trouble}") });
            report.why = "its signature could not be checked".into();
            Ok(report)
        }
    }
}

async fn judge(
    place: &Place,
    keys: &Keys,
    token: &str,
    jwt: Unverified<'_>,
    mut report: Report,
) -> Result<Report, Trouble> {
    let key = jwt.kid().unwrap_or("without a name").to_owned();
    if let Err(error) = jwt.verify(keys.public()) {
        report.signature = Some(Signature { fits: Some(false), what: format!("does not fit: {error}") });
        (report.works, report.why) = (Some(false), "it was not signed by this server, or was changed since".to_owned());
        return Ok(report);
    }
    report.signature = Some(Signature { fits: Some(true), what: format!("fits the key {key} of this server") });
    let policy = place.policy();
    let mut entropy = SystemEntropy;
    let mut cx = context(&mut entropy);
    let presented = Presented::identify(cx.now, Realm { policy: &policy, keys }, token);
    let facts = facts(place, &presented).await?;
    if matches!(presented, Presented::Unknown(_)) {
        (report.works, report.why) = (Some(false), other_issuer(&report, &policy.issuer));
        return Ok(report);
    }
    let live = live_access(&mut cx, &presented, &facts);
    let mut report = report.with(state::access(&facts, live));
    let exp = report.claims.as_ref().and_then(|claims| claims.get("exp")).and_then(Value::as_i64);
    if report.works == Some(false) && exp.is_some_and(|exp| exp > cx.now.secs()) {
        report.why.push_str("; an API that checks JWTs by itself takes it until it expires");
    }
    Ok(report)
}

/// A token that is signed by us and yet not ours has another issuer, or lies in the future.
fn other_issuer(report: &Report, expected: &str) -> String {
    match report.claims.as_ref().and_then(|claims| claims.get("iss")).and_then(Value::as_str) {
        Some(found) if found != expected => {
            format!("it was issued by {found:?}, and this server is {expected:?} (for `dev` on other ports: --port)")
        }
        _ => "its claims are not those of an access token that is good now".to_owned(),
    }
}

/// Own JWTs of clients have no row; those that act for a user have.
async fn facts(place: &Place, presented: &Presented) -> Result<Facts, Trouble> {
    let facts = match presented {
        Presented::Jwt(claims) if claims.is_clients_own() => {
            place.store.own_access_facts(claims.client(), claims.id()).await
        }
        Presented::Jwt(claims) => place.store.access_facts(claims.id().as_str()).await,
        _ => Ok(Facts::default()),
    };
    facts.map_err(Trouble::new)
}

fn object(part: Option<&str>) -> Option<Map<String, Value>> {
    serde_json::from_slice(&from_base64url(part?).ok()?).ok()
}

/// Members with their values, dates in words, and what they mean.
pub(super) fn explained(members: &Map<String, Value>, now: Timestamp) -> String {
    let row = |(name, value): (&String, &Value)| {
        let date = value.as_i64().filter(|_| DATES.contains(&name.as_str()));
        let shown = match (date, value) {
            (Some(secs), _) => when::full(now, Timestamp::from_secs(secs)),
            (None, Value::String(text)) => text.clone(),
            (None, other) => other.to_string(),
        };
        let meaning = MEANINGS.iter().find(|(known, _)| known == name).map_or("", |(_, meaning)| meaning);
        vec![format!("  {name}"), shown, meaning.to_owned()]
    };
    table(&[], members.iter().map(row))
}
