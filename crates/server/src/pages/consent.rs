//! Consent: who asks, for what, where the answer goes (RFC 9700 §4.1, OAuth 2.1 §7.9 on consent phishing).

use askama::Template;

use super::parts::{App, Destination, Form, Frame, Person, Switch};

/// The consent page.
#[derive(Debug, Clone, Template)]
#[template(path = "consent.html", whitespace = "minimize")]
pub struct Consent {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asks.
    pub app: App,
    /// Whether the app registered itself, so that nobody has checked its name (RFC 7591 §5).
    pub unverified: bool,
    /// Whose consent it is.
    pub person: Person,
    /// The ways to go on as somebody else.
    pub switch: Option<Switch>,
    /// Posted with `decision`, `allow` or `deny`, and one field for each ticked scope.
    pub form: Form,
    /// What is asked for: scopes, then claims that were asked for one by one.
    pub scopes: Vec<ConsentScope>,
    /// Which of the user's data goes where.
    pub told: Told,
    /// The resource servers that the tokens are for (RFC 8707), where the request named them.
    pub resources: Vec<String>,
}

/// What the app would learn about the user, in words, by the way in which it gets there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// In the ID token: with the sign-in itself.
    pub at_once: Vec<String>,
    /// At userinfo: whenever the app asks, as long as it has access.
    pub later: Vec<String>,
}

/// One scope, or one claim that was asked for by itself, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentScope {
    /// The scope token or the claim: the value of the checkbox.
    pub scope: String,
    /// The name of the checkbox. Parameters come once, so each needs a name of its own.
    pub field: String,
    /// What it allows, in a few words.
    pub title: String,
    /// What that means, in a sentence; may be empty.
    pub description: String,
    /// Whether it can't be left out.
    pub required: bool,
    /// Whether the checkbox begins ticked.
    pub ticked: bool,
    /// Whether the user allowed it to this app before.
    pub granted: bool,
}
