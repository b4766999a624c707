//! By which messages a step is recognized, for whoever records them: at which site, at which endpoint, and which side.

use serde::{Serialize, Serializer};

/// Where a message was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// At the authorization server.
    AuthorizationServer,
    /// At the demo's web app.
    WebApp,
    /// At the demo's single-page app.
    Spa,
    /// At the demo's resource server.
    ResourceServer,
}

/// Which half of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What was asked.
    Request,
    /// What was answered.
    Response,
}

/// Which messages belong to a step: all that is said here must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// Where.
    pub site: Site,
    /// The endpoint's name in a recording.
    pub endpoint: &'static str,
    /// Which half.
    pub side: Side,
    /// The request's method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    /// What the request's form must say.
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "as_object")]
    pub form: &'static [(&'static str, &'static str)],
    /// How the request's path begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'static str>,
    /// Of several messages that fit, the last is meant.
    #[serde(skip_serializing_if = "is_false")]
    pub last: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

fn as_object<S: Serializer>(form: &&[(&str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(form.iter().copied())
}

impl Pattern {
    const fn at(place: Site, endpoint: &'static str, side: Side) -> Self {
        Self { site: place, endpoint, side, method: None, form: &[], path: None, last: false }
    }

    const fn by(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    const fn with(self, form: &'static [(&'static str, &'static str)]) -> Self {
        Self { form, ..self }
    }

    const fn under(self, path: &'static str) -> Self {
        Self { path: Some(path), ..self }
    }

    /// The same, but the last of several.
    pub(super) const fn last(self) -> Self {
        Self { last: true, ..self }
    }
}

use Side::{Request, Response};
use Site::{AuthorizationServer, ResourceServer, Spa, WebApp};

/// The user asks the web app to log in.
pub(super) const LOGIN_ASKED: Pattern = Pattern::at(WebApp, "login", Request);
/// The web app sends the browser away.
pub(super) const LOGIN_ANSWERED: Pattern = Pattern::at(WebApp, "login", Response);
/// The authorization request.
pub(super) const AUTHORIZE: &[Pattern] = &[Pattern::at(AuthorizationServer, "authorize", Request)];
/// Pages of the authorization server.
pub(super) const PAGES: &[Pattern] = &[
    Pattern::at(AuthorizationServer, "sign-in", Response).by("GET"),
    Pattern::at(AuthorizationServer, "interaction", Response),
];
/// What the user sends from them.
pub(super) const FORMS: &[Pattern] = &[
    Pattern::at(AuthorizationServer, "sign-in", Request).by("POST"),
    Pattern::at(AuthorizationServer, "choose", Request).by("POST"),
    Pattern::at(AuthorizationServer, "consent", Request).by("POST"),
];
/// The authorization response, at whichever page it was decided.
pub(super) const SENT_BACK: &[Pattern] = &[
    Pattern::at(AuthorizationServer, "consent", Response),
    Pattern::at(AuthorizationServer, "choose", Response),
    Pattern::at(AuthorizationServer, "sign-in", Response).by("POST"),
    Pattern::at(AuthorizationServer, "interaction", Response),
    Pattern::at(AuthorizationServer, "authorize", Response),
];
/// The authorization response where no page may be shown.
pub(super) const ANSWERED_AT_ONCE: &[Pattern] = &[Pattern::at(AuthorizationServer, "authorize", Response)];
/// The callback of the web app, or of the single-page app.
pub(super) const CALLBACK: &[Pattern] =
    &[Pattern::at(WebApp, "callback", Request), Pattern::at(Spa, "page", Request).under("/callback")];

const CODE: &[(&str, &str)] = &[("grant_type", "authorization_code")];
const REFRESH: &[(&str, &str)] = &[("grant_type", "refresh_token")];
const OWN: &[(&str, &str)] = &[("grant_type", "client_credentials")];

/// The code on its way to the token endpoint.
pub(super) const CODE_SENT: Pattern = Pattern::at(AuthorizationServer, "token", Request).with(CODE);
/// The tokens for it.
pub(super) const CODE_ANSWERED: Pattern = Pattern::at(AuthorizationServer, "token", Response).with(CODE);
/// The user asks the web app to renew its tokens.
pub(super) const REFRESH_ASKED: Pattern = Pattern::at(WebApp, "refresh", Request);
/// A refresh token on its way.
pub(super) const REFRESH_SENT: Pattern = Pattern::at(AuthorizationServer, "token", Request).with(REFRESH);
/// The tokens for it.
pub(super) const REFRESH_ANSWERED: Pattern = Pattern::at(AuthorizationServer, "token", Response).with(REFRESH);
/// A client asks in its own name.
pub(super) const OWN_SENT: Pattern = Pattern::at(AuthorizationServer, "token", Request).with(OWN);
/// The token for it.
pub(super) const OWN_ANSWERED: Pattern = Pattern::at(AuthorizationServer, "token", Response).with(OWN);
/// A client asks who the user is.
pub(super) const USERINFO_ASKED: Pattern = Pattern::at(AuthorizationServer, "userinfo", Request);
/// What it is told.
pub(super) const USERINFO_ANSWERED: Pattern = Pattern::at(AuthorizationServer, "userinfo", Response);
/// A client gives its tokens back.
pub(super) const REVOKED: Pattern = Pattern::at(AuthorizationServer, "revoke", Request);
/// A client asks the resource server for what the step is about.
pub(super) const FILES_ASKED: Pattern = API_ASKED.under("/files");
/// What it is given.
pub(super) const FILES_ANSWERED: Pattern = API_ANSWERED.under("/files");
/// A client asks the resource server.
pub(super) const API_ASKED: Pattern = Pattern::at(ResourceServer, "api", Request);
/// What it is given.
pub(super) const API_ANSWERED: Pattern = Pattern::at(ResourceServer, "api", Response);
/// The user asks the web app to log out.
pub(super) const LOGOUT_ASKED: Pattern = Pattern::at(WebApp, "logout", Request);
/// The web app sends the browser away.
pub(super) const LOGOUT_ANSWERED: Pattern = Pattern::at(WebApp, "logout", Response);
/// The logout request.
pub(super) const END_SESSION_ASKED: Pattern = Pattern::at(AuthorizationServer, "end-session", Request);
/// What the browser is shown, or where it is sent.
pub(super) const END_SESSION_ANSWERED: Pattern = Pattern::at(AuthorizationServer, "end-session", Response);
/// The logout token.
pub(super) const BACK_CHANNEL_ASKED: Pattern = Pattern::at(WebApp, "backchannel-logout", Request);
/// What the web app says to it.
pub(super) const BACK_CHANNEL_ANSWERED: Pattern = Pattern::at(WebApp, "backchannel-logout", Response);
/// The frame in the page of the signed-out.
pub(super) const FRONT_CHANNEL_ASKED: Pattern = Pattern::at(WebApp, "frontchannel-logout", Request);
/// What the web app puts into it.
pub(super) const FRONT_CHANNEL_ANSWERED: Pattern = Pattern::at(WebApp, "frontchannel-logout", Response);
/// The browser comes back after it.
pub(super) const LOGGED_OUT: Pattern = Pattern::at(WebApp, "page", Request).under("/logged-out");
