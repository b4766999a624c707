//! Writes every page in several states into a folder, with style, mark and script, to be looked at in a browser:
//! `cargo run -p countersign-server --example gallery -- FOLDER`.

mod samples;

use std::{env, fs, io, path::PathBuf};

use countersign_server::pages;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "which folder?"))?;
    fs::create_dir_all(folder.join("assets"))?;
    for name in ["countersign.css", "tokens.css", "mark.svg", "form-post.js"] {
        let path = pages::asset_path(name).unwrap_or_default();
        let (_, bytes) = pages::asset(path).unwrap_or_default();
        fs::write(folder.join(path.trim_start_matches('/')), bytes)?;
    }
    for (name, html) in samples::all(str::to_owned) {
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}
