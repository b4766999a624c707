//! Signing out, in its three kinds: at the provider by sending the browser there (OpenID Connect RP-Initiated Logout 1.0),
//! and here because the provider says so, by a signed token (Back-Channel Logout 1.0) or in a frame of the browser
//! (Front-Channel Logout 1.0).
//!
//! Left out: ending the sessions; only the application knows them.

use countersign_jose::{Expect, NumericDate, Typ, Verified};
use countersign_protocol::params::Params;
use countersign_protocol::{Refusal, Secret, Timestamp, Ttl};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::check::{Checks, quote};
use crate::client::Client;
use crate::encryption;
use crate::error::CallError;
use crate::id_token::{self, IdToken, TokenRules};
use crate::keys::Signature;
use crate::rules;
use crate::sans_io::{Core, LEEWAY};
use crate::single_flight::lock;

/// What makes a token a logout token (Back-Channel Logout §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const TYPE: &str = "logout+jwt";
/// How far ahead a logout token may expire: for so long its `jti` is remembered. Two minutes are recommended (§2.4).
const LONGEST: Ttl = Ttl::minutes(60);

static SIGNATURE: Signature = Signature { key: &rules::LOGOUT_TOKEN_SIGNATURE, fits: &rules::LOGOUT_TOKEN_SIGNATURE };

static RULES: TokenRules = TokenRules {
    form: &rules::LOGOUT_TOKEN_FORM,
    alg: &rules::LOGOUT_TOKEN_ALG,
    iss: &rules::LOGOUT_TOKEN_ISS,
    aud: &rules::LOGOUT_TOKEN_AUD,
    exp: &rules::LOGOUT_TOKEN_TIME,
    iat: &rules::LOGOUT_TOKEN_TIME,
};

/// A session that ended at the provider. End yours with that `sid`; without one, all of the user `sub`, and give up their
/// refresh tokens but those of offline access (Back-Channel Logout §2.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The user.
    pub sub: Option<String>,
    /// The provider's name for the session: [`sid`](crate::IdClaims::sid) of the ID token.
    pub sid: Option<String>,
}

#[derive(Deserialize)]
struct LogoutClaims {
    exp: NumericDate,
    #[serde(rename = "iat")]
    _iat: NumericDate,
    jti: String,
    sub: Option<String>,
    sid: Option<String>,
    #[serde(default)]
    events: Map<String, Value>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl Core {
    /// Where to send the browser to sign out at the provider too (RP-Initiated Logout §2).
    ///
    /// End your own session first: the user may never come back from there. `state` comes back with the redirect.
    pub fn logout_url(
        &self,
        id_token_hint: Option<&Secret>,
        back: Option<(&str, &str)>,
        checks: Checks<'_>,
    ) -> Result<String, Refusal> {
        let endpoint = self.metadata.needed("end_session_endpoint", self.metadata.end_session.as_ref(), checks)?;
        let mut pairs = vec![("client_id", self.client_id())];
        pairs.extend(id_token_hint.map(|token| ("id_token_hint", token.expose())));
        pairs.extend(back.into_iter().flat_map(|(uri, state)| [("post_logout_redirect_uri", uri), ("state", state)]));
        Ok(countersign_protocol::params::append_query(endpoint.as_str(), pairs))
    }

    /// The claims of a logout token whose signature was verified (Back-Channel Logout §2.6), and its `jti` with the time
    /// until which it must not come again.
    fn check_logout_token(
        &self,
        token: &Verified,
        now: Timestamp,
        checks: Checks<'_>,
    ) -> Result<(LogoutNotice, String, Timestamp), Refusal> {
        // The type is recommended only; a token of any other kind has no such event, or has a nonce.
        let typed = token.header().typ.as_deref().is_some_and(|typ| typ.to_ascii_lowercase().ends_with(TYPE));
        let expect = Expect {
            issuer: self.metadata.issuer(),
            audience: &[self.client_id()],
            typ: if typed { Typ::Exactly(TYPE) } else { Typ::Generic },
            now,
            leeway: LEEWAY,
            max_lifetime: Some(LONGEST),
        };
        let claims: LogoutClaims = id_token::report(expect.check(token), &RULES, checks)?;
        checks.require(&rules::LOGOUT_TOKEN_EVENT, claims.events.get(EVENT).is_some_and(Value::is_object), || {
            format!("events has no object of that name, but {} others", claims.events.len())
        })?;
        checks.require(&rules::LOGOUT_TOKEN_NONCE, !claims.other.contains_key("nonce"), || {
            "It has one: an ID token that is passed off as a logout token".to_owned()
        })?;
        let named = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
        checks.require(&rules::LOGOUT_TOKEN_SUBJECT, named(&claims.sub) || named(&claims.sid), || {
            "It has neither".to_owned()
        })?;
        let notice = LogoutNotice { sub: claims.sub, sid: claims.sid };
        Ok((notice, claims.jti, claims.exp.timestamp().plus(LEEWAY)))
    }

    /// Checks the query of a front-channel logout address (Front-Channel Logout §2).
    ///
    /// Yields `sid`: end that session only if it is this browser's. Without `sid` nothing proves that the provider sent
    /// the browser; at worst somebody else signs the user out.
    pub fn front_channel_logout(&self, query: &str, checks: Checks<'_>) -> Result<Option<String>, Refusal> {
        let params = Params::parse(query.as_bytes()).ok();
        let params = checks.some(&rules::CALLBACK_READABLE, params, String::new)?;
        let (iss, sid) = (params.find("iss"), params.find("sid"));
        let ours = iss.map_or(sid.is_none(), |iss| iss == self.metadata.issuer() && sid.is_some());
        checks.require(&rules::FRONT_CHANNEL_LOGOUT, ours, || {
            let (iss, sid) = (iss.map_or("none".to_owned(), quote), if sid.is_some() { "one" } else { "none" });
            format!("iss is {iss}, sid is {sid}; expected {} and one, or none of both", quote(self.metadata.issuer()))
        })?;
        Ok(sid.map(str::to_owned))
    }
}

impl Client {
    /// Where to send the browser to sign out at the provider; see [`Core::logout_url`].
    pub fn logout_url(&self, id_token: Option<&IdToken>, back: Option<(&str, &str)>) -> Result<String, Refusal> {
        self.core().logout_url(id_token.map(IdToken::raw), back, self.edge().checks())
    }

    /// Reads what the provider posts to `backchannel_logout_uri`: the request's body.
    ///
    /// Answer 200 when the session is ended, or was already, and 400 when this fails; in any case with
    /// `Cache-Control: no-store` (Back-Channel Logout §2.8). A token counts once on this node; each node remembers its own.
    pub async fn back_channel_logout(&self, body: &[u8]) -> Result<LogoutNotice, CallError> {
        let checks = self.edge().checks();
        let token = Params::parse(body).ok().and_then(|params| params.find_secret("logout_token"));
        let raw = checks.some(&rules::LOGOUT_TOKEN_FORM, token, || "No logout_token came".to_owned())?;
        let config = &self.core().config;
        let raw = self.now(|now| encryption::open(config, config.id_token_encryption, raw, now))?;
        let token = id_token::parse_as(self.core(), &raw, &RULES, checks)?;
        let verified = self.verified(&token, &SIGNATURE).await?;
        let now = self.time();
        let (notice, jti, until) = self.core().check_logout_token(&verified, now, checks)?;
        let first = lock(self.spent()).spend(&format!("logout {jti}"), until, now);
        checks.require(&rules::LOGOUT_TOKEN_ONCE, first, || "This one came before".to_owned())?;
        Ok(notice)
    }

    /// Reads the query with which the provider loads `frontchannel_logout_uri`; see [`Core::front_channel_logout`].
    pub fn front_channel_logout(&self, query: &str) -> Result<Option<String>, Refusal> {
        self.core().front_channel_logout(query, self.edge().checks())
    }
}

#[cfg(test)]
mod tests;
