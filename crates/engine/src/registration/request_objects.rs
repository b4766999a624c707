//! What a client registers about request objects (OpenID Connect Dynamic Client Registration 1.0 §2, RFC 9101 §10.5).

use countersign_protocol::{RedirectUri, Refusal, registration::ClientMetadata};

use super::{MAX_URIS, protection::algorithm, rules};
use crate::{
    Cx,
    records::{ObjectAlg, RequestObjects},
};

/// Reads the members.
pub(super) fn read(cx: &mut Cx<'_>, metadata: &ClientMetadata) -> Result<RequestObjects, Refusal> {
    let alg = match metadata.request_object_signing_alg.as_deref() {
        Some("none") => Some(ObjectAlg::Unsigned),
        name => algorithm(cx, name)?.map(ObjectAlg::Signed),
    };
    let required = metadata.require_signed_request_object.unwrap_or_default();
    cx.require(&rules::REQUEST_OBJECT_SIGNED, !required || alg != Some(ObjectAlg::Unsigned))?;
    let uris = metadata.request_uris.clone();
    cx.require_or(&rules::REQUEST_URIS, uris.len() <= MAX_URIS, || format!("at most {MAX_URIS} of them"))?;
    let fits = |uri: &String| RedirectUri::parse(without_fragment(uri)).is_ok_and(|uri| !uri.is_private_use());
    cx.require(&rules::REQUEST_URIS, uris.iter().all(fits))?;
    Ok(RequestObjects { alg, uris, required })
}

/// Writes the members.
pub(super) fn describe(objects: &RequestObjects, metadata: &mut ClientMetadata) {
    metadata.request_object_signing_alg = objects.alg.map(|alg| match alg {
        ObjectAlg::Unsigned => "none".to_owned(),
        ObjectAlg::Signed(alg) => alg.name().to_owned(),
    });
    metadata.request_uris.clone_from(&objects.uris);
    metadata.require_signed_request_object = objects.required.then_some(true);
}

/// A fragment is the hash of what is at the address, and no part of the address (OpenID Connect Core §6.2).
pub(crate) fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(address, _)| address)
}
