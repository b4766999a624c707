//! `countersign token inspect`: what a token is, what it says, whether it works. It reads from standard input, so that no
//! shell remembers the token, and never prints it.

mod jwt;
mod opaque;
mod state;

use std::io::{IsTerminal as _, Read as _};

use countersign_jose::Unverified;
use countersign_protocol::{Secret, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    args::{self, Common},
    place::{Place, configuration_file, now},
    print::{Printer, pairs},
    when,
};
use crate::outcome::Trouble;

/// Runs `countersign token`.
pub(crate) async fn run(common: &Common, command: args::Token) -> Result<(), Trouble> {
    let args::Token::Inspect { token } = command;
    let token = if token == "-" { read()? } else { Secret::new(token) };
    let place = place(common)?;
    let report = inspect(place.as_ref(), bare(token.expose())).await?;
    Printer::new(common.json).print(&report, || report.text())
}

/// What was found out about a token. Nothing in here is a credential.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// What it is, for scripts.
    kind: &'static str,
    /// The same in words.
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Signature>,
    /// What the database says about it: names and values.
    #[serde(skip_serializing_if = "Map::is_empty")]
    record: Map<String, Value>,
    /// Whether it works; `null`: can't be told.
    works: Option<bool>,
    /// Why, or why it can't be told.
    why: String,
}

#[derive(Debug, Serialize)]
struct Signature {
    /// `null`: not checked.
    fits: Option<bool>,
    what: String,
}

impl Report {
    fn new(kind: &'static str, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), ..Self::default() }
    }

    /// Says what the database knows, and whether the token works.
    fn with(mut self, state: state::State) -> Self {
        (self.record, self.works, self.why) = (state.record, state.works, state.why);
        self
    }

    fn text(&self) -> String {
        let mut parts = vec![self.what.clone()];
        if let Some(header) = &self.header {
            parts.push(format!("Header\n{}", jwt::explained(header, now())));
        }
        if let Some(claims) = &self.claims {
            parts.push(format!("Claims\n{}", jwt::explained(claims, now())));
        }
        parts.extend(self.signature.as_ref().map(|signature| format!("Signature\n  {}", signature.what)));
        if !self.record.is_empty() {
            let lines = self.record.iter().map(|(name, value)| (name.as_str(), shown(name, value)));
            parts.push(format!("In the database\n{}", pairs(lines)));
        }
        let verdict = match self.works {
            Some(true) => "Works",
            Some(false) => "Does not work",
            None => "Works? Can't be told",
        };
        parts.push(format!("{verdict}: {}", self.why));
        parts.join("\n\n")
    }
}

/// A value for people: without quotes, and dates with how far away they are.
fn shown(name: &str, value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    let date = text.parse::<jiff::Timestamp>().ok().filter(|_| name.ends_with("_at"));
    date.map_or_else(|| text.to_owned(), |date| when::full(now(), Timestamp::from_secs(date.as_second())))
}

async fn inspect(place: Option<&Place>, token: &str) -> Result<Report, Trouble> {
    if let Some(kind) = opaque::kind(token) {
        return opaque::inspect(place, kind).await;
    }
    if opaque::looks_ours(token) {
        return Ok(Report {
            works: Some(false),
            why: format!(
                "its checksum does not fit: it was cut or changed on its way (52 characters expected, {} came)",
                token.chars().count()
            ),
            ..Report::new("damaged", "A damaged token or secret of a Countersign server.")
        });
    }
    match Unverified::parse(token) {
        Ok(unverified) => jwt::inspect(place, token, unverified).await,
        Err(error) if token.contains('.') => Ok(Report {
            works: Some(false),
            why: error.to_string(),
            ..Report::new(
                "unusable_jwt",
                "Looks like a JWT, but is none that this server or its libraries would accept.",
            )
        }),
        Err(_) => Err(Trouble::new("this is no token of a Countersign server, and no JWT")
            .advice("Expected a JWT, or text that begins with csat_, csrt_, csac_ or the like.")),
    }
}

/// The installation whose database is asked: the one that is named or, if it is there, the usual one.
fn place(common: &Common) -> Result<Option<Place>, Trouble> {
    let named = common.folder.is_some() || configuration_file(common).is_some();
    match Place::open(common) {
        Ok(place) => Ok(Some(place)),
        Err(trouble) if named => Err(trouble),
        Err(_) => Ok(None),
    }
}

fn read() -> Result<Secret, Trouble> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Paste the token, then Enter: ").map(Secret::new).map_err(Trouble::new);
    }
    let mut text = Zeroizing::new(String::new());
    let most = u64::try_from(Unverified::MAX_BYTES).unwrap_or(u64::MAX).saturating_mul(2);
    let read = std::io::stdin().lock().take(most).read_to_string(&mut text);
    read.map_err(|error| Trouble::new(format!("the token on standard input: {error}")))?;
    Ok(Secret::new(text.trim()))
}

/// Without what it was copied along with.
fn bare(token: &str) -> &str {
    let token = token.trim();
    let scheme = token.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    scheme.map_or(token, |scheme| token[scheme.len()..].trim())
}
