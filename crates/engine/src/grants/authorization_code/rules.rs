//! Rules of the authorization-code grant (OAuth 2.1 §4.1.3).

use countersign_protocol::rules;

rules! {
    /// The code is there.
    CODE_PRESENT: "code.present", "OAuth 2.1 §4.1.3", InvalidRequest,
        "The request must carry code.";
    /// The verifier has its form.
    VERIFIER_FORM: "pkce.verifier_form", "RFC 7636 §4.1", InvalidGrant,
        "code_verifier must be 43 to 128 letters, digits, '-', '.', '_' or '~'.";
    /// The code is one of ours.
    CODE_KNOWN: "code.known", "OAuth 2.1 §4.1.3", InvalidGrant,
        "The code is unknown, malformed or long expired.";
    /// The code is this client's.
    CODE_CLIENT: "code.client", "OAuth 2.1 §4.1.3", InvalidGrant,
        "The code was issued to another client.";
    /// The redirect URI, where it is repeated, is the same.
    CODE_REDIRECT_URI: "code.redirect_uri", "OAuth 2.1 §10.2", InvalidGrant,
        "redirect_uri differs from the one in the authorization request.";
    /// A verifier needs a challenge: whoever removes the challenge does not get past the verifier.
    NO_DOWNGRADE: "pkce.no_downgrade", "RFC 9700 §4.8.2", InvalidGrant,
        "A code_verifier came, but the authorization request had no code_challenge.";
    /// A challenge needs a verifier.
    VERIFIER_PRESENT: "pkce.verifier_present", "OAuth 2.1 §4.1.3", InvalidGrant,
        "The authorization request had a code_challenge, so the token request must carry code_verifier.";
    /// The verifier hashes to the challenge.
    VERIFIER_MATCHES: "pkce.verifier_matches", "RFC 7636 §4.6", InvalidGrant,
        "The code_verifier does not hash to the code_challenge of the authorization request.";
    /// The code is used for the first time.
    CODE_SINGLE_USE: "code.single_use", "OAuth 2.1 §4.1.3", InvalidGrant,
        "The code has been used before; the tokens that it was exchanged for are revoked.";
    /// The code is fresh.
    CODE_NOT_EXPIRED: "code.not_expired", "OAuth 2.1 §4.1.2", InvalidGrant,
        "The code has expired; the client has to begin anew.";
    /// The session is alive, unless the user approved access without one.
    SESSION_ALIVE: "code.session_alive", "RFC 9700 §4.14.2", InvalidGrant,
        "The user has signed out since the code was issued.";
}
