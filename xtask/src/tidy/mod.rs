//! `cargo xtask tidy`: what the compiler and clippy cannot see.
//!
//! The crate graph, code that must stay away from clocks and sockets, files that grow, documents that go stale. A
//! check is a function from the tree of files to problems; each has its tests beside it.

mod code;
mod docs;
mod files;
mod graph;

use std::fmt;

use crate::tree::Tree;

/// Something to be mended: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    path: String,
    line: usize,
    what: String,
}

impl Problem {
    /// A problem at a line; line 0 is the file as a whole.
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what } = self;
        if *line == 0 { write!(f, "{path}: {what}") } else { write!(f, "{path}:{line}: {what}") }
    }
}

/// Every check that reads files; the graph is read from cargo.
const CHECKS: &[fn(&Tree) -> Vec<Problem>] = &[
    code::forbidden_in_pure_crates,
    code::forbidden_everywhere,
    code::backend_switches,
    files::size,
    files::header,
    files::markers,
    files::machine_paths,
    files::lints_inherited,
    docs::links,
    docs::paths,
    docs::architecture,
    docs::rule_ids,
    docs::rules_tested,
    docs::generated,
];

/// Runs every check and prints what it finds.
pub(crate) fn run() -> Result<(), String> {
    let tree = Tree::load()?;
    let mut problems = graph::check(&graph::metadata()?)?;
    for check in CHECKS {
        problems.extend(check(&tree));
    }
    problems.sort();
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => {
            println!("tidy: {} files, nothing to mend", tree.files.len());
            Ok(())
        }
        1 => Err("tidy: 1 problem".into()),
        more => Err(format!("tidy: {more} problems")),
    }
}
