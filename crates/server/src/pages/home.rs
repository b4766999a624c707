//! The front page: what this server is, for people who meet its address.

use askama::Template;

use super::parts::Frame;

/// The front page.
#[derive(Debug, Clone, Template)]
#[template(path = "home.html", whitespace = "minimize")]
pub struct Home {
    /// What surrounds the page; its issuer is shown large.
    pub frame: Frame,
    /// The account page.
    pub account: String,
    /// The documents that clients read.
    pub documents: Vec<HomeLink>,
    /// Further places to go, such as demo apps.
    pub more: Vec<HomeLink>,
}

/// A place to go, with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeLink {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// What one finds there.
    pub about: String,
}
