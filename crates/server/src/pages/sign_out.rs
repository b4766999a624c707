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
    /// The way on, if there is one: back to the app that asked.
    pub next: Option<Next>,
    /// What is loaded out of sight, so that apps hear of it (OpenID Connect Front-Channel Logout 1.0 §3).
    pub frames: Vec<String>,
    /// Whether the page goes on by itself, once the frames had time to load.
    pub goes_on: bool,
}
