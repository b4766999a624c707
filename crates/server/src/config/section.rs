//! What a section of the file may hold, as data: the reader checks by it, and the manual is made from it.

use std::fmt;

use countersign_protocol::Ttl;

/// One section, or one table inside of a section.
#[derive(Debug)]
pub(super) struct Section {
    /// How its header is written: `[tokens]`, `[[clients]]`; empty for what stands before the first header.
    pub(super) header: &'static str,
    /// What it is for, in Markdown.
    pub(super) about: &'static str,
    /// Its keys.
    pub(super) keys: &'static [Key],
    /// Keys that people look for here, with what to do instead.
    pub(super) instead: &'static [(&'static str, &'static str)],
}

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) form: Form,
    /// What holds without it.
    pub(super) default: Unset,
    /// What it does, in Markdown.
    pub(super) about: &'static str,
}

/// What holds where a key is absent.
#[derive(Debug)]
pub(super) enum Unset {
    /// It may not be absent.
    Required,
    /// This value, in TOML.
    Value(&'static str),
    /// Something that is not a value, in words.
    Otherwise(&'static str),
}

/// What a key takes. `Display` completes "expected …".
#[derive(Debug)]
pub(super) enum Form {
    /// Text of a form that its section checks.
    Text(&'static str),
    /// A list of such texts.
    Texts(&'static str),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count {
        /// The smallest.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// A lifetime.
    Duration {
        /// The shortest.
        least: Ttl,
        /// The longest.
        most: Ttl,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A date, perhaps with a time.
    Date,
    /// A table that becomes JSON.
    Json(&'static str),
    /// A table with keys of its own.
    Table(&'static Section),
    /// A list of such tables.
    Tables(&'static Section),
}

/// One text of a list of them.
pub(super) const TEXT: Form = Form::Text("text");
/// The path of a file.
pub(super) const FILE: Form = Form::Text("the path of a file");
/// The path of a file that holds a secret.
pub(super) const SECRET_FILE: Form = Form::Text("the path of a file that only its owner and group may read");

/// A lifetime within bounds.
pub(super) const fn between(least: Ttl, most: Ttl) -> Form {
    Form::Duration { least, most }
}

impl Section {
    /// The key of that name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// A key, in one line of a section's list.
pub(super) const fn key(name: &'static str, form: Form, default: Unset, about: &'static str) -> Key {
    Key { name, form, default, about }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(what) | Self::Json(what) => f.write_str(what),
            Self::Texts(what) => write!(f, "a list of {what}"),
            Self::Flag => f.write_str("true or false"),
            Self::Count { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::Duration { least, most } => {
                write!(
                    f,
                    "a duration from {} to {}, such as \"90s\", \"5m\", \"12h\" or \"30d\"",
                    span(*least),
                    span(*most)
                )
            }
            Self::OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                write!(f, "one of {}", words.join(", "))
            }
            Self::Date => f.write_str("a date such as 2027-01-31, or 2027-01-31T12:00:00Z"),
            Self::Table(section) => write!(f, "a table, {}", section.header),
            Self::Tables(section) => write!(f, "tables, {}", section.header),
        }
    }
}

/// Units of a lifetime, and their seconds.
const UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// A lifetime as the file writes it, in the largest unit that leaves no rest.
pub(super) fn span(ttl: Ttl) -> String {
    let secs = ttl.as_secs();
    let fits = |unit: &(&str, u32)| secs > 0 && secs.is_multiple_of(unit.1);
    UNITS.into_iter().find(fits).map_or_else(|| "0s".to_owned(), |(unit, size)| format!("{}{unit}", secs / size))
}

/// Reads what [`span`] writes.
pub(super) fn parse_span(text: &str) -> Option<Ttl> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, size) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<u32>().ok()?.checked_mul(size).map(Ttl::secs)
}
