//! The suites that sign in with a real browser and with clients that nobody here wrote.
//!
//! A folder under `crates/cli/tests/interop/` is a suite; its manifest says of which kind. Each gets the path of the
//! freshly built program in `COUNTERSIGN_BIN`, with the examples in a folder beside it, and starts and stops it itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::counts::Counts;
use super::{toolchains, tools};
use crate::run::{cargo, must, program, show, target};
use crate::tree::root;

const FOLDER: &str = "crates/cli/tests/interop";

/// The names of the suites, sorted; none before the folder exists.
pub(super) fn names() -> Vec<String> {
    let entries = std::fs::read_dir(root().join(FOLDER)).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with(['.', '_']) && name != "node_modules");
    names.sort();
    names
}

/// Builds the program, installs what the suite needs and runs it.
pub(super) fn run(name: &str) -> Result<Counts, String> {
    let folder = root().join(FOLDER).join(name);
    let binary = build()?;
    let mut command = runner(name, &folder)?;
    command.env("COUNTERSIGN_BIN", binary);
    let said = show(command)?;
    match Counts::read(&said.text) {
        counts if counts.passed + counts.failed == 0 => Err(format!("the suite {name} ran no test")),
        counts if said.ok || counts.failed > 0 => Ok(counts),
        counts => Ok(Counts { failed: 1, ..counts }),
    }
}

/// What runs a suite, by its manifest; with what it needs installed.
fn runner(name: &str, folder: &Path) -> Result<Command, String> {
    let has = |manifest: &str| folder.join(manifest).is_file();
    if has("package.json") {
        return node(name, folder);
    }
    if has("requirements.txt") {
        let mut command = program(tools::python(folder)?, &["-m", "pytest", "-q", "-p", "no:cacheprovider"], folder);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        return Ok(command);
    }
    if has("go.mod") {
        return toolchains::go_test(folder);
    }
    if has("pom.xml") {
        return toolchains::maven_test(folder);
    }
    Err(format!("{FOLDER}/{name} has no package.json, requirements.txt, go.mod or pom.xml"))
}

/// A script of the suite that drives a browser, with the program and the packages that it needs.
pub(crate) fn browser_script(name: &str, argument: &str) -> Result<Command, String> {
    let folder = root().join(FOLDER).join("browser");
    tools::packages("browser", &folder)?;
    let mut command = tools::with_node("node", &[name, argument], &folder)?;
    command.env("COUNTERSIGN_BIN", build()?).env("COUNTERSIGN_CHROMIUM", tools::chromium()?);
    Ok(command)
}

/// The program as the other steps build it: the same packages and targets, so that nothing is compiled twice.
fn build() -> Result<PathBuf, String> {
    must(cargo(&["build", "--workspace", "--locked", "--bins", "--tests", "--examples"]), "building the program")?;
    let binary = target().join("debug/countersign");
    if binary.is_file() { Ok(binary) } else { Err(format!("{} was not built", binary.display())) }
}

/// `node --test` with the packages of the lock file; a suite that drives a browser gets one.
fn node(name: &str, folder: &Path) -> Result<Command, String> {
    tools::packages(name, folder)?;
    let mut command = tools::with_node("node", &["--test", "--test-reporter=spec"], folder)?;
    let manifest = std::fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    if manifest.contains("\"playwright-core\"") {
        command.env("COUNTERSIGN_CHROMIUM", tools::chromium()?);
    }
    Ok(command)
}
