//! Where a client hears that a user signed out elsewhere (OpenID Connect Back-Channel Logout 1.0 §2.2, Front-Channel
//! Logout 1.0 §2).

use countersign_protocol::{RedirectUri, Refusal, redirect_uri::origin_of, registration::ClientMetadata};

use super::rules;
use crate::{Cx, Policy, logout::front_channel::is_nameable, records::LogoutChannels};

/// Checks both addresses; plain http is for confidential clients, on loopback.
pub(super) fn channels(
    cx: &mut Cx<'_>,
    policy: &Policy,
    metadata: &ClientMetadata,
    (public, registered): (bool, &[RedirectUri]),
) -> Result<LogoutChannels, Refusal> {
    let may_be_plain = !public || policy.loopback_test_bed;
    let backchannel_uri = address(cx, metadata.backchannel_logout_uri.as_deref(), may_be_plain)?;
    let frontchannel_uri = address(cx, metadata.frontchannel_logout_uri.as_deref(), may_be_plain)?;
    let framed = frontchannel_uri.as_deref().is_none_or(|uri| origin_of(uri).is_some_and(is_nameable));
    cx.require_or(
        &rules::LOGOUT_URI,
        framed,
        || "the host of frontchannel_logout_uri must be a name or an IPv4 address",
    )?;
    let ours =
        |uri: &String| registered.iter().any(|known| known.origin().is_some() && known.origin() == origin_of(uri));
    cx.require(&rules::FRONTCHANNEL_ORIGIN, frontchannel_uri.as_ref().is_none_or(ours))?;
    Ok(LogoutChannels {
        backchannel_session_required: metadata.backchannel_logout_session_required.unwrap_or(false),
        frontchannel_session_required: metadata.frontchannel_logout_session_required.unwrap_or(false),
        backchannel_uri,
        frontchannel_uri,
    })
}

fn address(cx: &mut Cx<'_>, sent: Option<&str>, may_be_plain: bool) -> Result<Option<String>, Refusal> {
    let Some(sent) = sent else { return Ok(None) };
    let uri = RedirectUri::parse(sent).ok().filter(|uri| !uri.is_private_use());
    let fits = uri.is_some_and(|uri| !uri.is_loopback() || may_be_plain);
    cx.require_or(&rules::LOGOUT_URI, fits, || format!("got {sent}"))?;
    Ok(Some(sent.to_owned()))
}

/// Adds what was registered to a description. The flags say something only where there is an address.
pub(super) fn describe(channels: &LogoutChannels, metadata: &mut ClientMetadata) {
    let LogoutChannels { backchannel_uri, frontchannel_uri, .. } = channels.clone();
    let back = backchannel_uri.is_some().then_some(channels.backchannel_session_required);
    let front = frontchannel_uri.is_some().then_some(channels.frontchannel_session_required);
    (metadata.backchannel_logout_uri, metadata.backchannel_logout_session_required) = (backchannel_uri, back);
    (metadata.frontchannel_logout_uri, metadata.frontchannel_logout_session_required) = (frontchannel_uri, front);
}
