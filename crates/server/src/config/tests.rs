//! The file as people write it: wrong in every way, in the words that they then read; and right.

mod faults;
mod files;
mod good;
mod metrics;
mod never_panics;

use std::path::Path;

use super::{Config, Fault};

/// Parses a file in a folder that does not exist, where the environment is empty.
fn parse(text: &str) -> Result<Config, Vec<Fault>> {
    parse_in(Path::new(""), text)
}

fn parse_in(folder: &Path, text: &str) -> Result<Config, Vec<Fault>> {
    Config::parse(text.as_bytes(), folder, &|_| None)
}

/// The faults of a file, a line each.
fn faults(text: &str) -> Vec<String> {
    faults_in(Path::new(""), text)
}

fn faults_in(folder: &Path, text: &str) -> Vec<String> {
    lines(parse_in(folder, text))
}

fn lines(outcome: Result<Config, Vec<Fault>>) -> Vec<String> {
    outcome.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

mod manual {
    use std::path::Path;

    use crate::config::manual;

    #[test]
    fn the_manual_in_docs_is_the_one_that_the_code_makes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
        if std::env::var_os("COUNTERSIGN_WRITE_MANUAL").is_some() {
            std::fs::write(&path, manual()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == manual(), "docs/config.md is out of date; its second line says how to make it anew");
    }
}
