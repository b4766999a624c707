//! Rules of the client-credentials grant (OAuth 2.1 §4.2).

use countersign_protocol::rules;

rules! {
    /// Only confidential clients.
    CONFIDENTIAL: "client_credentials.confidential", "OAuth 2.1 §4.2", UnauthorizedClient,
        "The client_credentials grant is for confidential clients: a public one proves nothing.";
    /// Scopes are the client's.
    SCOPE_ALLOWED: "client_credentials.scope_allowed", "OAuth 2.1 §4.2.2", InvalidScope,
        "The request names a scope that this client may not ask for, or one that needs a user.";
}
