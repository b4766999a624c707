//! The only dispatcher of the authorization endpoint: from what is known, which page comes next, if any.
//!
//! Pure: every page posts somewhere, and whatever that did, the answer is to ask this function again. `prompt` and
//! `max_age` are those of OpenID Connect Core §3.1.2.1, `create` is that of Prompt Create 1.0 §4; repeat approvals follow
//! OAuth 2.1 §7.3.1. There is no `interaction_required`: each page that `prompt=none` forbids has an error of its own.

use countersign_protocol::{Prompt, Refusal, SessionId, Subject, Timestamp};

use super::{ValidatedRequest, rules};
use crate::{
    Cx, Stored,
    records::{Authorization, Client, Session, User},
};

/// One account that is signed in in this browser.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its session here.
    pub session: Stored<Session>,
    /// The person.
    pub user: Stored<User>,
    /// As whom the client knows that person.
    pub sub: Subject,
    /// What that person approved for the client before.
    pub authorization: Option<Stored<Authorization>>,
}

/// What [`next_step`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The client that asks.
    pub client: &'a Client,
    /// The accounts in this browser; sessions that ended and users that were disabled are not among them.
    pub accounts: &'a [Account],
    /// The account that was chosen or signed in to during this interaction.
    pub chosen: Option<&'a SessionId>,
    /// When the interaction began; `None` if this is the first look and there is none yet.
    pub began: Option<Timestamp>,
}

/// What comes next.
#[derive(Debug)]
pub enum Step<'a> {
    /// Show the sign-in page.
    SignIn,
    /// Show the page for making an account.
    SignUp,
    /// Let the user choose an account.
    Choose,
    /// Ask this account's user for the password again.
    Reauthenticate(&'a Account),
    /// Ask this account's user to approve.
    Consent(&'a Account),
    /// Everything is approved already: answer the client.
    Finish(&'a Account),
    /// `prompt=none` and a page would be needed, or no page can bring what the request asks for.
    Refuse(Refusal),
}

/// Decides what comes next.
pub fn next_step<'a>(cx: &mut Cx<'_>, request: &ValidatedRequest, facts: &Facts<'a>) -> Step<'a> {
    let silent = request.prompt.contains(&Prompt::None);
    let step = pages(cx, request, facts);
    if !silent {
        return step;
    }
    let refusal = match step {
        Step::Finish(_) | Step::Refuse(_) => return step,
        Step::SignIn | Step::SignUp | Step::Reauthenticate(_) => cx.require(&rules::LOGIN_NOT_NEEDED, false),
        Step::Choose => cx.require(&rules::ACCOUNT_NOT_AMBIGUOUS, false),
        Step::Consent(_) => cx.require(&rules::CONSENT_NOT_NEEDED, false),
    };
    refusal.err().map_or(Step::SignIn, Step::Refuse)
}

fn pages<'a>(cx: &mut Cx<'_>, request: &ValidatedRequest, facts: &Facts<'a>) -> Step<'a> {
    if wants_account(request, facts) {
        return Step::SignUp;
    }
    let account = match pick(request, facts) {
        Picked::None => return Step::SignIn,
        Picked::Several => return Step::Choose,
        Picked::One(account) => account,
    };
    match proven_enough(cx, request, facts, account) {
        Ok(true) => {}
        Ok(false) => return Step::Reauthenticate(account),
        Err(refusal) => return Step::Refuse(refusal),
    }
    if approved_already(request, facts.client, account) { Step::Finish(account) } else { Step::Consent(account) }
}

/// `prompt=create`: until somebody signed in during this interaction, with a new account or, by their own choice, with
/// one that they had (Prompt Create 1.0 §4).
fn wants_account(request: &ValidatedRequest, facts: &Facts<'_>) -> bool {
    let chosen = facts.accounts.iter().find(|account| Some(&account.session.id) == facts.chosen);
    request.prompt.contains(&Prompt::Create) && !chosen.is_some_and(|account| since_request(facts, account))
}

enum Picked<'a> {
    None,
    Several,
    One(&'a Account),
}

fn pick<'a>(request: &ValidatedRequest, facts: &Facts<'a>) -> Picked<'a> {
    if let Some(chosen) = facts.chosen {
        // A chosen session that is gone means that the user signed out in another tab.
        return facts.accounts.iter().find(|a| a.session.id == *chosen).map_or(Picked::None, Picked::One);
    }
    let expected: Vec<&Account> = facts.accounts.iter().filter(|a| request.openid.expects(a.sub.as_str())).collect();
    match (expected.as_slice(), request.login_hint.as_deref()) {
        ([], _) => Picked::None,
        _ if request.prompt.contains(&Prompt::SelectAccount) => Picked::Several,
        // Where the client proves whom it means, a hint adds nothing.
        (accounts, Some(hint)) if request.openid.subjects.is_none() => by_hint(accounts, &User::canonical(hint)),
        ([only], _) => Picked::One(only),
        _ => Picked::Several,
    }
}

/// A hint that fits nobody here means somebody who is not signed in: no other account may get the request without a
/// word (Core §3.1.2.1).
fn by_hint<'a>(accounts: &[&'a Account], hint: &str) -> Picked<'a> {
    let email = |user: &User| user.claims.get("email").and_then(|email| email.as_str()).map(User::canonical);
    let fits = |account: &&&Account| account.user.username == hint || email(&account.user).as_deref() == Some(hint);
    accounts.iter().find(fits).map_or(Picked::None, |account| Picked::One(account))
}

/// Whether the account is the expected one, signed in lately and strongly enough; `false`: its user must sign in again.
fn proven_enough(
    cx: &mut Cx<'_>,
    request: &ValidatedRequest,
    facts: &Facts<'_>,
    account: &Account,
) -> Result<bool, Refusal> {
    if request.openid.subjects.is_some() {
        // Never an answer about somebody else than whom the client named, whoever signed in (Core §3.1.2.2).
        cx.require(&rules::EXPECTED_USER, request.openid.expects(account.sub.as_str()))?;
    }
    if !fresh_enough(cx.now, request, facts, account) {
        return Ok(false);
    }
    let met = request.openid.acr.is_met_by(&account.session.acr);
    if !met && !since_request(facts, account) {
        return Ok(false);
    }
    if request.openid.acr.essential {
        cx.require(&rules::ACR_MET, met)?;
    }
    Ok(true)
}

/// Whether the user signed in during this interaction.
fn since_request(facts: &Facts<'_>, account: &Account) -> bool {
    facts.began.is_some_and(|began| account.session.auth_time >= began)
}

/// `prompt=login` wants a sign-in after the request came, `max_age` one that is not older. `max_age=0` is the same as
/// `prompt=login`, also in the second of the sign-in (OpenID Connect Core §3.1.2.1).
fn fresh_enough(now: Timestamp, request: &ValidatedRequest, facts: &Facts<'_>, account: &Account) -> bool {
    let since_request = since_request(facts, account);
    if request.prompt.contains(&Prompt::Login) && !since_request {
        return false;
    }
    let age = now.secs_since(account.session.auth_time);
    since_request || request.max_age.is_none_or(|most| most.as_secs() > 0 && age <= u64::from(most.as_secs()))
}

/// Whether no page is needed. A public client on a loopback address or a private-use scheme can be imitated by any
/// program on the device, so its requests are never approved silently (OAuth 2.1 §7.3.1).
fn approved_already(request: &ValidatedRequest, client: &Client, account: &Account) -> bool {
    let imitable = client.is_public() && (request.target.uri().is_loopback() || request.target.uri().is_private_use());
    let again = request.prompt.contains(&Prompt::Consent);
    let approved = account.authorization.as_ref();
    let covered = approved.filter(|approved| !approved.unasked).is_some_and(|approved| {
        request.scope.is_subset(&approved.scope) && request.openid.wanted.singly.is_subset(&approved.claims)
    });
    // Who approved of another name or another address has not approved of this one.
    let changed = client.dynamic.as_ref().and_then(|dynamic| dynamic.changed_at);
    let same = changed.is_none_or(|changed| approved.is_some_and(|approved| approved.asked_at() > changed));
    (request.first_party || (covered && same)) && !again && !imitable
}
