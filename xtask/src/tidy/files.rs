//! Files as files: how long they are, how they begin, and what may not be left lying in them.

use super::Problem;
use crate::source::{is_word, line_of};
use crate::tree::Tree;

/// The longest Rust file; the aim is half of it.
const MAX_LINES: usize = 500;
/// The longest file of tests.
const MAX_TEST_LINES: usize = 900;

/// Notes to oneself. In pieces, so that this file does not hold them.
const MARKERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Folders of one machine. In pieces, so that this file does not hold them.
const MACHINE: [&str; 3] = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];

/// Written by a tool, or by others.
const NOT_OURS: [&str; 3] = ["Cargo.lock", "package-lock.json", "LICENSE-APACHE"];

/// Files that should be two.
pub(super) fn size(tree: &Tree) -> Vec<Problem> {
    let too_long = tree.rust().filter_map(|(file, source)| {
        let limit = if tree.is_test_file(&file.path) { MAX_TEST_LINES } else { MAX_LINES };
        let lines = source.text.lines().count();
        let what = format!("{lines} lines, at most {limit}: this is usually two things");
        (lines > limit).then(|| Problem::new(&file.path, 0, what))
    });
    too_long.collect()
}

/// Every Rust file says first what it is.
pub(super) fn header(tree: &Tree) -> Vec<Problem> {
    let says = |text: &str| text.starts_with("//!") || text.starts_with("#![doc = include_str!(");
    let bare = tree.rust().filter(|(_, source)| !says(&source.text));
    let what = "begin with a `//!` comment: what it is, which section, what it leaves out";
    bare.map(|(file, _)| Problem::new(&file.path, 1, what)).collect()
}

/// Notes to oneself in comments; in files that are not Rust, anywhere.
pub(super) fn markers(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| ours(&file.path)) {
        let text = file.rust.as_ref().map_or(&file.text, |source| &source.comments);
        for marker in MARKERS {
            let places = text.match_indices(marker).filter(|(at, _)| is_word(text, *at, marker.len()));
            let what = format!("`{marker}`: do it, or write an issue");
            problems.extend(places.map(|(at, _)| Problem::new(&file.path, line_of(text, at), &what)));
        }
    }
    problems
}

/// Absolute paths that exist on one machine only.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| ours(&file.path)) {
        for path in MACHINE {
            let inside_url = |at: usize| {
                file.text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '}'))
            };
            let places = file.text.match_indices(path).filter(|(at, _)| !inside_url(*at));
            let what = format!("`{path}…` is a path of one machine");
            problems.extend(places.map(|(at, _)| Problem::new(&file.path, line_of(&file.text, at), &what)));
        }
    }
    problems
}

/// Every manifest takes its lints from the workspace.
pub(super) fn lints_inherited(tree: &Tree) -> Vec<Problem> {
    let manifests = tree.with_ending("/Cargo.toml");
    let own = manifests.filter(|file| !file.text.contains("[lints]\nworkspace = true"));
    own.map(|file| Problem::new(&file.path, 0, "add `[lints]` with `workspace = true`")).collect()
}

fn ours(path: &str) -> bool {
    !NOT_OURS.iter().any(|name| path.ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::{MACHINE, MARKERS, header, lints_inherited, machine_paths, markers, size};
    use crate::tree::Tree;

    #[test]
    fn a_long_file_is_refused_and_a_test_file_may_be_longer() {
        let long = "//! x\n".repeat(501);
        let tree = Tree::of(&[("crates/a/src/lib.rs", &long), ("crates/a/src/tests.rs", &long)]);
        assert_eq!(size(&tree).len(), 1);
        let longer = "//! x\n".repeat(901);
        assert_eq!(size(&Tree::of(&[("crates/a/src/tests.rs", &longer)])).len(), 1);
    }

    #[test]
    fn a_file_without_header_is_refused() {
        let tree = Tree::of(&[("a.rs", "//! What it is.\n"), ("b.rs", "use x;\n"), ("c.rs", "// no\n")]);
        assert_eq!(header(&tree).len(), 2);
        assert!(header(&Tree::of(&[("lib.rs", "#![doc = include_str!(\"../README.md\")]\n")])).is_empty());
    }

    #[test]
    fn markers_are_found_in_comments_and_in_other_files() {
        let code = format!("//! a {}: later\nfn f() {{ g(\"{0}\") }}\n", MARKERS[0]);
        let script = format!("// {}\nlet MAX{0} = 1;\n", MARKERS[1]);
        let tree = Tree::of(&[("a.rs", &code), ("ui/a.js", &script)]);
        assert_eq!(markers(&tree).len(), 2);
    }

    #[test]
    fn paths_of_one_machine_are_refused_and_urls_are_not() {
        let text = format!("see {0}me/x\nhttps://example.com{0}page\n", MACHINE[0]);
        assert_eq!(machine_paths(&Tree::of(&[("docs/a.md", &text)])).len(), 1);
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_refused() {
        let good = "[package]\n[lints]\nworkspace = true\n";
        let tree = Tree::of(&[("crates/a/Cargo.toml", good), ("crates/b/Cargo.toml", "[package]\n")]);
        assert_eq!(lints_inherited(&tree).len(), 1);
    }
}
