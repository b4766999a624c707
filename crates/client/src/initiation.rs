//! A sign-in that somebody else asks for (OpenID Connect Core §4): the provider's list of apps, a portal, a mail.
//!
//! Anybody can send a browser here with whatever they like. So the request decides two things only: whom the provider
//! suggests, and which page of this very application comes afterwards.
//!
//! Left out: a choice among several providers (ask the client of each; it accepts its own issuer alone), and targets at
//! another origin than that of the redirect URI.

use countersign_protocol::{Refusal, params::Params, redirect_uri::origin_of};

use crate::check::{Checks, quote};
use crate::client::Client;
use crate::rules;
use crate::sans_io::Core;

/// Longest hint and longest target, in bytes: a transaction with both must fit into a cookie.
const MAX_TEXT: usize = 1024;

/// Somebody else's wish for a sign-in, after its checks: for [`LoginOptions::initiation`](crate::LoginOptions).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiation {
    login_hint: Option<String>,
    target: Option<String>,
}

impl Initiation {
    /// Whom the provider should suggest.
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// The page that should come after the sign-in: an absolute URL at the origin of the redirect URI.
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }
}

impl Core {
    /// Reads a request to `initiate_login_uri`: the query of a GET, or the form of a POST.
    pub fn initiation(&self, parameters: &[u8], checks: Checks<'_>) -> Result<Initiation, Refusal> {
        let params = readable(parameters);
        let why = params.as_ref().err().cloned().unwrap_or_default();
        let params = checks.some(&rules::INITIATION_READABLE, params.ok(), || why)?;
        let (iss, expected) = (params.find("iss"), self.metadata.issuer());
        checks.require(&rules::INITIATION_ISS, iss == Some(expected), || {
            let found = iss.map_or_else(|| "none".to_owned(), quote);
            format!("Expected {}, got {found}", quote(expected))
        })?;
        let target = params.find("target_link_uri");
        let home = self.config.redirect_uri.as_deref().and_then(origin_of);
        checks.require(&rules::INITIATION_TARGET, target.is_none_or(|target| is_at(home, target)), || {
            let (home, found) = (quote(home.unwrap_or("no origin")), quote(target.unwrap_or_default()));
            format!("This application is at {home}, got {found}")
        })?;
        let text = |name| params.find(name).map(str::to_owned);
        Ok(Initiation { login_hint: text("login_hint"), target: text("target_link_uri") })
    }
}

fn readable(parameters: &[u8]) -> Result<Params, String> {
    let params = Params::parse(parameters).map_err(|error| error.to_string())?;
    match params.find("login_hint").map(str::len) {
        Some(len) if len > MAX_TEXT => Err(format!("login_hint has {len} bytes")),
        _ => Ok(params),
    }
}

/// Whether an address is one of this origin, byte for byte, for whoever reads it. A backslash is a slash to browsers,
/// and a path that begins with two slashes names another host as soon as somebody keeps the path alone.
fn is_at(home: Option<&str>, target: &str) -> bool {
    let rest = home.and_then(|home| target.strip_prefix(home));
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>');
    let inside = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
    target.len() <= MAX_TEXT
        && target.bytes().all(plain)
        && rest.is_some_and(|rest| inside(rest) && !rest.starts_with("//"))
}

impl Client {
    /// Reads a request to `initiate_login_uri`, where anybody may send a user to sign in: the query of a GET, or the form
    /// of a POST. On an error, begin no sign-in and send the user nowhere.
    pub fn initiation(&self, parameters: impl AsRef<[u8]>) -> Result<Initiation, Refusal> {
        self.core().initiation(parameters.as_ref(), self.edge().checks())
    }
}

#[cfg(test)]
mod tests;
