//! `cargo xtask picture`: the picture in the README, `docs/explorer.png`, of a login that the browser tests' Chromium
//! made. Not part of the tests: fonts differ from one computer to the next, so its bytes are compared with nothing.

use crate::run::must;
use crate::test::browser_script;
use crate::tree::root;

const PICTURE: &str = "docs/explorer.png";
/// What a README may load.
const LARGEST: u64 = 250_000;

/// Builds the program, runs it, and takes the picture.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if !args.is_empty() {
        return Err("usage: cargo xtask picture".into());
    }
    let path = root().join(PICTURE);
    must(browser_script("picture.mjs", &path.to_string_lossy())?, "the picture")?;
    let size = std::fs::metadata(&path).map_err(|error| format!("{PICTURE}: {error}"))?.len();
    if size > LARGEST {
        return Err(format!("{PICTURE} has {size} bytes, more than the {LARGEST} that it may have"));
    }
    println!("{PICTURE}: {size} bytes");
    Ok(())
}
