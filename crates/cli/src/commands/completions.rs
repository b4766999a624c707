//! `countersign completions`: scripts by which a shell completes what is typed.

use clap::CommandFactory as _;

use super::print::out;
use crate::{args::Args, outcome::Trouble};

/// Prints the script for a shell.
pub(crate) fn run(shell: clap_complete::Shell) -> Result<(), Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "countersign", &mut script);
    out(&String::from_utf8_lossy(&script))
}
