//! Rules of the refresh-token grant (OAuth 2.1 §4.3).

use countersign_protocol::rules;

rules! {
    /// The token is there.
    TOKEN_PRESENT: "refresh.present", "OAuth 2.1 §4.3", InvalidRequest,
        "The request must carry refresh_token.";
    /// The token is one of ours.
    TOKEN_KNOWN: "refresh.known", "OAuth 2.1 §4.3.1", InvalidGrant,
        "The refresh token is unknown, malformed or expired.";
    /// The token is this client's.
    TOKEN_CLIENT: "refresh.client", "OAuth 2.1 §4.3.1", InvalidGrant,
        "The refresh token was issued to another client.";
    /// The family is alive.
    FAMILY_ALIVE: "refresh.family_alive", "OAuth 2.1 §4.3.1", InvalidGrant,
        "The refresh token has been revoked.";
    /// Its session goes on, or the user still approves of access without one.
    SESSION_OR_OFFLINE: "refresh.session_or_offline", "OpenID Connect Core §11", InvalidGrant,
        "The user has signed out, and no longer approves of offline_access.";
    /// The family has not expired.
    NOT_EXPIRED: "refresh.not_expired", "OAuth 2.1 §4.3.1", InvalidGrant,
        "The refresh token has not been used for too long, or its sign-in is too old; the user has to sign in again.";
    /// The token is the newest one, or its successor never arrived.
    NOT_REPLAYED: "refresh.not_replayed", "RFC 9700 §4.14.2", InvalidGrant,
        "The refresh token has been replaced and its successor used; all tokens of this sign-in are revoked.";
    /// The scope is not wider than what was granted.
    SCOPE_NOT_WIDER: "refresh.scope_not_wider", "OAuth 2.1 §4.3", InvalidScope,
        "The request asks for more scope than the user has approved.";
}
