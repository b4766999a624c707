//! `ui/data/tables.json` is what the pages of the explorer know of flows, attacks and rules. It is made from the tables of
//! this project, so that a flow, an attack or a rule that is added needs no change of a page.

use std::path::Path;

use countersign_flow::{Attack, Move, Script, attacks};
use countersign_protocol::{
    Rule,
    steps::{Actor, FLOWS, Flow},
};
use serde::Serialize;

#[derive(Serialize)]
struct Tables {
    actors: [Actor; 5],
    flows: [&'static Flow; 8],
    attacks: Vec<AttackOut>,
    rules: Vec<RuleOut>,
}

#[derive(Serialize)]
struct AttackOut {
    name: &'static str,
    title: &'static str,
    has: &'static str,
    flow: &'static str,
    with_pkce: ScriptOut,
    without_pkce: ScriptOut,
}

#[derive(Serialize)]
struct ScriptOut {
    after: u8,
    stopped_by: Option<&'static str>,
    cost: &'static str,
    moves: Vec<MoveOut>,
}

#[derive(Serialize)]
struct MoveOut {
    by: &'static str,
    to: &'static str,
    title: &'static str,
    says: &'static str,
    refused_by: Option<&'static str>,
}

#[derive(Serialize)]
struct RuleOut {
    id: &'static str,
    section: &'static str,
    error: &'static str,
    explain: &'static str,
    by: Actor,
}

fn attack(attack: &Attack) -> AttackOut {
    let Attack { name, title, has, with_pkce, without_pkce } = attack;
    // Every attack is made on a login.
    AttackOut { name, title, has, flow: FLOWS[0].id, with_pkce: script(with_pkce), without_pkce: script(without_pkce) }
}

fn script(script: &Script) -> ScriptOut {
    ScriptOut {
        after: script.after,
        stopped_by: script.stopped_by.map(|rule| rule.id),
        cost: script.cost,
        moves: script.moves.iter().map(made).collect(),
    }
}

fn made(made: &Move) -> MoveOut {
    let like = made.likeness();
    let refused_by = made.refused_by.map(|rule| rule.id);
    MoveOut { by: made.by.name(), to: like.to, title: like.title, says: made.says, refused_by }
}

fn rules() -> Vec<RuleOut> {
    let by = |by: Actor| {
        move |rule: &'static Rule| RuleOut {
            id: rule.id,
            section: rule.spec,
            error: rule.on_fail.as_str(),
            explain: rule.explain,
            by,
        }
    };
    let server = countersign_engine::all_rules().map(by(Actor::AuthorizationServer));
    let client = countersign_client::rules::ALL.iter().copied().map(by(Actor::ClientApp));
    let api = countersign_resource::rules::ALL.iter().copied().map(by(Actor::ResourceServer));
    let browser = countersign_flow::rules::ALL.iter().copied().map(by(Actor::Browser));
    server.chain(client).chain(api).chain(browser).collect()
}

/// With `COUNTERSIGN_BLESS` set the file is written anew.
#[test]
fn the_tables_of_the_pages_are_those_of_the_project() {
    let tables = Tables { actors: Actor::ALL, flows: FLOWS, attacks: attacks().map(attack).collect(), rules: rules() };
    let made = serde_json::to_string_pretty(&tables).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/data/tables.json");
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(kept.lines().chain(std::iter::repeat(""))).find(|(made, kept)| made != kept);
    assert_eq!(differs, None, "ui/data/tables.json is stale; run the test with COUNTERSIGN_BLESS=1");
    assert_eq!(made.lines().count(), kept.lines().count());
}

#[test]
fn no_two_rules_have_one_name() {
    let rules = rules();
    let ids: std::collections::BTreeSet<_> = rules.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules.len());
}
