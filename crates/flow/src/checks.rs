//! Which rules are applied at which step, and what an answer says about them.
//!
//! The client's checks are watched while they are made. What the servers checked they do not tell; so for them the
//! rules stand here, in the order in which they are applied, and the answer says at which one it ended.

mod applied;

use countersign_client as client;
use countersign_protocol::{Rule, error::description_text, params::Params, steps::Actor};
use countersign_resource::rules as resource;
use http::header;

pub(crate) use applied::Place;
use applied::{APPLIED, When::Always};

use crate::{page::Page, wire::Trip};

/// One check and its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The rule.
    pub rule: &'static Rule,
    /// Whether it held.
    pub ok: bool,
    /// Who checked.
    pub by: Actor,
}

/// What a server checked: everything up to the rule that it refused by, if it did.
pub(crate) fn at(place: Place, pkce: bool, refused_by: Option<&'static Rule>) -> Vec<Check> {
    let Some(applied) = APPLIED.iter().find(|applied| applied.place == place) else { return Vec::new() };
    let rules = applied.rules.iter().filter(|(when, _)| *when == Always || pkce).map(|(_, rule)| *rule);
    let held = |rule| Check { rule, ok: true, by: applied.by };
    let Some(broken) = refused_by else { return rules.map(held).collect() };
    let failed = Check { rule: broken, ok: false, by: applied.by };
    let in_table = rules.clone().any(|rule| rule == broken);
    rules.take_while(|rule| in_table && *rule != broken).map(held).chain([failed]).collect()
}

/// What an answer shows of a server's checks. A failure that names no rule shows nothing: a server that could not do its
/// work may have checked all, some or none.
pub(crate) fn told(place: Place, pkce: bool, trip: &Trip) -> Vec<Check> {
    let (refused, status) = (refused_by(trip), trip.response.status());
    let silent = refused.is_none() && (status.is_client_error() || status.is_server_error());
    if silent { Vec::new() } else { at(place, pkce, refused) }
}

/// The rule by which a server refused, as far as its answer proves it: the error code, the rule in words, and the
/// section must all be there.
pub(crate) fn refused_by(trip: &Trip) -> Option<&'static Rule> {
    let said = said(trip)?;
    let all = countersign_engine::all_rules().chain(resource::ALL.iter().copied());
    all.filter(|rule| proves(rule, &said)).max_by_key(|rule| rule.explain.len())
}

/// What an answer says about a refusal.
#[derive(Debug, Default)]
struct Said {
    error: String,
    description: String,
}

fn proves(rule: &Rule, said: &Said) -> bool {
    let (explain, section) = (description_text(rule.explain), description_text(&rule.spec.replace('§', "section ")));
    said.error == rule.on_fail.as_str() && said.description.contains(&explain) && said.description.contains(&section)
}

/// Where a refusal may stand: in a JSON body, in the redirect to the client, in the challenge of a resource server, on
/// a page.
fn said(trip: &Trip) -> Option<Said> {
    if trip.is_success() {
        return None;
    }
    let body = trip.json();
    let member = |name: &str| body.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    if let Some(error) = member("error") {
        return Some(Said { error, description: member("error_description").unwrap_or_default() });
    }
    if let Some(query) = trip.location().and_then(|location| location.split_once('?')).map(|(_, query)| query) {
        let params = Params::parse(query.as_bytes()).ok()?;
        let description = params.find("error_description").unwrap_or_default().to_owned();
        return Some(Said { error: params.find("error")?.to_owned(), description });
    }
    if let Some(challenge) = trip.response.headers().get(header::WWW_AUTHENTICATE) {
        let challenge = challenge.to_str().ok()?;
        let error = challenge.split_once("error=\"").and_then(|(_, rest)| rest.split('"').next())?;
        return Some(Said { error: error.to_owned(), description: challenge.to_owned() });
    }
    let page = Page::parse(trip.response.body())?;
    let (required, section) = (page.fact("Required")?, page.fact("Written in")?.replace('§', "section "));
    let description = description_text(&format!("{required} ({section})"));
    Some(Said { error: page.fact("Error code")?.to_owned(), description })
}

/// Runs something of the client library and notes every check that it makes.
pub(crate) fn watched<T>(run: impl FnOnce(client::Checks<'_>) -> T) -> (T, Vec<Check>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let note = move |rule, ok| {
        // The receiver lives as long as this function.
        let _ = sender.send(Check { rule, ok, by: Actor::ClientApp });
    };
    let outcome = run(client::Checks::observed_by(Some(&note)));
    drop(note);
    let mut checks: Vec<Check> = Vec::new();
    for check in receiver {
        // A rule that is applied to several values is one rule.
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    (outcome, checks)
}

#[cfg(test)]
mod tests;
