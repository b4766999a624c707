//! People, their browsers and their sessions.

use std::borrow::Cow;

use countersign_protocol::{BrowserId, ClientId, HandleHash, SessionId, Subject, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Kind, Record, Secondary};
use crate::words::misleads;

/// Somebody who can sign in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// `sub`: never reused, never changed.
    pub subject: Subject,
    /// What is typed at sign-in, in canonical form (see [`User::canonical`]).
    pub username: String,
    /// Argon2id hash in PHC form; `None`: can't sign in by password.
    pub password: Option<String>,
    /// Standard claims (OpenID Connect Core §5.1) and others, `sub` excepted; see [`claims`](crate::claims).
    #[serde(default)]
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Disabled users can't sign in, and their tokens stop working.
    pub enabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When its claims last changed; `None`: never since it was made.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

impl User {
    /// Longest user name, in characters.
    pub const MAX_NAME: usize = 256;

    /// The one form of a user name: trimmed, lower case. Sign-in, uniqueness and limits all use it, so that no
    /// spelling gets a limit of its own (CVE-2025-24806).
    pub fn canonical(username: &str) -> String {
        username.trim().to_lowercase()
    }

    /// A user name in its one form, if it can be one that somebody gives themselves.
    pub fn parse_name(text: &str) -> Option<String> {
        let name = Self::canonical(text);
        let fits = (1..=Self::MAX_NAME).contains(&name.chars().count()) && !name.chars().any(misleads);
        // A name that looks like a subject could be taken for one.
        (fits && Subject::parse(&name).is_err()).then_some(name)
    }

    /// A name by which pages may call somebody who gave it themselves: it must not look like something else.
    pub fn parse_display_name(text: &str) -> Option<String> {
        let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(misleads);
        fits.then(|| text.to_owned())
    }

    /// What pages call this person: `name`, else the user name.
    pub fn display_name(&self) -> &str {
        self.claims.get("name").and_then(|v| v.as_str()).unwrap_or(&self.username)
    }
}

/// Without claims, which are nobody's business in a log, and without the hash, which can be attacked by who reads one.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("subject", &self.subject)
            .field("username", &self.username)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

impl Record for User {
    const KIND: Kind = Kind::User;
    fn key(&self) -> Cow<'_, str> {
        self.subject.as_str().into()
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.username.as_str().into()), None)
    }
}

/// One browser. Its cookie changes whenever somebody signs in or out (CVE-2026-7507: session fixation); what hangs off
/// the browser refers to the id and stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Browser {
    /// Its identifier, not secret.
    pub id: BrowserId,
    /// Hash of the cookie.
    pub cookie: HandleHash,
    /// What it calls itself, shortened, for the account page.
    pub user_agent: String,
    /// When it was last seen to sign in or begin a flow.
    pub seen_at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Record for Browser {
    const KIND: Kind = Kind::Browser;
    fn key(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.cookie.as_str().into()), None)
    }
}

/// One account, signed in in one browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// `sid`.
    pub id: SessionId,
    /// Where.
    pub browser: BrowserId,
    /// Who.
    pub subject: Subject,
    /// When the user last proved who they are (OpenID Connect Core §2, `auth_time`).
    pub auth_time: Timestamp,
    /// How strongly (OpenID Connect Core §2, `acr`).
    #[serde(default = "by_password")]
    pub acr: String,
    /// How: RFC 8176 values.
    pub amr: Vec<String>,
    /// The clients that the user signed in to with it, the latest last; they are told when it ends.
    #[serde(default)]
    pub clients: Vec<ClientId>,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Rows from before there was `acr` are of sign-ins by password: there was no other way.
fn by_password() -> String {
    crate::session::ACR_PASSWORD.to_owned()
}

impl Record for Session {
    const KIND: Kind = Kind::Session;
    fn key(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.browser.as_str().into()), Some(self.subject.as_str().into()))
    }
}
