//! What the database says about a token, in the engine's judgement where there is one.

use countersign_engine::{
    records::{Ended, Family, Refresh},
    tokens::presented::{Facts, LiveToken},
};
use countersign_protocol::{Refusal, Timestamp};
use serde_json::{Map, Value};

use crate::commands::when;

/// Names and values, and the verdict.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) record: Map<String, Value>,
    pub(super) works: Option<bool>,
    pub(super) why: String,
}

impl State {
    /// Nothing is known.
    pub(super) fn unknown() -> Self {
        Self::default().works(false, "this server has never issued it, or has forgotten it since it expired")
    }

    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.record.insert(name.to_owned(), value.into());
    }

    pub(super) fn works(mut self, works: bool, why: impl Into<String>) -> Self {
        (self.works, self.why) = (Some(works), why.into());
        self
    }
}

/// An access token, as a resource server would hear of it.
pub(super) fn access(facts: &Facts, live: Result<LiveToken, Refusal>) -> State {
    let mut state = State::default();
    if let Some(access) = &facts.access {
        state.put("client", access.client.as_str());
        state.put("subject", access.subject.as_ref().map_or("the client itself", |subject| subject.as_str()));
        state.put("scope", access.scope.to_string());
        state.put("audience", access.audience.clone());
        state.put("generation", access.generation);
        state.put("issued_at", when::iso(access.issued_at));
        state.put("expires_at", when::iso(access.expires_at));
    }
    people(&mut state, facts);
    family(&mut state, facts.family.as_deref());
    match live {
        Ok(live) => {
            state.works(true, format!("it allows {:?} at {}", live.scope.to_string(), live.audience.join(", ")))
        }
        Err(refusal) => {
            let why = reason(facts).map_or_else(|| refusal.rule.explain.to_owned(), ToOwned::to_owned);
            state.works(false, why)
        }
    }
}

/// A refresh token, as the token endpoint would take it.
pub(super) fn refresh(now: Timestamp, facts: &Facts) -> State {
    let (Some(refresh), Some(of)) = (&facts.refresh, &facts.family) else { return State::unknown() };
    let mut state = State::default();
    state.put("client", of.client.as_str());
    state.put("subject", of.subject.as_str());
    state.put("scope", of.scope.to_string());
    state.put("generation", refresh.generation);
    people(&mut state, facts);
    family(&mut state, Some(of));
    if let Some(why) = reason(facts) {
        return state.works(false, why);
    }
    if of.expires_at <= now {
        return state.works(false, "its family expired without being used");
    }
    match standing(refresh, of) {
        Standing::Newest => state.works(true, "it is the newest of its family"),
        Standing::Before => state.works(
            true,
            "it is the one before the newest, and nothing shows that its answer arrived: it gets the same answer again",
        ),
        Standing::Old => state.works(false, "it was used before: using it again ends its family"),
    }
}

enum Standing {
    Newest,
    Before,
    Old,
}

fn standing(refresh: &Refresh, family: &Family) -> Standing {
    match family.generation.checked_sub(refresh.generation) {
        Some(0) => Standing::Newest,
        Some(1) if !family.received && family.answer.is_some() => Standing::Before,
        _ => Standing::Old,
    }
}

fn people(state: &mut State, facts: &Facts) {
    if let Some(user) = &facts.principal.user {
        state.put("user", user.username.as_str());
        state.put("user_enabled", user.enabled);
    }
    if let Some(client) = &facts.client {
        state.put("client_name", client.name.as_str());
        state.put("client_enabled", client.enabled);
    }
}

fn family(state: &mut State, family: Option<&Family>) {
    let Some(family) = family else { return };
    state.put("family", family.id.as_str());
    state.put("family_generation", family.generation);
    state.put("family_began_at", when::iso(family.created_at));
    state.put("family_expires_at", when::iso(family.expires_at));
    state.put("family_ended", family.ended.map_or("no", ended));
    state.put("session", family.session.as_str());
    state.put("flow", family.flow.as_str());
}

/// Why a family ended, in words.
pub(super) const fn ended(why: Ended) -> &'static str {
    match why {
        Ended::CodeReplayed => "its code was used a second time",
        Ended::RefreshReplayed => "an older refresh token came back",
        Ended::Revoked => "the client revoked it",
        Ended::SignedOut => "the user signed out",
    }
}

/// The plain reason why a token of a user does not work, where there is one.
fn reason(facts: &Facts) -> Option<&'static str> {
    if facts.client.as_ref().is_some_and(|client| !client.enabled) {
        return Some("its client is disabled");
    }
    if facts.revoked {
        return Some("the client revoked it");
    }
    let family = facts.family.as_ref()?;
    if facts.client.is_none() {
        return Some("its client was removed");
    }
    if let Some(why) = family.ended {
        return Some(ended(why));
    }
    match (&facts.principal.user, &facts.principal.authorization) {
        (None, _) => Some("its user was removed"),
        (Some(user), _) if !user.enabled => Some("its user is disabled"),
        (_, Some(approved)) if approved.id == family.authorization => None,
        _ => Some("the user took the approval back"),
    }
}
