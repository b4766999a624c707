//! Printing: tables and lines for people, JSON for scripts. What others have chosen (names, claims) is made harmless
//! first: a client may not move the cursor of an administrator's terminal.

use std::io::{ErrorKind, Write as _};

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::outcome::Trouble;

/// What taking tokens away does not reach at once.
pub(crate) const JWTS: &str = "A resource server that checks JWTs by itself notices when they expire.";

/// How a command answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    json: bool,
}

impl Printer {
    /// As JSON, or as text.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints one or the other.
    pub(crate) fn print(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Trouble> {
        if self.json { out(&serde_json::to_string_pretty(value).map_err(Trouble::new)?) } else { out(&text()) }
    }
}

/// Prints text with a line end. Whoever has stopped reading (`| head`) has read enough.
pub(crate) fn out(text: &str) -> Result<(), Trouble> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Trouble::new(format!("standard output: {error}"))),
        _ => Ok(()),
    }
}

/// Says something beside the answer, to whoever watches.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// A table without lines; without a header if that is empty.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !header.is_empty() {
        table.set_header(header);
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| clean(cell)).collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3)).set_cell_alignment(CellAlignment::Left);
    }
    table.trim_fmt()
}

/// Names with values, one a line.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |(name, value): &(&str, String)| format!("  {name:width$}   {}", clean(value));
    pairs.iter().map(|pair| line(pair).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Text without control characters and without those that change the direction of writing.
pub(crate) fn clean(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{clean, pairs, table};

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line_around() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let text = table(&["id", "name"], [vec!["a".into(), "Long name".into()], vec!["abc".into(), "B".into()]]);
        assert_eq!(text, "id    name\na     Long name\nabc   B");
        assert_eq!(pairs([("a", "1".into()), ("long", "2".into())]), "  a      1\n  long   2");
    }
}
