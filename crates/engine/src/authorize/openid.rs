//! What OpenID Connect adds to an authorization request, beyond `prompt` and `max_age` (Core §3.1.2.1, §5.5): whom the
//! client expects, how strong the sign-in has to be, which claims go where.
//!
//! `display` and `ui_locales` are accepted and change nothing: the pages fit every window and speak English. Unknown
//! parameters are ignored (Core §3.1.2.2).

use std::collections::BTreeSet;

use countersign_protocol::{ClaimsRequest, Refusal, ScopeSet};
use serde::{Deserialize, Serialize};

use super::{request::AuthorizationRequest, rules};
use crate::{Cx, Policy, claims::Wanted, records::Client, session::ACR_VALUES, token::is_openid};

/// What is left of these parameters once they are checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenId {
    /// The only subjects for whom the request may be answered; `None`: for anybody.
    pub subjects: Option<BTreeSet<String>>,
    /// How the user has to have signed in.
    pub acr: AcrRequest,
    /// The claims that are asked for one by one.
    pub wanted: Wanted,
}

/// Authentication context classes that the client asks for, of those that this server has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AcrRequest {
    /// The classes, the best first; empty: any will do.
    pub values: Vec<String>,
    /// Whether nothing else will do (Core §5.5.1.1).
    pub essential: bool,
}

impl OpenId {
    /// Whether the request may be answered for somebody whom the client knows as `subject`.
    pub fn expects(&self, subject: &str) -> bool {
        self.subjects.as_ref().is_none_or(|subjects| subjects.contains(subject))
    }
}

impl AcrRequest {
    /// Whether a sign-in of that class is one of those asked for. Another class is never as good, not even a later one.
    pub fn is_met_by(&self, acr: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|value| value == acr)
    }
}

pub(super) fn check(
    cx: &mut Cx<'_>,
    policy: &Policy,
    request: &AuthorizationRequest,
    (client, scope): (&Client, &ScopeSet),
) -> Result<OpenId, Refusal> {
    // Without openid this is no OpenID Connect request, and the parameter means nothing (Core §3.1.2.1).
    let text = request.claims.as_deref().filter(|_| is_openid(scope));
    let claims = text.map(ClaimsRequest::parse).transpose();
    let claims = cx.require_ok(&rules::CLAIMS_FORM, claims)?.unwrap_or_default();
    let wanted = Wanted::of(policy, client, scope, claims.clone());
    Ok(OpenId {
        subjects: subjects(cx, request, (client, &claims))?,
        acr: acr(cx, request, (client, &claims))?,
        wanted: wanted.in_languages(request.claims_locales.as_deref().unwrap_or_default()),
    })
}

/// By `id_token_hint`, and by the claim `sub` with a value (Core §5.5.1). Each has to agree with whoever signs in.
fn subjects(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    (client, claims): (&Client, &ClaimsRequest),
) -> Result<Option<BTreeSet<String>>, Refusal> {
    let mut named: Vec<BTreeSet<String>> = Vec::new();
    if request.id_token_hint.is_some() {
        // Another client's would tell this one as whom that one knows somebody.
        let hint = request.hint.as_ref().filter(|hint| hint.client == client.id);
        let hint = cx.require_some(&rules::ID_TOKEN_HINT, hint)?;
        named.push(BTreeSet::from([hint.subject.clone()]));
    }
    let asked = [&claims.id_token, &claims.userinfo].into_iter().filter_map(|claims| claims.get("sub")?.texts());
    named.extend(asked.map(|texts| texts.into_iter().map(str::to_owned).collect()));
    Ok(named.into_iter().reduce(|all, one| all.intersection(&one).cloned().collect()))
}

/// By the claim `acr` of the ID token, else by `acr_values`, else by what the client registered. These are wishes (Core
/// §5.5.1.1; both at once have no meaning in the text). Classes that this server does not have are as if they were not
/// asked for, unless they are essential.
fn acr(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    (client, claims): (&Client, &ClaimsRequest),
) -> Result<AcrRequest, Refusal> {
    let known = |values: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        values.filter(|value| ACR_VALUES.contains(value)).map(str::to_owned).collect()
    };
    let Some((claim, texts)) = claims.id_token.get("acr").and_then(|claim| Some((claim, claim.texts()?))) else {
        let values = match request.acr_values.as_deref() {
            Some(asked) => known(&mut asked.split(' ')),
            None => known(&mut client.default_acr_values.iter().map(String::as_str)),
        };
        return Ok(AcrRequest { values, essential: false });
    };
    let values = known(&mut texts.into_iter());
    if claim.essential {
        cx.require(&rules::ACR_MET, !values.is_empty())?;
    }
    Ok(AcrRequest { values, essential: claim.essential })
}
