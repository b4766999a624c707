//! `docs/config.md`, made from the lists by which the file is read.

use std::fmt::Write as _;

use super::{
    section::{Form, Section, Unset},
    top::TOP,
};

const BEGINNING: &str = "\
# Configuration

<!-- Made from the code: COUNTERSIGN_WRITE_MANUAL=1 cargo test -p countersign-server config::tests::manual -->

`countersign serve --config countersign.toml` reads one TOML file. `countersign config check` says what is wrong with
it, all faults at once, without starting anything; `countersign config example` prints one to begin with
([`examples/countersign.toml`](../examples/countersign.toml)). For a test bed that anybody may use there is
[`examples/conformance.toml`](../examples/conformance.toml).

- A key that does not exist is a fault, and so is a value that does not fit: the server doesn't start on a file that
  says something else than what was meant.
- Paths start from the folder in which the file is, unless they are absolute.
- Durations are whole seconds, or text with a unit: `\"90s\"`, `\"5m\"`, `\"12h\"`, `\"30d\"`.
- Secrets stand in files of their own, or as hashes. Such a file must not be readable by others: mode 600, or 640 where
  a group has to read it. The master key's file is 600, always.
- One setting of the file may come from the environment instead: `COUNTERSIGN_MASTER_KEY`.
- What is allowed and yet unsafe (open registration, optional PKCE, http, accounts in the file, loose limits,
  fetches from special-use addresses) is said in
  the log at every start.

## Before the first section
";

/// The manual of the configuration file, in Markdown.
pub fn manual() -> String {
    let mut text = BEGINNING.to_owned();
    describe(&TOP, &mut text);
    text
}

fn describe(section: &Section, text: &mut String) {
    if !section.header.is_empty() {
        let _ = write!(text, "\n## `{}`\n\n{}\n", section.header, section.about);
    }
    text.push_str("\n| key | takes | without it | what it does |\n|---|---|---|---|\n");
    for key in section.keys {
        if let Some(inner) = table_of(&key.form).filter(|_| section.header.is_empty()) {
            // The sections of the file are described below, not in the table above them.
            debug_assert!(!inner.header.is_empty(), "a section has a header");
            continue;
        }
        let default = match key.default {
            Unset::Required => "**required**".to_owned(),
            Unset::Value(value) => format!("`{value}`"),
            Unset::Otherwise(words) => words.to_owned(),
        };
        let cells = [format!("`{}`", key.name), takes(&key.form).replace('$', "\\$"), default, key.about.to_owned()];
        let _ = writeln!(text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    for inner in section.keys.iter().filter_map(|key| table_of(&key.form)) {
        describe(inner, text);
    }
}

const fn table_of(form: &Form) -> Option<&'static Section> {
    match form {
        Form::Table(section) | Form::Tables(section) => Some(section),
        _ => None,
    }
}

fn takes(form: &Form) -> String {
    match form {
        Form::Duration { least, most } => {
            format!("a duration from {} to {}", super::section::span(*least), super::section::span(*most))
        }
        Form::Count { least, most: u32::MAX } => format!("a whole number from {least}"),
        form => form.to_string(),
    }
}
