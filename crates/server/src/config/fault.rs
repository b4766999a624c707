//! Everything that is wrong with a file, collected: nobody should have to start a server ten times to find ten faults.

use std::{
    cell::RefCell,
    fmt,
    path::{Path, PathBuf},
};

/// Longest piece of the file that a fault quotes, in characters.
const MAX_QUOTE: usize = 60;
/// Longest key and longest explanation, in characters.
const MAX_LINE: usize = 400;

/// One thing that is wrong with the configuration. `Display` is one line: where, what was expected, what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The line of the file, from 1; `None` if the fault is of no single line.
    pub line: Option<usize>,
    /// The key with its path, such as `clients[0].redirect_uris[1]`; empty if the fault is of no single key.
    pub key: String,
    /// What was expected and what came.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// The file while it is read: where its lines begin, which folder its paths start from, what is wrong so far.
#[derive(Debug)]
pub(super) struct Source {
    line_starts: Vec<usize>,
    folder: PathBuf,
    faults: RefCell<Vec<(usize, Fault)>>,
}

impl Source {
    pub(super) fn new(text: &str, folder: &Path) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Self { line_starts, folder: folder.to_owned(), faults: RefCell::default() }
    }

    /// Notes a fault; `at` is an offset in bytes.
    pub(super) fn fault(&self, at: Option<usize>, key: &str, what: impl Into<String>) {
        let line = at.map(|at| self.line(at));
        let fault = Fault { line, key: one_line(key), what: one_line(&what.into()) };
        self.faults.borrow_mut().push((at.unwrap_or(usize::MAX), fault));
    }

    /// The line in which that byte stands.
    fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// A path of the file: relative ones start from the folder in which the file is.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    pub(super) fn is_faultless(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    /// All faults, in the order of the file.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|(at, _)| *at);
        faults.into_iter().map(|(_, fault)| fault).collect()
    }
}

/// Text of the file inside of a fault: quoted, on one line, shortened.
pub(super) fn quote(text: &str) -> String {
    let short: String = text.chars().take(MAX_QUOTE).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{more}")
}

/// The known word most like an unknown one, if it is like any.
pub(super) fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if unknown.chars().count() > MAX_QUOTE {
        return None;
    }
    let likeness = |word: &str| strsim::normalized_damerau_levenshtein(unknown, word);
    let scored = known.into_iter().map(|word| (likeness(word), word)).filter(|(likeness, _)| *likeness >= 0.6);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word)
}

fn one_line(text: &str) -> String {
    text.chars().take(MAX_LINE).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
