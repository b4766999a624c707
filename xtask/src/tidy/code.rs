//! What may not stand in Rust code: everywhere, in the pure crates, and above the store.

use super::{Problem, graph};
use crate::source::Source;
use crate::tree::{File, Tree, path_crate};

/// Clocks and randomness, refused in the pure crates even in tests: tests there have a fixed clock and a seed.
const NO_SOURCE: &[(&str, &str)] = &[
    ("SystemTime::now", "take the time as an argument"),
    ("Instant::now", "take the time as an argument"),
    ("getrandom", "take the entropy as an argument"),
    ("rand::", "take the entropy as an argument"),
];

/// The provider's generator: `jose` needs it, because signing with ECDSA draws from it.
const NO_GENERATOR: &[(&str, &str)] = &[("SystemRandom", "take the entropy as an argument")];

/// Input and output, refused in the pure crates outside of tests.
const NO_IO: &[(&str, &str)] = &[
    ("tokio::", "this crate decides, it does not wait"),
    ("std::fs", "this crate decides, it does not read files"),
    ("std::env", "this crate decides, its settings are arguments"),
    ("std::process", "this crate decides, it starts nothing"),
    ("std::thread", "this crate decides, it starts nothing"),
    ("TcpStream", "this crate decides, it does not connect"),
    ("TcpListener", "this crate decides, it does not listen"),
    ("UdpSocket", "this crate decides, it does not connect"),
];

/// Refused in every Rust file, tests too.
const NOWHERE: &[(&str, &str)] = &[
    ("#[allow(", "use `#[expect(…, reason = \"…\")]`"),
    ("#![allow(", "use `#![expect(…, reason = \"…\")]`"),
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "remove it"),
];

/// Names of backends; only the store may tell them apart.
const BACKENDS: &[&str] = &["sqlite", "postgres"];

/// Clocks, randomness, cryptography and I/O in `protocol`, `jose` and `engine`.
pub(super) fn forbidden_in_pure_crates(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, source) in tree.rust() {
        let Some(name) = path_crate(&file.path).filter(|name| graph::PURE.contains(name)) else { continue };
        problems.extend(hits(file, source, NO_SOURCE).map(|(_, problem)| problem));
        if name != "jose" {
            problems.extend(hits(file, source, NO_GENERATOR).map(|(_, problem)| problem));
        }
        let production = hits(file, source, NO_IO).filter(|&(at, _)| !tree.is_test(file, at));
        problems.extend(production.map(|(_, problem)| problem));
    }
    problems
}

/// Silenced lints, unfinished code and debugging left behind.
pub(super) fn forbidden_everywhere(tree: &Tree) -> Vec<Problem> {
    let everywhere = |(file, source)| hits(file, source, NOWHERE).map(|(_, problem)| problem);
    tree.rust().flat_map(everywhere).collect()
}

/// A branch on the kind of store anywhere but in the store.
pub(super) fn backend_switches(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, source) in tree.rust() {
        if path_crate(&file.path).is_none_or(|name| name == "store") || tree.is_test_file(&file.path) {
            continue;
        }
        for (number, line) in source.code.lines().enumerate() {
            // The literals of a `cfg` are blank in the code, and needed here.
            let original = source.text.lines().nth(number).unwrap_or_default();
            let line = if line.contains("cfg") { original } else { line };
            let branches = ["if ", "match ", "matches!", "=>", "cfg("].iter().any(|word| line.contains(word));
            let lower = line.to_lowercase();
            if let Some(backend) = BACKENDS.iter().find(|name| branches && lower.contains(*name)) {
                let what = format!("a branch on `{backend}`: the store hides which backend it is");
                problems.push(Problem::new(&file.path, number + 1, what));
            }
        }
    }
    problems
}

/// Every place of the listed texts in the code, with no identifier character before it.
fn hits<'a>(
    file: &'a File,
    source: &'a Source,
    list: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = (usize, Problem)> + 'a {
    list.iter().flat_map(move |(text, advice)| {
        let places = source
            .code
            .match_indices(text)
            .map(|(at, _)| at)
            .filter(|&at| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        places.map(move |at| (at, Problem::new(&file.path, source.line(at), format!("`{text}`: {advice}"))))
    })
}

#[cfg(test)]
mod tests {
    use super::{backend_switches, forbidden_everywhere, forbidden_in_pure_crates};
    use crate::tidy::Problem;
    use crate::tree::Tree;

    fn lines(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(|problem| format!("{}:{}", problem.path, problem.line)).collect()
    }

    #[test]
    fn the_engine_reads_no_clock_not_even_in_tests() {
        let tree = Tree::of(&[
            ("crates/engine/src/a.rs", "fn a() {\n  std::time::SystemTime::now();\n}"),
            ("crates/engine/src/tests.rs", "fn a() { Instant::now(); }"),
            ("crates/server/src/clock.rs", "fn a() { SystemTime::now(); }"),
        ]);
        assert_eq!(
            lines(&forbidden_in_pure_crates(&tree)),
            ["crates/engine/src/a.rs:2", "crates/engine/src/tests.rs:1"]
        );
    }

    #[test]
    fn a_pure_crate_may_read_files_in_its_tests_only() {
        let tree = Tree::of(&[
            ("crates/jose/src/a.rs", "use std::fs;\n#[cfg(test)]\nmod tests {\n use std::fs;\n}"),
            ("crates/jose/tests/vectors.rs", "use std::fs;"),
        ]);
        assert_eq!(lines(&forbidden_in_pure_crates(&tree)), ["crates/jose/src/a.rs:1"]);
    }

    #[test]
    fn only_jose_may_name_the_generator_of_the_provider() {
        let code = "use aws_lc_rs::rand::SystemRandom;";
        let tree =
            Tree::of(&[("crates/jose/src/a.rs", "use aws_lc_rs::SystemRandom;"), ("crates/engine/src/a.rs", code)]);
        assert!(lines(&forbidden_in_pure_crates(&tree)).iter().all(|line| line == "crates/engine/src/a.rs:1"));
        assert!(!forbidden_in_pure_crates(&tree).is_empty());
    }

    #[test]
    fn what_is_only_said_is_not_done() {
        let tree = Tree::of(&[(
            "crates/engine/src/a.rs",
            "//! Never `SystemTime::now`.\nfn a() { \"rand::\"; operand::b() }",
        )]);
        assert!(forbidden_in_pure_crates(&tree).is_empty());
    }

    #[test]
    fn silenced_lints_and_unfinished_code_are_refused_everywhere() {
        let code = "#![allow(dead_code)]\n#[allow(x)]\nfn a() {\n todo!()\n}\nfn b() { dbg!(1); unimplemented!() }";
        let tree = Tree::of(&[("xtask/src/a.rs", code)]);
        assert_eq!(forbidden_everywhere(&tree).len(), 5);
    }

    #[test]
    fn only_the_store_knows_its_backend() {
        let code =
            "fn a() {\n  if kind == Kind::Sqlite { b() }\n}\n#[cfg(feature = \"postgres\")]\nuse store::SqliteStore;\n";
        let tree = Tree::of(&[("crates/server/src/a.rs", code), ("crates/store/src/a.rs", code)]);
        assert_eq!(lines(&backend_switches(&tree)), ["crates/server/src/a.rs:2", "crates/server/src/a.rs:4"]);
    }
}
