//! Issuing: access tokens (RFC 9068 or opaque), refresh tokens, ID tokens (OpenID Connect Core §2).

use countersign_jose::{Audience as Aud, NumericDate, hash};
use countersign_protocol::{
    Handle, HandleKind, Refusal, ScopeSet, SessionId, Subject, Timestamp, TokenId, uri_difference::Kind,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::encrypt::{Content, encrypt};
use crate::{
    Cx, Fault, Policy, Writes,
    claims::Told,
    client_auth::Authenticated,
    policy::TokenFormat,
    records::{Access, Authorization, Family, Refresh, SubjectType, User},
    token::{Realm, TokenReply, is_openid, rules},
    words::unknown_resource,
};

/// What to issue.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) scope: ScopeSet,
    pub(crate) audience: Audience,
    /// Whether a refresh token goes with it.
    pub(crate) refreshable: bool,
}

/// Where an access token works, and hence its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Audience {
    pub(crate) uris: Vec<String>,
    pub(crate) format: TokenFormat,
}

/// To whom tokens are issued.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Receiver<'a> {
    pub(crate) client: &'a Authenticated,
    /// For whom; `None`: for the client itself.
    pub(crate) user: Option<&'a User>,
    /// In which family; `None`: in none.
    pub(crate) family: Option<&'a Family>,
    /// By which approval; `None`: by none.
    pub(crate) approved: Option<&'a Authorization>,
    /// `nonce` of the authorization request.
    pub(crate) nonce: Option<&'a str>,
}

impl Receiver<'_> {
    /// As whom the client knows the user: in a family, as it did when that began.
    fn subject_type(&self) -> &SubjectType {
        self.family.map_or(&self.client.subject_type, |family| family.subject_type(self.client))
    }
}

/// What was issued, in the clear: on its way to the client, or into a sealed answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Issued {
    access_token: String,
    access_expires_at: Timestamp,
    scope: ScopeSet,
    audience: Vec<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
}

impl Issued {
    pub(crate) fn into_reply(self, now: Timestamp) -> TokenReply {
        TokenReply {
            access_token: self.access_token,
            token_type: "Bearer",
            expires_in: self.access_expires_at.secs_since(now),
            refresh_token: self.refresh_token,
            scope: self.scope,
            id_token: self.id_token,
        }
    }

    /// Whether this answers the request as well as a new answer would.
    pub(crate) fn is_good(&self, now: Timestamp, what: &Issue) -> bool {
        now < self.access_expires_at && self.scope == what.scope && self.audience == what.audience.uris
    }
}

/// The audience of an access token: the resources of this request, else those of the authorization request, else the
/// default one, else this server (RFC 8707 §2.2). With `openid` this server is one more, for its userinfo endpoint.
pub(crate) fn audience(
    cx: &mut Cx<'_>,
    policy: &Policy,
    authorized: &[String],
    asked: &[String],
    scope: &ScopeSet,
) -> Result<Audience, Refusal> {
    let beyond = asked.iter().find(|uri| !authorized.is_empty() && !authorized.contains(uri));
    cx.require_or(&rules::RESOURCE_ALLOWED, beyond.is_none(), || {
        let nearest = beyond.and_then(|sent| authorized.iter().find_map(|one| Kind::of(sent, one)?.hint()));
        nearest.unwrap_or("It is none of those that the authorization request named")
    })?;
    let named = if asked.is_empty() { authorized } else { asked };
    let named = if named.is_empty() { policy.default_resource.as_slice() } else { named };
    let mut uris: Vec<String> = Vec::new();
    let mut format = None;
    for uri in named {
        let resource = policy.resource(uri).ok_or_else(|| unknown_resource(policy, uri));
        let resource = cx.require_ok(&rules::RESOURCE_ALLOWED, resource)?;
        let first = *format.get_or_insert(resource.format);
        cx.require(&rules::RESOURCE_SAME_FORMAT, first == resource.format)?;
        if !uris.contains(uri) {
            uris.push(uri.clone());
        }
    }
    if (uris.is_empty() || is_openid(scope)) && !uris.contains(&policy.issuer) {
        uris.push(policy.issuer.clone());
    }
    Ok(Audience { uris, format: format.unwrap_or(TokenFormat::Jwt(countersign_jose::Algorithm::ES256)) })
}

/// Issues everything, adding to the writes what must be durable first.
pub(crate) fn issue(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    receiver: &Receiver<'_>,
    what: Issue,
    writes: &mut Writes,
) -> Result<Issued, Fault> {
    let refresh = receiver.family.filter(|_| what.refreshable).map(|family| {
        let token = Handle::random(HandleKind::RefreshToken, cx.entropy);
        writes.insert(&Refresh {
            hash: token.hash(),
            family: family.id.clone(),
            generation: family.generation,
            expires_at: family.created_at.plus(realm.policy.ttl.refresh_max),
        });
        token.expose().to_owned()
    });
    with_access(cx, realm, receiver, what, (refresh, writes))
}

/// Issues a new access token (and ID token) beside a refresh token that was issued before.
pub(crate) fn reissue_access(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    receiver: &Receiver<'_>,
    what: Issue,
    (earlier, writes): (Issued, &mut Writes),
) -> Result<Issued, Fault> {
    with_access(cx, realm, receiver, what, (earlier.refresh_token, writes))
}

fn with_access(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    receiver: &Receiver<'_>,
    what: Issue,
    (refresh_token, writes): (Option<String>, &mut Writes),
) -> Result<Issued, Fault> {
    let expires_at = cx.now.plus(realm.policy.ttl.access);
    let id = TokenId::random(cx.entropy);
    let (access_token, key) = match what.audience.format {
        TokenFormat::Jwt(algorithm) => {
            let claims = access_claims(cx, realm, receiver, &what, &id);
            (realm.keys.signing(algorithm)?.sign("at+jwt", &claims)?, id.as_str().to_owned())
        }
        TokenFormat::Opaque => {
            let token = Handle::random(HandleKind::AccessToken, cx.entropy);
            (token.expose().to_owned(), token.hash().as_str().to_owned())
        }
    };
    // A client's own JWT needs no row: there is no user, approval or family whose end would have to reach it.
    if receiver.user.is_some() || what.audience.format == TokenFormat::Opaque {
        writes.insert(&Access {
            key,
            family: receiver.family.map(|family| family.id.clone()),
            generation: receiver.family.map_or(0, |family| family.generation),
            client: receiver.client.id.clone(),
            subject: receiver.user.map(|user| user.subject.clone()),
            scope: what.scope.clone(),
            audience: what.audience.uris.clone(),
            issued_at: cx.now,
            expires_at,
        });
    }
    let id_token = id_token(cx, realm, receiver, &what.scope, &access_token)?;
    let Issue { scope, audience, .. } = what;
    Ok(Issued { access_token, access_expires_at: expires_at, scope, audience: audience.uris, refresh_token, id_token })
}

/// RFC 9068 §2.2.
#[derive(Serialize)]
struct AccessTokenClaims<'a> {
    iss: &'a str,
    sub: String,
    aud: Aud,
    client_id: &'a str,
    iat: NumericDate,
    exp: NumericDate,
    jti: &'a str,
    scope: &'a ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<NumericDate>,
}

fn access_claims<'a>(
    cx: &Cx<'_>,
    realm: Realm<'a>,
    receiver: &Receiver<'a>,
    what: &'a Issue,
    id: &'a TokenId,
) -> AccessTokenClaims<'a> {
    AccessTokenClaims {
        iss: &realm.policy.issuer,
        sub: receiver.user.map_or_else(
            || receiver.client.id.to_string(),
            |user| realm.keys.known_as(receiver.subject_type(), &user.subject).to_string(),
        ),
        aud: what.audience.uris.iter().collect(),
        client_id: receiver.client.id.as_str(),
        iat: cx.now.into(),
        exp: cx.now.plus(realm.policy.ttl.access).into(),
        jti: id.as_str(),
        scope: &what.scope,
        auth_time: receiver.family.map(|family| family.auth_time.into()),
    }
}

/// OpenID Connect Core §2. Carries who signed in and when. What is known about them is at userinfo, but for what the
/// client asked to have here. There is no `azp`: the one audience is the client.
#[derive(Serialize)]
struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: Subject,
    aud: &'a str,
    iat: NumericDate,
    exp: NumericDate,
    auth_time: NumericDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    amr: &'a [String],
    sid: &'a SessionId,
    #[serde(flatten)]
    person: Map<String, Value>,
}

fn id_token(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    receiver: &Receiver<'_>,
    scope: &ScopeSet,
    access_token: &str,
) -> Result<Option<String>, Fault> {
    let (Some(user), Some(family), Some(approved)) = (receiver.user, receiver.family, receiver.approved) else {
        return Ok(None);
    };
    if !is_openid(scope) {
        return Ok(None);
    }
    let told = Told { policy: realm.policy, scope, singly: &approved.claims, wanted: &family.wanted };
    let algorithm = receiver.client.id_token_alg;
    let claims = IdTokenClaims {
        iss: &realm.policy.issuer,
        sub: realm.keys.known_as(receiver.subject_type(), &user.subject),
        aud: receiver.client.id.as_str(),
        iat: cx.now.into(),
        exp: cx.now.plus(realm.policy.ttl.id_token).into(),
        auth_time: family.auth_time.into(),
        nonce: receiver.nonce,
        at_hash: hash::at_hash(algorithm, access_token),
        acr: family.acr.as_deref(),
        amr: &family.amr,
        sid: &family.session,
        person: told.in_id_token(user),
    };
    let token = realm.keys.signing(algorithm)?.sign("JWT", &claims)?;
    match receiver.client.id_token_encryption {
        Some(encryption) => encrypt(cx, receiver.client.key_document(), encryption, Content::Signed(&token)).map(Some),
        None => Ok(Some(token)),
    }
}
