//! As whom a client will know its users (OpenID Connect Core §8, Dynamic Client Registration 1.0 §5).

use std::collections::BTreeSet;

use countersign_protocol::{RedirectUri, Refusal, registration::ClientMetadata};

use super::{rules, statement};
use crate::{
    Cx, Policy,
    records::{Origin, SubjectType},
};

/// The types that this server offers, for its metadata.
pub const SUBJECT_TYPES: [&str; 2] = ["public", "pairwise"];
/// Most addresses in the document behind a `sector_identifier_uri`.
const MAX_LISTED: usize = 1000;

/// The document behind a `sector_identifier_uri`: the redirect URIs of everybody in the sector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectorDocument {
    uri: String,
    listed: Vec<String>,
}

impl SectorDocument {
    /// Reads a JSON array of addresses that was found at that URI, and that proves nothing about any other.
    pub fn parse(uri: &str, bytes: &[u8]) -> Option<Self> {
        let listed: Vec<String> = serde_json::from_slice(bytes).ok()?;
        (listed.len() <= MAX_LISTED).then(|| Self { uri: uri.to_owned(), listed })
    }

    fn lists(&self, uri: &RedirectUri) -> bool {
        self.listed.iter().any(|listed| listed == uri.as_str())
    }
}

/// Decides the type, and the sector of a pairwise one. Where a client brings itself in, its sector's document must name
/// every one of its redirect URIs, or it could choose the sector of somebody else; an administrator's word is enough.
pub(super) fn read(
    cx: &mut Cx<'_>,
    metadata: &ClientMetadata,
    uris: &[RedirectUri],
    (origin, document): (Origin, Option<&SectorDocument>),
) -> Result<SubjectType, Refusal> {
    let named = metadata.subject_type.as_deref().unwrap_or("public");
    cx.require_or(&rules::SUBJECT_TYPE, SUBJECT_TYPES.contains(&named), || format!("got {named}"))?;
    let sector = match metadata.sector_identifier_uri.as_deref() {
        None => None,
        Some(text) => {
            let host = sector_host(text);
            let host = cx.require_some(&rules::SECTOR_URI, host)?;
            let document = document.filter(|document| document.uri == text);
            if origin == Origin::Dynamic {
                let missing = uris.iter().find(|uri| !document.is_some_and(|document| document.lists(uri)));
                cx.require_or(&rules::SECTOR_LISTS, document.is_some() && missing.is_none(), || {
                    missing.map_or_else(|| "no list came".to_owned(), |uri| format!("not listed: {uri}"))
                })?;
            }
            Some(host)
        }
    };
    if named == "public" {
        return Ok(SubjectType::Public);
    }
    let sector = sector.or_else(|| sole_host(uris));
    Ok(SubjectType::Pairwise { sector: cx.require_some(&rules::SECTOR_KNOWN, sector)? })
}

/// Where to fetch the document of a client that brings itself in; `None`: neither it nor its software statement names one,
/// or not by https.
pub fn sector_uri(cx: &mut Cx<'_>, policy: &Policy, metadata: &ClientMetadata) -> Result<Option<String>, Refusal> {
    let metadata = statement::apply(cx, policy, metadata)?;
    Ok(metadata.sector_identifier_uri.clone().filter(|text| sector_host(text).is_some()))
}

fn sector_host(text: &str) -> Option<String> {
    let uri = RedirectUri::parse(text).ok().filter(|_| text.starts_with("https://"))?;
    Some(host(&uri))
}

/// The one host of all redirect URIs (Core §8.1). A loopback address or a private-use scheme is no host of anybody's: any
/// program on a device could claim it.
fn sole_host(uris: &[RedirectUri]) -> Option<String> {
    let hosts: BTreeSet<String> = uris
        .iter()
        .map(|uri| if uri.is_loopback() || uri.is_private_use() { String::new() } else { host(uri) })
        .collect();
    let mut hosts = hosts.into_iter();
    hosts.next().filter(|host| !host.is_empty() && hosts.next().is_none())
}

/// Host names are compared without regard to case, and without the port. An IPv6 address has colons of its own.
fn host(uri: &RedirectUri) -> String {
    let whole = uri.host_for_display();
    let host = whole.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    host.map_or(whole, |(host, _)| host).to_ascii_lowercase()
}
