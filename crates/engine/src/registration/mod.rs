//! From client metadata to a client (RFC 7591 §2): the one way in, for the registration endpoint, the configuration and
//! the administrator alike. Defaults are filled in and echoed.

mod about;
mod logout;
pub mod management;
mod protection;
pub(crate) mod request_objects;
pub mod rules;
mod statement;
pub mod subjects;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use countersign_protocol::{
    ApplicationType, ClientAuthMethod, ClientId, GrantType, Handle, HandleKind, RedirectUri, Refusal, Scope, ScopeSet,
    Ttl, registration::ClientMetadata,
};

use self::{protection::Protection, subjects::SectorDocument};
use crate::{
    Cx, Policy,
    records::{Client, ClientKeys, ClientKind, ClientSecret, KeySource, Origin, Pkce},
};

const MAX_URIS: usize = 50;
const MAX_ACR_VALUES: usize = 10;
const MAX_ACR_VALUE: usize = 100;

/// A client that was just made, with its secret in the clear for the one time that it is shown.
#[derive(Debug)]
pub struct Registered {
    /// The record to store.
    pub client: Client,
    /// Its secret, if it has one.
    pub secret: Option<Handle>,
}

/// Who registers, and under which name.
#[derive(Debug)]
pub struct Registrar {
    /// Who.
    pub origin: Origin,
    /// The client id; `None`: a random one.
    pub id: Option<ClientId>,
    /// What was found at `sector_identifier_uri`, if the metadata names one.
    pub sector: Option<SectorDocument>,
}

/// Validates metadata and makes a client of it.
pub fn register(
    cx: &mut Cx<'_>,
    policy: &Policy,
    registrar: Registrar,
    metadata: &ClientMetadata,
) -> Result<Registered, Refusal> {
    let metadata = &*statement::apply(cx, policy, metadata)?;
    let application_type = application_type(cx, metadata)?;
    let grant_types = grant_types(cx, metadata)?;
    response_types(cx, metadata, &grant_types)?;
    let uris = redirect_uris(cx, policy, application_type, &metadata.redirect_uris)?;
    let needs_one = grant_types.contains(&GrantType::AuthorizationCode);
    cx.require(&rules::REDIRECT_URI_NEEDED, !needs_one || !uris.is_empty())?;
    let post_logout = redirect_uris(cx, policy, application_type, &metadata.post_logout_redirect_uris)?;
    let method = auth_method(cx, metadata)?;
    let keys = protection::keys(cx, metadata, method == ClientAuthMethod::PrivateKeyJwt)?;
    let public = method == ClientAuthMethod::None;
    cx.require(&rules::PUBLIC_GRANTS, !public || !grant_types.contains(&GrantType::ClientCredentials))?;
    let protection = Protection::read(cx, metadata, keys.as_ref())?;
    let about = about::read(cx, policy, metadata)?;
    let logout = logout::channels(cx, policy, metadata, (public, &uris))?;
    let subject_type = subjects::read(cx, metadata, &uris, (registrar.origin, registrar.sector.as_ref()))?;
    let (kind, secret) = kind(cx, method, keys.as_ref())?;
    let by_keys = method == ClientAuthMethod::PrivateKeyJwt;
    let client = Client {
        id: registrar.id.unwrap_or_else(|| ClientId::random(cx.entropy)),
        name: about::name(cx, metadata, &uris)?,
        kind,
        application_type,
        redirect_uris: uris,
        post_logout_redirect_uris: post_logout,
        logout,
        grant_types,
        scope: scope(cx, policy, metadata)?,
        first_party: false,
        pkce: Pkce::Required,
        keys: keys.filter(|_| !by_keys),
        assertion_alg: protection.assertion_alg,
        id_token_alg: protection.id_token_alg,
        id_token_encryption: protection.id_token_encryption,
        userinfo: protection.userinfo,
        subject_type,
        sector_identifier_uri: metadata.sector_identifier_uri.clone(),
        require_auth_time: metadata.require_auth_time.unwrap_or(false),
        default_acr_values: acr_values(cx, metadata)?,
        request_objects: request_objects::read(cx, metadata)?,
        default_max_age: metadata.default_max_age.map(Ttl::secs),
        client_uri: metadata.client_uri.clone(),
        policy_uri: metadata.policy_uri.clone(),
        tos_uri: metadata.tos_uri.clone(),
        about,
        origin: registrar.origin,
        dynamic: None,
        enabled: true,
        created_at: cx.now,
    };
    Ok(Registered { client, secret })
}

/// The metadata of a client, defaults included (RFC 7591 §3.2.1).
pub fn describe(client: &Client) -> ClientMetadata {
    let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect::<Vec<_>>();
    let code = client.may(GrantType::AuthorizationCode);
    let mut metadata = ClientMetadata {
        redirect_uris: texts(&client.redirect_uris),
        post_logout_redirect_uris: texts(&client.post_logout_redirect_uris),
        token_endpoint_auth_method: Some(client.auth_method().as_str().to_owned()),
        grant_types: Some(client.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect()),
        response_types: Some(if code { vec!["code".to_owned()] } else { Vec::new() }),
        scope: Some(client.scope.to_string()),
        application_type: Some(client.application_type.as_str().to_owned()),
        subject_type: Some(client.subject_type.as_str().to_owned()),
        sector_identifier_uri: client.sector_identifier_uri.clone(),
        require_auth_time: Some(client.require_auth_time),
        default_acr_values: client.default_acr_values.clone(),
        default_max_age: client.default_max_age.map(Ttl::as_secs),
        ..ClientMetadata::default()
    };
    about::describe(client, &mut metadata);
    logout::describe(&client.logout, &mut metadata);
    protection::describe_keys(client.key_source(), &mut metadata);
    Protection::of(client).describe(&mut metadata);
    request_objects::describe(&client.request_objects, &mut metadata);
    metadata
}

/// A fresh client secret and what is stored of it.
pub fn new_secret(cx: &mut Cx<'_>, name: &str) -> (Handle, ClientSecret) {
    let secret = Handle::random(HandleKind::ClientSecret, cx.entropy);
    let stored = ClientSecret { hash: secret.hash(), name: name.to_owned(), created_at: cx.now, expires_at: None };
    (secret, stored)
}

fn application_type(cx: &mut Cx<'_>, metadata: &ClientMetadata) -> Result<ApplicationType, Refusal> {
    let named = metadata.application_type.as_deref();
    cx.require_some(&rules::APPLICATION_TYPE, named.map_or(Some(ApplicationType::Web), ApplicationType::parse))
}

fn grant_types(cx: &mut Cx<'_>, metadata: &ClientMetadata) -> Result<BTreeSet<GrantType>, Refusal> {
    let Some(named) = &metadata.grant_types else { return Ok(BTreeSet::from([GrantType::AuthorizationCode])) };
    let known: Option<BTreeSet<GrantType>> = named.iter().map(|name| GrantType::parse(name)).collect();
    // None at all is fine: a resource server that only introspects needs none.
    cx.require_some(&rules::GRANT_TYPES, known)
}

/// `code` and `authorization_code` go together: one without the other could never be used (RFC 7591 §2.1).
fn response_types(
    cx: &mut Cx<'_>,
    metadata: &ClientMetadata,
    grant_types: &BTreeSet<GrantType>,
) -> Result<(), Refusal> {
    let Some(named) = &metadata.response_types else { return Ok(()) };
    cx.require(&rules::RESPONSE_TYPES, named.iter().all(|name| name == "code"))?;
    let code = grant_types.contains(&GrantType::AuthorizationCode);
    cx.require(&rules::RESPONSE_GRANTS, code != named.is_empty())
}

fn redirect_uris(
    cx: &mut Cx<'_>,
    policy: &Policy,
    kind: ApplicationType,
    sent: &[String],
) -> Result<Vec<RedirectUri>, Refusal> {
    cx.require_or(&rules::REDIRECT_URIS, sent.len() <= MAX_URIS, || format!("at most {MAX_URIS} of them"))?;
    sent.iter().map(|text| redirect_uri(cx, policy, kind, text)).collect()
}

fn redirect_uri(cx: &mut Cx<'_>, policy: &Policy, kind: ApplicationType, text: &str) -> Result<RedirectUri, Refusal> {
    let parsed = RedirectUri::parse(text).map_err(|why| format!("{text}: {why}"));
    let uri = cx.require_ok(&rules::REDIRECT_URIS, parsed)?;
    let ordinary = !uri.is_loopback() && !uri.is_private_use();
    let plain = policy.loopback_test_bed || policy.registration.http_on_loopback;
    let fits = ordinary || kind == ApplicationType::Native || (plain && uri.is_loopback());
    cx.require_or(&rules::REDIRECT_URIS, fits, || {
        format!("{text}: loopback addresses and private-use schemes need application_type native")
    })?;
    Ok(uri)
}

fn auth_method(cx: &mut Cx<'_>, metadata: &ClientMetadata) -> Result<ClientAuthMethod, Refusal> {
    let named = metadata.token_endpoint_auth_method.as_deref();
    let method = named.map_or(Some(ClientAuthMethod::ClientSecretBasic), ClientAuthMethod::parse);
    cx.require_some(&rules::AUTH_METHOD, method)
}

fn kind(
    cx: &mut Cx<'_>,
    method: ClientAuthMethod,
    keys: Option<&KeySource>,
) -> Result<(ClientKind, Option<Handle>), Refusal> {
    match method {
        ClientAuthMethod::None => Ok((ClientKind::Public, None)),
        ClientAuthMethod::PrivateKeyJwt => {
            let keys = cx.require_some(&rules::KEYS, keys)?.clone();
            Ok((ClientKind::Confidential(ClientKeys::Jwks(keys)), None))
        }
        method => {
            let (secret, stored) = new_secret(cx, "first");
            let keys = ClientKeys::Secrets { method, secrets: vec![stored] };
            Ok((ClientKind::Confidential(keys), Some(secret)))
        }
    }
}

/// Without `scope` a client may ask for everything that is offered (RFC 7591 §2): users decide.
fn scope(cx: &mut Cx<'_>, policy: &Policy, metadata: &ClientMetadata) -> Result<ScopeSet, Refusal> {
    let offered = policy.all_scopes();
    let Some(text) = metadata.scope.as_deref() else { return Ok(offered) };
    let asked = cx.require_ok(&rules::SCOPE, ScopeSet::parse(text))?;
    let unknown: Vec<String> = asked.difference(&offered).iter().map(Scope::to_string).collect();
    cx.require_or(&rules::SCOPE, unknown.is_empty(), || format!("not offered: {}", unknown.join(" ")))?;
    Ok(asked)
}

/// Kept as they are: a class that this server does not have is one that it ignores, as in a request (Core §3.1.2.1).
fn acr_values(cx: &mut Cx<'_>, metadata: &ClientMetadata) -> Result<Vec<String>, Refusal> {
    let values = &metadata.default_acr_values;
    let one =
        |value: &String| (1..=MAX_ACR_VALUE).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    cx.require(&rules::DEFAULT_ACR_VALUES, values.len() <= MAX_ACR_VALUES && values.iter().all(one))?;
    Ok(values.clone())
}
