//! The flow for people.

use std::fmt::Write as _;

use countersign_flow::{Attack, Record, Report, Secrets, Show, Stage, Trouble, Turn, Who};
use countersign_protocol::{
    Rule,
    steps::{Channel, Flow},
};

use super::{
    paint::{BAD, GOOD, Painter, QUIET, STRONG, channel},
    print,
};
/// Columns where nobody says how wide the terminal is.
const WIDTH: usize = 100;
/// Lines that are longer are hard to read.
const WIDEST: usize = 120;
/// Below that, lines run over rather than be broken into shreds.
const NARROWEST: usize = 40;

/// Writes to the terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    painter: Painter,
    /// Whether an attack is under way: then the steps around it are told in a line each.
    attack: bool,
}

impl Terminal {
    /// Says where it all takes place.
    pub(crate) fn new(stage: &Stage, flow: &Flow, show_secrets: bool) -> Self {
        let secrets = if show_secrets { Secrets::Whole } else { Secrets::Begun };
        let terminal =
            Self { painter: Painter { width: width(), show: Show { secrets, addresses: Vec::new() } }, attack: false };
        let title = match (flow.pkce_toggle, stage.pkce()) {
            (false, _) => flow.title,
            (true, true) => "Authorization Code, with PKCE",
            (true, false) => "Authorization Code, without PKCE, relying on client_secret",
        };
        let wrap = |first: &str, others: &str, text: &str| terminal.painter.wrap(first, others, text) + "\n";
        let mut out = format!("{STRONG}{title}{STRONG:#}\n");
        out += &wrap("  Authorization Server  ", "    ", stage.issuer());
        out += &wrap("  Resource Server       ", "    ", stage.api());
        out += &wrap("  User                  ", "    ", stage.user_name());
        out += &wrap("  ", "  ", "User, browser and client are this program; what goes to the servers is real HTTP.");
        out += "\n";
        for (which, means) in [
            (Channel::Front, "through the browser: visible in the address bar, the history, to other apps"),
            (Channel::Back, "from server to server: nobody else sees it"),
            (Channel::User, "what the person does"),
        ] {
            let (symbol, word, style) = channel(which);
            out += &wrap(&format!("  {style}{symbol} {word:<13}{style:#}  "), "    ", means);
        }
        if secrets == Secrets::Begun {
            let note = wrap("  ", "  ", "Secrets are cut short with …; --show-secrets shows them whole.");
            let _ = write!(out, "\n{QUIET}{note}{QUIET:#}");
        }
        print(&out);
        terminal
    }

    fn brief(record: &Record) {
        let (symbol, word, style) = channel(record.channel);
        let (mark, colour) = if record.trouble.is_none() { ("✓", GOOD) } else { ("✗", BAD) };
        let Record { step, from, to, title, .. } = record;
        let way = format!("{from} → {to}");
        print(&format!(
            "  {colour}{mark}{colour:#} {step:>2}  {way:<36} {style}{symbol} {word:<13}{style:#}  {title}\n"
        ));
    }

    fn turn(&self, record: &Record, turn: &Turn) -> String {
        let painter = &self.painter;
        let who = if turn.by == Who::Thief { "⚡" } else { "·" };
        let mut out = format!("\n{}", painter.heading(who, record));
        out += &(painter.words(record) + &painter.details(record) + &painter.notes(record));
        let harmless = turn.by != Who::Thief || !turn.act.is_theft();
        let (word, style) = match turn.refused_by {
            Some(rule) => (format!("✗ REFUSED by {}", cited(rule)), BAD),
            None if harmless => ("✓ It works".to_owned(), GOOD),
            None => ("! It works".to_owned(), BAD),
        };
        let _ = writeln!(out, "    {style}{word}{style:#}");
        // A server has said in its answer what is required; the client has answered nothing.
        if let Some(rule) = turn.refused_by.filter(|_| record.exchanges.iter().all(|sent| sent.response.is_none())) {
            let _ = writeln!(out, "{}", painter.wrap("      ", "      ", rule.explain));
        }
        out
    }

    fn trouble(&self, record: &Record) -> String {
        let Some(why) = &record.trouble else { return String::new() };
        let lines = self.painter.wrap("    ✗ ", "      ", why);
        format!("{BAD}{lines}{BAD:#}\n\n")
    }
}

impl Report for Terminal {
    fn step(&mut self, record: &Record) {
        let painter = &self.painter;
        let told = match &record.turn {
            Some(turn) => self.turn(record, turn) + &self.trouble(record),
            None if self.attack && record.trouble.is_none() => return Self::brief(record),
            None => {
                let number = format!("{:>2} ", record.step);
                let mut out = format!("\n{}", painter.heading(&number, record));
                out += &(painter.words(record) + "\n" + &painter.details(record));
                out += &(painter.notes(record) + &painter.checks(&record.checks));
                out + &self.trouble(record)
            }
        };
        print(&told);
    }

    fn attack_begins(&mut self, attack: &'static Attack, _: bool) {
        self.attack = true;
        let line = "═".repeat(self.painter.width.saturating_sub(attack.title.len() + 5));
        let has = self.painter.wrap("The thief has: ", "  ", attack.has);
        print(&format!("\n{STRONG}══ {}{STRONG:#} {QUIET}{line}{QUIET:#}\n{has}\n", attack.title));
    }

    fn attack_ends(&mut self, attack: &'static Attack, pkce: bool, trouble: Option<&Trouble>) {
        let script = attack.script(pkce);
        let (verdict, style) = match (trouble, script.stopped_by) {
            (Some(trouble), _) => (format!("✗ {}: {trouble}", attack.name), BAD),
            (None, Some(rule)) => {
                let step = script.stopped_at().unwrap_or_default();
                (format!("✓ {}: stopped at step {step} by {}", attack.name, cited(rule)), GOOD)
            }
            (None, None) => (format!("! {}: the attack succeeds, as expected here", attack.name), BAD),
        };
        let cost = if trouble.is_none() { self.painter.wrap("  ", "  ", script.cost) + "\n" } else { String::new() };
        print(&format!("\n{style}{STRONG}{verdict}{STRONG:#}{style:#}\n{cost}"));
    }

    fn all_done(&mut self, flow: &'static Flow, pkce: bool) {
        let count = flow.steps.len();
        let end = if !flow.pkce_toggle {
            ""
        } else if pkce {
            "The code travelled through the browser; the verifier and the tokens never did."
        } else {
            "The code travelled through the browser; the secret and the tokens never did. But only the secret protects the \
             code: try --attack stolen-code."
        };
        let words = if end.is_empty() { String::new() } else { self.painter.wrap("  ", "  ", end) + "\n" };
        print(&format!("\n{GOOD}{STRONG}✓ All {count} steps did what they should.{STRONG:#}{GOOD:#}\n{words}"));
    }
}

fn cited(rule: &Rule) -> String {
    format!("{} ({})", rule.id, rule.spec)
}

fn width() -> usize {
    let wanted = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
    let found = terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns));
    found.or(wanted).unwrap_or(WIDTH).clamp(NARROWEST, WIDEST)
}
