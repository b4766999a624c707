//! A token that somebody presents: which kind it is, and whether it is alive.

use countersign_jose::{Audience, Expect, NumericDate, ParseError, Typ, Unverified};
use countersign_protocol::{
    ClientId, FlowId, Handle, HandleHash, HandleKind, Refusal, ScopeSet, Subject, Timestamp, TokenId, Ttl,
};
use serde::Deserialize;

use super::rules;
use crate::{
    Cx, Stored, Writes,
    records::{Access, Client, Family, Refresh},
    token::{Principal, Realm},
    words::{ago, sentence},
};

/// What a presented text turned out to be. Signatures are checked already.
#[derive(Debug)]
pub enum Presented {
    /// An opaque access token, by hash.
    Opaque(HandleHash),
    /// A JWT access token of ours.
    Jwt(Box<JwtClaims>),
    /// A refresh token, by hash.
    Refresh(HandleHash),
    /// An ID token of ours: not an access token.
    IdToken,
    /// A JWT access token of ours that has expired.
    ExpiredJwt(Timestamp),
    /// Nothing of ours; why not, which follows from the text and our public keys.
    Unknown(String),
}

/// The claims of our own JWT access tokens.
#[derive(Debug, Deserialize)]
pub struct JwtClaims {
    sub: String,
    aud: Audience,
    client_id: ClientId,
    jti: TokenId,
    scope: ScopeSet,
    iat: NumericDate,
    exp: NumericDate,
}

impl JwtClaims {
    /// `jti`.
    pub const fn id(&self) -> &TokenId {
        &self.jti
    }

    /// To whom it was issued.
    pub const fn client(&self) -> &ClientId {
        &self.client_id
    }

    /// When it ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.exp.timestamp()
    }

    /// Whether a client got it for itself.
    pub fn is_clients_own(&self) -> bool {
        self.sub == self.client_id.as_str()
    }
}

impl Presented {
    /// Tells kinds apart by their form; for a JWT, checks signature, issuer and time. No leeway: both clocks are ours.
    pub fn identify(now: Timestamp, realm: Realm<'_>, text: &str) -> Self {
        if let Ok(handle) = Handle::parse(HandleKind::AccessToken, text) {
            return Self::Opaque(handle.hash());
        }
        if let Ok(handle) = Handle::parse(HandleKind::RefreshToken, text) {
            return Self::Refresh(handle.hash());
        }
        let verified = Unverified::parse(text).map_err(|error| foreign(text, &error));
        let verified = verified.and_then(|jwt| jwt.verify(realm.keys.public()).map_err(|error| sentence(&error)));
        let verified = match verified {
            Ok(verified) => verified,
            Err(why) => return Self::Unknown(why),
        };
        if verified.header().typ.as_deref() != Some("at+jwt") {
            return Self::IdToken;
        }
        let claims = match verified.claims::<JwtClaims>() {
            Ok(claims) => claims,
            Err(error) => return Self::Unknown(sentence(&error)),
        };
        let audience: Vec<&str> = claims.aud.iter().collect();
        let expect = Expect {
            issuer: &realm.policy.issuer,
            audience: &audience,
            typ: Typ::Exactly("at+jwt"),
            now,
            leeway: Ttl::secs(0),
            max_lifetime: None,
        };
        match expect.check::<JwtClaims>(&verified) {
            Ok(claims) => Self::Jwt(Box::new(claims)),
            Err(_) if claims.exp.timestamp() <= now => Self::ExpiredJwt(claims.exp.timestamp()),
            Err(error) => Self::Unknown(sentence(&error)),
        }
    }
}

/// Why text is neither of our two forms: the one that it resembles counts.
fn foreign(text: &str, error: &ParseError) -> String {
    match (HandleKind::claimed(text), Handle::parse(HandleKind::AccessToken, text)) {
        (Some(_), Err(why)) => why.to_string(),
        _ => sentence(error),
    }
}

/// What the store knows about a presented token.
#[derive(Debug, Default)]
pub struct Facts {
    /// The access token's row.
    pub access: Option<Stored<Access>>,
    /// The refresh token's row.
    pub refresh: Option<Stored<Refresh>>,
    /// The family of either.
    pub family: Option<Stored<Family>>,
    /// The family's user and approval.
    pub principal: Principal,
    /// The client that it was issued to.
    pub client: Option<Stored<Client>>,
    /// Whether a client's own JWT was revoked.
    pub revoked: bool,
}

/// An access token that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveToken {
    /// Whom it acts for; `None`: the client itself.
    pub subject: Option<Subject>,
    /// To whom it was issued.
    pub client: ClientId,
    /// What it may do.
    pub scope: ScopeSet,
    /// Where.
    pub audience: Vec<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// `jti`, for JWTs.
    pub id: Option<TokenId>,
    /// The flow that it comes from.
    pub flow: Option<FlowId>,
}

/// Proves that a presented access token is alive (CVE-2020-15223, CVE-2024-46999: ended things must have an effect).
pub fn live_access(cx: &mut Cx<'_>, presented: &Presented, facts: &Facts) -> Result<LiveToken, Refusal> {
    cx.require(&rules::NOT_ID_TOKEN, !matches!(presented, Presented::IdToken))?;
    let now = cx.now;
    let expired = |at: Timestamp| format!("It expired {}", ago(now, at));
    if let Presented::ExpiredJwt(at) = presented {
        cx.require_or(&rules::TOKEN_NOT_EXPIRED, false, || expired(*at))?;
    }
    let ours = matches!(presented, Presented::Opaque(_) | Presented::Jwt(_));
    cx.require_or(&rules::TOKEN_KNOWN, ours, || match presented {
        Presented::Unknown(why) => why.as_str(),
        _ => "It is a refresh token, which is for the token endpoint only",
    })?;
    if let (Presented::Jwt(claims), None) = (presented, &facts.access) {
        let alive = claims.is_clients_own() && !facts.revoked && client_alive(facts);
        belongs_to(cx, &claims.client_id);
        cx.require(&rules::TOKEN_NOT_REVOKED, alive).map_err(|refusal| refusal.aside(dead(facts)))?;
        return Ok(clients_own(claims));
    }
    let access = facts.access.as_ref().ok_or("It has the right form: it ended long ago, or another server issued it");
    let access = cx.require_ok(&rules::TOKEN_KNOWN, access)?;
    cx.flow = facts.family.as_ref().map(|family| family.flow.clone());
    belongs_to(cx, &access.client);
    cx.require_or(&rules::TOKEN_NOT_EXPIRED, now < access.expires_at, || expired(access.expires_at))?;
    cx.require(&rules::TOKEN_NOT_REVOKED, client_alive(facts) && (access.family.is_none() || family_alive(facts)))
        .map_err(|refusal| refusal.aside(dead(facts)))?;
    let id = match presented {
        Presented::Jwt(claims) => Some(claims.jti.clone()),
        _ => None,
    };
    // What the user has unticked since is gone from living tokens too.
    let approved = facts.principal.authorization.as_ref().filter(|_| access.family.is_some());
    let scope = approved.map_or_else(|| access.scope.clone(), |approved| access.scope.intersection(&approved.scope));
    Ok(LiveToken {
        subject: access.subject.clone(),
        client: access.client.clone(),
        scope,
        audience: access.audience.clone(),
        issued_at: access.issued_at,
        expires_at: access.expires_at,
        id,
        flow: cx.flow.clone(),
    })
}

/// What to write when an access token is used: the first use shows that the answer which brought it has arrived, so
/// that the refresh token before it is dead from now on.
pub fn receipt(facts: &Facts) -> Writes {
    let mut writes = Writes::none();
    let Some((access, family)) = facts.access.as_ref().zip(facts.family.as_ref()) else { return writes };
    if family.answer.is_some() && !family.received && access.generation == family.generation {
        let mut received = family.clone();
        received.received = true;
        received.answer = None;
        writes.replace(&received);
    }
    writes
}

/// Where nobody authenticated, the token says whose request it is.
fn belongs_to(cx: &mut Cx<'_>, client: &ClientId) {
    cx.client.get_or_insert_with(|| client.clone());
}

/// What of it is dead. For the log: whoever holds a dead token may be a thief, and learns nothing about the user.
fn dead(facts: &Facts) -> &'static str {
    let Principal { user, authorization } = &facts.principal;
    match &facts.family {
        _ if !client_alive(facts) => "its client is disabled or gone",
        None => "it was revoked",
        Some(family) => match family.ended {
            Some(ended) => ended.words(),
            None if !user.as_ref().is_some_and(|user| user.enabled) => "its user is disabled or gone",
            None if authorization.as_ref().is_none_or(|found| found.id != family.authorization) => {
                "the user has taken the client's access back"
            }
            None => "it was revoked",
        },
    }
}

fn client_alive(facts: &Facts) -> bool {
    facts.client.as_ref().is_some_and(|client| client.enabled)
}

pub(super) fn family_alive(facts: &Facts) -> bool {
    let Some(family) = &facts.family else { return false };
    let approved = facts
        .principal
        .authorization
        .as_ref()
        .is_some_and(|a| a.id == family.authorization && family.outlives_session(a));
    family.ended.is_none() && approved && facts.principal.user.as_ref().is_some_and(|user| user.enabled)
}

fn clients_own(claims: &JwtClaims) -> LiveToken {
    LiveToken {
        subject: None,
        client: claims.client_id.clone(),
        scope: claims.scope.clone(),
        audience: claims.aud.iter().map(str::to_owned).collect(),
        issued_at: claims.iat.timestamp(),
        expires_at: claims.exp.timestamp(),
        id: Some(claims.jti.clone()),
        flow: None,
    }
}
