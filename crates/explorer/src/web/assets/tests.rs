//! The files of `ui/` are all there, in both forms.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use http::{HeaderMap, header::ACCEPT_ENCODING};
use serde_json::Value;

use super::{ASSETS, FILES, kind, takes_gzip};

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
fn every_file_that_a_page_loads_is_embedded_as_gzip_too_and_scripts_lack_nothing_but_comments() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../ui");
    let mut found = Vec::new();
    files_in(&root, &root, &mut found);
    found.retain(|path| is_loaded(path));
    found.sort();
    let paths: Vec<_> = FILES.iter().map(|(path, ..)| *path).collect();
    assert_eq!(paths, found);
    for (path, bytes, packed) in FILES {
        let source = fs::read(root.join(path)).unwrap();
        match Path::new(path).extension().and_then(|ending| ending.to_str()) {
            Some("js") => {
                only_comments_are_missing(str::from_utf8(bytes).unwrap(), str::from_utf8(&source).unwrap(), path);
            }
            Some("json") => {
                let [sent, source] = [*bytes, &source].map(|json| serde_json::from_slice::<Value>(json).unwrap());
                assert!(sent == source, "{path}");
            }
            _ => assert!(*bytes == source, "{path}"),
        }
        let mut unpacked = Vec::new();
        GzDecoder::new(*packed).read_to_end(&mut unpacked).unwrap();
        assert!(*bytes == unpacked, "{path}");
    }
}

/// Every line of the script is there, in order; what was passed over is blank or a comment.
fn only_comments_are_missing(sent: &str, source: &str, path: &str) {
    let mut kept = sent.lines().peekable();
    for line in source.lines() {
        let start = line.trim_start();
        let after_a_comment = |next: &&str| start.starts_with("/*") && line.ends_with(*next);
        if kept.next_if(|next| line == *next || after_a_comment(next)).is_none() {
            assert!(start.is_empty() || ["//", "/*", "*"].iter().any(|sign| start.starts_with(sign)), "{path}: {line}");
        }
    }
    assert_eq!(kept.next(), None, "{path}");
}

#[test]
fn the_pages_and_the_design_tokens_are_there_and_have_a_type() {
    for path in ["explore.html", "inspect.html", "tokens.css", "mark.svg"] {
        assert!(ASSETS.iter().any(|asset| asset.path == path && !asset.plain.bytes.is_empty()), "{path}");
    }
    assert!(FILES.iter().all(|(path, ..)| kind(path) != "application/octet-stream"));
}

#[test]
fn gzip_is_sent_to_whoever_takes_it() {
    let takes = |accepted: &str| takes_gzip(&[(ACCEPT_ENCODING, accepted.parse().unwrap())].into_iter().collect());
    for accepted in ["gzip", "GZip", "gzip, deflate, br, zstd", "br;q=1.0, gzip; q=0.5", "x-gzip", "gzip;q=0.001"] {
        assert!(takes(accepted), "{accepted}");
    }
    for accepted in ["", "br", "identity", "gzip;q=0", "gzip; q=0.000", "gzip;q=x", "*", "not-gzip"] {
        assert!(!takes(accepted), "{accepted}");
    }
    assert!(!takes_gzip(&HeaderMap::new()));
}
