//! Lists the files of `ui/` that pages load, each as it is and as gzip (RFC 1952), for `src/web/files.rs`. Compressed here,
//! once and as small as it gets, so that the program itself compresses nothing. Scripts go without their comments, a fifth
//! of what a page would weigh; their lines are else as they were written. JSON goes without its indentation.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// What a page loads, by its ending.
const LOADED: [&str; 6] = ["html", "js", "css", "json", "svg", "woff2"];
/// Folders for those who work on the pages.
const OURS: [&str; 2] = ["node_modules", "tests"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../ui").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // A folder stands for everything in it, so a new file is noticed too.
    println!("cargo:rerun-if-changed={}", root.display());
    let mut found = Vec::new();
    find(&root, &mut found)?;
    let mut files = Vec::new();
    for file in &found {
        let path = text(file.strip_prefix(&root)?)?;
        files.push((path.replace('\\', "/"), file));
    }
    // JSON at the top is settings of tools.
    files.retain(|(path, file)| path.contains('/') || !has_ending(file, "json"));
    files.sort();
    let mut list = String::from("&[\n");
    for (path, file) in &files {
        let sent = out.join(path.replace('/', "__"));
        let packed = out.join(format!("{}.gz", path.replace('/', "__")));
        let content = match file.extension().and_then(|ending| ending.to_str()) {
            Some("js") => bare(&fs::read_to_string(file)?).into_bytes(),
            // No text of JSON goes over the end of a line (RFC 8259 §7).
            Some("json") => fs::read_to_string(file)?.lines().map(str::trim).collect::<String>().into_bytes(),
            _ => fs::read(file)?,
        };
        fs::write(&packed, gzip(&content)?)?;
        fs::write(&sent, content)?;
        writeln!(list, "    ({path:?}, include_bytes!({:?}), include_bytes!({:?})),", text(&sent)?, text(&packed)?)?;
    }
    list.push_str("]\n");
    fs::write(out.join("ui_files.rs"), list)?;
    Ok(())
}

/// Every loaded file in a folder and below.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !OURS.iter().any(|name| path.ends_with(name)) {
                find(&path, files)?;
            }
        } else if LOADED.iter().any(|ending| has_ending(&path, ending)) {
            files.push(path);
        }
    }
    Ok(())
}

/// A script without the comments that lines begin with. What stands in a template literal is no comment.
fn bare(script: &str) -> String {
    let mut kept = String::with_capacity(script.len());
    let (mut comment, mut literal) = (false, false);
    for line in script.lines() {
        let mut rest = line;
        if !literal && (comment || line.trim_start().starts_with("/*")) {
            let end = line.find("*/");
            comment = end.is_none();
            rest = end.map_or("", |at| &line[at + 2..]).trim_start();
        }
        if literal || !(rest.trim().is_empty() || rest.trim_start().starts_with("//")) {
            literal ^= rest.matches('`').count() % 2 == 1;
            kept.push_str(rest);
            kept.push('\n');
        }
    }
    kept
}

fn text(path: &Path) -> Result<&str, Box<dyn Error>> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
