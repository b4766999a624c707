//! The load driver: Countersign under load, beside a floor that answers with the same bytes and makes the same
//! signatures but decides and remembers nothing.
//!
//! Only ratios to the floor mean something on another machine. Both sides run as children of this process, in turns of
//! less than a second, so that whatever else the machine does falls on both. Not here: tests that fail when something
//! is slow. The driver ends well whatever it measures, unless something does not work.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks to its terminal")]

mod act;
mod child;
mod floor;
mod idle;
mod once;
mod op;
mod peer;
mod report;
mod rounds;
mod run;
mod server;
mod world;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use op::Op;

/// What goes wrong here is told to whoever typed the command, and ends it.
type Outcome<T> = Result<T, String>;

/// Countersign under load, beside a floor that only answers and signs.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do one operation so many times in this process, without a network: for a profiler.
    Once {
        /// Which one.
        #[arg(value_enum)]
        op: Op,
        /// How many times.
        #[arg(long, default_value_t = 1000)]
        count: u32,
    },
    /// Make a database in a folder, and say what the driver has to know.
    #[command(hide = true)]
    MakeWorld { folder: PathBuf },
    /// Be the Countersign child.
    #[command(hide = true)]
    ServeCountersign { folder: PathBuf },
    /// Be the floor.
    #[command(hide = true)]
    ServeFloor { folder: PathBuf },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.command {
        None => run::run(&args.run),
        Some(Command::Once { op, count }) => once::run(op, count),
        Some(Command::MakeWorld { folder }) => once::make(&folder),
        Some(Command::ServeCountersign { folder }) => server::run(&folder),
        Some(Command::ServeFloor { folder }) => floor::run(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Puts what was being done before an error.
fn doing<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}")
}
