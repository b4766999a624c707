//! Does what the page asks for: a user who logs in to the demo's web app, by script or in person; or the runner, which is
//! its own client, and its attacker where that is wanted.

use std::{future, sync::Arc, time::Duration};

use countersign_flow::{
    Attack, Clock, Errand, Lines, Options, People, Place, Record, Registered, Report, Secrets, Stage, TraceId, Trouble,
    What, find_attack, perform, visit_address, visit_web_app,
};
use countersign_server::edge::{Clock as _, SystemEntropy};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    Explorer, PATIENCE,
    capture::HIDDEN,
    exchange::RunId,
    run::{Mode, Run, RunState, Who},
    runs::{Busy, Runs},
};

/// Longest that a run may take, with everything that it waits for.
const LONGEST: Duration = Duration::from_hours(1);

/// Who takes part in runs, and where.
#[derive(Debug, Clone)]
pub struct Cast {
    /// Where everything is.
    pub place: Place,
    /// Who signs in, and who attacks.
    pub people: People,
    /// The client for which PKCE is optional.
    pub legacy: Registered,
}

/// What the page asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    table: String,
    #[serde(default = "yes")]
    pkce: bool,
    attack: Option<String>,
    #[serde(default = "live")]
    mode: Mode,
    #[serde(default = "script")]
    user: Who,
}

/// Who does it.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// The user at the browser, in the web app.
    Person(Errand),
    /// A scripted user, in the web app.
    Visit(Errand),
    /// The runner.
    Runner(What),
}

/// Why a run can't begin.
#[derive(Debug)]
pub(crate) enum NotBegun {
    /// There is no such thing.
    Unknown(String),
    /// Another one is under way.
    Busy(RunId),
}

impl From<Busy> for NotBegun {
    fn from(Busy(other): Busy) -> Self {
        Self::Busy(other)
    }
}

const fn yes() -> bool {
    true
}

const fn live() -> Mode {
    Mode::Live
}

const fn script() -> Who {
    Who::Script
}

impl Wanted {
    fn part(&self) -> Result<Part, String> {
        let by_script =
            |part| if self.user == Who::Script { Ok(part) } else { Err("This runs by script only.".into()) };
        if let Some(name) = &self.attack {
            let attack = find_attack(name).filter(|_| self.table == "code");
            return by_script(Part::Runner(What::Attack(
                attack.ok_or("There is no attack of that name on that flow.")?,
            )));
        }
        match (self.table.as_str(), self.user) {
            ("client-credentials", _) => by_script(Part::Runner(What::ClientCredentials)),
            ("native", _) => by_script(Part::Runner(What::Native)),
            ("logout", Who::Real) => Err("This runs by script only: a button of the web app begins it.".into()),
            (table, who) => {
                let errand = errand(table).ok_or("There is no flow of that name.")?;
                Ok(if who == Who::Real { Part::Person(errand) } else { Part::Visit(errand) })
            }
        }
    }
}

/// Begins a run.
pub(crate) fn begin(explorer: &Arc<Explorer>, wanted: Wanted) -> Result<Run, NotBegun> {
    let part = wanted.part().map_err(NotBegun::Unknown)?;
    let trace = TraceId::random(&mut SystemEntropy);
    let open = |id: RunId| match (part, &explorer.cast.place.web_app) {
        (Part::Person(errand), Some(web_app)) => Some(visit_address(web_app, &id.to_string(), wanted.pkce, errand)),
        _ => None,
    };
    let run = explorer.watch.runs.begin(|id| Run {
        id,
        pkce: wanted.pkce,
        mode: wanted.mode,
        user: wanted.user,
        state: if matches!(part, Part::Person(_)) { RunState::Waiting } else { RunState::Running },
        flow: None,
        open: open(id),
        records: Vec::new(),
        verdict: None,
        trouble: None,
        table: wanted.table,
        attack: wanted.attack,
    })?;
    explorer.watch.expect(trace.to_string(), run.id, run.mode == Mode::Guided);
    let act = act(Arc::clone(explorer), (run.id, run.pkce), part, trace);
    explorer.watch.runs.keep(run.id, tokio::spawn(act).abort_handle());
    Ok(run)
}

/// What a user wants at the web app, by the name of the flow.
fn errand(table: &str) -> Option<Errand> {
    Some(match table {
        "code" | "openid" => Errand::LogIn,
        "refresh" => Errand::Refresh,
        "silent" => Errand::Silent,
        "step-up" => Errand::StepUp,
        "logout" => Errand::LogOut,
        _ => return None,
    })
}

/// The task of a run.
async fn act(explorer: Arc<Explorer>, (id, pkce): (RunId, bool), part: Part, trace: TraceId) {
    let outcome = tokio::select! {
        outcome = play(&explorer, (id, pkce), part, trace) => outcome.map_err(|trouble| trouble.to_string()),
        () = sleep(LONGEST) => Err("It took too long.".to_owned()),
        () = explorer.watch.closed() => Err("The system stops.".to_owned()),
    };
    explorer.watch.end_run(id, outcome.err());
}

async fn play(explorer: &Explorer, (id, pkce): (RunId, bool), part: Part, trace: TraceId) -> Result<(), Trouble> {
    if let Part::Person(_) = part {
        // What the taps see says when it is over.
        return future::pending().await;
    }
    let clock = Arc::clone(&explorer.watch.clock);
    let options = Options {
        pkce,
        client: (!pkce).then(|| explorer.cast.legacy.clone()),
        clock: Clock::from(move || clock.now()),
        run: Some(trace),
        patience: Some(PATIENCE),
    };
    let stage = Stage::at(&explorer.cast.place, explorer.cast.people.clone(), options).await?;
    match part {
        Part::Runner(what) => perform(&stage, what, &mut Notes::new(&explorer.watch.runs, id)).await,
        Part::Visit(errand) => visit_web_app(&stage, &id.to_string(), errand).await,
        Part::Person(_) => Ok(()),
    }
}

/// Writes down what the runner does.
struct Notes<'r> {
    runs: &'r Runs,
    id: RunId,
    lines: Lines,
}

impl<'r> Notes<'r> {
    fn new(runs: &'r Runs, id: RunId) -> Self {
        Self { runs, id, lines: Lines::new(Secrets::Whole) }
    }
}

impl Report for Notes<'_> {
    fn step(&mut self, record: &Record) {
        let mut record = json(&self.lines.record(record));
        hide_passwords(&mut record);
        self.runs.note(self.id, record);
    }

    fn attack_begins(&mut self, attack: &'static Attack, _: bool) {
        self.lines.attack_begins(attack);
    }

    fn attack_ends(&mut self, attack: &'static Attack, pkce: bool, trouble: Option<&Trouble>) {
        self.runs.verdict(self.id, json(&Lines::verdict(attack, pkce, trouble)));
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Replaces the value of every member called `password`: the one secret that nobody may see here either.
fn hide_passwords(value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| {
            if name == "password" && member.is_string() {
                *member = Value::from(HIDDEN);
            }
            hide_passwords(member);
        }),
        Value::Array(items) => items.iter_mut().for_each(hide_passwords),
        _ => {}
    }
}
