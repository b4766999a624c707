//! The refresh-token grant (OAuth 2.1 §4.3): decides, does not store.
//!
//! Every use rotates the token. Rotation is by proof of receipt: a rotated token stays good only while its immediate
//! successor *and* that successor's access token are unused, and then yields the same answer again, which the family
//! keeps sealed under the token itself. So a phone that lost the answer, or two tabs that refresh at once, get what the
//! first got. Anything older, or after first use, is replay and ends the family (RFC 9700 §4.14.2).
//!
//! Order matters: client first, replay last, or a stranger holding an old token could sign the user out.

pub mod rules;

mod answer;
#[cfg(test)]
mod tests;

use countersign_protocol::{Handle, HandleHash, HandleKind, Params, Refusal, ScopeSet, handle::NotHandle};

use crate::{
    Cx, Fault, Plan, Policy, Stored, Writes,
    client_auth::Authenticated,
    records::{Authorization, Ended, Family, Refresh, User},
    token::{self, Outcome, Principal, Realm, alive, refused, refused_with},
    tokens::issue::{self, Issue, Receiver},
    words::{ago, scopes},
};

/// `refresh_token`, and what to narrow the new access token to.
#[derive(Debug)]
pub struct Request {
    token: Result<Handle, NotHandle>,
    scope: Option<ScopeSet>,
    resources: Vec<String>,
}

impl Request {
    /// Reads the form.
    pub fn parse(cx: &mut Cx<'_>, form: &Params) -> Result<Self, Refusal> {
        let token = cx.require_some(&rules::TOKEN_PRESENT, form.find("refresh_token"))?;
        Ok(Self {
            token: Handle::parse(HandleKind::RefreshToken, token),
            scope: token::scope(cx, form)?,
            resources: form.all("resource").map(str::to_owned).collect(),
        })
    }

    /// Under which hash the token would be stored.
    pub fn token_hash(&self) -> Option<HandleHash> {
        self.token.as_ref().ok().map(Handle::hash)
    }
}

/// What the store knows.
#[derive(Debug, Default)]
pub struct Facts {
    /// The token that came.
    pub refresh: Option<Stored<Refresh>>,
    /// Its family.
    pub family: Option<Stored<Family>>,
    /// The family's user and approval.
    pub principal: Principal,
}

/// Decides.
pub(crate) fn decide(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    request: &Request,
    facts: Facts,
) -> Result<Plan<Outcome>, Fault> {
    let Facts { refresh, family, principal } = facts;
    let (presented, refresh, family) = match bound(cx, client, request, (refresh, family)) {
        Ok(bound) => bound,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let place = place(&refresh, &family);
    let now = cx.now;
    let newest = || {
        let Family { generation, used_at, .. } = &*family;
        format!(
            "It is number {} of its sign-in, the newest is number {generation}, issued {}",
            refresh.generation,
            ago(now, *used_at)
        )
    };
    if let Err(refusal) = cx.require_or(&rules::NOT_REPLAYED, place != Place::Replayed, newest) {
        return Ok(refused_with(end(cx, family), refusal));
    }
    let granted = match usable(cx, (realm, client), request, &family, principal) {
        Ok(granted) => granted,
        Err(refusal) => return Ok(refused(refusal)),
    };
    match place {
        Place::Predecessor => answer::again(cx, realm, client, (presented, family, granted)),
        _ => rotate(cx, realm, client, (presented, family, granted)),
    }
}

/// Where a token stands in its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The newest: it rotates.
    Newest,
    /// The one before, and nothing shows that its answer arrived: the same answer again.
    Predecessor,
    /// Anything else.
    Replayed,
}

fn place(refresh: &Refresh, family: &Family) -> Place {
    match family.generation.checked_sub(refresh.generation) {
        Some(0) => Place::Newest,
        Some(1) if !family.received && family.answer.is_some() => Place::Predecessor,
        _ => Place::Replayed,
    }
}

type Bound<'a> = (&'a Handle, Stored<Refresh>, Stored<Family>);

fn bound<'a>(
    cx: &mut Cx<'_>,
    client: &Authenticated,
    request: &'a Request,
    (refresh, family): (Option<Stored<Refresh>>, Option<Stored<Family>>),
) -> Result<Bound<'a>, Refusal> {
    let known = request.token.as_ref().ok().zip(refresh).zip(family);
    let ((presented, refresh), family) =
        cx.require_some(&rules::TOKEN_KNOWN, known).map_err(|refusal| refusal.because(unknown(request)))?;
    cx.flow = Some(family.flow.clone());
    cx.require_or(&rules::TOKEN_CLIENT, family.client == client.id, || format!("This request is by {}", client.id))?;
    let now = cx.now;
    cx.require_or(&rules::FAMILY_ALIVE, family.ended.is_none(), || family.ended.map_or("", Ended::words))?;
    cx.require_or(&rules::NOT_EXPIRED, now < family.expires_at, || {
        format!("It expired {}, and was issued {}", ago(now, family.expires_at), ago(now, family.used_at))
    })?;
    Ok((presented, refresh, family))
}

fn unknown(request: &Request) -> String {
    let issued = "It has the right form: it has long expired, or another server issued it, or this one lost its data";
    request.token.as_ref().err().map_or_else(|| issued.to_owned(), ToString::to_string)
}

/// Who gets what.
struct Granted {
    user: Stored<User>,
    authorization: Stored<Authorization>,
    what: Issue,
}

fn usable(
    cx: &mut Cx<'_>,
    (realm, client): (Realm<'_>, &Authenticated),
    request: &Request,
    family: &Family,
    principal: Principal,
) -> Result<Granted, Refusal> {
    let (user, authorization) = alive(cx, principal, &family.authorization)?;
    cx.require(&rules::SESSION_OR_OFFLINE, family.outlives_session(&authorization))?;
    let approved = token::still_offered(realm, client, &family.scope.intersection(&authorization.scope));
    let scope = narrow(cx, realm.policy, &approved, request.scope.as_ref())?;
    let audience = issue::audience(cx, realm.policy, &family.resources, &request.resources, &scope)?;
    Ok(Granted { user, authorization, what: Issue { scope, audience, refreshable: true } })
}

/// The scope that a refresh may carry: never wider than what is approved (OAuth 2.1 §4.3.1). No `scope` parameter means
/// "the same again"; a narrower set is fine, and does not narrow the family.
fn narrow(
    cx: &mut Cx<'_>,
    policy: &Policy,
    approved: &ScopeSet,
    asked: Option<&ScopeSet>,
) -> Result<ScopeSet, Refusal> {
    let Some(asked) = asked else { return Ok(approved.clone()) };
    cx.require_or(&rules::SCOPE_NOT_WIDER, asked.is_subset(approved), || {
        format!("Not approved: {}. Approved: {}", scopes(policy, &asked.difference(approved)), scopes(policy, approved))
    })?;
    Ok(asked.clone())
}

fn rotate(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    (presented, mut family, granted): (&Handle, Stored<Family>, Granted),
) -> Result<Plan<Outcome>, Fault> {
    let Some(generation) = family.generation.checked_add(1) else {
        return Err(Fault::Inconsistent("a family with 2^32 generations"));
    };
    let limit = family.created_at.plus(realm.policy.ttl.refresh_max);
    family.generation = generation;
    family.received = false;
    // A row from before that was kept.
    family.subject_type.get_or_insert_with(|| client.subject_type.clone());
    family.used_at = cx.now;
    family.expires_at = cx.now.plus(realm.policy.ttl.refresh_idle).min(limit);
    let mut writes = Writes::none();
    // A revocation that comes between our look and our commit wins.
    writes.keep(&granted.authorization);
    let approved = Some(&*granted.authorization);
    let receiver = Receiver { client, user: Some(&granted.user), family: Some(&family), approved, nonce: None };
    let issued = issue::issue(cx, realm, &receiver, granted.what, &mut writes)?;
    family.answer = Some(answer::seal(cx, presented, &family, &issued)?);
    writes.replace(&family);
    Ok(Plan::new(writes, Ok(issued.into_reply(cx.now))))
}

/// Ends the family of a replayed token.
fn end(cx: &Cx<'_>, mut family: Stored<Family>) -> Writes {
    let mut writes = Writes::none();
    family.ended = Some(Ended::RefreshReplayed);
    family.answer = None;
    family.used_at = cx.now;
    writes.replace(&family);
    writes
}
