//! The account page: who has access, where one is signed in, and the ways to end either.

use askama::Template;

use super::{
    link::WebLink,
    moment::Moment,
    parts::{Form, Frame, Person},
};

/// The account page.
#[derive(Debug, Clone, Template)]
#[template(path = "account.html", whitespace = "minimize")]
pub struct AccountHome {
    /// What surrounds the page.
    pub frame: Frame,
    /// Whose account it is.
    pub person: Person,
    /// The other accounts that are signed in in this browser.
    pub others: Vec<OtherAccount>,
    /// What was just done, if anything was.
    pub notice: Option<String>,
    /// Who has access.
    pub apps: Vec<ConnectedApp>,
    /// How long access that was taken back may still work, where resource servers don't ask.
    pub lag: Option<String>,
    /// Where the account is signed in.
    pub sessions: Vec<SessionRow>,
    /// Posted with `client_id` to take that app's access away.
    pub revoke: Form,
    /// Posted with `session` to end that one.
    pub sign_out: Form,
}

impl AccountHome {
    /// The session of the browser that looks.
    pub fn here(&self) -> Option<&SessionRow> {
        self.sessions.iter().find(|session| session.here)
    }
}

/// Another account of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherAccount {
    /// Whose it is.
    pub person: Person,
    /// Its account page.
    pub href: String,
}

/// An app that has access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedApp {
    /// Which client it is: the value that "Revoke" posts.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Whether the app registered itself.
    pub unverified: bool,
    /// The host that it sends users back to, where that says something.
    pub host: Option<String>,
    /// What it may do.
    pub scopes: Vec<ScopeWords>,
    /// Since when.
    pub since: Moment,
    /// When it last got tokens; `None`: not lately.
    pub last_used: Option<Moment>,
    /// Where the app signs its user in by itself (OpenID Connect Core §4), if it said so.
    pub open: Option<WebLink>,
}

impl ConnectedApp {
    /// The letter that stands for it where a logo would.
    pub fn initial(&self) -> String {
        Person { name: self.name.clone(), username: String::new() }.initial()
    }
}

/// A scope in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeWords {
    /// What it allows, in a few words.
    pub title: String,
    /// What that means, in a sentence; may be empty.
    pub description: String,
}

/// One session of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Which one: the value that "Sign out" posts.
    pub session: String,
    /// What to call the browser, as [`browser_name`](super::browser_name) has it.
    pub browser: String,
    /// When the user signed in there.
    pub signed_in: Moment,
    /// When the browser was last seen, if that is known.
    pub last_active: Option<Moment>,
    /// Whether it is the one that looks at the page.
    pub here: bool,
}
