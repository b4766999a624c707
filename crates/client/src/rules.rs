//! What this library requires of providers, of callbacks and of its own configuration: one rule per check.
//!
//! `on_fail` is the OAuth error that comes nearest in meaning; a relying party sends it to nobody.

countersign_protocol::rules! {
    /// Whom we trust is named by a URL that TLS can prove.
    ISSUER_SECURE: "client.issuer_secure", "RFC 8414 §2", InvalidRequest,
        "The issuer must be an https URL without query and fragment (http on loopback only).";
    /// Metadata of one issuer never speaks for another.
    METADATA_ISSUER: "client.metadata_issuer", "RFC 8414 §3.3", InvalidRequest,
        "The metadata must name the issuer that was asked for, byte for byte.";
    /// Nothing secret travels in the clear.
    ENDPOINT_SECURE: "client.endpoint_secure", "OAuth 2.1 §1.5", InvalidRequest,
        "Every endpoint must be an https URL without fragment or user information (http on loopback only).";
    /// An operation needs its endpoint.
    ENDPOINT_KNOWN: "client.endpoint_known", "RFC 8414 §2", InvalidRequest,
        "The provider's metadata must name the endpoint that this operation calls.";
    /// A client that finds no S256 must stop.
    PKCE_SUPPORTED: "client.pkce_supported", "RFC 9700 §2.1.1", InvalidRequest,
        "The provider must list S256 in code_challenge_methods_supported.";
    /// Without PKCE only the client's own credential stands between a stolen code and tokens.
    PKCE_OFF_CONFIDENTIAL: "client.pkce_off_confidential", "RFC 9700 §2.1.1", InvalidRequest,
        "A client without credentials must use PKCE.";
    /// Asking with a method that the provider doesn't know fails late and looks like a wrong secret.
    AUTH_METHOD_SUPPORTED: "client.auth_method_supported", "RFC 8414 §2", InvalidClient,
        "The client must authenticate by a method in token_endpoint_auth_methods_supported.";
    /// Printable ASCII, not empty.
    CLIENT_ID_FORM: "client.client_id_form", "RFC 6749 §A.1", InvalidClient,
        "client_id must be 1 to 512 printable ASCII characters.";
    /// The redirect URI is one that a provider may register.
    REDIRECT_URI_FORM: "client.redirect_uri_form", "OAuth 2.1 §2.3.1", InvalidRequest,
        "The redirect URI must be https, http on loopback, or a private scheme with a dot.";
    /// A header takes printable ASCII only.
    CREDENTIAL_FORM: "client.credential_form", "RFC 9110 §11.6.2", InvalidRequest,
        "What goes into the Authorization header must be printable ASCII.";
    /// What protects the flow can't be set from outside.
    PARAMETER_RESERVED: "client.parameter_reserved", "OAuth 2.1 §4.1.1", InvalidRequest,
        "Parameters that this library makes itself can't be given as extra ones.";
    /// What nothing could prove is not asked for.
    OPENID_ASKED: "client.openid_asked", "OpenID Connect Core §3.1.2.1", InvalidRequest,
        "max_age, required_acr and id_token_hint need the scope openid: only an ID token shows that they were heeded.";
    /// Browsers drop what is longer, silently.
    COOKIE_FITS: "client.cookie_fits", "RFC 6265 §6.1", InvalidRequest,
        "A sealed transaction must fit into a cookie of 4096 bytes.";

    /// Bounded memory, whatever a provider sends.
    REPLY_SIZE: "client.reply_size", "RFC 6749 §5.1", ServerError,
        "A reply of the provider must be at most 1 MiB long.";
    /// Replies are JSON objects.
    REPLY_JSON: "client.reply_json", "RFC 6749 §5.1", ServerError,
        "The reply must be one JSON object with status 200 (201 for a registration).";
    /// A token reply has a token.
    ACCESS_TOKEN_PRESENT: "client.access_token_present", "RFC 6749 §5.1", ServerError,
        "A token reply must hold access_token, in printable ASCII.";
    /// A token of an unknown type must not be used.
    TOKEN_TYPE_BEARER: "client.token_type_bearer", "RFC 6749 §7.1", ServerError,
        "token_type must be Bearer, in any case of letters.";
    /// The other members have the form that they should.
    TOKEN_REPLY_FORM: "client.token_reply_form", "RFC 6749 §5.1", ServerError,
        "expires_in must be a number of seconds; refresh_token, scope and id_token must be strings.";
    /// A token counts as revoked only when the provider says so.
    REVOKED: "client.revoked", "RFC 7009 §2.2", ServerError,
        "Revocation must be confirmed with status 200.";
    /// A registration yields a client.
    REGISTRATION_FORM: "client.registration_form", "RFC 7591 §3.2.1", ServerError,
        "The reply to a registration must hold client_id.";

    /// A callback is a well-formed query or form.
    CALLBACK_READABLE: "client.callback_readable", "OAuth 2.1 §4.1.2", InvalidRequest,
        "The callback must be form-encoded, of bounded size, each parameter at most once.";
    /// The Implicit grant is dead: what comes in a URL is in histories and logs.
    NO_TOKEN_IN_URL: "client.no_token_in_url", "OAuth 2.1 §10.1", InvalidRequest,
        "A callback must carry a code and never tokens.";
    /// The browser that comes back is the one that left.
    TRANSACTION_KEPT: "client.transaction_kept", "RFC 9700 §2.1", InvalidRequest,
        "The callback must come to the browser that holds the transaction's cookie.";
    /// One provider's answer never finishes another's transaction.
    TRANSACTION_OURS: "client.transaction_ours", "RFC 9700 §4.4.2", InvalidRequest,
        "A transaction must be finished by the client and at the issuer that it was begun with.";
    /// An old tab can't be finished for ever.
    TRANSACTION_FRESH: "client.transaction_fresh", "RFC 9700 §2.1", InvalidRequest,
        "A sign-in must be finished before its transaction expires.";
    /// Cross-site request forgery ends here.
    STATE_MATCHES: "client.state_matches", "OAuth 2.1 §4.1.1", InvalidRequest,
        "state in the callback must be the one that this transaction sent.";
    /// One state, one callback.
    STATE_ONCE: "client.state_once", "RFC 9700 §4.7.1", InvalidRequest,
        "A transaction must be finished only once.";
    /// A provider that promised `iss` sends it.
    ISS_PRESENT: "client.iss_present", "RFC 9207 §2.4", InvalidRequest,
        "The callback must carry iss, since the provider's metadata promises it.";
    /// Mix-up ends here.
    ISS_MATCHES: "client.iss_matches", "RFC 9207 §2.4", InvalidRequest,
        "iss in the callback must be the issuer that the transaction was begun with, byte for byte.";
    /// A callback without error has a code.
    CODE_PRESENT: "client.code_present", "OAuth 2.1 §4.1.2", InvalidRequest,
        "The callback must carry code, or error.";

    /// Keys can be read.
    KEYS_READABLE: "client.keys_readable", "RFC 7517 §5", ServerError,
        "jwks_uri must serve a JWK Set with a key that can be used.";
    /// Who asked for `openid` gets to know who signed in.
    ID_TOKEN_PRESENT: "client.id_token_present", "OpenID Connect Core §3.1.3.3", InvalidToken,
        "A token reply must hold id_token when the scope openid was asked for.";
    /// A signed JWT.
    ID_TOKEN_FORM: "client.id_token_form", "OpenID Connect Core §2", InvalidToken,
        "The ID token must be a signed JWT with iss, sub, aud, exp and iat.";
    /// The token doesn't choose how it is checked.
    ID_TOKEN_ALG: "client.id_token_alg", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "The ID token must be signed with the algorithm that was agreed on, never none, never HMAC.";
    /// A key of the provider.
    ID_TOKEN_KEY: "client.id_token_key", "OpenID Connect Core §10.1", InvalidToken,
        "The ID token must name a key that jwks_uri publishes.";
    /// A signature by that key.
    ID_TOKEN_SIGNATURE: "client.id_token_signature", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "The ID token's signature must be that of the provider's key.";
    /// By whom.
    ID_TOKEN_ISS: "client.id_token_iss", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "iss in the ID token must be the provider's issuer, byte for byte.";
    /// About whom.
    ID_TOKEN_SUB: "client.id_token_sub", "OpenID Connect Core §2", InvalidToken,
        "sub in the ID token must be 1 to 255 ASCII characters.";
    /// For whom.
    ID_TOKEN_AUD: "client.id_token_aud", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "aud in the ID token must contain our client_id.";
    /// For whom, if for several.
    ID_TOKEN_AZP: "client.id_token_azp", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "azp in the ID token must be our client_id, and must be there when aud names others too.";
    /// Until when.
    ID_TOKEN_EXP: "client.id_token_exp", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "The ID token must not have expired.";
    /// Since when.
    ID_TOKEN_IAT: "client.id_token_iat", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "The ID token must not have been issued, or become valid, in the future.";
    /// For this very request.
    ID_TOKEN_NONCE: "client.id_token_nonce", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "nonce in the ID token must be the one that this transaction sent.";
    /// With this very access token.
    ID_TOKEN_AT_HASH: "client.id_token_at_hash", "OpenID Connect Core §3.1.3.8", InvalidToken,
        "at_hash in the ID token must be the hash of the access token that came with it.";
    /// As recently as asked.
    ID_TOKEN_AUTH_TIME: "client.id_token_auth_time", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "auth_time must be there and within max_age when max_age was asked for.";
    /// As strongly as demanded.
    ID_TOKEN_ACR: "client.id_token_acr", "OpenID Connect Core §5.5.1.1", InvalidToken,
        "acr must be one of those that were demanded.";
    /// Neither a refresh nor a silent sign-in changes who is signed in.
    ID_TOKEN_SAME_USER: "client.id_token_same_user", "OpenID Connect Core §12.2", InvalidToken,
        "An ID token from a refresh, or one that answers an id_token_hint, must have the sub of the earlier one.";
    /// A refresh continues the sign-in for the same audience.
    ID_TOKEN_SAME_AUD: "client.id_token_same_aud", "OpenID Connect Core §12.2", InvalidToken,
        "An ID token from a refresh must have the aud of the original one.";
    /// And for the same client.
    ID_TOKEN_SAME_AZP: "client.id_token_same_azp", "OpenID Connect Core §12.2", InvalidToken,
        "An ID token from a refresh must have the azp of the original one, and none if that had none.";
    /// It answers no other request.
    ID_TOKEN_SAME_NONCE: "client.id_token_same_nonce", "OpenID Connect Core §12.2", InvalidToken,
        "nonce in an ID token from a refresh, where it is, must be that of the original one.";
    /// Nobody gives proof by a refresh.
    ID_TOKEN_SAME_AUTH_TIME: "client.id_token_same_auth_time", "OpenID Connect Core §12.2", InvalidToken,
        "auth_time in an ID token from a refresh must be that of the original one, where both have it.";
    /// What was to be hidden is hidden; what comes hidden was meant to be.
    ENCRYPTED_AS_REGISTERED: "client.encrypted_as_registered", "OpenID Connect Core §3.1.3.7", InvalidToken,
        "A token must be encrypted if that was registered, and only then.";
    /// For our key, and unaltered.
    DECRYPTS: "client.decrypts", "RFC 7516 §5.2", InvalidToken,
        "What is encrypted must open with a key that this client registered.";
    /// Userinfo is about the user who signed in.
    USERINFO_SUB: "client.userinfo_sub", "OpenID Connect Core §5.3.2", InvalidToken,
        "sub in the userinfo reply must be the ID token's.";
    /// Signed where that was registered.
    USERINFO_FORM: "client.userinfo_form", "OpenID Connect Core §5.3.2", InvalidToken,
        "Userinfo must be a JWT if signing or encrypting it was registered, else plain JSON.";
    /// By the provider.
    USERINFO_SIGNATURE: "client.userinfo_signature", "OpenID Connect Core §5.3.4", InvalidToken,
        "Signed userinfo must be signed by a published key, with the algorithm that was registered.";
    /// From the provider, for us.
    USERINFO_PARTIES: "client.userinfo_parties", "OpenID Connect Core §5.3.2", InvalidToken,
        "iss and aud in signed userinfo, where they are, must be the provider's issuer and our client_id.";

    /// A signed JWT.
    LOGOUT_TOKEN_FORM: "client.logout_token_form", "OpenID Connect Back-Channel Logout §2.4", InvalidRequest,
        "logout_token must be a signed JWT with iss, aud, iat, exp and jti.";
    /// The token doesn't choose how it is checked.
    LOGOUT_TOKEN_ALG: "client.logout_token_alg", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "A logout token must be signed with the algorithm of ID tokens, never none, never HMAC.";
    /// By the provider.
    LOGOUT_TOKEN_SIGNATURE: "client.logout_token_signature", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "A logout token must be signed by a key that jwks_uri publishes.";
    /// By whom.
    LOGOUT_TOKEN_ISS: "client.logout_token_iss", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "iss in the logout token must be the provider's issuer, byte for byte.";
    /// For whom.
    LOGOUT_TOKEN_AUD: "client.logout_token_aud", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "aud in the logout token must contain our client_id.";
    /// Now.
    LOGOUT_TOKEN_TIME: "client.logout_token_time", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "A logout token must not have expired or come from the future, and must expire within an hour.";
    /// It is a logout.
    LOGOUT_TOKEN_EVENT: "client.logout_token_event", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "events in the logout token must have the member of back-channel logout, an object.";
    /// It is no ID token.
    LOGOUT_TOKEN_NONCE: "client.logout_token_nonce", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "A logout token must have no nonce.";
    /// Of whom, or which session.
    LOGOUT_TOKEN_SUBJECT: "client.logout_token_subject", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "A logout token must have sub, sid or both.";
    /// Once.
    LOGOUT_TOKEN_ONCE: "client.logout_token_once", "OpenID Connect Back-Channel Logout §2.6", InvalidRequest,
        "A logout token must not come twice: its jti is remembered.";
    /// Signing out in a frame.
    FRONT_CHANNEL_LOGOUT: "client.front_channel_logout", "OpenID Connect Front-Channel Logout §2", InvalidRequest,
        "iss and sid come together, and iss is the provider's issuer.";

    /// Read in one way only.
    INITIATION_READABLE: "client.initiation_readable", "OpenID Connect Core §4", InvalidRequest,
        "A request to begin a sign-in must be a form, each parameter at most once, login_hint at most 1024 bytes.";
    /// Nobody else chooses where our users type their passwords.
    INITIATION_ISS: "client.initiation_iss", "OpenID Connect Core §4", InvalidRequest,
        "iss in a request to begin a sign-in must be the provider's issuer, byte for byte.";
    /// No open redirector.
    INITIATION_TARGET: "client.initiation_target", "OpenID Connect Core §4", InvalidRequest,
        "target_link_uri must be a URL at the origin of our redirect URI, at most 1024 bytes.";
}
