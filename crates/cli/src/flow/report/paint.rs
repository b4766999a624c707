//! Steps as text: wrapped, aligned, and with as much colour as the terminal takes.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use countersign_flow::{Check, Exchange, Field, Got, Record, Sent, Show, Side, Value};
use countersign_protocol::steps::Channel;
use textwrap::{Options, WordSplitter};

/// Strong text.
pub(super) const STRONG: Style = Style::new().bold();
/// Text beside the point.
pub(super) const QUIET: Style = Style::new().dimmed();
/// What went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// What was refused or went wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default();
/// Names of parameters.
const NAME: Style = AnsiColor::Cyan.on_default();

/// The longest name that values are aligned behind.
const LONGEST_NAME: usize = 24;
/// How far everything below a heading is moved in.
const MARGIN: &str = "    ";

/// Draws.
#[derive(Debug)]
pub(super) struct Painter {
    /// The width of a line, in columns.
    pub(super) width: usize,
    /// How values are written out.
    pub(super) show: Show,
}

/// A channel by word, symbol and colour.
pub(super) const fn channel(channel: Channel) -> (&'static str, &'static str, Style) {
    match channel {
        Channel::Front => ("⇢", "front channel", AnsiColor::Yellow.on_default()),
        Channel::Back => ("⇄", "back channel", AnsiColor::Green.on_default()),
        Channel::User => ("◉", "the user", AnsiColor::Blue.on_default()),
    }
}

impl Painter {
    /// Wraps text, with something before its first line and something before the others.
    pub(super) fn wrap(&self, first: &str, others: &str, text: &str) -> String {
        let options = Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(others)
            .word_splitter(WordSplitter::NoHyphenation);
        textwrap::fill(text, options)
    }

    /// A line across, with words at both ends.
    pub(super) fn heading(&self, left: &str, record: &Record) -> String {
        let (symbol, word, style) = channel(record.channel);
        let (who, how) = (format!("{left} {} → {}", record.from, record.to), format!("{symbol} {word}"));
        let taken = textwrap::core::display_width(&who) + textwrap::core::display_width(&how);
        let line = "─".repeat(self.width.saturating_sub(taken + 6).max(2));
        format!("{STRONG}{who}{STRONG:#} {QUIET}{line}{QUIET:#} {style}{how}{style:#} {QUIET}──{QUIET:#}\n")
    }

    /// Title and text of a step.
    pub(super) fn words(&self, record: &Record) -> String {
        let mut out = format!("{MARGIN}{STRONG}{}{STRONG:#}\n", record.title);
        out += &self.paragraph(Style::new(), record.what);
        if let Some(why) = record.why {
            out += &self.paragraph(QUIET, why);
        }
        out
    }

    fn paragraph(&self, style: Style, text: &str) -> String {
        let wrapped = self.wrap(MARGIN, MARGIN, text);
        wrapped.lines().fold(String::new(), |out, line| format!("{out}{style}{line}{style:#}\n"))
    }

    /// Everything that was made, sent, received and said.
    pub(super) fn details(&self, record: &Record) -> String {
        let mut out = String::new();
        if !record.made.is_empty() {
            let _ = writeln!(out, "{MARGIN}Made, and kept by the client");
            out += &self.fields(&record.made);
        }
        for exchange in &record.exchanges {
            out += &self.exchange(exchange);
        }
        for (token, claims) in &record.claims {
            let _ = writeln!(out, "{MARGIN}What the {token} says");
            out += &self.fields(claims);
        }
        out
    }

    /// Remarks.
    pub(super) fn notes(&self, record: &Record) -> String {
        record.notes.iter().fold(String::new(), |out, note| out + &self.paragraph(Style::new(), note))
    }

    fn exchange(&self, exchange: &Exchange) -> String {
        let mut out = String::new();
        if let Some(request) = exchange.request.as_ref().filter(|_| exchange.shown != Side::Response) {
            out += &self.request(request);
        }
        if let Some(response) = exchange.response.as_ref().filter(|_| exchange.shown != Side::Request) {
            out += &self.response(response);
        }
        out
    }

    fn request(&self, request: &Sent) -> String {
        let Sent { method, url, query, headers, body } = request;
        let line = self.wrap(&format!("{MARGIN}→ "), MARGIN, &format!("{method} {}", self.show.value(url)));
        format!("{STRONG}{line}{STRONG:#}\n{}{}{}", self.query(query), self.headers(headers), self.fields(body))
    }

    fn response(&self, response: &Got) -> String {
        let Got { status, reason, location, headers, body } = response;
        let mut out = format!("{STRONG}{MARGIN}← {status} {reason}{STRONG:#}\n");
        if let Some((url, query)) = location {
            out += &self.headers(&[Field { name: "location".to_owned(), value: url.clone() }]);
            out += &self.query(query);
        }
        out + &self.headers(headers) + &self.fields(body)
    }

    /// The parameters of a query, one a line.
    fn query(&self, fields: &[Field]) -> String {
        self.columns(fields, |n| if n == 0 { "? " } else { "& " })
    }

    /// Names and values in two columns.
    fn fields(&self, fields: &[Field]) -> String {
        self.columns(fields, |_| "")
    }

    fn columns(&self, fields: &[Field], mark: impl Fn(usize) -> &'static str) -> String {
        let longest = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or_default();
        let column = longest.min(LONGEST_NAME);
        let mut out = String::new();
        for (n, Field { name, value }) in fields.iter().enumerate() {
            let (mark, space) = (mark(n), " ".repeat(column.saturating_sub(name.chars().count())));
            let before = format!("{MARGIN}    {mark}{NAME}{name}{NAME:#}{space}  ");
            let indent = " ".repeat(MARGIN.len() + 4 + mark.len() + column + 2);
            out += &self.line(&before, &indent, value);
        }
        out
    }

    fn headers(&self, fields: &[Field]) -> String {
        let indent = format!("{MARGIN}        ");
        let line =
            |Field { name, value }: &Field| self.line(&format!("{MARGIN}    {NAME}{name}:{NAME:#} "), &indent, value);
        fields.iter().map(line).collect()
    }

    fn line(&self, before: &str, indent: &str, value: &Value) -> String {
        let value = self.show.value(value);
        // An empty value still has its line.
        let line = if value.is_empty() { before.to_owned() } else { self.wrap(before, indent, &value) };
        line + "\n"
    }

    /// Rules with their outcomes, by who applied them: those that held by name, the one that did not in full.
    pub(super) fn checks(&self, checks: &[Check]) -> String {
        let mut out = String::new();
        let mut rest = checks;
        while let Some(first) = rest.first() {
            let same = rest.iter().take_while(|check| check.by == first.by).count();
            let (group, others) = rest.split_at(same);
            rest = others;
            let held: Vec<_> =
                group.iter().filter(|check| check.ok).map(|check| format!("✓\u{a0}{}", check.rule.id)).collect();
            let _ = writeln!(out, "{MARGIN}Checked by the {}", first.by.name());
            if !held.is_empty() {
                let indent = format!("{MARGIN}    ");
                let lines = self.wrap(&indent, &indent, &held.join("  "));
                out = lines.lines().fold(out, |out, line| format!("{out}{GOOD}{line}{GOOD:#}\n"));
            }
            for check in group.iter().filter(|check| !check.ok) {
                let text = format!("{} ({}): {}", check.rule.id, check.rule.spec, check.rule.explain);
                let lines = self.wrap(&format!("{MARGIN}    ✗ "), &format!("{MARGIN}      "), &text);
                out = lines.lines().fold(out, |out, line| format!("{out}{BAD}{line}{BAD:#}\n"));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Painter, Show};
    use countersign_flow::Secrets;

    fn painter(width: usize) -> Painter {
        Painter { width, show: Show { secrets: Secrets::Whole, addresses: Vec::new() } }
    }

    #[test]
    fn long_values_stay_within_the_width_and_their_column() {
        let long = Field::new("scope", &"read:everything ".repeat(20));
        let token = Field::new("access_token", &"x".repeat(300));
        let text = painter(60).fields(&[long, token]);
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(plain.lines().all(|line| line.chars().count() <= 60), "{plain}");
        assert!(plain.lines().skip(1).any(|line| line.starts_with("                      read:everything")), "{plain}");
    }

    #[test]
    fn a_narrow_terminal_is_no_reason_to_panic() {
        for width in 0..30 {
            let _ = painter(width).fields(&[Field::new("redirect_uri", "https://app.example/callback")]);
            let _ = painter(width).wrap("  ", "  ", "some words that do not fit");
        }
    }
}
