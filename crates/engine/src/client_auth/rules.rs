//! Rules of client authentication (OAuth 2.1 §2.4, RFC 7523).

use countersign_protocol::rules;

rules! {
    /// One method per request.
    ONE_METHOD: "client_auth.one_method", "OAuth 2.1 §2.4", InvalidRequest,
        "A request may use only one way of client authentication.";
    /// The header can be read.
    BASIC_FORM: "client_auth.basic_form", "OAuth 2.1 §2.4.1", InvalidClient,
        "The Authorization header must be Basic with the form-encoded client_id and client_secret in base64.";
    /// The client says who it is.
    IDENTIFIED: "client_auth.identified", "OAuth 2.1 §3.2.1", InvalidClient,
        "The request must name its client: client_id, a Basic header or a client assertion.";
    /// The client exists, is enabled and proves itself by its registered method. One rule, so that a stranger can't
    /// find out which clients exist.
    AUTHENTICATED: "client_auth.authenticated", "OAuth 2.1 §3.2.1", InvalidClient,
        "Client authentication failed: unknown client, wrong credentials, or another method than the registered one.";
    /// The client is enabled.
    ENABLED: "client_auth.enabled", "OAuth 2.1 §3.2.1", InvalidClient,
        "This client has been disabled by an administrator.";
    /// Assertion type.
    ASSERTION_TYPE: "client_auth.assertion_type", "RFC 7523 §2.2", InvalidClient,
        "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer.";
    /// The assertion is a good JWT of this client.
    ASSERTION_VALID: "client_auth.assertion_valid", "RFC 7523 §3", InvalidClient,
        "The client assertion must be a JWT with iss and sub naming the client, aud naming this server, exp and jti.";
    /// The assertion was not seen before.
    ASSERTION_ONCE: "client_auth.assertion_once", "RFC 7523 §3", InvalidClient,
        "This client assertion has been used before; make a new one with its own jti for each request.";
}
