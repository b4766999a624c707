//! The project's own files, as git knows them, read once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::Source;

/// Larger files are data, not text that somebody wrote.
const MAX_BYTES: u64 = 1024 * 1024;

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    /// The content.
    pub(crate) text: String,
    /// The same, lexed, for a Rust file.
    pub(crate) rust: Option<Source>,
}

/// Every text file of the project.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Sorted by path.
    pub(crate) files: Vec<File>,
    /// Every path, folders and binary files included.
    paths: BTreeSet<String>,
    /// Rust files that are compiled for tests only.
    tests: BTreeSet<String>,
}

/// The root of the repository: the folder above `xtask`.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

impl Tree {
    /// Reads what git tracks and what it would track: new files that no ignore rule covers.
    pub(crate) fn load() -> Result<Self, String> {
        let root = root();
        let listed = Command::new("git")
            // A build machine may run as another user than the one that cloned.
            .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root)
            .output()
            .map_err(|error| format!("cannot run git: {error}"))?;
        if !listed.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr).trim()));
        }
        let mut tree = Self::default();
        for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            let full = root.join(path);
            let Ok(meta) = full.metadata() else { continue };
            let text = if meta.len() <= MAX_BYTES { std::fs::read(&full).ok() } else { None };
            tree.add(path, text.and_then(|bytes| String::from_utf8(bytes).ok()));
        }
        tree.finish();
        Ok(tree)
    }

    /// A tree in memory, for tests of the checks.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, Some((*text).to_owned()));
        }
        tree.finish();
        tree
    }

    /// Whether a file or folder exists at that path from the root.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Every Rust file with its lexed source.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    /// Every file with that ending.
    pub(crate) fn with_ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.ends_with(ending))
    }

    /// Whether a Rust file holds nothing but test code.
    pub(crate) fn is_test_file(&self, path: &str) -> bool {
        self.tests.contains(path)
    }

    /// Whether an offset of a Rust file is test code.
    pub(crate) fn is_test(&self, file: &File, at: usize) -> bool {
        let inside = |source: &Source| source.test_modules().iter().any(|range| range.contains(&at));
        self.is_test_file(&file.path) || file.rust.as_ref().is_some_and(inside)
    }

    /// The names of the crates under `crates/`.
    pub(crate) fn crates(&self) -> BTreeSet<&str> {
        self.paths.iter().filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")).collect()
    }

    fn add(&mut self, path: &str, text: Option<String>) {
        self.paths.insert(path.to_owned());
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            self.paths.insert(parent.to_owned());
            folder = parent;
        }
        if let Some(text) = text {
            let rust = (ending(path) == "rs").then(|| Source::new(&text));
            self.files.push(File { path: path.to_owned(), text, rust });
        }
    }

    fn finish(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        for file in &self.files {
            let Some(source) = &file.rust else { continue };
            if file.path.ends_with("/tests.rs") || file.path.contains("/tests/") {
                self.tests.insert(file.path.clone());
            }
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let stem = name.trim_end_matches(".rs");
            let folder = match stem {
                "lib" | "main" | "mod" => folder.to_owned(),
                _ => format!("{folder}/{stem}"),
            };
            for module in source.test_files() {
                self.tests.extend([format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")]);
            }
        }
    }
}

/// What stands after the last dot of a path.
pub(crate) fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The name of the crate that a path under `crates/` belongs to.
pub(crate) fn path_crate(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split_once('/').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn folders_exist_as_well_as_files() {
        let tree = Tree::of(&[("docs/adr/0001-x.md", "")]);
        assert!(tree.exists("docs/adr") && tree.exists("docs/") && !tree.exists("docs/guide"));
    }

    #[test]
    fn a_module_declared_for_tests_is_a_test_file() {
        let tree = Tree::of(&[
            ("crates/engine/src/lib.rs", "#[cfg(test)]\nmod bench;\n"),
            ("crates/engine/src/bench.rs", "fn a() {}"),
            ("crates/engine/src/real.rs", "fn a() {}"),
        ]);
        assert!(tree.is_test_file("crates/engine/src/bench.rs"));
        assert!(!tree.is_test_file("crates/engine/src/real.rs"));
    }

    #[test]
    fn the_crates_are_the_folders_with_a_manifest() {
        let tree = Tree::of(&[("crates/engine/Cargo.toml", ""), ("crates/notes/README.md", "")]);
        assert_eq!(tree.crates().into_iter().collect::<Vec<_>>(), ["engine"]);
    }
}
