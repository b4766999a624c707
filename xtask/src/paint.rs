//! `cargo xtask paint`: how soon the explorer's pages are there, in the browser tests' Chromium. A benchmark: it fails when
//! something does not work, not when something is slow.

use crate::run::must;
use crate::test::browser_script;

/// Builds the program, runs it, and opens its pages.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    if !args.is_empty() {
        return Err("usage: cargo xtask paint".into());
    }
    must(browser_script("paint.mjs", "")?, "opening the pages").map(drop)
}
