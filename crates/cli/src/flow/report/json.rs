//! The flow for machines: one JSON object a line. The form is described in `docs/flows.md`.

use countersign_flow::{Attack, Lines, Record, Report, Secrets, Trouble};
use serde::Serialize;

use super::print;

/// Writes JSON lines.
#[derive(Debug)]
pub(crate) struct Json(Lines);

impl Json {
    /// Secrets are cut short unless they are asked for.
    pub(crate) fn new(show_secrets: bool) -> Self {
        Self(Lines::new(if show_secrets { Secrets::Whole } else { Secrets::Begun }))
    }
}

fn say(value: &impl Serialize) {
    // Strings, numbers and lists always have a JSON form.
    print(&(serde_json::to_string(value).unwrap_or_default() + "\n"));
}

impl Report for Json {
    fn step(&mut self, record: &Record) {
        say(&self.0.record(record));
    }

    fn attack_begins(&mut self, attack: &'static Attack, _: bool) {
        self.0.attack_begins(attack);
    }

    fn attack_ends(&mut self, attack: &'static Attack, pkce: bool, trouble: Option<&Trouble>) {
        say(&Lines::verdict(attack, pkce, trouble));
    }
}
