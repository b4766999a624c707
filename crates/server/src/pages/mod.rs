//! The HTML pages: what a person sees of this server.
//!
//! A page is a struct with everything that it shows as plain data, and a template in `templates/` that escapes every
//! value. Nothing here knows about requests, stores or the time. No page needs JavaScript, and none carries a style or a
//! script of its own, so that the policy can forbid both (`default-src 'none'`). Where a form goes and which token it
//! carries is the caller's to say: see [`Form`].

mod account;
mod assets;
mod browser_name;
mod claim_words;
mod comparison;
mod consent;
mod error;
mod form_post;
mod home;
mod link;
mod message;
mod moment;
mod parts;
mod sign_in;
mod sign_out;
mod sign_up;

pub use account::{AccountHome, ConnectedApp, OtherAccount, ScopeWords, SessionRow};
pub use assets::{STYLE, TOKENS, asset, asset_path};
pub use browser_name::browser_name;
pub use claim_words::claim_words;
pub use comparison::{Comparison, Pieces};
pub use consent::{Consent, ConsentScope, Told};
pub use error::{CookieLost, ErrorPage};
pub use form_post::FormPost;
pub use home::{Home, HomeLink};
pub use link::{AppLinks, WebLink};
pub use message::Message;
pub use moment::{Moment, wait};
pub use parts::{App, Choice, Destination, Form, Frame, Next, Person, Switch};
pub use sign_in::{ChooseAccount, Problem, SignIn};
pub use sign_out::{SignOut, SignedOut};
pub use sign_up::{SignUp, SignUpProblem};

/// One of the pages of this module.
pub trait Page: askama::Template {}

macro_rules! pages {
    ($($page:ty),* $(,)?) => { $(impl Page for $page {})* };
}

pages! {
    AccountHome, ChooseAccount, Consent, CookieLost, ErrorPage, FormPost, Home, Message, SignIn, SignOut, SignUp,
    SignedOut,
}

/// The page as an HTML document.
pub fn render(page: &impl Page) -> String {
    page.render().unwrap_or_else(|error| {
        // Only a value whose `Display` fails gets here; the pages hold strings and numbers.
        tracing::error!(%error, "a page could not be rendered");
        "<!DOCTYPE html><title>Error</title><p>This page could not be shown.</p>".to_owned()
    })
}
