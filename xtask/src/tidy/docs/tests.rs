//! The checks of documents, over small trees in memory.

use super::{architecture, generated, links, paths, rule_ids, rules_tested};
use crate::matrix;
use crate::tidy::Problem;
use crate::tree::Tree;

const RULES: &str =
    "//! x\nrules! {\n    SINGLE_USE: \"code.single_use\", \"OAuth 2.1 §4.1.3\", InvalidGrant, \"w\";\n}\n";

fn text(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_broken_link_is_found_and_a_good_one_is_not() {
    let page = "[a](../README.md) [b](b.md)\n[web](https://example.com) `[c](d.md)`\n```\n[e](f.md)\n```\n";
    let tree = Tree::of(&[("docs/a.md", page), ("README.md", "")]);
    assert_eq!(text(&links(&tree)), ["docs/a.md:1: the link `b.md` leads nowhere"]);
}

#[test]
fn a_link_to_a_heading_needs_that_heading() {
    let tree = Tree::of(&[("a.md", "# One `two`, three\n[x](#one-two-three)\n[y](#four)\n")]);
    assert_eq!(text(&links(&tree)), ["a.md:3: `a.md` has no heading `#four`"]);
}

#[test]
fn a_path_in_back_ticks_must_exist_unless_it_is_a_pattern() {
    let page = "`crates/engine/src/lib.rs` `crates/engine/src/gone.rs` `crates/<name>/` `engine/x.rs`\n";
    let tree = Tree::of(&[("CONTRIBUTING.md", page), ("crates/engine/src/lib.rs", "")]);
    assert_eq!(text(&paths(&tree)), ["CONTRIBUTING.md:1: `crates/engine/src/gone.rs` does not exist"]);
}

#[test]
fn the_architecture_names_the_crates_that_exist() {
    let page = "crates/\n  engine/ decides\n`countersign-ghost` haunts, `crates/engine` too\n";
    let tree =
        Tree::of(&[("ARCHITECTURE.md", page), ("crates/engine/Cargo.toml", ""), ("crates/store/Cargo.toml", "")]);
    assert_eq!(
        text(&architecture(&tree)),
        [
            "ARCHITECTURE.md:3: names the crate `ghost`, which does not exist",
            "ARCHITECTURE.md: does not name the crate `store`"
        ]
    );
}

#[test]
fn a_rule_in_a_document_must_be_declared() {
    let page = "`code.single_use` `code.twice` `code.rs` `tokens.access_ttl`\n";
    let tree = Tree::of(&[("docs/a.md", page), ("crates/engine/src/rules.rs", RULES)]);
    assert_eq!(text(&rule_ids(&tree)), ["docs/a.md:1: the rule `code.twice` is declared nowhere"]);
}

#[test]
fn a_key_of_the_configuration_is_not_a_rule() {
    let page = "```toml\n[code]\nttl = \"60s\"\n```\n`code.ttl` is how long a code lives\n";
    let tree = Tree::of(&[("docs/a.md", page), ("crates/engine/src/rules.rs", RULES)]);
    assert!(rule_ids(&tree).is_empty());
}

#[test]
fn a_rule_needs_a_check_and_a_test() {
    let alone = Tree::of(&[("crates/engine/src/rules.rs", RULES)]);
    let found = text(&rules_tested(&alone));
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("nothing checks") && found[1].contains("no test names"));
    let whole = Tree::of(&[
        ("crates/engine/src/rules.rs", RULES),
        ("crates/engine/src/mod.rs", "fn decide() { cx.require(&rules::SINGLE_USE, ok) }"),
        ("crates/engine/src/tests.rs", "fn once() { SINGLE_USE }"),
    ]);
    assert!(rules_tested(&whole).is_empty());
}

#[test]
fn one_id_has_one_rule() {
    let files = [("crates/a/src/rules.rs", RULES), ("crates/b/src/rules.rs", RULES)];
    assert!(text(&rules_tested(&Tree::of(&files))).iter().any(|line| line.contains("declared twice")));
}

#[test]
fn a_stale_matrix_is_found() {
    let stale = Tree::of(&[("crates/engine/src/rules.rs", RULES), (matrix::PATH, "old")]);
    assert_eq!(generated(&stale).len(), 1);
    let fresh = matrix::render(&stale).unwrap();
    assert!(generated(&Tree::of(&[("crates/engine/src/rules.rs", RULES), (matrix::PATH, &fresh)])).is_empty());
}
