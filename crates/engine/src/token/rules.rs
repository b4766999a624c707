//! Rules that every grant shares (OAuth 2.1 §3.2).

use countersign_protocol::rules;

rules! {
    /// The form can be read, each parameter comes once.
    FORM_READABLE: "token.form_readable", "OAuth 2.1 §3.2.2", InvalidRequest,
        "The body must be application/x-www-form-urlencoded, each parameter at most once.";
    /// The grant type is there.
    GRANT_TYPE_PRESENT: "token.grant_type_present", "OAuth 2.1 §3.2.2", InvalidRequest,
        "The request must carry grant_type.";
    /// The password grant does not exist.
    NO_PASSWORD_GRANT: "token.no_password_grant", "OAuth 2.1 §10.1", UnsupportedGrantType,
        "The password grant is not offered: it hands the user's password to the client. Use authorization_code.";
    /// The grant type is one of ours.
    GRANT_TYPE_KNOWN: "token.grant_type_known", "OAuth 2.1 §3.2.4", UnsupportedGrantType,
        "grant_type must be authorization_code, refresh_token or client_credentials.";
    /// The client may use it.
    GRANT_ALLOWED: "token.grant_allowed", "OAuth 2.1 §3.2.4", UnauthorizedClient,
        "This client is not registered for this grant_type.";
    /// Scopes are well-formed.
    SCOPE_FORM: "token.scope_form", "RFC 6749 §3.3", InvalidScope,
        "scope must be a list of scope tokens separated by single spaces.";
    /// The account exists and is enabled.
    USER_ENABLED: "token.user_enabled", "OAuth 2.1 §4.3.1", InvalidGrant,
        "The user's account is disabled or gone.";
    /// The approval is there still.
    CONSENT_ALIVE: "token.consent_alive", "OAuth 2.1 §4.3.1", InvalidGrant,
        "The user has revoked this client's access.";
    /// Resources are among those that were asked for, and exist.
    RESOURCE_ALLOWED: "token.resource_allowed", "RFC 8707 §2.2", InvalidTarget,
        "resource must be one that was named in the authorization request, or a registered one where none was named.";
    /// One token, one form.
    RESOURCE_SAME_FORMAT: "token.resource_same_format", "RFC 8707 §2.2", InvalidTarget,
        "These resources use different kinds of access token; ask for one at a time.";
}
