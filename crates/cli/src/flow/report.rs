//! How a flow is told: to people in a terminal, to machines as JSON, to readers of the guide.

mod guide;
mod json;
mod paint;
mod terminal;

use std::io::Write as _;

use super::{attacks::Attack, record::Record};
use crate::outcome::Trouble;

pub(crate) use guide::Guide;
pub(crate) use json::Json;
pub(crate) use terminal::Terminal;

/// Is told what happens, while it happens.
pub(crate) trait Report {
    /// A step, or a move in an attack.
    fn step(&mut self, record: &Record);

    /// An attack begins.
    fn attack_begins(&mut self, attack: &'static Attack, pkce: bool);

    /// An attack has ended as it should, or not.
    fn attack_ends(&mut self, attack: &'static Attack, pkce: bool, trouble: Option<&Trouble>);

    /// All steps did what they should.
    fn all_done(&mut self, pkce: bool);
}

/// Prints; colours only where they are seen. Whoever closes the pipe has read enough.
fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}
