//! Signing out: the question, since a link elsewhere must not do it (OpenID Connect RP-Initiated Logout §2), and the end.

use askama::Template;

use super::parts::{Form, Frame, Next, Person};

/// The question.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_out.html", whitespace = "minimize")]
pub struct SignOut {
    /// What surrounds the page.
    pub frame: Frame,
    /// The app that asked, if one did.
    pub app: Option<String>,
    /// Who would be signed out.
    pub people: Vec<Person>,
    /// Posted to do it.
    pub form: Form,
    /// Where "Stay signed in" leads.
    pub stay: String,
}

/// Done.
#[derive(Debug, Clone, Template)]
#[template(path = "signed_out.html", whitespace = "minimize")]
pub struct SignedOut {
    /// What surrounds the page.
    pub frame: Frame,
    /// The way back to the app that asked, if one did.
    pub next: Option<Next>,
}
