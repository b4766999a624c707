//! The list of embedded files is the folder `ui/`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{ASSETS, FILES, kind};

const HEADER: &str = "\
//! The files of `ui/` that pages load, built into the program. Written by a test of this crate when it runs with
//! COUNTERSIGN_BLESS=1; otherwise it says what is missing.

/// The file at that path in `ui/`.
macro_rules! file {
    ($path:literal) => {
        ($path, include_bytes!(concat!(\"../../../../ui/\", $path)))
    };
}

/// Path and content.
pub(super) const FILES: &[(&str, &[u8])] = &[
";

/// What is in the folder for those who work on it.
fn is_loaded(path: &str) -> bool {
    let ours = ["tests/", "node_modules/"].iter().any(|folder| path.starts_with(folder));
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let loaded = ["html", "js", "css", "json", "svg", "woff2"].contains(&ending);
    let settings = !path.contains('/') && ending == "json";
    loaded && !ours && !settings && !path.contains("/tests/")
}

fn files_in(folder: &Path, root: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "node_modules") {
                files_in(&path, root, found);
            }
        } else {
            let parts: Vec<_> = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
            found.push(parts.join("/"));
        }
    }
}

#[test]
fn every_file_that_a_page_loads_is_embedded() {
    let crate_ = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = crate_.join("../../ui");
    let mut found = Vec::new();
    files_in(&root, &root, &mut found);
    found.retain(|path| is_loaded(path));
    found.sort();
    let mut text = HEADER.to_owned();
    for path in &found {
        let _ = writeln!(text, "    file!(\"{path}\"),");
    }
    text.push_str("];\n");
    let list = crate_.join("src/web/files.rs");
    if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
        fs::write(&list, &text).unwrap();
    }
    let same = fs::read_to_string(&list).unwrap() == text;
    assert!(same, "run COUNTERSIGN_BLESS=1 cargo test -p countersign-explorer every_file, and build again:\n{text}");
    assert!(FILES.iter().all(|(path, _)| found.iter().any(|name| name == path)));
}

#[test]
fn the_pages_and_the_design_tokens_are_there_and_have_a_type() {
    for path in ["explore.html", "inspect.html", "tokens.css", "mark.svg"] {
        assert!(ASSETS.iter().any(|asset| asset.path == path && !asset.bytes.is_empty()), "{path}");
    }
    assert!(FILES.iter().all(|(path, _)| kind(path) != "application/octet-stream"));
}
