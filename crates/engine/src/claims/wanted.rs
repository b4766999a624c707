//! What the `claims` parameter comes to (OpenID Connect Core §5.5): of what a client asked for, what there is and what
//! it may have. The rest is ignored, as the text tells, essential or not.

use std::collections::BTreeSet;

use countersign_protocol::{ClaimsRequest, ScopeSet};
use serde::{Deserialize, Serialize};

use super::{base, is_name};
use crate::{Policy, records::Client};

/// Most claims beside those of the scopes: with as many scopes as there may be, they still fit into the form of the
/// consent page, which has to stay below [`MAX_PARAMS`](countersign_protocol::params::MAX_PARAMS).
const MAX_SINGLY: usize = 32;
/// Most languages that are remembered.
const MAX_LOCALES: usize = 8;

/// Claims that a client wants one by one. Kept with the code and the family, so that userinfo can answer later.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// By destination.
    pub claims: ClaimsRequest,
    /// Those among them that no scope of the request opens: the user approves each by itself.
    pub singly: BTreeSet<String>,
    /// Languages in which the client would like claims, the best first (`claims_locales`, §5.2).
    pub locales: Vec<String>,
}

impl Wanted {
    /// Keeps of a request what some scope that the client may ask for opens.
    pub fn of(policy: &Policy, client: &Client, scope: &ScopeSet, mut asked: ClaimsRequest) -> Self {
        let opens = |name: &str, scopes: &ScopeSet| {
            let mut opening = policy.scopes.iter().filter(|info| info.claims.iter().any(|claim| claim == name));
            is_name(name) && opening.any(|info| scopes.contains(info.scope.as_str()))
        };
        for claims in [&mut asked.userinfo, &mut asked.id_token] {
            claims.retain(|name, _| opens(base(name), &client.scope));
        }
        let names = asked.userinfo.keys().chain(asked.id_token.keys()).map(|name| base(name).to_owned());
        let beyond: BTreeSet<String> = names.filter(|name| !opens(name, scope)).collect();
        let singly: BTreeSet<String> = beyond.into_iter().take(MAX_SINGLY).collect();
        for claims in [&mut asked.userinfo, &mut asked.id_token] {
            claims.retain(|name, _| opens(base(name), scope) || singly.contains(base(name)));
        }
        Self { claims: asked, singly, locales: Vec::new() }
    }

    /// With the languages of `claims_locales`.
    #[must_use]
    pub fn in_languages(mut self, tags: &str) -> Self {
        let tags = tags.split(' ').filter(|tag| (1..=35).contains(&tag.len()));
        self.locales = tags.take(MAX_LOCALES).map(str::to_owned).collect();
        self
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.locales.is_empty()
    }

    /// Whether a claim in that language is wanted: the language itself, or a more general one than asked for (RFC 4647
    /// §3.4).
    pub(super) fn speaks(&self, tag: &str) -> bool {
        let fits = |wanted: &String| {
            let same = wanted.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
            same && matches!(wanted.as_bytes().get(tag.len()), None | Some(b'-'))
        };
        self.locales.iter().any(fits)
    }
}
