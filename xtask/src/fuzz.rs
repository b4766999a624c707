//! `cargo xtask fuzz`: libFuzzer on the properties of `fuzz/`, from its seeds, for a given time.
//!
//! What it learns is kept in `target/fuzz-corpus`, what breaks a property is put into the seeds by hand.

use std::path::Path;
use std::process::Command;

use crate::deny::install;
use crate::run::{ask, must, program, target};
use crate::tree::root;

const USAGE: &str = "usage: cargo xtask fuzz [TARGET] [--seconds N]";
/// How long each target runs unless told.
const SECONDS: &str = "60";

/// Runs one target, or every one in turn.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let names = targets()?;
    let (mut wanted, mut seconds) = (Vec::new(), SECONDS.to_owned());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                let value = args.next().filter(|value| value.parse::<u32>().is_ok_and(|seconds| seconds > 0));
                value.ok_or(USAGE)?.clone_into(&mut seconds);
            }
            name if names.iter().any(|known| known == name) => wanted.push(name.to_owned()),
            name => return Err(format!("no target `{name}`; there are: {}\n{USAGE}", names.join(", "))),
        }
    }
    if ask("cargo", &["+nightly", "--version"]).is_none() {
        return Err(
            "libFuzzer needs a nightly compiler; run: rustup toolchain install nightly --profile minimal".into()
        );
    }
    let tool = install("cargo-fuzz", None)?;
    let wanted = if wanted.is_empty() { names } else { wanted };
    for name in wanted {
        fuzz(&tool, &name, &seconds)?;
    }
    Ok(())
}

fn fuzz(tool: &Path, name: &str, seconds: &str) -> Result<(), String> {
    let (corpus, seeds) = (target().join("fuzz-corpus").join(name), root().join("fuzz/seeds").join(name));
    std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let (corpus, seeds) = (corpus.to_string_lossy(), seeds.to_string_lossy());
    must(cargo_fuzz(tool, "build", name), &format!("{name}: building it"))?;
    let time = format!("-max_total_time={seconds}");
    let mut command = cargo_fuzz(tool, "run", name);
    command.args([&*corpus, &*seeds, "--", &time, "-timeout=5", "-rss_limit_mb=1024"]);
    command.args(["-max_len=65536", "-verbosity=0"]);
    let what = format!("{name}: a property does not hold; put the input into fuzz/seeds/{name} and mend the code");
    must(command, "fuzzing").map(drop).map_err(|error| format!("{error}: {what}"))
}

fn cargo_fuzz(tool: &Path, order: &str, name: &str) -> Command {
    let mut command = program(tool, &["fuzz", order, "--features", "libfuzzer", name], &root());
    // A cargo subcommand asks the environment which compiler to use. libFuzzer's entry point is `extern "C"` without
    // mangling, which the workspace forbids in code of its own.
    command.env("RUSTUP_TOOLCHAIN", "nightly").env("RUSTFLAGS", "--cap-lints=warn").env_remove("CARGO");
    command
}

/// The programs of `fuzz/targets`.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("fuzz/targets");
    let files = folder.read_dir().map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".rs").map(ToOwned::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{fuzz, targets};

    #[test]
    fn what_does_not_build_breaks_no_property() {
        let name = targets().unwrap().swap_remove(0);
        // A tool that fails whatever it is told.
        let error = fuzz(Path::new("false"), &name, "1").unwrap_err();
        assert_eq!(error, format!("{name}: building it failed"));
    }
}
