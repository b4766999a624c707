//! One run: makes a database, starts both servers, measures every operation on both in turns, and reports.

use std::{path::Path, time::Duration};

use clap::Args;
use tempfile::TempDir;

use crate::{
    Outcome,
    act::{Actor, Side},
    child::Server,
    doing, floor, idle,
    op::Op,
    peer::Peer,
    report::{Line, Report},
    rounds::{Load, alternate},
    world::{self, World},
};

const COUNTERSIGN: &str = "serve-countersign";
const FLOOR: &str = "serve-floor";

/// How much to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure this operation only; may be given again for another.
    #[arg(long, value_enum)]
    only: Vec<Op>,
    /// Rounds of each operation on each side.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Milliseconds that a round takes.
    #[arg(long, default_value_t = 700, value_parser = clap::value_parser!(u32).range(50..=10_000))]
    millis: u32,
    /// Connections, each with one request under way.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Runs and prints.
pub(crate) fn run(options: &Options) -> Outcome<()> {
    let folder = folder()?;
    // One thread: the driver must not take both cores of a small machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let report = runtime.map_err(doing("starting the runtime"))?.block_on(measure(options, folder.path()))?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(doing("writing the report"))?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// A folder for the database beside this program, on a disk like any other, which goes away at the end.
pub(crate) fn folder() -> Outcome<TempDir> {
    let program = std::env::current_exe().map_err(doing("finding this program"))?;
    let beside = program.parent().ok_or("this program is nowhere")?;
    tempfile::Builder::new().prefix("bench-").tempdir_in(beside).map_err(doing("making a folder"))
}

async fn measure(options: &Options, folder: &Path) -> Outcome<Report> {
    let world = world::make(folder).await?;
    let startup = idle::startup(COUNTERSIGN, folder).await?;
    let idle = idle::memory(COUNTERSIGN, folder, &world).await?;
    let sync = idle::sync(folder)?;
    let countersign = Server::start(COUNTERSIGN, folder)?;
    record(&countersign, folder, &world).await?;
    let floor = Server::start(FLOOR, folder)?;
    let mut lines = Vec::new();
    for op in Op::ALL.into_iter().filter(|op| options.only.is_empty() || options.only.contains(op)) {
        let mut ours = load(options, op, (Side::Countersign, &countersign), &world).await?;
        let mut theirs = load(options, op, (Side::Floor, &floor), &world).await?;
        let length = Duration::from_millis(options.millis.into());
        alternate([&mut ours, &mut theirs], options.rounds as usize, length).await?;
        lines.push(Line::new(op, &ours, &theirs));
    }
    Ok(Report::new(lines, (startup, sync), (idle, countersign.memory()?), options.connections))
}

/// Keeps one reply of each kind for the floor.
async fn record(server: &Server, folder: &Path, world: &World) -> Outcome<()> {
    let mut all = Vec::new();
    for op in Op::ALL {
        let mut actor = Actor::new(op, Side::Countersign, Peer::connect(server.address).await?, world)?;
        actor.prepare().await?;
        actor.kept = Some(Vec::new());
        actor.act().await?;
        all.extend(floor::kept(op, &actor.kept.unwrap_or_default()));
    }
    floor::keep(folder, &all)
}

async fn load<'a>(options: &Options, op: Op, (side, server): (Side, &'a Server), world: &World) -> Outcome<Load<'a>> {
    let mut actors = Vec::new();
    for _ in 0..options.connections {
        let mut actor = Actor::new(op, side, Peer::connect(server.address).await?, world)?;
        actor.prepare().await?;
        actors.push(actor);
    }
    Load::new(server, actors)
}
