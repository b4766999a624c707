//! Rules of the authorization endpoint (OAuth 2.1 §4.1.1, OpenID Connect Core §3.1.2).

use countersign_protocol::rules;

rules! {
    /// Parameters come once.
    PARAMETERS_ONCE: "authorize.parameters_once", "OAuth 2.1 §3.1", InvalidRequest,
        "A parameter may be sent only once.";
    /// The request can be read at all.
    PARAMETERS_READABLE: "authorize.parameters_readable", "OAuth 2.1 §3.1", InvalidRequest,
        "Parameters are form-encoded UTF-8 text, at most 64 KiB and 100 parameters.";
    /// The client is named.
    CLIENT_NAMED: "authorize.client_named", "OAuth 2.1 §4.1.1", InvalidRequest,
        "The request must carry client_id.";
    /// The client exists.
    CLIENT_KNOWN: "authorize.client_known", "OAuth 2.1 §4.1.2.1", InvalidRequest,
        "No client is registered under this client_id.";
    /// The client is enabled.
    CLIENT_ENABLED: "authorize.client_enabled", "OAuth 2.1 §4.1.2.1", UnauthorizedClient,
        "This client has been disabled by an administrator.";
    /// A redirect URI is sent, or there is just one to choose.
    REDIRECT_URI_PRESENT: "authorize.redirect_uri_present", "OAuth 2.1 §4.1.1", InvalidRequest,
        "The request must carry redirect_uri.";
    /// The redirect URI is registered.
    REDIRECT_URI_REGISTERED: "authorize.redirect_uri_registered", "RFC 9700 §4.1.3", InvalidRequest,
        "redirect_uri must equal a registered one, byte for byte.";
    /// A response type is asked for.
    RESPONSE_TYPE_PRESENT: "authorize.response_type_present", "OAuth 2.1 §4.1.1", InvalidRequest,
        "The request must carry response_type=code.";
    /// The response type is `code`.
    RESPONSE_TYPE_CODE: "authorize.response_type_code", "OAuth 2.1 §10.1", UnsupportedResponseType,
        "Only response_type=code is offered: implicit and hybrid types would put tokens into the address bar.";
    /// The response mode is known.
    RESPONSE_MODE_KNOWN: "authorize.response_mode_known", "OAuth 2.0 Multiple Response Types §2.1", InvalidRequest,
        "response_mode must be query or form_post.";
    /// The client may use this grant.
    GRANT_ALLOWED: "authorize.grant_allowed", "OAuth 2.1 §4.1.2.1", UnauthorizedClient,
        "This client is not registered for the authorization_code grant.";
    /// The challenge is there.
    CHALLENGE_PRESENT: "pkce.challenge_present", "OAuth 2.1 §4.1.1", InvalidRequest,
        "The request must carry code_challenge and code_challenge_method=S256 (PKCE).";
    /// The method is S256.
    CHALLENGE_METHOD_S256: "pkce.method_s256", "RFC 9700 §2.1.1", InvalidRequest,
        "code_challenge_method must be S256: plain would show the verifier to whoever sees the request.";
    /// The challenge is a hash.
    CHALLENGE_FORM: "pkce.challenge_form", "RFC 7636 §4.2", InvalidRequest,
        "code_challenge must be the SHA-256 hash of the verifier in base64url without padding, 43 characters.";
    /// Scopes are well-formed.
    SCOPE_FORM: "scope.form", "RFC 6749 §3.3", InvalidScope,
        "scope must be a list of scope tokens separated by single spaces.";
    /// Scopes are the client's to ask.
    SCOPE_CLIENT_MAY_ASK: "scope.client_may_ask", "RFC 9700 §2.3", InvalidScope,
        "The request names a scope that this client may not ask for.";
    /// Prompt values are known.
    PROMPT_FORM: "authorize.prompt_form", "OpenID Connect Core §3.1.2.1", InvalidRequest,
        "prompt must be none, or a list of login, consent, select_account and create.";
    /// Accounts can be made here.
    SIGN_UP_OFFERED: "authorize.sign_up_offered", "OpenID Connect Prompt Create §4.1", InvalidRequest,
        "prompt=create is for servers where users may make accounts; prompt_values_supported says which values this one has.";
    /// The hint is an ID token of ours.
    ID_TOKEN_HINT: "authorize.id_token_hint", "OpenID Connect Core §3.1.2.1", InvalidRequest,
        "id_token_hint must be an ID token that this server issued to this client; it may have expired.";
    /// The `claims` parameter can be read.
    CLAIMS_FORM: "authorize.claims_form", "OpenID Connect Core §5.5", InvalidRequest,
        "claims must be a JSON object; its members userinfo and id_token say of each claim null, or how it is wanted.";
    /// `max_age` is a number.
    MAX_AGE_FORM: "authorize.max_age_form", "OpenID Connect Core §3.1.2.1", InvalidRequest,
        "max_age must be a number of seconds.";
    /// Long values are bounded.
    VALUE_LENGTH: "authorize.value_length", "OAuth 2.1 §7.15", InvalidRequest,
        "state and nonce may have at most 4096 characters, login_hint at most 256.";
    /// Resources are absolute URIs that exist.
    RESOURCE_KNOWN: "resource.known", "RFC 8707 §2", InvalidTarget,
        "resource must be the identifier of a registered resource server, an absolute URI without fragment.";
    /// One request object at a time.
    REQUEST_OBJECT_ONCE: "authorize.request_object_once", "RFC 9101 §5", InvalidRequest,
        "request and request_uri must not come together.";
    /// A request object has been looked at.
    REQUEST_OBJECT_READ: "authorize.request_object_read", "RFC 9101 §6", InvalidRequestObject,
        "The request object must be readable before anything else of the request counts.";
    /// Who registered to send signed request objects only does so.
    REQUEST_OBJECT_NEEDED: "authorize.request_object_needed", "RFC 9101 §10.5", InvalidRequest,
        "This client is registered to send signed request objects only (require_signed_request_object).";
    /// A request object is fetched from registered addresses only.
    REQUEST_URI_REGISTERED: "authorize.request_uri_registered", "OpenID Connect Registration §2", InvalidRequestUri,
        "request_uri must be one of the client's request_uris, byte for byte up to its fragment.";
    /// There is one at its address.
    REQUEST_URI_FETCHED: "authorize.request_uri_fetched", "OpenID Connect Core §6.2.3", InvalidRequestUri,
        "The request object must be at request_uri, answered with status 200 within seconds, at most 16 KiB long.";
    /// A request object is a JWT.
    REQUEST_OBJECT_FORM: "authorize.request_object_form", "RFC 9101 §4", InvalidRequestObject,
        "The request object must be a JWT, of type oauth-authz-req+jwt, JWT or none named; encrypted ones are not taken.";
    /// Its algorithm is the client's.
    REQUEST_OBJECT_ALG: "authorize.request_object_alg", "OpenID Connect Registration §2", InvalidRequestObject,
        "The request object must be signed with the client's request_object_signing_alg. If that is none, it may be unsigned where scope=openid stands beside it.";
    /// The client signed it.
    REQUEST_OBJECT_SIGNED: "authorize.request_object_signed", "RFC 9101 §6.2", InvalidRequestObject,
        "The request object must be signed with a key that the client registered.";
    /// It is from the client, for this server, and current.
    REQUEST_OBJECT_CLAIMS: "authorize.request_object_claims", "OpenID Connect Core §6.1", InvalidRequestObject,
        "In the request object iss must be the client, aud must name this server, and exp and nbf must fit the time.";
    /// Its members are parameters.
    REQUEST_OBJECT_PARAMETERS: "authorize.request_object_parameters", "RFC 9101 §4", InvalidRequestObject,
        "Parameters in the request object must be texts or numbers, claims an object; request and request_uri have no place there.";
    /// It says the same as the request around it.
    REQUEST_OBJECT_AGREES: "authorize.request_object_agrees", "OpenID Connect Core §6.1", InvalidRequestObject,
        "client_id must be the same in the request object and outside, and so must response_type where it is in both.";
    /// Registration in the request.
    NO_REGISTRATION: "authorize.no_registration", "OpenID Connect Core §3.1.2.6", RegistrationNotSupported,
        "The registration parameter is not supported; register at the registration endpoint.";
    /// `prompt=none` and nobody signed in.
    LOGIN_NOT_NEEDED: "authorize.login_not_needed", "OpenID Connect Core §3.1.2.6", LoginRequired,
        "prompt=none forbids pages, but the user has to sign in.";
    /// The user is the expected one.
    EXPECTED_USER: "authorize.expected_user", "OpenID Connect Core §3.1.2.2", LoginRequired,
        "The user who is signed in is not the one whom id_token_hint or the claim sub names.";
    /// The sign-in is strong enough.
    ACR_MET: "authorize.acr_met", "OpenID Connect Core §5.5.1.1", UnmetAuthenticationRequirements,
        "The sign-in must be of a class (acr) that the request calls essential; acr_values_supported lists those that there are.";
    /// `prompt=none` and several accounts.
    ACCOUNT_NOT_AMBIGUOUS: "authorize.account_not_ambiguous", "OpenID Connect Core §3.1.2.6", AccountSelectionRequired,
        "prompt=none forbids pages, but several accounts are signed in and login_hint names none of them.";
    /// `prompt=none` and no consent.
    CONSENT_NOT_NEEDED: "authorize.consent_not_needed", "OpenID Connect Core §3.1.2.6", ConsentRequired,
        "prompt=none forbids pages, but the user has to approve this request.";
    /// The browser is the one that began.
    SAME_BROWSER: "authorize.same_browser", "RFC 6749 §10.12", InvalidRequest,
        "A sign-in goes on only in the browser that began it, which shows so by its cookie.";
    /// The user approved.
    USER_APPROVED: "authorize.user_approved", "OAuth 2.1 §4.1.2.1", AccessDenied,
        "The user did not approve the request.";
}
