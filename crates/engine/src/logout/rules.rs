//! Rules of signing out at a client's request (OpenID Connect RP-Initiated Logout 1.0). Two of them refuse nothing: where
//! they don't hold, the user is asked.

use countersign_protocol::rules;

rules! {
    /// Parameters come once.
    PARAMETERS_ONCE: "logout.parameters_once", "OAuth 2.1 §3.1", InvalidRequest,
        "A parameter may be sent only once.";
    /// The request can be read at all.
    PARAMETERS_READABLE: "logout.parameters_readable", "OpenID Connect RP-Initiated Logout §2", InvalidRequest,
        "Parameters are form-encoded UTF-8 text, at most 64 KiB and 100 parameters, state at most 4096 bytes.";
    /// The hint is an ID token of ours.
    HINT_OURS: "logout.hint_ours", "OpenID Connect RP-Initiated Logout §2", InvalidRequest,
        "id_token_hint must be an ID token that this server issued; it may have expired. For any other, the user is asked.";
    /// The hint belongs to a session of this browser.
    HINT_CURRENT: "logout.hint_current", "OpenID Connect RP-Initiated Logout §2", InvalidRequest,
        "Without asking, only the session in this browser ends that id_token_hint was issued in.";
    /// The client that the request names exists.
    CLIENT_KNOWN: "logout.client_known", "OpenID Connect RP-Initiated Logout §2", InvalidRequest,
        "No client is registered under this client_id.";
    /// The client that the request names is the hint's.
    CLIENT_IS_HINTS: "logout.client_is_hints", "OpenID Connect RP-Initiated Logout §2", InvalidRequest,
        "client_id must be the client that id_token_hint was issued to.";
    /// Whoever wants the browser back says who it is.
    REDIRECT_CLIENT: "logout.redirect_client", "OpenID Connect RP-Initiated Logout §3", InvalidRequest,
        "post_logout_redirect_uri needs id_token_hint or client_id beside it; without them, nobody is sent anywhere.";
    /// The address is registered.
    REDIRECT_REGISTERED: "logout.redirect_registered", "OpenID Connect RP-Initiated Logout §3", InvalidRequest,
        "post_logout_redirect_uri must equal a registered one, byte for byte.";
}
