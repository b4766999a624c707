//! Who is told what: from what was approved and what is known to the claims of one reply.

use std::collections::BTreeSet;

use countersign_protocol::{ClaimRequest, ScopeSet};
use serde_json::{Map, Value};

use super::{Wanted, base, is_name};
use crate::{Policy, records::User};

/// What may be told to a client about somebody.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Which scope opens which claim.
    pub policy: &'a Policy,
    /// The scopes of the token that the reply goes with.
    pub scope: &'a ScopeSet,
    /// The claims that the user approved one by one.
    pub singly: &'a BTreeSet<String>,
    /// What the client asked for by the `claims` parameter.
    pub wanted: &'a Wanted,
}

impl Told<'_> {
    /// The claims of userinfo, `sub` excepted: those of the scopes (§5.4), and those that were asked for there (§5.5).
    pub fn at_userinfo(&self, user: &User) -> Map<String, Value> {
        let named = self.opened().filter_map(|name| Some((name.clone(), value_of(user, name)?)));
        let translated = user.claims.iter().filter_map(|(name, _)| {
            let (base, tag) = name.split_once('#')?;
            let open = self.opened().any(|open| open == base) && self.wanted.speaks(tag);
            open.then(|| Some((name.clone(), value_of(user, name)?)))?
        });
        named.chain(translated).chain(self.each(&self.wanted.claims.userinfo, user)).collect()
    }

    /// The claims about the user in an ID token: only those that were asked for there.
    pub fn in_id_token(&self, user: &User) -> Map<String, Value> {
        self.each(&self.wanted.claims.id_token, user).collect()
    }

    /// The claims that the scopes open.
    fn opened(&self) -> impl Iterator<Item = &String> {
        let scopes = self.policy.scopes.iter().filter(|info| self.scope.contains(info.scope.as_str()));
        scopes.flat_map(|info| &info.claims)
    }

    /// A claim that must have another value than it has is left out (§5.5.1), like one without a value.
    fn each<'c>(
        &'c self,
        asked: impl IntoIterator<Item = (&'c String, &'c ClaimRequest)>,
        user: &'c User,
    ) -> impl Iterator<Item = (String, Value)> {
        asked.into_iter().filter_map(move |(name, request)| {
            let approved = self.singly.contains(base(name)) || self.opened().any(|open| open == base(name));
            let value = value_of(user, name).filter(|value| approved && request.accepts(value))?;
            Some((name.clone(), value))
        })
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
