//! Project chores: `cargo xtask test` is what CI runs, the others are its parts and its neighbours.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks to its terminal")]

mod bench;
mod deny;
mod fuzz;
mod matrix;
mod paint;
mod picture;
mod run;
mod source;
mod test;
mod tidy;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test [--list] [--only STEP]…   everything that CI runs
cargo xtask tidy                           the project's own checks
cargo xtask spec-matrix [--check]          writes docs/spec-matrix.md
cargo xtask picture                        takes the picture of the explorer that the README shows
cargo xtask paint                          how soon the explorer's pages are there
cargo xtask audit                          known vulnerabilities (needs the network)
cargo xtask bench [--only OP] [--json]      Countersign under load, beside a floor (--help says more)
cargo xtask fuzz [TARGET] [--seconds N]    looks for inputs that break a parser (needs nightly)
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("help", &[][..]), |(first, rest)| (first.as_str(), rest));
    let result = match command {
        "test" => test::run(rest),
        "tidy" => tidy::run(),
        "spec-matrix" => matrix::run(rest),
        "picture" => picture::run(rest),
        "paint" => paint::run(rest),
        "audit" => deny::audit(rest),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("no command `{other}`\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
