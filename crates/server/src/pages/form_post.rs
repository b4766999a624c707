//! The authorization response that the browser posts to the client (OAuth 2.0 Form Post Response Mode §2).
//!
//! The only page with a script: an external one, of this origin, that presses the button. Without it the user does.

use askama::Template;

use super::parts::Frame;

/// The form that carries the response. Its page must not be cached: it holds a code.
#[derive(Debug, Clone, Template)]
#[template(path = "form_post.html", whitespace = "minimize")]
pub struct FormPost {
    /// What surrounds the page.
    pub frame: Frame,
    /// The client's name, if it is at hand.
    pub app: Option<String>,
    /// The redirect URI, proven to be the client's.
    pub action: String,
    /// The parameters of the response.
    pub fields: Vec<(String, String)>,
}
