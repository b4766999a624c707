//! How a flow is told: to people in a terminal, to machines as JSON, to readers of the guide.

mod guide;
mod json;
mod paint;
mod terminal;

use std::io::Write as _;

pub(crate) use guide::Guide;
pub(crate) use json::Json;
pub(crate) use terminal::Terminal;

/// Prints; colours only where they are seen. Whoever closes the pipe has read enough.
fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}
