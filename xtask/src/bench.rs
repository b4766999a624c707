//! `cargo xtask bench`: builds the load driver as it is shipped, and hands the rest of the line to it.

use crate::run::cargo;

/// Runs the load driver; it prints for itself, so that `--json` is JSON.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut command = cargo(&["run", "--release", "--locked", "--quiet", "--package", "countersign-bench", "--"]);
    let status = command.args(args).status().map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the benchmark did not get to its end".into()) }
}
