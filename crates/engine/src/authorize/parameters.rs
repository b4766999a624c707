//! The parameters of an authorization request, each by its rule. Client and redirect URI are proven by now, so whatever is
//! refused here the client is told (OAuth 2.1 §4.1.2.1).
//!
//! Proven is where the answer goes, not who asks: anybody can send a client's request and read the redirect. So a detail
//! says what came, and of the client or this server no more than one more request would show.

use countersign_protocol::{CodeChallenge, GrantType, Prompt, Refusal, ResponseMode, ScopeSet, Ttl, text};

use super::{
    openid::{self, OpenId},
    request::{AuthorizationRequest, Defect, Object},
    rules,
};
use crate::{
    Cx, Policy,
    records::Client,
    words::{scopes, unknown_resource},
};

/// Longest `state` and `nonce`.
pub(super) const MAX_VALUE: usize = 4096;
const MAX_HINT: usize = 256;
const MAX_RESOURCES: usize = 8;

/// The parts of a request that were checked after client and target.
pub(super) struct Checked {
    pub(super) scope: ScopeSet,
    pub(super) challenge: Option<CodeChallenge>,
    pub(super) prompt: Vec<Prompt>,
    pub(super) max_age: Option<Ttl>,
    pub(super) openid: OpenId,
}

pub(super) fn check(
    cx: &mut Cx<'_>,
    policy: &Policy,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<Checked, Refusal> {
    parameters_once(cx, request)?;
    cx.require(&rules::CLIENT_ENABLED, client.enabled)?;
    cx.require(&rules::GRANT_ALLOWED, client.may(GrantType::AuthorizationCode))?;
    request_object(cx, request, client)?;
    cx.require(&rules::NO_REGISTRATION, !request.registration)?;
    response(cx, request)?;
    lengths(cx, request)?;
    let challenge = challenge(cx, request, policy.lets_off_pkce(client))?;
    let scope = scope(cx, policy, request, client)?;
    let prompt = prompt(cx, policy, request)?;
    let max_age = max_age(cx, request, client)?;
    let openid = openid::check(cx, policy, request, (client, &scope))?;
    let few = request.resources.len() <= MAX_RESOURCES;
    cx.require_or(&rules::RESOURCE_KNOWN, few, || format!("At most {MAX_RESOURCES} may be named at once"))?;
    for resource in &request.resources {
        let known = policy.resource(resource).is_some();
        cx.require_or(&rules::RESOURCE_KNOWN, known, || unknown_resource(policy, resource))?;
    }
    Ok(Checked { scope, challenge, prompt, max_age, openid })
}

/// A repeated parameter counts as absent until this is asked: before something is called missing, and in any case.
pub(super) fn parameters_once(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let Some(Defect::Repeated(name)) = &request.defect else { return Ok(()) };
    cx.require_or(&rules::PARAMETERS_ONCE, false, || format!("The parameter {name} came more than once"))
}

/// What was made of a request object, if there was one (RFC 9101 §10.5).
fn request_object(cx: &mut Cx<'_>, request: &AuthorizationRequest, client: &Client) -> Result<(), Refusal> {
    if let Some(Defect::Object(refusal)) = &request.defect {
        return Err(refusal.clone());
    }
    // One that nobody looked at is not a request without one.
    cx.require(&rules::REQUEST_OBJECT_READ, matches!(request.object, Object::None))?;
    cx.require(&rules::REQUEST_OBJECT_NEEDED, request.signed || !client.request_objects.required)
}

fn response(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let asked = cx.require_some(&rules::RESPONSE_TYPE_PRESENT, request.response_type.as_deref())?;
    cx.require_or(&rules::RESPONSE_TYPE_CODE, asked == "code", || text::came(asked))?;
    let mode = request.response_mode.as_deref().unwrap_or(ResponseMode::Query.as_str());
    cx.require_or(&rules::RESPONSE_MODE_KNOWN, ResponseMode::parse(mode).is_some(), || text::came(mode))
}

fn lengths(cx: &mut Cx<'_>, request: &AuthorizationRequest) -> Result<(), Refusal> {
    let values = [
        ("state", &request.state, MAX_VALUE),
        ("nonce", &request.nonce, MAX_VALUE),
        ("login_hint", &request.login_hint, MAX_HINT),
    ];
    let long = values.iter().find_map(|(name, value, most)| {
        let length = value.as_ref()?.len();
        (length > *most).then(|| format!("The {name} that came has {length} bytes"))
    });
    cx.require_or(&rules::VALUE_LENGTH, long.is_none(), || long.unwrap_or_default())
}

fn challenge(
    cx: &mut Cx<'_>,
    request: &AuthorizationRequest,
    optional: bool,
) -> Result<Option<CodeChallenge>, Refusal> {
    if optional && request.code_challenge.is_none() && request.code_challenge_method.is_none() {
        return Ok(None);
    }
    let sent = cx.require_some(&rules::CHALLENGE_PRESENT, request.code_challenge.as_deref())?;
    let method = request.code_challenge_method.as_deref();
    cx.require_or(&rules::CHALLENGE_METHOD_S256, method == Some("S256"), || {
        // RFC 7636 §4.3: a missing method means plain, which does not exist here.
        method.map_or_else(|| "None came, and that means plain".to_owned(), text::came)
    })?;
    cx.require_ok(&rules::CHALLENGE_FORM, CodeChallenge::parse(sent)).map(Some)
}

/// Unknown scopes are ignored (OpenID Connect Core §3.1.2.1); known ones that are not the client's are refused.
fn scope(
    cx: &mut Cx<'_>,
    policy: &Policy,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<ScopeSet, Refusal> {
    let asked = cx.require_ok(&rules::SCOPE_FORM, ScopeSet::parse(request.scope.as_deref().unwrap_or_default()))?;
    let offered = policy.all_scopes();
    let known = asked.intersection(&offered);
    let beyond = known.difference(&client.scope);
    let nothing_left = known.is_empty() && !asked.is_empty();
    cx.require_or(&rules::SCOPE_CLIENT_MAY_ASK, beyond.is_empty() && !nothing_left, || {
        // Whoever reads this could find the same out scope by scope: what is offered is published.
        let (not, may) = (if nothing_left { &asked } else { &beyond }, client.scope.intersection(&offered));
        format!("Not allowed or unknown: {}. Allowed: {}", scopes(policy, not), scopes(policy, &may))
    })?;
    Ok(known)
}

fn prompt(cx: &mut Cx<'_>, policy: &Policy, request: &AuthorizationRequest) -> Result<Vec<Prompt>, Refusal> {
    let words = request.prompt.as_deref().unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    let parsed: Result<Vec<Prompt>, String> =
        words.map(|word| Prompt::parse(word).ok_or_else(|| text::came(word))).collect();
    let list = cx.require_ok(&rules::PROMPT_FORM, parsed)?;
    let alone = !list.contains(&Prompt::None) || list.len() == 1;
    cx.require_or(&rules::PROMPT_FORM, alone, || "none came together with another value")?;
    if list.contains(&Prompt::Create) {
        cx.require_or(
            &rules::SIGN_UP_OFFERED,
            policy.sign_up,
            || "It was 'create', and nobody can make an account here",
        )?;
    }
    Ok(list)
}

fn max_age(cx: &mut Cx<'_>, request: &AuthorizationRequest, client: &Client) -> Result<Option<Ttl>, Refusal> {
    let Some(sent) = request.max_age.as_deref() else { return Ok(client.default_max_age) };
    let number = sent.bytes().all(|b| b.is_ascii_digit()).then(|| sent.parse::<u32>().unwrap_or(u32::MAX));
    cx.require_ok(&rules::MAX_AGE_FORM, number.map(Ttl::secs).ok_or_else(|| text::came(sent))).map(Some)
}
