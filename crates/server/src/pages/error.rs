//! The error page: for requests that can't be answered to the client, because it or its address is not proven
//! (OAuth 2.1 §4.1.2.1), and for the cookie that a change of host name loses.

use askama::Template;
use countersign_engine::{authorize::rules, logout::rules as logout};
use countersign_protocol::{Refusal, Rule};

use super::{
    comparison::Comparison,
    parts::{Frame, Next, isolated},
};

/// Something went wrong: what, what to do, and what to tell whoever can mend it.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub struct ErrorPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// What happened, in a few words.
    pub headline: String,
    /// What happened, in plain words.
    pub what: String,
    /// What the person in front of the page can do.
    pub advice: String,
    /// The two addresses, where the redirect URI is the trouble.
    pub comparison: Option<Comparison>,
    /// The OAuth error code.
    pub code: String,
    /// For the developer: what is required, and what came.
    pub detail: Option<String>,
    /// The rule: its id.
    pub rule: Option<String>,
    /// Where the rule is written.
    pub section: Option<String>,
    /// Under which name the server's log knows this reply.
    pub trace_id: String,
}

impl ErrorPage {
    /// The page for a broken rule. `app`: the client's name, where it is known.
    pub fn refused(frame: Frame, refusal: &Refusal, app: Option<&str>, trace_id: impl Into<String>) -> Self {
        let app = app.map_or_else(|| "The app that sent you here".to_owned(), isolated);
        let (headline, what, advice) = words(refusal.rule, &app);
        Self {
            frame,
            headline: headline.to_owned(),
            what,
            advice: advice.to_owned(),
            comparison: None,
            code: refusal.code().as_str().to_owned(),
            // Two addresses are compared in a section of their own.
            detail: Some(if *refusal.rule == rules::REDIRECT_URI_REGISTERED {
                refusal.rule.explain.to_owned()
            } else {
                refusal.words()
            }),
            rule: Some(refusal.rule.id.to_owned()),
            section: Some(refusal.rule.spec.to_owned()),
            trace_id: trace_id.into(),
        }
    }

    /// The page for a fault on our side.
    pub fn fault(frame: Frame, trace_id: impl Into<String>) -> Self {
        Self {
            frame,
            headline: "Something broke on our side".to_owned(),
            what: "This server could not finish what you asked for. You did nothing wrong.".to_owned(),
            advice: "Try again in a moment. If it stays this way, tell the administrator the trace id below."
                .to_owned(),
            comparison: None,
            code: "server_error".to_owned(),
            detail: None,
            rule: None,
            section: None,
            trace_id: trace_id.into(),
        }
    }

    /// Adds the comparison of what was sent with what is registered.
    pub fn comparing(mut self, sent: &str, nearest: Option<&str>) -> Self {
        self.comparison = Some(Comparison::new(sent, nearest));
        self
    }
}

/// Headline, what happened, and what to do, for people who have never heard of OAuth.
fn words(rule: &'static Rule, app: &str) -> (&'static str, String, &'static str) {
    if *rule == rules::CLIENT_KNOWN {
        return (
            "This app is not known here",
            "An app sent you here to sign in, but no app is registered under the name that it gave.".to_owned(),
            "Go back and check that you are using the right app. Whoever runs it has to register it here first.",
        );
    }
    if *rule == logout::REDIRECT_REGISTERED {
        return (
            "This app's return address is not registered",
            format!(
                "{app} asked to sign you out and to have you sent to an address that it has not registered. Nobody was \
                 signed out, and you stay here, because that address might not be the app's own."
            ),
            "You can sign out on your account page. Only whoever runs the app can mend this: the address has to be \
             registered exactly as it is sent.",
        );
    }
    if logout::ALL.contains(&rule) {
        return (
            "This sign-out can't be done",
            format!("{app} asked to sign you out, but its request is not in order. Nobody was signed out."),
            "You can sign out on your account page. Whoever runs the app needs the details below.",
        );
    }
    if *rule == rules::REDIRECT_URI_REGISTERED {
        return (
            "This app's return address is not registered",
            format!(
                "{app} asked to have you sent to an address that it has not registered. You stay here, because that \
                 address might not be the app's own."
            ),
            "Only whoever runs the app can mend this: the address has to be registered exactly as it is sent. The \
             details below say what to change.",
        );
    }
    (
        "This request can't be answered",
        format!("{app} sent a request that is not in order, so there is nothing to sign in to."),
        "Go back to the app and try again. If it stays this way, whoever runs the app needs the details below.",
    )
}

/// The browser came back without the cookie that it began with.
#[derive(Debug, Clone, Template)]
#[template(path = "cookie_lost.html", whitespace = "minimize")]
pub struct CookieLost {
    /// What surrounds the page.
    pub frame: Frame,
    /// The host where the sign-in began.
    pub began_at: String,
    /// The host of this request.
    pub came_back_on: String,
    /// What the request shows of the reason.
    pub why: String,
    /// The way to begin anew, at the right host.
    pub next: Option<Next>,
    /// Under which name the server's log knows this reply.
    pub trace_id: String,
}

impl CookieLost {
    /// Whether a change of host name explains the loss.
    pub fn hosts_differ(&self) -> bool {
        self.began_at != self.came_back_on
    }
}
