//! Documents that must not go stale: links, paths, crates, rules, and what is generated.

use std::collections::BTreeSet;

use super::Problem;
use crate::matrix::{self, back_ticked, mentions};
use crate::source::line_of;
use crate::tree::{Tree, ending};

const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// Folders in which a path in back-ticks must exist.
const FOLDERS: [&str; 6] = ["crates/", "docs/", "xtask/", "fuzz/", "ui/", ".ci/"];

/// Endings that make a dotted word a file, not a rule.
const ENDINGS: [&str; 9] = ["rs", "md", "toml", "json", "js", "mjs", "py", "html", "txt"];

/// Relative links, to a file or to a heading.
pub(super) fn links(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.with_ending(".md") {
        let prose = prose(&file.text);
        for (at, _) in prose.match_indices("](") {
            let target = prose[at + 2..].split([')', ' ', '\n']).next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:") || target.is_empty();
            if outside {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
            let line = line_of(&file.text, at);
            if !tree.exists(&path) {
                problems.push(Problem::new(&file.path, line, format!("the link `{target}` leads nowhere")));
            } else if ending(&path) == "md" && !heading.is_empty() && !has_heading(tree, &path, heading) {
                problems.push(Problem::new(&file.path, line, format!("`{path}` has no heading `#{heading}`")));
            }
        }
    }
    problems
}

/// Paths from the root that a document names in back-ticks.
pub(super) fn paths(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.with_ending(".md").filter(|file| file.path != "CHANGELOG.md") {
        for (at, word) in back_ticked(&file.text) {
            let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            let named = FOLDERS.iter().any(|folder| word.starts_with(folder));
            if plain && named && !tree.exists(word) {
                let what = format!("`{word}` does not exist");
                problems.push(Problem::new(&file.path, line_of(&file.text, at), what));
            }
        }
    }
    problems
}

/// Crates that ARCHITECTURE.md names and that do not exist, and the other way round.
pub(super) fn architecture(tree: &Tree) -> Vec<Problem> {
    let Some(text) = tree.text(ARCHITECTURE) else { return Vec::new() };
    let crates = tree.crates();
    let mut problems = Vec::new();
    for prefix in ["crates/", "countersign-"] {
        for (at, _) in text.match_indices(prefix) {
            let rest = &text[at + prefix.len()..];
            let name = rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap_or_default();
            if !name.is_empty() && !crates.contains(name) {
                let what = format!("names the crate `{name}`, which does not exist");
                problems.push(Problem::new(ARCHITECTURE, line_of(text, at), what));
            }
        }
    }
    for name in crates {
        let forms = [format!("{name}/"), format!("crates/{name}"), format!("`{name}`"), format!("countersign-{name}")];
        if !forms.iter().any(|form| mentions(text, form)) {
            problems.push(Problem::new(ARCHITECTURE, 0, format!("does not name the crate `{name}`")));
        }
    }
    problems
}

/// Rules that a document names and that are declared nowhere.
pub(super) fn rule_ids(tree: &Tree) -> Vec<Problem> {
    let Ok(rules) = matrix::rules::declared(tree) else { return Vec::new() };
    let families: Vec<&str> =
        rules.iter().filter_map(|rule| rule.id.split_once('.').map(|(family, _)| family)).collect();
    let settings = settings(tree);
    let mut problems = Vec::new();
    for file in tree.with_ending(".md") {
        for (at, word) in back_ticked(&file.text) {
            let Some((family, rest)) = word.split_once('.') else { continue };
            let form = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.');
            let known =
                !families.contains(&family) || rules.iter().any(|rule| rule.id == word) || settings.contains(word);
            if form && !known && !ENDINGS.contains(&rest) {
                let what = format!("the rule `{word}` is declared nowhere");
                problems.push(Problem::new(&file.path, line_of(&file.text, at), what));
            }
        }
    }
    problems
}

/// Keys of the configuration, as `section.key`, from TOML files and TOML blocks in documents: they look like rules.
fn settings(tree: &Tree) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in tree.files.iter().filter(|file| matches!(ending(&file.path), "toml" | "md")) {
        let mut section = "";
        for line in file.text.lines().map(|line| line.trim_start_matches(['#', ' '])) {
            let header = line.strip_prefix('[').and_then(|line| line.trim_start_matches('[').split(']').next());
            section = header.unwrap_or(section);
            if let Some((key, _)) = line.split_once('=') {
                keys.insert(format!("{section}.{}", key.trim()));
            }
        }
    }
    keys
}

/// Rules that nothing checks, that no test names, or that share an id.
pub(super) fn rules_tested(tree: &Tree) -> Vec<Problem> {
    let rows = match matrix::rows(tree) {
        Ok(rows) => rows,
        Err(error) => return vec![Problem::new("rules", 0, error)],
    };
    let mut problems = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let rule = &row.rule;
        let mut problem = |what: String| problems.push(Problem::new(&rule.path, rule.line, what));
        if rows[..index].iter().any(|earlier| earlier.rule.id == rule.id) {
            problem(format!("the rule id `{}` is declared twice", rule.id));
        }
        if !row.checked {
            problem(format!("nothing checks the rule `{}`", rule.id));
        }
        if row.tests.is_empty() {
            problem(format!("no test names the rule `{}` ({})", rule.id, rule.name));
        }
    }
    problems
}

/// Generated documents that differ from what would be generated now.
pub(super) fn generated(tree: &Tree) -> Vec<Problem> {
    match matrix::render(tree) {
        Ok(text) if tree.text(matrix::PATH) != Some(&text) => {
            vec![Problem::new(matrix::PATH, 0, "is out of date: run `cargo xtask spec-matrix`")]
        }
        _ => Vec::new(),
    }
}

/// The text with fenced blocks and back-ticked words blanked; offsets stay.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        for (index, part) in line.split('`').enumerate() {
            if index > 0 {
                out.push(' ');
            }
            if fenced || fence || index % 2 == 1 {
                out.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            } else {
                out.push_str(part);
            }
        }
    }
    out
}

/// A link as a path from the root.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn has_heading(tree: &Tree, path: &str, slug: &str) -> bool {
    let headings = tree.text(path).unwrap_or_default().lines().filter_map(|line| line.strip_prefix('#'));
    headings.map(|heading| heading.trim_start_matches('#').trim()).any(|heading| slugify(heading) == slug)
}

fn slugify(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests;
