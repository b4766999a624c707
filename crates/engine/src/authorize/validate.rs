//! From an untrusted request to a validated one (OAuth 2.1 §4.1.2.1).
//!
//! There are two kinds of failure, as two variants: a page for the user while client and redirect URI are not proven,
//! a redirect afterwards. Only [`validate`] makes a [`RedirectTarget`], so an open redirect does not type-check.

use countersign_protocol::{
    ClientId, CodeChallenge, FlowId, Prompt, RedirectUri, Refusal, ResponseMode, ScopeSet, Ttl, redirect_uri,
};
use serde::{Deserialize, Serialize};

use super::{
    openid::OpenId,
    parameters::{Checked, MAX_VALUE, check, parameters_once},
    request::{AuthorizationRequest, Defect},
    rules,
};
use crate::{Cx, Policy, records::Client, words::difference};

const MAY_BE_LEFT_OUT: &str = "It may be left out only by a client that has registered exactly one, not on loopback, and \
                               without the scope openid";

/// Where an authorization response may go: proven to belong to the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedirectTarget {
    uri: RedirectUri,
    mode: ResponseMode,
    state: Option<String>,
}

impl RedirectTarget {
    /// The redirect URI as it was sent.
    pub const fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// How the response travels.
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// `state`, byte for byte as it was sent.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// An authorization request whose client and redirect URI are proven and whose parameters are in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidatedRequest {
    /// Who asks.
    pub client: ClientId,
    /// Whether its users are asked for nothing, unless it wants that (`prompt=consent`).
    #[serde(default)]
    pub first_party: bool,
    /// Where the answer goes.
    pub target: RedirectTarget,
    /// What is asked for: known scopes that the client may have.
    pub scope: ScopeSet,
    /// The S256 challenge; `None` only for a client whose PKCE is optional.
    pub challenge: Option<CodeChallenge>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// What the client wants to be shown.
    pub prompt: Vec<Prompt>,
    /// How old the sign-in may be, in seconds.
    pub max_age: Option<Ttl>,
    /// Whom the client expects.
    pub login_hint: Option<String>,
    /// What OpenID Connect adds.
    #[serde(default)]
    pub openid: OpenId,
    /// Resource servers for the tokens (RFC 8707).
    pub resources: Vec<String>,
    /// The name of this run of the flow.
    pub flow: FlowId,
}

/// Why a request goes no further.
#[derive(Debug)]
pub enum Failure {
    /// Client or redirect URI are not proven: the user is told, nobody is sent anywhere.
    ShowPage(Box<PageFailure>),
    /// The client is told.
    Redirect(Box<RedirectTarget>, Refusal),
}

/// What the error page shows.
#[derive(Debug)]
pub struct PageFailure {
    /// The rule that was broken.
    pub refusal: Refusal,
    /// The client's name, where it is known.
    pub client_name: Option<String>,
    /// The redirect URI that was sent, where that is the trouble.
    pub sent: Option<String>,
    /// The registered one most like it, with the byte at which they first differ.
    pub nearest: Option<(RedirectUri, usize)>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::ShowPage(Box::new(PageFailure { refusal, client_name: None, sent: None, nearest: None }))
    }
}

/// Proves client and redirect URI, then everything else.
pub fn validate(
    cx: &mut Cx<'_>,
    policy: &Policy,
    request: AuthorizationRequest,
    client: Option<&Client>,
) -> Result<ValidatedRequest, Failure> {
    if let Some(Defect::Unreadable(why)) = &request.defect {
        cx.require_or(&rules::PARAMETERS_READABLE, false, || why)?;
    }
    if request.client_id.is_none() {
        parameters_once(cx, &request)?;
    }
    cx.require(&rules::CLIENT_NAMED, request.client_id.is_some())?;
    let oddity = || request.client_id.as_deref().and_then(ClientId::oddity).unwrap_or_default();
    let client = cx.require_ok(&rules::CLIENT_KNOWN, client.ok_or_else(oddity))?;
    cx.client = Some(client.id.clone());
    let target = prove_target(cx, &request, client)?;
    match check(cx, policy, &request, client) {
        Ok(checked) => Ok(into_request(cx, checked, client, request, target)),
        Err(refusal) => Err(Failure::Redirect(Box::new(target), refusal)),
    }
}

fn prove_target(cx: &mut Cx<'_>, request: &AuthorizationRequest, client: &Client) -> Result<RedirectTarget, Failure> {
    let page = |refusal: Refusal, sent: Option<&str>| {
        Failure::ShowPage(Box::new(PageFailure {
            refusal,
            client_name: Some(client.name.clone()),
            nearest: sent
                .and_then(|sent| redirect_uri::nearest(&client.redirect_uris, sent))
                .map(|(uri, at)| (uri.clone(), at)),
            sent: sent.map(str::to_owned),
        }))
    };
    let sole = match client.redirect_uris.as_slice() {
        [only] if !only.is_loopback() && request.may_lack_redirect_uri() => Some(only.as_str()),
        _ => None,
    };
    let sent = request.redirect_uri.as_deref().or(sole);
    if sent.is_none() {
        parameters_once(cx, request).map_err(|refusal| page(refusal, None))?;
    }
    let sent = cx
        .require_some(&rules::REDIRECT_URI_PRESENT, sent)
        .map_err(|refusal| page(refusal.because(MAY_BE_LEFT_OUT), None))?;
    let registered = client.redirect_uri(sent).and_then(|_| RedirectUri::parse(sent).ok());
    // The nearest one is no secret: it stands in the address bar of everybody who signs in.
    let differs = |refusal: Refusal| match redirect_uri::nearest(&client.redirect_uris, sent) {
        Some((nearest, _)) => refusal.because(difference(sent, nearest.as_str(), "registered")),
        None => refusal.because("This client has registered none"),
    };
    let uri = cx
        .require_some(&rules::REDIRECT_URI_REGISTERED, registered)
        .map_err(|refusal| page(differs(refusal), Some(sent)))?;
    // A mode that we don't know can't be used to report itself.
    let mode = request.response_mode.as_deref().and_then(ResponseMode::parse).unwrap_or(ResponseMode::Query);
    let state = request.state.clone().filter(|state| state.len() <= MAX_VALUE);
    Ok(RedirectTarget { uri, mode, state })
}

fn into_request(
    cx: &mut Cx<'_>,
    checked: Checked,
    client: &Client,
    request: AuthorizationRequest,
    target: RedirectTarget,
) -> ValidatedRequest {
    let flow = FlowId::random(cx.entropy);
    cx.flow = Some(flow.clone());
    let Checked { scope, challenge, prompt, max_age, openid } = checked;
    let AuthorizationRequest { nonce, login_hint, resources, .. } = request;
    let (client, first_party) = (client.id.clone(), client.first_party);
    ValidatedRequest {
        client,
        first_party,
        target,
        scope,
        challenge,
        nonce,
        prompt,
        max_age,
        login_hint,
        openid,
        resources,
        flow,
    }
}
