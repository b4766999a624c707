//! Short error pages: nothing here, wrong method, too many requests, a sign-in that is over.

use askama::Template;

use super::{
    moment::wait,
    parts::{Frame, Next},
};

/// A page that says one thing.
#[derive(Debug, Clone, Template)]
#[template(path = "message.html", whitespace = "minimize")]
pub struct Message {
    /// What surrounds the page.
    pub frame: Frame,
    /// What it says, in a few words; also the title.
    pub headline: String,
    /// What that means, and what to do.
    pub text: String,
    /// When to try again, as a sentence.
    pub again: Option<String>,
    /// The way on.
    pub next: Option<Next>,
    /// Under which name the server's log knows this reply.
    pub trace_id: Option<String>,
}

impl Message {
    /// A notice without anything further.
    pub fn new(frame: Frame, headline: impl Into<String>, text: impl Into<String>) -> Self {
        Self { frame, headline: headline.into(), text: text.into(), again: None, next: None, trace_id: None }
    }

    /// Nothing lives at this address.
    pub fn not_found(frame: Frame) -> Self {
        let text = "There is no page at this address. If a link brought you here, it may be old or cut short.";
        Self { next: Some(front_page(&frame)), ..Self::new(frame, "Page not found", text) }
    }

    /// The address exists, but not for this method.
    pub fn wrong_method(frame: Frame) -> Self {
        let text = "This address works as a step of a form and can't be opened by itself.";
        Self { next: Some(front_page(&frame)), ..Self::new(frame, "Not a page to open", text) }
    }

    /// Too many requests; in how many seconds to come again.
    pub fn rate_limited(frame: Frame, secs: u64) -> Self {
        let text = "There were too many requests from your network just now. Nothing is lost.";
        let again = Some(format!("Try again in {}.", wait(secs)));
        Self { again, ..Self::new(frame, "A moment, please", text) }
    }

    /// The sign-in was finished before, or waited too long.
    pub fn ended(frame: Frame) -> Self {
        let text = "It was finished already, perhaps in another tab, or it waited too long. \
                    Go back to the app and begin again there.";
        Self { next: Some(front_page(&frame)), ..Self::new(frame, "This sign-in is over", text) }
    }
}

fn front_page(frame: &Frame) -> Next {
    Next { label: "Go to the front page".to_owned(), href: frame.path("/") }
}
