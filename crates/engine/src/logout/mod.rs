//! Signing out at a client's request (OpenID Connect RP-Initiated Logout 1.0): what may end without asking, about whom
//! to ask otherwise, and where the browser may go afterwards. Ending the sessions is [`session`](crate::session)'s.
//!
//! A link anywhere can bring a browser here, so only one thing ends without asking: the session, in this very browser,
//! that an ID token of ours names. `ui_locales` is ignored.

pub mod back_channel;
pub mod front_channel;
pub mod rules;

#[cfg(test)]
mod tests;

use countersign_protocol::{
    ClientId, Params, RedirectUri, Refusal, Secret, SessionId, Subject,
    params::{self, ParamError},
    redirect_uri,
};

use crate::{
    Cx,
    authorize::PageFailure,
    records::{Client, Session, User},
    token::Realm,
    tokens::hint::IdTokenHint,
};

const MAX_STATE: usize = 4096;

/// A logout request as it came. Empty parameters are absent, unknown ones are gone.
#[derive(Debug, Default)]
pub struct LogoutRequest {
    id_token_hint: Option<Secret>,
    logout_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    /// What is wrong with the request as a whole.
    defect: Option<ParamError>,
}

impl LogoutRequest {
    /// Reads a query. Never fails: what is wrong is remembered.
    pub fn parse(raw: &[u8]) -> Self {
        match Params::parse(raw) {
            Ok(params) => Self::of(&params),
            Err(defect) => Self { defect: Some(defect), ..Self::default() },
        }
    }

    /// The same request when its question has been answered: the answer takes the hints' place.
    pub fn answered(params: &Params) -> Self {
        Self { id_token_hint: None, logout_hint: None, ..Self::of(params) }
    }

    fn of(params: &Params) -> Self {
        let text = |name: &str| params.find(name).map(str::to_owned);
        Self {
            id_token_hint: params.find_secret("id_token_hint"),
            logout_hint: text("logout_hint"),
            client_id: text("client_id"),
            post_logout_redirect_uri: text("post_logout_redirect_uri"),
            state: text("state"),
            defect: None,
        }
    }

    /// The ID token of ours that it hints with.
    pub fn hint(&self, realm: Realm<'_>) -> Option<IdTokenHint> {
        self.id_token_hint.as_ref().and_then(|text| IdTokenHint::read(realm, text.expose()))
    }

    /// The client that asks, if that can be a client's name.
    pub fn client_id(&self, hint: Option<&IdTokenHint>) -> Option<ClientId> {
        let named = self.client_id.as_deref().map(|id| ClientId::parse(id).ok());
        named.unwrap_or_else(|| hint.map(|hint| hint.client.clone()))
    }
}

/// Where the browser may go after the sign-out: proven to belong to the client. Only [`validate`] makes one, so an open
/// redirect does not type-check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    uri: RedirectUri,
    state: Option<String>,
}

impl WayBack {
    /// The registered address.
    pub const fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// `state`, byte for byte as it was sent.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The address with `state` in its query.
    pub fn location(&self) -> String {
        match self.state() {
            Some(state) => params::append_query(self.uri.as_str(), [("state", state)]),
            None => self.uri.as_str().to_owned(),
        }
    }
}

/// A request whose client and return address are proven, as far as it names them.
#[derive(Debug)]
pub struct ValidatedLogout {
    /// Who asks, with the name that users know it by.
    pub client: Option<(ClientId, String)>,
    /// Where the browser goes afterwards; `None`: it stays here.
    pub way_back: Option<WayBack>,
    hint: Option<IdTokenHint>,
    logout_hint: Option<String>,
}

/// Proves client and return address. `client` is who [`LogoutRequest::client_id`] names.
pub fn validate(
    cx: &mut Cx<'_>,
    request: LogoutRequest,
    hint: Option<IdTokenHint>,
    client: Option<&Client>,
) -> Result<ValidatedLogout, Box<PageFailure>> {
    readable(cx, &request).map_err(|refusal| Box::new(failure(refusal, None)))?;
    named(cx, &request, hint.as_ref(), client).map_err(|refusal| Box::new(failure(refusal, client)))?;
    // A disabled client gets no browsers; its users may sign out all the same.
    let client = client.filter(|client| client.enabled);
    let asks = client.map(|client| (client.id.clone(), client.name.clone()));
    let way_back = match request.post_logout_redirect_uri {
        None => None,
        Some(sent) => match cx.require_some(&rules::REDIRECT_CLIENT, client) {
            Ok(client) => Some(way_back(cx, client, &sent, request.state)?),
            Err(_) => None,
        },
    };
    Ok(ValidatedLogout { client: asks, way_back, hint, logout_hint: request.logout_hint })
}

fn readable(cx: &mut Cx<'_>, request: &LogoutRequest) -> Result<(), Refusal> {
    if let Some(ParamError::Repeated { name, .. }) = &request.defect {
        cx.require_or(&rules::PARAMETERS_ONCE, false, || format!("The parameter {name} came more than once"))?;
    }
    let why =
        || request.defect.as_ref().map_or_else(|| "The state that came is too long".to_owned(), ToString::to_string);
    let bounded = request.state.as_ref().is_none_or(|state| state.len() <= MAX_STATE);
    cx.require_or(&rules::PARAMETERS_READABLE, request.defect.is_none() && bounded, why)
}

fn named(
    cx: &mut Cx<'_>,
    request: &LogoutRequest,
    hint: Option<&IdTokenHint>,
    client: Option<&Client>,
) -> Result<(), Refusal> {
    if request.id_token_hint.is_some() {
        // Not refused: whoever holds an old or a foreign token may want to sign out, too.
        let _ = cx.require(&rules::HINT_OURS, hint.is_some());
    }
    if let Some(named) = &request.client_id {
        let same = hint.is_none_or(|hint| hint.client.as_str() == named);
        cx.require(&rules::CLIENT_IS_HINTS, same)?;
        cx.require(&rules::CLIENT_KNOWN, client.is_some())?;
    }
    cx.client = client.map(|client| client.id.clone());
    Ok(())
}

/// Byte for byte, the port of a loopback address included: here the text makes no exception.
fn way_back(cx: &mut Cx<'_>, client: &Client, sent: &str, state: Option<String>) -> Result<WayBack, Box<PageFailure>> {
    let registered = &client.post_logout_redirect_uris;
    let found = registered.iter().find(|uri| uri.as_str() == sent).cloned();
    match cx.require_some(&rules::REDIRECT_REGISTERED, found) {
        Ok(uri) => Ok(WayBack { uri, state }),
        Err(refusal) => {
            let nearest = redirect_uri::nearest(registered, sent).map(|(uri, at)| (uri.clone(), at));
            Err(Box::new(PageFailure { sent: Some(sent.to_owned()), nearest, ..failure(refusal, Some(client)) }))
        }
    }
}

fn failure(refusal: Refusal, client: Option<&Client>) -> PageFailure {
    let client_name = client.map(|client| client.name.clone());
    PageFailure { refusal, client_name, sent: None, nearest: None }
}

/// What happens to the sessions of the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nobody is signed in here.
    Nothing,
    /// These end at once.
    End(Vec<SessionId>),
    /// The user is asked whether these shall end.
    Ask(Vec<SessionId>),
}

/// Somebody who is signed in in the browser.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// The living session.
    pub session: &'a Session,
    /// Whose it is.
    pub user: &'a User,
    /// As whom the client knows that user: what its ID tokens say.
    pub sub: &'a Subject,
}

/// Decides; `here` is everybody who is signed in in the browser.
pub fn step(cx: &mut Cx<'_>, request: &ValidatedLogout, here: &[Here<'_>]) -> Step {
    if here.is_empty() {
        return Step::Nothing;
    }
    let named = request.hint.as_ref().and_then(|hint| hint.session.as_ref());
    let current = here.iter().find(|here| Some(&here.session.id) == named);
    if let Ok(here) = cx.require_some(&rules::HINT_CURRENT, current) {
        return Step::End(vec![here.session.id.clone()]);
    }
    let hinted = |here: &Here<'_>| {
        let by_token = request.hint.as_ref().is_some_and(|hint| hint.subject == here.sub.as_str());
        let by_name = request.logout_hint.as_deref().is_some_and(|hint| is_called(here, hint));
        by_token || by_name
    };
    let id = |here: &Here<'_>| here.session.id.clone();
    let meant: Vec<SessionId> = here.iter().filter(|here| hinted(here)).map(id).collect();
    Step::Ask(if meant.is_empty() { here.iter().map(id).collect() } else { meant })
}

/// Whether a hint names that user: by user name, e-mail address or `sub`.
fn is_called(here: &Here<'_>, hint: &str) -> bool {
    let email = here.user.claims.get("email").and_then(|email| email.as_str());
    User::canonical(hint) == here.user.username
        || hint == here.sub.as_str()
        || email.is_some_and(|email| email.eq_ignore_ascii_case(hint))
}
