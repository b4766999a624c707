//! The authorization-code grant (OAuth 2.1 §4.1.3): decides, does not store.
//!
//! Order matters. Client, redirect URI and verifier come before single use: a second *valid* use revokes what the first
//! one got, an invalid one must not, or a stranger with half the data could sign the user out (OAuth 2.1 §7.5.2).

pub mod rules;

#[cfg(test)]
mod tests;

use countersign_protocol::{
    CodeVerifier, FamilyId, GrantType, Handle, HandleHash, HandleKind, Params, Refusal, ScopeSet, handle::NotHandle,
};

use crate::{
    Cx, Fault, Plan, Stored, Writes,
    client_auth::Authenticated,
    records::{Code, CodeState, Ended, Family, Session},
    token::{Outcome, Principal, Realm, alive, refused, refused_with, still_offered},
    tokens::issue::{self, Issue, Receiver},
    words::{ago, difference},
};

/// Two uses of a code so close to each other are one callback that ran twice, in all likelihood.
const DOUBLE_SUBMIT_MILLIS: i64 = 2000;

/// `code`, `code_verifier`, and what OAuth 2.0 clients send besides.
#[derive(Debug)]
pub struct Request {
    code: Result<Handle, NotHandle>,
    verifier: Option<CodeVerifier>,
    redirect_uri: Option<String>,
    resources: Vec<String>,
}

impl Request {
    /// Reads the form.
    pub fn parse(cx: &mut Cx<'_>, form: &Params) -> Result<Self, Refusal> {
        let code = cx.require_some(&rules::CODE_PRESENT, form.find("code"))?;
        let verifier = form.find("code_verifier").map(CodeVerifier::parse).transpose();
        Ok(Self {
            code: Handle::parse(HandleKind::Code, code),
            verifier: cx.require_ok(&rules::VERIFIER_FORM, verifier)?,
            redirect_uri: form.find("redirect_uri").map(str::to_owned),
            resources: form.all("resource").map(str::to_owned).collect(),
        })
    }

    /// Under which hash the code would be stored.
    pub fn code_hash(&self) -> Option<HandleHash> {
        self.code.as_ref().ok().map(Handle::hash)
    }
}

/// What the store knows.
#[derive(Debug, Default)]
pub struct Facts {
    /// The code.
    pub code: Option<Stored<Code>>,
    /// Its user and approval.
    pub principal: Principal,
    /// The family that it was redeemed for, if it was.
    pub family: Option<Stored<Family>>,
    /// The session that it was approved in, if it has not ended.
    pub session: Option<Stored<Session>>,
}

/// Decides.
pub(crate) fn decide(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    request: &Request,
    facts: Facts,
) -> Result<Plan<Outcome>, Fault> {
    let code = match bound(cx, client, request, facts.code) {
        Ok(code) => code,
        Err(refusal) => return Ok(refused(refusal)),
    };
    if let Err(refusal) = single_use(cx, &code) {
        return Ok(refused_with(end(cx, facts.family), refusal));
    }
    match usable(cx, (realm, client), request, &code, (facts.principal, facts.session)) {
        Ok(granted) => redeem(cx, realm, client, (code, granted)),
        Err(refusal) => Ok(refused(refusal)),
    }
}

/// What is proven before the code's use counts: that this is the client, with the verifier.
fn bound(
    cx: &mut Cx<'_>,
    client: &Authenticated,
    request: &Request,
    code: Option<Stored<Code>>,
) -> Result<Stored<Code>, Refusal> {
    let code = cx.require_some(&rules::CODE_KNOWN, code).map_err(|refusal| refusal.because(unknown(request)))?;
    cx.flow = Some(code.flow.clone());
    cx.require_or(&rules::CODE_CLIENT, code.client == client.id, || format!("This request is by {}", client.id))?;
    let expected = code.redirect_uri.as_str();
    let sent = request.redirect_uri.as_deref().unwrap_or(expected);
    // Both are the client's own, and who reads this holds the code, which came by the expected one.
    cx.require_or(&rules::CODE_REDIRECT_URI, sent == expected, || difference(sent, expected, "expected"))?;
    match (&code.challenge, &request.verifier) {
        (Some(challenge), Some(verifier)) => {
            cx.require_or(&rules::VERIFIER_MATCHES, challenge.matches(verifier), || challenge.mismatch(verifier))?;
        }
        (Some(_), None) => cx.require(&rules::VERIFIER_PRESENT, false)?,
        (None, Some(_)) => cx.require(&rules::NO_DOWNGRADE, false)?,
        (None, None) => (),
    }
    Ok(code)
}

fn unknown(request: &Request) -> String {
    let issued =
        "It has the right form: it was issued too long ago, by another server, or before this one lost its data";
    request.code.as_ref().err().map_or_else(|| issued.to_owned(), ToString::to_string)
}

fn single_use(cx: &mut Cx<'_>, code: &Code) -> Result<(), Refusal> {
    let now = cx.now;
    let CodeState::Used { at, .. } = &code.state else { return cx.require(&rules::CODE_SINGLE_USE, true) };
    cx.require_or(&rules::CODE_SINGLE_USE, false, || {
        let twice = now.millis().saturating_sub(at.millis()) < DOUBLE_SUBMIT_MILLIS;
        let why = if twice { ": a callback that is submitted twice sends the same code twice" } else { "" };
        format!("That was {}{why}", ago(now, *at))
    })
}

/// Who gets what.
struct Granted {
    user: Stored<crate::records::User>,
    authorization: Stored<crate::records::Authorization>,
    /// The session that the tokens hang off; `None`: it has ended, and they live by `offline_access`.
    session: Option<Stored<Session>>,
    scope: ScopeSet,
    audience: issue::Audience,
}

fn usable(
    cx: &mut Cx<'_>,
    (realm, client): (Realm<'_>, &Authenticated),
    request: &Request,
    code: &Code,
    (principal, session): (Principal, Option<Stored<Session>>),
) -> Result<Granted, Refusal> {
    let now = cx.now;
    cx.require_or(&rules::CODE_NOT_EXPIRED, now < code.expires_at, || {
        let lifetime = code.expires_at.secs_since(code.issued_at);
        format!("It expired {}, and was good for {lifetime} s", ago(now, code.expires_at))
    })?;
    let (user, authorization) = alive(cx, principal, &code.authorization)?;
    let offline = code.scope.contains("offline_access") && authorization.offline_since().is_some();
    cx.require(&rules::SESSION_ALIVE, offline || session.is_some())?;
    let scope = still_offered(realm, client, &code.scope.intersection(&authorization.scope));
    let audience = issue::audience(cx, realm.policy, &code.resources, &request.resources, &scope)?;
    Ok(Granted { user, authorization, session, scope, audience })
}

fn redeem(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    (mut code, granted): (Stored<Code>, Granted),
) -> Result<Plan<Outcome>, Fault> {
    let mut writes = Writes::none();
    let family = new_family(cx, realm, client, (&code, &granted));
    code.state = CodeState::Used { at: cx.now, family: family.id.clone() };
    writes.replace(&code);
    writes.insert(&family);
    // A revocation or a sign-out that comes between our look and our commit wins.
    writes.keep(&granted.authorization);
    if let Some(session) = &granted.session {
        writes.keep(session);
    }
    let (approved, nonce) = (Some(&*granted.authorization), code.nonce.as_deref());
    let receiver = Receiver { client, user: Some(&granted.user), family: Some(&family), approved, nonce };
    let refreshable = client.may(GrantType::RefreshToken);
    let what = Issue { scope: granted.scope, audience: granted.audience, refreshable };
    let reply = issue::issue(cx, realm, &receiver, what, &mut writes)?;
    Ok(Plan::new(writes, Ok(reply.into_reply(cx.now))))
}

fn new_family(cx: &mut Cx<'_>, realm: Realm<'_>, client: &Authenticated, (code, granted): (&Code, &Granted)) -> Family {
    let ttl = realm.policy.ttl;
    Family {
        id: FamilyId::random(cx.entropy),
        client: code.client.clone(),
        authorization: code.authorization.clone(),
        subject: code.subject.clone(),
        subject_type: Some(client.subject_type.clone()),
        session: code.session.clone(),
        auth_time: code.auth_time,
        amr: code.amr.clone(),
        acr: code.acr.clone(),
        wanted: code.wanted.clone(),
        scope: granted.scope.clone(),
        resources: code.resources.clone(),
        flow: code.flow.clone(),
        generation: 0,
        received: false,
        answer: None,
        ended: None,
        signed_out: granted.session.is_none(),
        created_at: cx.now,
        used_at: cx.now,
        expires_at: cx.now.plus(ttl.refresh_idle.min(ttl.refresh_max)),
    }
}

/// Ends the family of a replayed code.
fn end(cx: &Cx<'_>, family: Option<Stored<Family>>) -> Writes {
    let mut writes = Writes::none();
    if let Some(mut family) = family.filter(|family| family.ended.is_none()) {
        family.ended = Some(Ended::CodeReplayed);
        family.answer = None;
        family.used_at = cx.now;
        writes.replace(&family);
    }
    writes
}
