//! Telling clients through the browser that a session ended (OpenID Connect Front-Channel Logout 1.0): which addresses the
//! signed-out page loads in frames. Nobody learns whether that worked, so it does not replace the back channel.

use countersign_protocol::{params, redirect_uri::origin_of};

use crate::{
    Policy, Stored,
    records::{Client, Session},
};

/// Most frames on one page.
const MAX_FRAMES: usize = 50;

/// A frame of the signed-out page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutFrame {
    /// What it loads: the registered address with `iss` and `sid`.
    pub address: String,
    /// Scheme, host and port of it.
    pub origin: String,
}

/// The frames for a session that ends. `clients` are those that [`Session::clients`] names, and may be more.
fn of_session(policy: &Policy, session: &Session, clients: &[Stored<Client>]) -> Vec<LogoutFrame> {
    let registered = clients.iter().filter(|client| client.enabled && session.clients.contains(&client.id));
    let frame = |uri: &String| {
        let origin = origin_of(uri).filter(|origin| is_nameable(origin))?.to_owned();
        let pairs = [("iss", policy.issuer.as_str()), ("sid", session.id.as_str())];
        Some(LogoutFrame { address: params::append_query(uri, pairs), origin })
    };
    registered.filter_map(|client| client.logout.frontchannel_uri.as_ref().and_then(frame)).collect()
}

/// The frames for all sessions that end together.
pub(crate) fn frames(policy: &Policy, sessions: &[Stored<Session>], clients: &[Stored<Client>]) -> Vec<LogoutFrame> {
    let all = sessions.iter().flat_map(|session| of_session(policy, session, clients));
    all.take(MAX_FRAMES).collect()
}

/// Whether a page's policy can name that origin. Brackets of IPv6 have no form there (CSP Level 3 §2.3.1), and nothing
/// else may get in.
pub(crate) fn is_nameable(origin: &str) -> bool {
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'))
}

#[cfg(test)]
mod tests;
