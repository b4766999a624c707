//! How a client that registered itself is kept, read, changed and removed (RFC 7592).
//!
//! Its registration access token is good for what the client said about itself, and for nothing that an administrator
//! decided: not for a disabled client, not for one that an administrator changed (CVE-2026-9705). An update is a new
//! registration as a whole, so that what is checked is what will be (CVE-2026-18573).

use countersign_protocol::{
    Handle, HandleHash, HandleKind, Refusal, Timestamp, Ttl,
    registration::{ClientMetadata, ClientUpdate},
};

use super::{Registered, Registrar, register, rules, subjects::SectorDocument};
use crate::{
    Cx, Plan, Policy, Stored, Writes,
    policy::RegistrationPolicy,
    records::{Client, ClientKeys, ClientKind, ClientSecret, Dynamic, Origin, Pkce},
};

/// Uses within this time of the last one that was noted are not.
const NOTED: Ttl = Ttl::minutes(60);
/// What only the server says (RFC 7592 §2.2).
const OURS: [&str; 4] =
    ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];

/// A client that manages itself, with what it is told.
#[derive(Debug)]
pub struct Managed {
    /// The client.
    pub client: Client,
    /// Its secret, where there is a new one.
    pub secret: Option<Handle>,
    /// The token with which it goes on.
    pub access: Handle,
}

/// A client registers itself, from that network; `sector`: what stands at its `sector_identifier_uri`.
pub fn begin(
    cx: &mut Cx<'_>,
    policy: &Policy,
    metadata: &ClientMetadata,
    network: String,
    sector: Option<SectorDocument>,
) -> Result<Managed, Refusal> {
    let registrar = Registrar { origin: Origin::Dynamic, id: None, sector };
    let Registered { mut client, secret } = register(cx, policy, registrar, metadata)?;
    let access = Handle::random(HandleKind::Registration, cx.entropy);
    client.dynamic = Some(Dynamic {
        access: access.hash(),
        network,
        used_at: None,
        expires_at: cx.now.plus(policy.registration.unused),
        changed_at: None,
        locked: false,
    });
    Ok(Managed { client, secret, access })
}

/// Proves that the client manages itself. Whether it exists is nobody else's business.
pub fn prove(
    cx: &mut Cx<'_>,
    client: Option<Stored<Client>>,
    sent: Option<&Handle>,
) -> Result<Stored<Client>, Refusal> {
    let is_its_own = |client: &Stored<Client>| {
        let dynamic = client.dynamic.as_ref().filter(|dynamic| cx.now < dynamic.expires_at);
        dynamic.zip(sent).is_some_and(|(dynamic, sent)| dynamic.access.matches(&sent.hash()))
    };
    let client = client.filter(is_its_own);
    let client = cx.require_some(&rules::ACCESS_TOKEN, client)?;
    cx.client = Some(client.id.clone());
    cx.require(&rules::NOT_DISABLED, client.enabled)?;
    Ok(client)
}

/// A proven client wants to be something else.
pub fn update(
    cx: &mut Cx<'_>,
    policy: &Policy,
    (client, sent): (Stored<Client>, Handle),
    update: &ClientUpdate,
    sector: Option<SectorDocument>,
) -> Result<Plan<Managed>, Refusal> {
    let mut dynamic = own(cx, &client)?;
    cx.require(&rules::UPDATE_CLIENT_ID, update.client_id.as_deref() == Some(client.id.as_str()))?;
    let ours = OURS.into_iter().find(|member| update.metadata.others.contains_key(*member));
    cx.require_or(&rules::UPDATE_MEMBERS, ours.is_none(), || format!("{} came", ours.unwrap_or_default()))?;
    let fits = update.client_secret.as_ref().is_none_or(|secret| has_secret(&client, secret, cx.now));
    cx.require(&rules::UPDATE_SECRET, fits)?;
    let registrar = Registrar { origin: client.origin, id: Some(client.id.clone()), sector };
    let Registered { client: mut wanted, mut secret } = register(cx, policy, registrar, &update.metadata)?;
    if let (Some(earlier), Some(later)) = (secrets_of(&client), secrets_of_mut(&mut wanted)) {
        // Whoever has secrets keeps them.
        later.clone_from(earlier);
        secret = None;
    }
    if shown(&client) != shown(&wanted) || client.redirect_uris != wanted.redirect_uris {
        dynamic.changed_at = Some(cx.now);
    }
    let access = if policy.registration.rotate_access_tokens {
        Handle::random(HandleKind::Registration, cx.entropy)
    } else {
        sent
    };
    dynamic.access = access.hash();
    wanted.pkce = if wanted.is_public() { Pkce::Required } else { client.pkce };
    (wanted.created_at, wanted.enabled, wanted.dynamic) = (client.created_at, client.enabled, Some(dynamic));
    let mut changed = client;
    *changed = wanted;
    let mut writes = Writes::none();
    writes.replace(&changed);
    Ok(Plan::new(writes, Managed { client: changed.into_inner(), secret, access }))
}

/// A proven client wants to be forgotten.
pub fn remove(cx: &mut Cx<'_>, client: &Stored<Client>) -> Result<Writes, Refusal> {
    own(cx, client)?;
    Ok(forget(client))
}

/// Whether a client that registered itself has not been used for too long.
pub fn is_over(now: Timestamp, client: &Client) -> bool {
    client.dynamic.as_ref().is_some_and(|dynamic| dynamic.expires_at <= now)
}

/// Takes a client out.
pub fn forget(client: &Stored<Client>) -> Writes {
    let mut writes = Writes::none();
    writes.delete(client);
    writes
}

/// Notes that a client was used. `None`: it is none that would be forgotten, or that is known already.
pub fn used(now: Timestamp, policy: &RegistrationPolicy, client: &Stored<Client>) -> Option<Writes> {
    let dynamic = client.dynamic.as_ref()?;
    if dynamic.used_at.is_some_and(|used_at| now.secs_since(used_at) < u64::from(NOTED.as_secs())) {
        return None;
    }
    let mut noted = client.clone();
    noted.dynamic = Some(Dynamic { used_at: Some(now), expires_at: now.plus(policy.idle), ..dynamic.clone() });
    let mut writes = Writes::none();
    writes.replace(&noted);
    Some(writes)
}

/// What users judge a client by: its names and logos, in whatever language.
fn shown(client: &Client) -> (&str, Option<&str>, Vec<(&String, &String)>) {
    let judged = |name: &str| name.starts_with("client_name#") || name.starts_with("logo_uri#");
    let localized = client.about.localized.iter().filter(|(name, _)| judged(name)).collect();
    (&client.name, client.about.logo_uri.as_deref(), localized)
}

/// What the client may change, unless an administrator has.
fn own(cx: &mut Cx<'_>, client: &Client) -> Result<Dynamic, Refusal> {
    let own = client.dynamic.clone().filter(|dynamic| !dynamic.locked);
    cx.require_some(&rules::NOT_LOCKED, own)
}

fn has_secret(client: &Client, sent: &str, now: Timestamp) -> bool {
    let hash = HandleHash::of(sent);
    let lives = |secret: &ClientSecret| secret.expires_at.is_none_or(|end| now < end);
    secrets_of(client).is_some_and(|all| all.iter().any(|secret| lives(secret) && secret.hash.matches(&hash)))
}

const fn secrets_of(client: &Client) -> Option<&Vec<ClientSecret>> {
    match &client.kind {
        ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) => Some(secrets),
        _ => None,
    }
}

const fn secrets_of_mut(client: &mut Client) -> Option<&mut Vec<ClientSecret>> {
    match &mut client.kind {
        ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) => Some(secrets),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
