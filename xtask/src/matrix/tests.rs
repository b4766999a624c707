//! The matrix, over small trees in memory.

use super::{PATH, back_ticked, render, rows};
use crate::tree::Tree;

const RULES: &str =
    "//! x\nrules! {\n    SINGLE_USE: \"code.single_use\", \"OAuth 2.1 §4.1.3\", InvalidGrant, \"w\";\n}\n";

fn tests_of(files: &[(&str, &str)]) -> Vec<String> {
    rows(&Tree::of(files)).unwrap()[0].tests.iter().map(|naming| naming.test.clone()).collect()
}

#[test]
fn a_test_names_a_rule_by_its_constant() {
    let test = "#[test]\nfn a_code_works_once() { assert_eq!(r.rule, &rules::SINGLE_USE); }";
    assert_eq!(
        tests_of(&[("crates/engine/src/rules.rs", RULES), ("crates/engine/src/tests.rs", test)]),
        ["a_code_works_once"]
    );
}

#[test]
fn a_test_names_a_rule_by_its_id_in_any_language() {
    let rust = "fn over_http() { assert_eq!(rule, \"code.single_use\"); }";
    let node = "import x;\ntest('a replay is refused', async () => {\n  equal(rule, 'code.single_use');\n});\n";
    let python = "def test_replay(server):\n    assert rule == 'code.single_use'\n";
    let files = [
        ("crates/cli/tests/http.rs", rust),
        ("crates/cli/tests/interop/node/replay.test.mjs", node),
        ("crates/cli/tests/interop/python/test_replay.py", python),
        ("crates/engine/src/rules.rs", RULES),
    ];
    assert_eq!(tests_of(&files), ["over_http", "a replay is refused", "test_replay"]);
}

#[test]
fn production_code_checks_a_rule_and_does_not_test_it() {
    let code = "fn decide() { cx.require(&rules::SINGLE_USE, ok) }";
    let tree = Tree::of(&[("crates/engine/src/rules.rs", RULES), ("crates/engine/src/mod.rs", code)]);
    let rows = rows(&tree).unwrap();
    assert!(rows[0].checked && rows[0].tests.is_empty());
}

#[test]
fn a_comment_or_a_longer_name_is_not_a_mention() {
    let test = "// SINGLE_USE \"code.single_use\"\nfn t() { SINGLE_USE_ONLY; }";
    let files = [("crates/engine/src/rules.rs", RULES), ("crates/engine/src/tests.rs", test)];
    assert!(tests_of(&files).is_empty());
}

#[test]
fn two_rules_of_one_name_are_told_apart_by_their_folder() {
    let other = RULES.replace("code.single_use", "device.single_use");
    let files = [
        ("crates/engine/src/code/rules.rs", RULES),
        ("crates/engine/src/code/tests.rs", "fn code_test() { rules::SINGLE_USE; }"),
        ("crates/engine/src/device/rules.rs", &other),
        ("crates/engine/src/device/tests.rs", "fn device_test() { rules::SINGLE_USE; }"),
    ];
    assert_eq!(tests_of(&files), ["code_test"]);
}

#[test]
fn the_document_has_a_row_with_links() {
    let text = render(&Tree::of(&[
        ("crates/engine/src/rules.rs", RULES),
        ("crates/engine/src/tests.rs", "fn once() { SINGLE_USE }"),
    ]))
    .unwrap();
    assert!(text.contains(
        "| `code.single_use` | OAuth 2.1 §4.1.3 | `invalid_grant` | \
         [engine/rules.rs:3](../crates/engine/src/rules.rs#L3) | [once](../crates/engine/src/tests.rs) |"
    ));
    assert!(PATH.starts_with("docs/"));
}

#[test]
fn back_ticks_are_found_with_their_offsets() {
    assert_eq!(back_ticked("a `b` c\n`d`"), [(3, "b"), (9, "d")]);
}
