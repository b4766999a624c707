//! What a resource server requires of a request and of its access token (OAuth 2.1 §5, RFC 6750, RFC 9068, RFC 7662).
//!
//! The order here is the order of the checks. Where the condition stands: `bearer.rs`, `verifier.rs`, `scope.rs`.

countersign_protocol::rules! {
    /// No token in the query or in a form; failing this one gets the challenge without error detail (RFC 6750 §3.1).
    HEADER_ONLY: "resource.header_only", "RFC 6750 §2.1", InvalidToken,
        "The access token must come in the Authorization header as a Bearer credential.";
    /// Which of two would count is a question that two programs answer differently.
    ONE_CREDENTIAL: "resource.one_credential", "RFC 6750 §2", InvalidRequest,
        "A request must carry exactly one Authorization header.";
    /// The `b64token` of the header's grammar, bounded in length.
    TOKEN_FORM: "resource.token_form", "RFC 6750 §2.1", InvalidRequest,
        "A Bearer credential is one token of letters, digits and -._~+/ of at most 16 KiB.";
    /// Compact JWS with a signature algorithm that we accept; `none` and HMAC are not among them.
    JWT_FORM: "resource.jwt_form", "RFC 9068 §4", InvalidToken,
        "The access token must be a signed JWT with a public-key algorithm.";
    /// Proof of who signed in is no permission to call an API.
    NOT_ID_TOKEN: "resource.not_id_token", "OpenID Connect Core §2", InvalidToken,
        "This is an ID token: it tells the client who signed in. Send the access token instead.";
    /// Explicit typing keeps every other JWT of the issuer out (RFC 8725 §3.11).
    ACCESS_TOKEN_TYPE: "resource.access_token_type", "RFC 9068 §4", InvalidToken,
        "The typ of a JWT access token must be at+jwt.";
    /// Only the issuer's published keys count.
    KNOWN_KEY: "resource.known_key", "RFC 9068 §4", InvalidToken,
        "The access token must be signed with a key that the authorization server publishes.";
    /// A key has one algorithm; the token does not choose.
    ALGORITHM: "resource.algorithm", "RFC 8725 §3.1", InvalidToken,
        "The alg of the access token must be the algorithm of its key.";
    /// The signature itself.
    SIGNATURE: "resource.signature", "RFC 9068 §4", InvalidToken,
        "The signature of the access token must fit its content and key.";
    /// The authorization server's own word on a token (introspection only).
    ACTIVE: "resource.active", "RFC 7662 §2.2", InvalidToken,
        "The access token must be active: known to the authorization server, not revoked, not expired.";
    /// The members that a decision needs are there, and of their types.
    REQUIRED_CLAIMS: "resource.required_claims", "RFC 9068 §2.2", InvalidToken,
        "The access token must have its mandatory claims, each of its type.";
    /// Compared byte for byte.
    ISSUER: "resource.issuer", "RFC 9068 §4", InvalidToken,
        "The access token must come from the authorization server that this API trusts.";
    /// A token for another API is nobody's business here.
    AUDIENCE: "resource.audience", "RFC 9068 §4", InvalidToken,
        "The access token must be meant for this API.";
    /// `exp` is the first moment at which the token no longer counts.
    NOT_EXPIRED: "resource.not_expired", "RFC 9068 §4", InvalidToken,
        "The access token must not have expired.";
    /// `nbf`, where the token has one.
    NOT_BEFORE: "resource.not_before", "RFC 7519 §4.1.5", InvalidToken,
        "The access token must be valid already.";
    /// A bound token without its proof is a stolen one for all we know. Proofs are not supported yet.
    SENDER_CONSTRAINT: "resource.sender_constraint", "RFC 9449 §7.2", InvalidToken,
        "A token that is bound to a key (cnf) is not accepted as a Bearer token.";
    /// The challenge names every scope that the request needs.
    SCOPE: "resource.scope", "RFC 6750 §3.1", InsufficientScope,
        "The access token must have every scope that this request needs.";
}
