//! The client-credentials grant (OAuth 2.1 §4.2): a client acts for itself; there is no user, no refresh token, and no
//! ID token.

pub mod rules;

#[cfg(test)]
mod tests;

use countersign_protocol::{Params, Refusal, ScopeSet};

use crate::{
    Cx, Fault, Plan, Writes,
    client_auth::Authenticated,
    token::{self, Outcome, Realm, refused},
    tokens::issue::{self, Issue, Receiver},
    words::scopes,
};

/// Scopes that speak of a user, which this grant has none of.
const ABOUT_USERS: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// `scope` and `resource`.
#[derive(Debug)]
pub struct Request {
    scope: Option<ScopeSet>,
    resources: Vec<String>,
}

impl Request {
    /// Reads the form.
    pub fn parse(cx: &mut Cx<'_>, form: &Params) -> Result<Self, Refusal> {
        Ok(Self { scope: token::scope(cx, form)?, resources: form.all("resource").map(str::to_owned).collect() })
    }
}

/// Decides.
pub(crate) fn decide(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    client: &Authenticated,
    request: &Request,
) -> Result<Plan<Outcome>, Fault> {
    let what = match check(cx, realm, client, request) {
        Ok(what) => what,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let mut writes = Writes::none();
    let receiver = Receiver { client, user: None, family: None, approved: None, nonce: None };
    let reply = issue::issue(cx, realm, &receiver, what, &mut writes)?;
    Ok(Plan::new(writes, Ok(reply.into_reply(cx.now))))
}

fn check(cx: &mut Cx<'_>, realm: Realm<'_>, client: &Authenticated, request: &Request) -> Result<Issue, Refusal> {
    cx.require(&rules::CONFIDENTIAL, !client.is_public())?;
    let offered = token::still_offered(realm, client, &client.scope);
    let own: ScopeSet = offered.iter().filter(|scope| !ABOUT_USERS.contains(&scope.as_str())).cloned().collect();
    let asked = request.scope.clone().unwrap_or_else(|| own.clone());
    cx.require_or(&rules::SCOPE_ALLOWED, asked.is_subset(&own), || {
        format!(
            "Not allowed: {}. Allowed: {}",
            scopes(realm.policy, &asked.difference(&own)),
            scopes(realm.policy, &own)
        )
    })?;
    let audience = issue::audience(cx, realm.policy, &[], &request.resources, &asked)?;
    Ok(Issue { scope: asked, audience, refreshable: false })
}
