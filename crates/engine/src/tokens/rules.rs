//! Rules about presented tokens (RFC 6750, RFC 7009, RFC 7662, OpenID Connect Core §5.3).

use countersign_protocol::rules;

rules! {
    /// The token came, and not in the query.
    BEARER_HEADER: "token.bearer_header", "OAuth 2.1 §5.1.1", InvalidToken,
        "Send the access token in the Authorization header, as Bearer, never in the address.";
    /// The token came one way only.
    BEARER_ONCE: "token.bearer_once", "RFC 6750 §2", InvalidRequest,
        "Send the access token once: in the Authorization header, or as access_token in the form body.";
    /// The form that may hold the token can be read.
    BEARER_FORM: "token.bearer_form", "RFC 6750 §2.2", InvalidRequest,
        "The form body can't be read, or holds a parameter twice.";
    /// The token is one of ours and whole.
    TOKEN_KNOWN: "token.known", "RFC 6750 §3.1", InvalidToken,
        "The access token is unknown, malformed, or was not issued by this server.";
    /// An ID token is not an access token.
    NOT_ID_TOKEN: "token.not_id_token", "RFC 9068 §4", InvalidToken,
        "This is an ID token: it tells the client who signed in, and opens nothing. Send the access token.";
    /// The token is in time.
    TOKEN_NOT_EXPIRED: "token.not_expired", "RFC 6750 §3.1", InvalidToken,
        "The access token has expired.";
    /// The token, its family, its approval, its user and its client are alive.
    TOKEN_NOT_REVOKED: "token.not_revoked", "RFC 6750 §3.1", InvalidToken,
        "The access token has been revoked, or its user, client or approval is gone.";
    /// The token is meant for this server.
    TOKEN_AUDIENCE: "token.audience", "RFC 9700 §2.3", InvalidToken,
        "The access token is meant for another resource server.";
    /// Userinfo needs `openid`.
    OPENID_SCOPE: "userinfo.openid_scope", "OpenID Connect Core §5.3.1", InsufficientScope,
        "Userinfo needs an access token with the scope openid.";
    /// Who wants something encrypted has a key for that.
    ENCRYPTION_KEY: "token.encryption_key", "OpenID Connect Core §10.2", InvalidRequest,
        "The client's keys hold none to encrypt for, by the algorithm that it registered.";
    /// Somebody asks about or revokes a token: which?
    TOKEN_NAMED: "token.named", "RFC 7662 §2.1", InvalidRequest,
        "The request must carry token.";
    /// Introspection is for resource servers.
    INTROSPECTION_ALLOWED: "introspection.allowed", "RFC 7662 §2.1", UnauthorizedClient,
        "Introspection is for confidential clients.";
    /// A client revokes its own tokens only.
    REVOKE_OWN: "revocation.own_token", "RFC 7009 §2.1", InvalidGrant,
        "The token was issued to another client.";
}
