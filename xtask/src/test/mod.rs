//! `cargo xtask test`: everything that CI runs, in one order, with a summary.
//!
//! A failing step does not stop the ones after it: one run shows all that is wrong. Nothing is skipped in silence;
//! a tool that is missing and cannot be installed fails its step with the line to type.

mod counts;
mod suites;
mod toolchains;
mod tools;
mod ui;

use std::time::Duration;

use crate::deny;
use crate::run::{ask, cargo, program, show, timed};
use crate::tidy;
use crate::tree::root;
use counts::Counts;
pub(crate) use suites::browser_script;

/// The spell checker, as a Python wheel: building it takes minutes.
const TYPOS: &str = "1.52.0";

type Work = Box<dyn Fn() -> Result<Counts, String>>;

struct Step {
    name: String,
    what: String,
    work: Work,
}

struct Done {
    name: String,
    counts: Counts,
    took: Duration,
    error: Option<String>,
}

/// `cargo xtask test [--list] [--only STEP]…`
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut steps = steps();
    let mut only = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--list", None) => {
                for step in &steps {
                    println!("{:12} {}", step.name, step.what);
                }
                return Ok(());
            }
            ("--only", Some(name)) if steps.iter().any(|step| step.name == *name) => only.push(name.clone()),
            ("--only", Some(name)) => return Err(format!("no step `{name}`; see `cargo xtask test --list`")),
            _ => return Err("usage: cargo xtask test [--list] [--only STEP]…".into()),
        }
    }
    steps.retain(|step| only.is_empty() || only.contains(&step.name));
    let done: Vec<Done> = steps.iter().map(perform).collect();
    summary(&done)
}

/// Every step, in order: what is quick and often wrong comes first.
fn steps() -> Vec<Step> {
    let step = |name: &str, what: &str, work: Work| Step { name: name.into(), what: what.into(), work };
    let check = |args: &'static [&'static str]| -> Work { Box::new(move || one(cargo(args))) };
    let lint = &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    let mut steps = vec![
        step("fmt", "cargo fmt", check(&["fmt", "--all", "--check"])),
        step("clippy", "clippy, warnings denied", check(lint)),
        step("tidy", "the project's own checks", Box::new(|| tidy::run().map(|()| Counts::ONE))),
        step("typos", "spelling", Box::new(typos)),
        step("ui", "the explorer's pages: types and model", Box::new(ui::run)),
        step("deny", "bans, licences and sources of dependencies", Box::new(|| deny::check().map(|()| Counts::ONE))),
        step("unit", "unit and integration tests", Box::new(unit)),
        step(
            "doc",
            "examples in the documentation",
            Box::new(|| tests(cargo(&["test", "--workspace", "--locked", "--doc"]))),
        ),
    ];
    for name in suites::names() {
        let what = format!("crates/cli/tests/interop/{name}");
        let suite = name.clone();
        steps.push(Step { name, what, work: Box::new(move || suites::run(&suite)) });
    }
    steps
}

fn perform(step: &Step) -> Done {
    println!("\n=== {}: {}", step.name, step.what);
    let (result, took) = timed(|| (step.work)());
    let (counts, error) = match result {
        Ok(counts) if counts.failed > 0 => (counts, Some(format!("{} failed", counts.failed))),
        Ok(counts) => (counts, None),
        Err(error) => (Counts { failed: 1, ..Counts::default() }, Some(error)),
    };
    let ending = error.as_ref().map_or_else(|| "ok".to_owned(), |error| format!("FAILED: {error}"));
    println!("=== {}: {ending} ({:.1} s)", step.name, took.as_secs_f64());
    Done { name: step.name.clone(), counts, took, error }
}

fn summary(done: &[Done]) -> Result<(), String> {
    let mut sum = Counts::default();
    println!();
    for Done { name, counts, took, error } in done {
        let mark = if error.is_some() { "FAILED" } else { "ok" };
        let seconds = took.as_secs_f64();
        let skipped = if counts.skipped > 0 { format!(", {} skipped", counts.skipped) } else { String::new() };
        println!("{mark:6} {name:10} {seconds:7.1} s  {} passed, {} failed{skipped}", counts.passed, counts.failed);
        sum += *counts;
    }
    let failed: Vec<&str> = done.iter().filter(|step| step.error.is_some()).map(|step| step.name.as_str()).collect();
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

fn one(command: std::process::Command) -> Result<Counts, String> {
    let line: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let said = show(command)?;
    if said.ok { Ok(Counts::ONE) } else { Err(format!("cargo {}", line.join(" "))) }
}

/// nextest where it is installed: it runs the test programs side by side.
fn unit() -> Result<Counts, String> {
    let nextest = cargo(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    if nextest {
        tests(cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]))
    } else {
        tests(cargo(&["test", "--workspace", "--locked", "--all-targets", "--no-fail-fast"]))
    }
}

/// A test runner: its own count, and one failure more when it failed without saying which.
fn tests(command: std::process::Command) -> Result<Counts, String> {
    let said = show(command)?;
    match Counts::read(&said.text) {
        counts if said.ok || counts.failed > 0 => Ok(counts),
        counts => Ok(Counts { failed: 1, ..counts }),
    }
}

fn typos() -> Result<Counts, String> {
    let tool = tools::python_tool("typos", TYPOS)?;
    let said = show(program(&tool, &["--color", "never"], &root()))?;
    let version = ask(&tool, &["--version"]).unwrap_or_default();
    if said.ok { Ok(Counts::ONE) } else { Err(format!("{version} found misspellings; `typos -w` mends them")) }
}
