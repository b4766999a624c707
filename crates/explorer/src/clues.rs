//! The values by which messages belong together: what a request brings, and what is learnt from both messages.
//!
//! A value stands for one thing only: the same text as `state` and as `code` are two clues. Read leniently, since what
//! broken clients send has to be found as well.

use countersign_jose::hash::sha256;
use countersign_protocol::{basic, from_base64url, params};
use serde_json::{Map, Value};

use crate::{
    exchange::{Exchange, Headers, ResponseSeen},
    site::Site,
};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A whole authorization request, as the query that it is.
    AuthorizationRequest,
    /// An authorization code.
    Code,
    /// `state`.
    State,
    /// A token of any kind.
    Token,
    /// The handle in the address of a page.
    Handle,
    /// The flow as the engine calls it.
    EngineFlow,
    /// The trace id of `traceparent`.
    Trace,
    /// The demo web application's cookie.
    Session,
    /// A session of the authorization server that ends, as it is called in tokens.
    EndingSession,
}

/// A value with what it is, as a fingerprint: short, and of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Clue(Kind, [u8; 16]);

impl Clue {
    /// Of a value.
    pub(crate) fn new(kind: Kind, value: &str) -> Self {
        let mut half = [0; 16];
        half.iter_mut().zip(sha256(value.as_bytes())).for_each(|(to, from)| *to = from);
        Self(kind, half)
    }

    /// What it is.
    pub(crate) const fn kind(self) -> Kind {
        self.0
    }
}

/// The cookie that names a session of the demo's web application.
const SESSION_COOKIE: &str = "fernbook_session";
/// The form that carries an authorization response has its code here.
const FORM_CODE: &str = "name=\"code\" value=\"";

/// What a request brings, the surest first.
pub(crate) fn of_request(exchange: &Exchange) -> Vec<Clue> {
    let request = &exchange.request;
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let form = request.body.text.as_deref().unwrap_or_default();
    let mut clues = Vec::new();
    let mut add = |kind, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty());
        clues.extend(value.map(|value| Clue::new(kind, &value)));
    };
    if exchange.endpoint == "authorize" {
        let asked = if request.method == "POST" { form } else { query };
        add(Kind::AuthorizationRequest, Some(asked.to_owned()));
        add(Kind::State, find(asked, "state"));
    } else {
        for name in ["code", "refresh_token", "token"] {
            let kind = if name == "code" { Kind::Code } else { Kind::Token };
            add(kind, find(form, name).or_else(|| find(query, name)));
        }
        add(Kind::State, find(query, "state").or_else(|| find(form, "state")));
    }
    if exchange.endpoint.ends_with("logout") || exchange.endpoint == "end-session" {
        add(Kind::EndingSession, ending_session(query, form));
    }
    add(Kind::Token, bearer(&request.headers));
    add(Kind::Handle, handle(path));
    if exchange.site == Site::WebApp && exchange.endpoint != "callback" && !is_everywhere(exchange) {
        add(Kind::Session, cookie(&request.headers, SESSION_COOKIE));
    }
    add(Kind::Trace, exchange.traceparent.as_deref().and_then(trace_id).map(str::to_owned));
    clues
}

/// What a response adds.
pub(crate) fn of_response(exchange: &Exchange, response: &ResponseSeen) -> Vec<Clue> {
    let mut clues = Vec::new();
    let mut add = |kind, value: Option<String>| clues.extend(value.map(|value| Clue::new(kind, &value)));
    add(Kind::EngineFlow, exchange.engine_flow.clone());
    let location = header(&response.headers, "location").unwrap_or_default();
    let (address, query) = location.split_once('?').unwrap_or((location, ""));
    if address.ends_with("/authorize") {
        add(Kind::AuthorizationRequest, Some(query.to_owned()));
    }
    add(Kind::Code, find(query, "code"));
    add(Kind::State, find(query, "state"));
    add(Kind::Handle, handle(address));
    let body = response.body.text.as_deref().unwrap_or_default();
    if exchange.endpoint == "token" {
        let members: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
        for name in ["access_token", "refresh_token", "id_token"] {
            add(Kind::Token, members.get(name).and_then(Value::as_str).map(str::to_owned));
        }
    }
    add(Kind::Code, posted_code(exchange, body).map(str::to_owned));
    let set = response.headers.iter().filter(|(name, _)| name == "set-cookie");
    let session = set.filter_map(|(_, line)| line.strip_prefix(SESSION_COOKIE)?.strip_prefix('=')?.split(';').next());
    session.filter(|value| !value.is_empty()).for_each(|value| add(Kind::Session, Some(value.to_owned())));
    clues
}

/// Whether the web app is asked to log out at the authorization server too.
pub(crate) fn is_everywhere(exchange: &Exchange) -> bool {
    let form = exchange.request.body.text.as_deref().unwrap_or_default();
    exchange.site == Site::WebApp && exchange.endpoint == "logout" && find(form, "everywhere").is_some()
}

/// The session that a message says has ended: in so many words, or in a token, whose signature is of no interest here.
fn ending_session(query: &str, form: &str) -> Option<String> {
    let in_token = |token: String| {
        let payload = from_base64url(token.split('.').nth(1)?).ok()?;
        let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
        claims.get("sid")?.as_str().map(str::to_owned)
    };
    let tokens = [(query, "id_token_hint"), (form, "id_token_hint"), (form, "logout_token")];
    let hint = || tokens.iter().find_map(|(part, name)| find(part, name)).and_then(in_token);
    find(query, "sid").or_else(hint)
}

/// Whether this answers an authorization request: the browser goes back to the client with a code or an error, or a page
/// says no.
pub(crate) fn answers_authorization(exchange: &Exchange, response: &ResponseSeen) -> bool {
    let pages = ["authorize", "interaction", "sign-in", "choose", "consent"];
    if exchange.site != Site::AuthorizationServer || !pages.contains(&exchange.endpoint) {
        return false;
    }
    let refused = exchange.endpoint == "authorize" && response.status >= 400;
    let location = header(&response.headers, "location").unwrap_or_default();
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let by_redirect = location.contains("://") && ["code", "error"].iter().any(|name| find(query, name).is_some());
    refused || by_redirect || posted_code(exchange, response.body.text.as_deref().unwrap_or_default()).is_some()
}

/// The client that a request names: in its query, its form or its Basic header. Nobody has proven it.
pub(crate) fn client_named(exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let form = request.body.text.as_deref().unwrap_or_default();
    let basic = header(&request.headers, "authorization").and_then(|value| basic::parse(value).ok().flatten());
    let named = basic.map(|pair| pair.id).or_else(|| find(form, "client_id")).or_else(|| find(query, "client_id"));
    named.filter(|_| exchange.site == Site::AuthorizationServer)
}

/// The first value of a parameter; absent, empty and undecodable ones are all none.
pub(crate) fn find(encoded: &str, name: &str) -> Option<String> {
    let pairs = encoded.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(found, _)| *found == name)?;
    params::decode(value.as_bytes()).ok().filter(|value| !value.is_empty())
}

/// The first header of a name.
pub(crate) fn header<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// The trace id of a `traceparent` (W3C Trace Context §3.2.2.3).
pub(crate) fn trace_id(traceparent: &str) -> Option<&str> {
    let id = traceparent.strip_prefix("00-")?.get(..32)?;
    id.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(id)
}

fn bearer(headers: &Headers) -> Option<String> {
    let (scheme, token) = header(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn cookie(headers: &Headers, name: &str) -> Option<String> {
    let lines = headers.iter().filter(|(found, _)| found == "cookie").map(|(_, value)| value.as_str());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

fn handle(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("/interaction/")?;
    rest.split('/').next().filter(|handle| !handle.is_empty()).map(str::to_owned)
}

/// The code in a page that posts it to the client (OAuth 2.0 Form Post Response Mode).
fn posted_code<'b>(exchange: &Exchange, body: &'b str) -> Option<&'b str> {
    let found = (exchange.site == Site::AuthorizationServer).then(|| body.split_once(FORM_CODE)).flatten();
    found.and_then(|(_, rest)| rest.split('"').next())
}
