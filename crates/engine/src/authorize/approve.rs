//! From an approval to a code (OAuth 2.1 §4.1.2): what the user said becomes an authorization, and the client gets a
//! code that is bound to everything it was issued for.

use std::collections::BTreeSet;

use countersign_protocol::{AuthorizationId, Handle, HandleHash, HandleKind, Refusal, ScopeSet, Timestamp, Ttl};

use super::{Account, Response, ValidatedRequest, rules};
use crate::{
    Cx, Plan, Policy, Stored, Writes,
    logout::back_channel,
    records::{Authorization, Code, CodeState, Interaction},
    token::is_openid,
};

/// A replayed code is recognized as one for this long.
const REMEMBER_USED_CODES: Ttl = Ttl::days(1);

/// What the user said on the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// Nothing was asked: the earlier approval covers the request, or the client is a first party.
    Earlier,
    /// These of what was asked; required scopes are added.
    Given(Ticked),
}

/// What the user left ticked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Scopes.
    pub scope: ScopeSet,
    /// Claims that were asked for one by one.
    pub claims: BTreeSet<String>,
}

impl From<ScopeSet> for Ticked {
    fn from(scope: ScopeSet) -> Self {
        Self { scope, claims: BTreeSet::new() }
    }
}

/// An approved request.
#[derive(Debug)]
pub struct Approval<'a> {
    /// The request, by value: it is answered once.
    pub request: ValidatedRequest,
    /// Who approved.
    pub account: &'a Account,
    /// What.
    pub consent: Consent,
    /// The interaction, if there was one; it ends here.
    pub interaction: Option<&'a Stored<Interaction>>,
}

/// Answers the client with a code, or with `access_denied` if the user left nothing of the request.
pub fn approve(cx: &mut Cx<'_>, policy: &Policy, approval: Approval<'_>) -> Plan<Response> {
    let Approval { request, account, consent, interaction } = approval;
    cx.flow = Some(request.flow.clone());
    let mut writes = Writes::none();
    if let Some(interaction) = interaction {
        writes.delete(interaction);
    }
    // Who read a page read it as it was when the interaction began, or later.
    let asked = (consent != Consent::Earlier).then(|| interaction.map_or(cx.now, |interaction| interaction.created_at));
    let approved = match consent {
        Consent::Earlier if request.first_party => {
            Some(Ticked { scope: request.scope.clone(), claims: request.openid.wanted.singly.clone() })
        }
        // What it does not cover, nobody was asked about.
        Consent::Earlier => account
            .authorization
            .as_ref()
            .filter(|earlier| !earlier.unasked)
            .map(|earlier| Ticked { scope: earlier.scope.clone(), claims: earlier.claims.clone() }),
        Consent::Given(ticked) => Some(Ticked { scope: ticked.scope.union(&policy.required_scopes()), ..ticked }),
    };
    let approved = approved.map(|ticked| Ticked {
        scope: request.scope.intersection(&ticked.scope),
        claims: request.openid.wanted.singly.intersection(&ticked.claims).cloned().collect(),
    });
    let approved = approved.filter(|ticked| !ticked.scope.is_empty() || request.scope.is_empty());
    let approved = match cx.require_some(&rules::USER_APPROVED, approved) {
        Ok(approved) => approved,
        Err(refusal) => return Plan::new(writes, Response::error(request.target, &policy.issuer, &refusal)),
    };
    let authorization = remember(cx, &request, account, (&approved, asked), &mut writes);
    if is_openid(&approved.scope)
        && let Some(session) = back_channel::remember(&account.session, &request.client)
    {
        writes.replace(&session);
    }
    let handle = Handle::random(HandleKind::Code, cx.entropy);
    writes.insert(&code(cx, policy, &request, (account, authorization, approved.scope), handle.hash()));
    let pairs = vec![("code", handle.expose().to_owned())];
    Plan::new(writes, Response::new(request.target, &policy.issuer, pairs))
}

/// Answers the client that the user, or `prompt=none`, said no.
pub fn refuse(
    policy: &Policy,
    request: ValidatedRequest,
    interaction: Option<&Stored<Interaction>>,
    refusal: &Refusal,
) -> Plan<Response> {
    let mut writes = Writes::none();
    if let Some(interaction) = interaction {
        writes.delete(interaction);
    }
    Plan::new(writes, Response::error(request.target, &policy.issuer, refusal))
}

/// Creates, changes or relies on the approval of this user for this client.
fn remember(
    cx: &mut Cx<'_>,
    request: &ValidatedRequest,
    account: &Account,
    (approved, asked): (&Ticked, Option<Timestamp>),
    writes: &mut Writes,
) -> AuthorizationId {
    let Some(earlier) = &account.authorization else {
        let authorization = Authorization {
            id: AuthorizationId::random(cx.entropy),
            client: request.client.clone(),
            subject: account.user.subject.clone(),
            scope: approved.scope.clone(),
            claims: approved.claims.clone(),
            unasked: asked.is_none(),
            asked_at: asked,
            offline_since: None,
            created_at: cx.now,
        };
        writes.insert(&authorization);
        return authorization.id;
    };
    // What was unticked now is taken back, what was not asked now stays, if it was asked ever or need not be.
    let (scope, claims) = if earlier.unasked && !request.first_party {
        (approved.scope.clone(), approved.claims.clone())
    } else {
        let kept = earlier.claims.difference(&request.openid.wanted.singly);
        let scope = earlier.scope.difference(&request.scope).union(&approved.scope);
        (scope, kept.chain(&approved.claims).cloned().collect())
    };
    if scope == earlier.scope && claims == earlier.claims && asked.is_none() {
        writes.keep(earlier);
    } else {
        let mut changed = earlier.clone();
        (changed.scope, changed.claims) = (scope, claims);
        changed.asked_at = asked.or(earlier.asked_at);
        changed.unasked = request.first_party && (earlier.unasked || asked.is_none());
        if earlier.offline_since().is_none() {
            changed.offline_since = Some(cx.now);
        }
        writes.replace(&changed);
    }
    earlier.id.clone()
}

fn code(
    cx: &Cx<'_>,
    policy: &Policy,
    request: &ValidatedRequest,
    (account, authorization, scope): (&Account, AuthorizationId, ScopeSet),
    hash: HandleHash,
) -> Code {
    Code {
        hash,
        state: CodeState::Unused,
        client: request.client.clone(),
        redirect_uri: request.target.uri().clone(),
        challenge: request.challenge.clone(),
        authorization,
        subject: account.user.subject.clone(),
        session: account.session.id.clone(),
        auth_time: account.session.auth_time,
        amr: account.session.amr.clone(),
        acr: Some(account.session.acr.clone()),
        wanted: request.openid.wanted.clone(),
        scope,
        resources: request.resources.clone(),
        nonce: request.nonce.clone(),
        flow: request.flow.clone(),
        issued_at: cx.now,
        expires_at: cx.now.plus(policy.ttl.code),
        forget_at: cx.now.plus(REMEMBER_USED_CODES),
    }
}
