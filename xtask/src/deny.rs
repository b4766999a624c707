//! cargo-deny: what may be linked (`deny.toml`), and what is known to be broken.
//!
//! The advisory database is fetched from a host that many build machines cannot reach. So `test` checks what can be
//! known without it, and `cargo xtask audit` checks the advisories.

use std::path::PathBuf;

use crate::run::{ask, cargo, must, program, target};
use crate::tree::root;

const VERSION: &str = "0.20.2";

/// Bans, licences and sources.
pub(crate) fn check() -> Result<(), String> {
    run(&["check", "bans", "licenses", "sources"])
}

/// `cargo xtask audit`: the advisory database.
pub(crate) fn audit(args: &[String]) -> Result<(), String> {
    if args.is_empty() { run(&["check", "advisories"]) } else { Err("usage: cargo xtask audit".into()) }
}

fn run(args: &[&str]) -> Result<(), String> {
    let tool = install("cargo-deny", Some(VERSION))?;
    must(program(tool, args, &root()), &format!("cargo deny {}", args.join(" "))).map(drop)
}

/// A cargo subcommand: on the path, or built once under `target/tools`.
pub(crate) fn install(name: &str, version: Option<&str>) -> Result<PathBuf, String> {
    let tools = target().join("tools");
    let built = tools.join("bin").join(name);
    let found = [PathBuf::from(name), built.clone()].into_iter().find(|path| ask(path, &["--version"]).is_some());
    if let Some(found) = found {
        return Ok(found);
    }
    println!("{name} is missing; building it once into target/tools (some minutes)");
    let folder = tools.to_string_lossy().into_owned();
    let mut args = vec!["install", name, "--locked", "--quiet", "--root", &folder];
    args.extend(version.into_iter().flat_map(|version| ["--version", version]));
    must(cargo(&args), &format!("cargo install {name}"))?;
    Ok(built)
}
