//! The pages' templates, and the page that says what went wrong, or what comes next.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::api::{ApiError, Entry, Profile, Sheet};
use super::cookies;
use super::session::Session;
use super::{App, WebApp};
use crate::site;

/// Who is looking: what every page's head needs.
pub(super) struct Frame {
    pub(super) name: Option<String>,
    /// For the forms; `None`: nobody is signed in.
    pub(super) form_token: Option<String>,
    pub(super) issuer: String,
}

impl Frame {
    pub(super) fn new(app: &WebApp, session: Option<&Session>) -> Self {
        Self {
            name: session.and_then(|session| session.person.name.clone()),
            form_token: session.map(|session| session.form_token.expose().to_owned()),
            issuer: app.config.issuer.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "web/landing.html")]
pub(super) struct Landing {
    pub(super) frame: Frame,
    pub(super) legacy: bool,
}

/// A scope in words, and whether it was granted.
pub(super) struct Granted {
    pub(super) scope: &'static str,
    pub(super) words: &'static str,
    pub(super) yes: bool,
}

/// Something from the API, or why not.
pub(super) enum Shown<T> {
    Here(T),
    NotGranted,
    Trouble(String),
}

/// What the panel tells about the tokens.
pub(super) struct TokenFacts {
    pub(super) fingerprint: String,
    pub(super) left: Option<String>,
    pub(super) refreshable: bool,
}

#[derive(Template)]
#[template(path = "web/notebook.html")]
pub(super) struct Notebook {
    pub(super) frame: Frame,
    pub(super) sub: String,
    pub(super) profile: Shown<Profile>,
    pub(super) files: Shown<Vec<Entry>>,
    pub(super) scopes: Vec<Granted>,
    pub(super) token: TokenFacts,
    pub(super) legacy: bool,
    pub(super) events: Vec<(String, String)>,
    pub(super) explorer_url: Option<String>,
    pub(super) api_url: String,
}

#[derive(Template)]
#[template(path = "web/sheet.html")]
pub(super) struct OpenSheet {
    pub(super) frame: Frame,
    pub(super) sheet: Sheet,
}

/// A link on a message page.
pub(super) struct Action {
    pub(super) href: String,
    pub(super) label: &'static str,
}

impl Action {
    pub(super) fn new(href: &str, label: &'static str) -> Self {
        Self { href: href.to_owned(), label }
    }
}

/// A page of a few sentences.
#[derive(Template)]
#[template(path = "web/message.html")]
pub(super) struct Message {
    pub(super) frame: Frame,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) actions: Vec<Action>,
    /// For developers.
    pub(super) detail: Option<String>,
}

impl Message {
    pub(super) fn new(app: &WebApp, title: &'static str, text: &'static str) -> Self {
        Self { frame: Frame::new(app, None), title, text, actions: Vec::new(), detail: None }
    }

    pub(super) fn for_session(self, app: &WebApp, session: &Session) -> Self {
        Self { frame: Frame::new(app, Some(session)), ..self }
    }

    pub(super) fn action(mut self, href: &str, label: &'static str) -> Self {
        self.actions.push(Action::new(href, label));
        self
    }

    pub(super) fn detail(self, detail: impl std::fmt::Display) -> Self {
        Self { detail: Some(detail.to_string()), ..self }
    }

    pub(super) fn respond(self, status: StatusCode) -> Response {
        site::page(status, &self)
    }
}

/// The access ended: the session is closed, and the page offers to begin again.
pub(super) fn access_ended(app: &App, session_cookie: &countersign_protocol::Secret, why: &ApiError) -> Response {
    app.sessions.close(session_cookie);
    let text = "Somebody, probably you, disconnected Fernbook on the account page, or the access ran out. Fernbook can \
                no longer see anything of yours, and has forgotten its tokens.";
    let mut response = Message::new(app, "Your access was taken back", text)
        .action("/login", "Log in again")
        .action(&format!("{}/account", app.config.issuer), "Open the account page")
        .detail(why)
        .respond(StatusCode::FORBIDDEN);
    cookies::clear(&mut response, cookies::SESSION);
    response
}

/// Something broke on the way to the API; the session stays.
pub(super) fn trouble(app: &App, session: &Session, why: &ApiError) -> Response {
    let text = "Fernbook asked, but no useful answer came. Nothing of yours is lost; try again in a moment.";
    Message::new(app, "The root cellar does not answer", text)
        .for_session(app, session)
        .action("/notebook", "Try again")
        .detail(why)
        .respond(StatusCode::BAD_GATEWAY)
}
