//! `countersign key`: the signing keys and what happens to them next; the master key.

use std::path::Path;

use countersign_engine::{
    Stored,
    keys::{ALGORITHMS, Schedule},
    records::{KeyRecord, KeyState},
};
use countersign_jose::Algorithm;
use countersign_protocol::{Entropy as _, Timestamp, base64url};
use countersign_server::{
    edge::SystemEntropy,
    keyring::{MasterKey, RotationError},
};
use serde_json::json;

use super::{
    args::{self, Common},
    place::{Place, lost_races, now},
    print::{Printer, note, table},
    when,
};
use crate::outcome::Trouble;

/// Runs `countersign key`.
pub(crate) async fn run(common: &Common, command: args::Key) -> Result<(), Trouble> {
    let printer = Printer::new(common.json);
    match command {
        args::Key::List => list(&Place::open(common)?, printer).await,
        args::Key::Rotate { now, algorithms } => rotate(&Place::open(common)?, printer, now, &algorithms).await,
        args::Key::NewMaster { out } => new_master(printer, out.as_deref()),
    }
}

async fn list(place: &Place, printer: Printer) -> Result<(), Trouble> {
    let keys = sorted(place).await?;
    let schedule = place.config.schedule();
    let json = |key: &Stored<KeyRecord>| {
        let next = next_step(&schedule, key, &keys);
        json!({
            "kid": key.id.as_str(),
            "algorithm": key.algorithm.name(),
            "state": key.state,
            "created_at": when::iso(key.created_at),
            "since": when::iso(key.changed_at),
            "next": { "what": next.0, "at": when::iso(next.1) },
        })
    };
    let now = now();
    printer.print(&keys.iter().map(json).collect::<Vec<_>>(), || {
        let row = |key: &Stored<KeyRecord>| {
            let (what, at) = next_step(&schedule, key, &keys);
            vec![
                key.algorithm.name().to_owned(),
                key.id.to_string(),
                state(key.state).to_owned(),
                when::day(key.changed_at),
                format!("{what} {}", if at <= now { "at once".to_owned() } else { when::relative(now, at) }),
            ]
        };
        if keys.is_empty() {
            return "No signing keys yet: they are made at the first start.".to_owned();
        }
        table(&["ALGORITHM", "KEY ID", "STATE", "SINCE", "NEXT"], keys.iter().map(row))
    })
}

/// By algorithm; what signs first.
async fn sorted(place: &Place) -> Result<Vec<Stored<KeyRecord>>, Trouble> {
    let mut keys = place.store.keys().await.map_err(Trouble::new)?;
    let rank = |state| match state {
        KeyState::Current => 0,
        KeyState::Next => 1,
        KeyState::Retired => 2,
    };
    keys.sort_by_key(|key| (key.algorithm.name(), rank(key.state), std::cmp::Reverse(key.changed_at)));
    Ok(keys)
}

const fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Next => "next: published, does not sign yet",
        KeyState::Current => "current: signs",
        KeyState::Retired => "retired: published, does not sign any more",
    }
}

/// What happens to a key next, and not before when.
fn next_step(schedule: &Schedule, key: &KeyRecord, all: &[Stored<KeyRecord>]) -> (&'static str, Timestamp) {
    let newest = |state: KeyState| {
        let same = all.iter().filter(|other| other.algorithm == key.algorithm && other.state == state);
        same.max_by_key(|other| other.changed_at)
    };
    // The announced key takes over when the current one has signed long enough and verifiers have had time to see it, or
    // when an administrator wants it to.
    let takeover = |announced: &KeyRecord| {
        let signed = newest(KeyState::Current).map(|current| current.changed_at.plus(schedule.sign_for));
        let due = announced.changed_at.plus(schedule.publish_before).max(signed.unwrap_or(announced.changed_at));
        announced.signs_from.map_or(due, |wanted| wanted.min(due))
    };
    match (key.state, newest(KeyState::Next)) {
        (KeyState::Next, _) => ("signs", takeover(key)),
        (KeyState::Current, Some(announced)) => ("retires", takeover(announced)),
        (KeyState::Current, None) => {
            ("successor is made", key.changed_at.plus(schedule.sign_for).minus(schedule.publish_before))
        }
        (KeyState::Retired, _) => ("is removed", schedule.removed_at(key.changed_at)),
    }
}

async fn rotate(place: &Place, printer: Printer, at_once: bool, named: &[Algorithm]) -> Result<(), Trouble> {
    let master = place.master_key().await?;
    let keyring = place.keyring(&master);
    // A key sealed under another master key would lock the running server out.
    keyring.open().await.map_err(|error| {
        Trouble::new(format!("this master key does not open the signing keys: {error}"))
            .advice("Use the master key with which they were made.")
    })?;
    let before = sorted(place).await?;
    // A database without keys gets one of each: no server starts with less.
    let algorithms = if named.is_empty() || before.is_empty() { &ALGORITHMS[..] } else { named };
    if at_once || before.is_empty() {
        keyring.rotate_now(now(), algorithms, &mut SystemEntropy).await.map_err(|error| not_rotated(&error))?;
        return sign_now(place, printer, (&before, algorithms)).await;
    }
    keyring.rotate(now(), algorithms, &mut SystemEntropy).await.map_err(|error| not_rotated(&error))?;
    let keys = sorted(place).await?;
    let schedule = place.config.schedule();
    let meant = |key: &&Stored<KeyRecord>| key.state == KeyState::Next && algorithms.contains(&key.algorithm);
    let next: Vec<_> = keys.iter().filter(meant).collect();
    let json = |key: &&Stored<KeyRecord>| {
        let (_, at) = next_step(&schedule, key, &keys);
        json!({ "kid": key.id.as_str(), "algorithm": key.algorithm.name(), "signs_at": when::iso(at) })
    };
    printer.print(&json!({ "next": next.iter().map(json).collect::<Vec<_>>() }), || {
        let now = now();
        let row = |key: &&Stored<KeyRecord>| {
            let (_, at) = next_step(&schedule, key, &keys);
            vec![key.algorithm.name().to_owned(), key.id.to_string(), when::relative(now, at)]
        };
        format!(
            "{}\n\nThe running server publishes these keys within {}, and signs with them when nobody keeps older ones. \
             If a key may have leaked: --now.",
            table(&["ALGORITHM", "KEY ID", "SIGNS"], next.iter().map(row)),
            when::words(schedule.look_every().as_secs().max(1)),
        )
    })
}

fn not_rotated(error: &RotationError) -> Trouble {
    let trouble = Trouble::new(error);
    match error {
        RotationError::Full { until } => trouble.advice(format!(
            "Nothing has changed. Try again {}: then the last tokens of the oldest keys have ended, and they make room.",
            when::relative(now(), *until)
        )),
        RotationError::Failed(_) => trouble,
    }
}

/// Says which keys sign since a moment ago.
async fn sign_now(
    place: &Place,
    printer: Printer,
    (before, algorithms): (&[Stored<KeyRecord>], &[Algorithm]),
) -> Result<(), Trouble> {
    let mut keys = sorted(place).await?;
    keys.retain(|key| algorithms.contains(&key.algorithm));
    let stayed = |key: &Stored<KeyRecord>| {
        let mut earlier = before.iter().filter(|earlier| earlier.state == KeyState::Current);
        key.state == KeyState::Current && earlier.any(|earlier| earlier.id == key.id)
    };
    // The running server moves keys as well; whoever is later has changed nothing.
    if keys.iter().any(stayed) {
        return Err(lost_races());
    }
    let current: Vec<_> = keys.iter().filter(|key| key.state == KeyState::Current).collect();
    let json: Vec<_> =
        current.iter().map(|key| json!({ "kid": key.id.as_str(), "algorithm": key.algorithm.name() })).collect();
    printer.print(&json!({ "current": json }), || {
        let row = |key: &&Stored<KeyRecord>| vec![key.algorithm.name().to_owned(), key.id.to_string()];
        format!(
            "{}\n\nThese keys sign from now on; a running server takes them within {}. The earlier ones stay published for \
             {}, so that living tokens go on.",
            table(&["ALGORITHM", "KEY ID"], current.iter().map(row)),
            when::words(place.config.schedule().look_every().as_secs().max(1)),
            when::words(u64::from(place.config.schedule().publish_after.as_secs())),
        )
    })
}

fn new_master(printer: Printer, out: Option<&Path>) -> Result<(), Trouble> {
    let Some(path) = out else {
        let key = base64url(SystemEntropy.bytes32());
        note("Keep it in a file of mode 600, or in COUNTERSIGN_MASTER_KEY, and a copy apart from the database.");
        return printer.print(&json!({ "master_key": key }), || key.clone());
    };
    if path.exists() {
        let what = format!(
            "{} is there already; a master key is never replaced: it opens what was sealed under it",
            path.display()
        );
        return Err(Trouble::new(what).advice("Name a new file."));
    }
    MasterKey::load_or_make(path, &mut SystemEntropy).map_err(Trouble::new)?;
    printer.print(&json!({ "file": path }), || {
        format!(
            "A fresh master key is in {}, readable by its owner only. Keep a copy apart from the database.",
            path.display()
        )
    })
}
