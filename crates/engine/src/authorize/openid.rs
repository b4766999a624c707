//! What OpenID Connect adds to an authorization request, beyond `prompt` and `max_age` (Core §3.1.2.1, §5.5): whom the
//! client expects, and how strong the sign-in has to be.
//!
//! `display` and `ui_locales` are accepted and change nothing: the pages fit every window and speak English. Unknown
//! parameters are ignored (Core §3.1.2.2).

use std::collections::BTreeSet;

use countersign_protocol::Refusal;
use serde::{Deserialize, Serialize};

use super::{request::AuthorizationRequest, rules};
use crate::{Cx, records::Client, session::ACR_VALUES};

/// What is left of these parameters once they are checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenId {
    /// The only subjects for whom the request may be answered; `None`: for anybody.
    pub subjects: Option<BTreeSet<String>>,
    /// How the user has to have signed in.
    pub acr: AcrRequest,
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

pub(super) fn check(cx: &mut Cx<'_>, request: &AuthorizationRequest, client: &Client) -> Result<OpenId, Refusal> {
    Ok(OpenId { subjects: subjects(cx, request, client)?, acr: acr(request) })
}

/// By `id_token_hint`, which must be ours and this client's: another client's would tell a stranger's name for somebody.
fn subjects(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<Option<BTreeSet<String>>, Refusal> {
    if request.id_token_hint.is_none() {
        return Ok(None);
    }
    let hint = request.hint.as_ref().filter(|hint| hint.client == client.id);
    let hint = cx.require_some(&rules::ID_TOKEN_HINT, hint)?;
    Ok(Some(BTreeSet::from([hint.subject.clone()])))
}

/// `acr_values` is voluntary: classes that this server does not have are as if they were not asked for.
fn acr(request: &AuthorizationRequest) -> AcrRequest {
    let asked = request.acr_values.as_deref().unwrap_or_default().split(' ');
    let values = asked.filter(|value| ACR_VALUES.contains(value)).map(str::to_owned).collect();
    AcrRequest { values, essential: false }
}
