//! What a client says about itself (RFC 7591 §2): its name, links, people, software. Users see some of it, so nothing of it
//! may mislead or lead astray.

use std::collections::BTreeMap;

use countersign_protocol::{RedirectUri, Refusal, registration::ClientMetadata};

use super::rules;
use crate::{
    Cx, Policy,
    records::{About, Client},
    words::misleads,
};

const MAX_NAME: usize = 100;
const MAX_CONTACTS: usize = 20;
const MAX_TEXT: usize = 320;
/// Longest language tag (BCP 47 §4.4.1 wants room for 35 characters), and most members in other languages.
const MAX_TAG: usize = 35;
const MAX_LOCALIZED: usize = 100;

/// The name that users read; without one, the host of the first redirect URI.
pub(super) fn name(cx: &mut Cx<'_>, metadata: &ClientMetadata, uris: &[RedirectUri]) -> Result<String, Refusal> {
    let Some(name) = metadata.client_name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
        let host = uris.first().map_or("Unnamed app", |uri| uri.host_for_display());
        return Ok(host.chars().take(MAX_NAME).collect());
    };
    cx.require(&rules::NAME, is_name(name))?;
    Ok(name.to_owned())
}

/// Everything else.
pub(super) fn read(cx: &mut Cx<'_>, policy: &Policy, metadata: &ClientMetadata) -> Result<About, Refusal> {
    let links = [&metadata.client_uri, &metadata.logo_uri, &metadata.tos_uri, &metadata.policy_uri];
    cx.require(&rules::LINKS, links.into_iter().flatten().all(|link| is_link(link)))?;
    let initiate = metadata.initiate_login_uri.as_deref();
    // Not even on loopback: browsers are sent there (OpenID Connect Core §4). In a test bed everything is on loopback.
    let secure = |uri: &str| is_link(uri) && (policy.loopback_test_bed || uri.starts_with("https://"));
    cx.require(&rules::INITIATE_LOGIN_URI, initiate.is_none_or(secure))?;
    let contacts = &metadata.contacts;
    let reachable = contacts.len() <= MAX_CONTACTS && contacts.iter().all(|contact| is_text(contact));
    cx.require(&rules::CONTACTS, reachable)?;
    let software = [&metadata.software_id, &metadata.software_version];
    cx.require(&rules::SOFTWARE, software.into_iter().flatten().all(|text| is_text(text)))?;
    Ok(About {
        logo_uri: metadata.logo_uri.clone(),
        contacts: contacts.clone(),
        localized: localized(cx, metadata)?,
        initiate_login_uri: metadata.initiate_login_uri.clone(),
        software_id: metadata.software_id.clone(),
        software_version: metadata.software_version.clone(),
        software_statement: metadata.software_statement.clone(),
    })
}

/// Adds what was registered to a description.
pub(super) fn describe(client: &Client, metadata: &mut ClientMetadata) {
    let about = client.about.clone();
    metadata.client_name = Some(client.name.clone());
    metadata.client_uri.clone_from(&client.client_uri);
    metadata.policy_uri.clone_from(&client.policy_uri);
    metadata.tos_uri.clone_from(&client.tos_uri);
    metadata.logo_uri = about.logo_uri;
    metadata.contacts = about.contacts;
    metadata.initiate_login_uri = about.initiate_login_uri;
    metadata.software_id = about.software_id;
    metadata.software_version = about.software_version;
    metadata.software_statement = about.software_statement;
    metadata.others = about.localized.into_iter().map(|(name, value)| (name, value.into())).collect();
}

/// The members that may come in several languages (OpenID Connect Dynamic Client Registration §2.1), under their names
/// with the tag. Unknown members are ignored with whatever tag.
fn localized(cx: &mut Cx<'_>, metadata: &ClientMetadata) -> Result<BTreeMap<String, String>, Refusal> {
    let mut kept = BTreeMap::new();
    for (member, value) in metadata.others.iter().filter(|(_, value)| !value.is_null()) {
        let Some((base, tag)) = member.split_once('#') else { continue };
        let fits: fn(&str) -> bool = match base {
            "client_name" => is_name,
            "client_uri" | "logo_uri" | "tos_uri" | "policy_uri" => is_link,
            _ => continue,
        };
        let value = value.as_str().filter(|value| fits(value) && is_tag(tag) && kept.len() < MAX_LOCALIZED);
        cx.require_or(&rules::LOCALIZED, value.is_some(), || member.chars().take(60).collect::<String>())?;
        kept.extend(value.map(|value| (member.clone(), value.to_owned())));
    }
    Ok(kept)
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= MAX_NAME && !text.chars().any(misleads)
}

fn is_link(text: &str) -> bool {
    RedirectUri::parse(text).is_ok_and(|uri| !uri.is_private_use())
}

fn is_text(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.chars().count()) && !text.chars().any(misleads)
}

/// Subtags of letters and digits between hyphens (BCP 47 §2.1).
fn is_tag(tag: &str) -> bool {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.len() <= MAX_TAG && tag.split('-').all(subtag)
}
