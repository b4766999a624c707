//! Who is told what: from what was approved and what is known to the claims of one reply.

use countersign_protocol::ScopeSet;
use serde_json::{Map, Value};

use super::{base, is_name};
use crate::{Policy, records::User};

/// What may be told about somebody: what the approved scopes open.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Which scope opens which claim.
    pub policy: &'a Policy,
    /// The scopes of the token that the reply goes with.
    pub scope: &'a ScopeSet,
}

impl Told<'_> {
    /// The claims of userinfo, `sub` excepted.
    pub fn at_userinfo(&self, user: &User) -> Map<String, Value> {
        let opened = self.policy.scopes.iter().filter(|info| self.scope.contains(info.scope.as_str()));
        let names = opened.flat_map(|info| &info.claims);
        names.filter_map(|name| Some((name.clone(), value_of(user, name)?))).collect()
    }
}

/// What is known of a user under that name. A name without a value is left out of every reply (OpenID Connect Core
/// §5.3.2), so there are no empty ones.
pub fn value_of(user: &User, name: &str) -> Option<Value> {
    if !is_name(base(name)) {
        return None;
    }
    let stored = user.claims.get(name).filter(|value| !value.is_null() && value.as_str() != Some("")).cloned();
    stored.or_else(|| match name {
        "preferred_username" => Some(user.username.clone().into()),
        "updated_at" => Some(user.updated_at.unwrap_or(user.created_at).secs().into()),
        _ => None,
    })
}
