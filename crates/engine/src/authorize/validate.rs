//! From an untrusted request to a validated one (OAuth 2.1 §4.1.2.1).
//!
//! There are two kinds of failure, as two variants: a page for the user while client and redirect URI are not proven,
//! a redirect afterwards. Only [`validate`] makes a [`RedirectTarget`], so an open redirect does not type-check.

use countersign_protocol::{
    ClientId, CodeChallenge, FlowId, Prompt, RedirectUri, Refusal, ResponseMode, ScopeSet, Ttl, redirect_uri,
};
use serde::{Deserialize, Serialize};

use super::{openid, openid::OpenId, request::AuthorizationRequest, request::Defect, rules};
use crate::{Cx, Policy, records::Client, records::Pkce};
use countersign_protocol::GrantType;

const MAX_VALUE: usize = 4096;
const MAX_HINT: usize = 256;
const MAX_RESOURCES: usize = 8;

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
    let client = cx.require_some(&rules::CLIENT_KNOWN, client)?;
    cx.client = Some(client.id.clone());
    let target = prove_target(cx, &request, client)?;
    match check(cx, policy, &request, client) {
        Ok(checked) => Ok(checked.into_request(cx, client.id.clone(), request, target)),
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
        [only] if !only.is_loopback() => Some(only.as_str()),
        _ => None,
    };
    let sent = request.redirect_uri.as_deref().or(sole);
    if sent.is_none() {
        parameters_once(cx, request).map_err(|refusal| page(refusal, None))?;
    }
    let sent = cx.require_some(&rules::REDIRECT_URI_PRESENT, sent).map_err(|refusal| page(refusal, None))?;
    let registered = client.redirect_uri(sent).and_then(|_| RedirectUri::parse(sent).ok());
    let uri =
        cx.require_some(&rules::REDIRECT_URI_REGISTERED, registered).map_err(|refusal| page(refusal, Some(sent)))?;
    // A mode that we don't know can't be used to report itself.
    let mode = request.response_mode.as_deref().and_then(ResponseMode::parse).unwrap_or(ResponseMode::Query);
    let state = request.state.clone().filter(|state| state.len() <= MAX_VALUE);
    Ok(RedirectTarget { uri, mode, state })
}

/// The parts of a request that were checked after client and target.
struct Checked {
    scope: ScopeSet,
    challenge: Option<CodeChallenge>,
    prompt: Vec<Prompt>,
    max_age: Option<Ttl>,
    openid: OpenId,
}

impl Checked {
    fn into_request(
        self,
        cx: &mut Cx<'_>,
        client: ClientId,
        request: AuthorizationRequest,
        target: RedirectTarget,
    ) -> ValidatedRequest {
        let flow = FlowId::random(cx.entropy);
        cx.flow = Some(flow.clone());
        ValidatedRequest {
            client,
            target,
            scope: self.scope,
            challenge: self.challenge,
            nonce: request.nonce,
            prompt: self.prompt,
            max_age: self.max_age,
            login_hint: request.login_hint,
            openid: self.openid,
            resources: request.resources,
            flow,
        }
    }
}

fn check(
    cx: &mut Cx<'_>,
    policy: &Policy,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<Checked, Refusal> {
    parameters_once(cx, request)?;
    cx.require(&rules::CLIENT_ENABLED, client.enabled)?;
    cx.require(&rules::GRANT_ALLOWED, client.may(GrantType::AuthorizationCode))?;
    cx.require(&rules::NO_REQUEST_OBJECT, !request.unsupported.request)?;
    cx.require(&rules::NO_REQUEST_URI, !request.unsupported.request_uri)?;
    cx.require(&rules::NO_REGISTRATION, !request.unsupported.registration)?;
    response(cx, request)?;
    lengths(cx, request)?;
    let challenge = challenge(cx, request, client)?;
    let scope = scope(cx, policy, request, client)?;
    let prompt = prompt(cx, request)?;
    let max_age = max_age(cx, request, client)?;
    let openid = openid::check(cx, policy, request, (client, &scope))?;
    for resource in &request.resources {
        let known = policy.resource(resource).is_some() && request.resources.len() <= MAX_RESOURCES;
        cx.require(&rules::RESOURCE_KNOWN, known)?;
    }
    Ok(Checked { scope, challenge, prompt, max_age, openid })
}

/// A repeated parameter counts as absent until this is asked: before something is called missing, and in any case.
fn parameters_once(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let Some(Defect::Repeated(name)) = &request.defect else { return Ok(()) };
    cx.require_or(&rules::PARAMETERS_ONCE, false, || format!("{name} came more than once"))
}

fn response(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let asked = cx.require_some(&rules::RESPONSE_TYPE_PRESENT, request.response_type.as_deref())?;
    cx.require(&rules::RESPONSE_TYPE_CODE, asked == "code")?;
    let known = request.response_mode.as_deref().is_none_or(|mode| ResponseMode::parse(mode).is_some());
    cx.require(&rules::RESPONSE_MODE_KNOWN, known)
}

fn lengths(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let within = |value: &Option<String>, most: usize| value.as_ref().is_none_or(|v| v.len() <= most);
    let ok =
        within(&request.state, MAX_VALUE) && within(&request.nonce, MAX_VALUE) && within(&request.login_hint, MAX_HINT);
    cx.require(&rules::VALUE_LENGTH, ok)
}

fn challenge(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<Option<CodeChallenge>, Refusal> {
    let legacy = client.pkce == Pkce::Optional && !client.is_public();
    if legacy && request.code_challenge.is_none() && request.code_challenge_method.is_none() {
        return Ok(None);
    }
    let sent = cx.require_some(&rules::CHALLENGE_PRESENT, request.code_challenge.as_deref())?;
    // RFC 7636 §4.3: a missing method means plain, which does not exist here.
    cx.require(&rules::CHALLENGE_METHOD_S256, request.code_challenge_method.as_deref() == Some("S256"))?;
    cx.require_some(&rules::CHALLENGE_FORM, CodeChallenge::parse(sent).ok()).map(Some)
}

/// Unknown scopes are ignored (OpenID Connect Core §3.1.2.1); known ones that are not the client's are refused.
fn scope(
    cx: &mut Cx<'_>,
    policy: &Policy,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<ScopeSet, Refusal> {
    let parsed = ScopeSet::parse(request.scope.as_deref().unwrap_or_default()).ok();
    let asked = cx.require_some(&rules::SCOPE_FORM, parsed)?;
    let known = asked.intersection(&policy.all_scopes());
    let beyond = known.difference(&client.scope);
    let nothing_left = known.is_empty() && !asked.is_empty();
    cx.require_or(&rules::SCOPE_CLIENT_MAY_ASK, beyond.is_empty() && !nothing_left, || {
        format!("not allowed or unknown: {}", if nothing_left { &asked } else { &beyond })
    })?;
    Ok(known)
}

fn prompt(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<Vec<Prompt>, Refusal> {
    let words = request.prompt.as_deref().unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    let parsed: Option<Vec<Prompt>> = words.map(Prompt::parse).collect();
    let parsed = parsed.filter(|list| !list.contains(&Prompt::None) || list.len() == 1);
    cx.require_some(&rules::PROMPT_FORM, parsed)
}

fn max_age(cx: &mut Cx<'_>, request: &AuthorizationRequest, client: &Client) -> Result<Option<Ttl>, Refusal> {
    let Some(text) = request.max_age.as_deref() else { return Ok(client.default_max_age) };
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().unwrap_or(u32::MAX));
    cx.require_some(&rules::MAX_AGE_FORM, number.map(Ttl::secs)).map(Some)
}
