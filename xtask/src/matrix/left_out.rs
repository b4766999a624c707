//! What the specifications offer and this server leaves out on purpose, with the reason. By hand: no rule can stand for
//! what is not there.

/// Section, what, why.
pub(crate) const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "OpenID Connect Core §3.2, §3.3",
        "Implicit and hybrid response types",
        "They put tokens into the address bar (OAuth 2.1 §10.1). `response_types_supported` names `code` alone.",
    ),
    (
        "OpenID Connect Core §10.1",
        "Signatures with the client secret (HS256), in ID tokens, request objects and `client_secret_jwt`",
        "Client secrets are kept as hashes, so nothing can be signed or verified with them.",
    ),
    (
        "OpenID Connect Core §6.1, RFC 9101 §4",
        "Encrypted request objects",
        "The server would publish keys to which anybody may send ciphertext. What is to be hidden from the browser goes by \
         `request_uri`. They are refused with `invalid_request_object`, and metadata names no algorithm for them.",
    ),
    (
        "OpenID Connect Core §6.2",
        "Request objects kept from one request to the next",
        "They are fetched each time, so a hash in the fragment of `request_uri`, which tells when to fetch again, means \
         nothing.",
    ),
    (
        "RFC 9101 §10.4.1",
        "The media type of what is at `request_uri`",
        "Clients of OpenID Connect, whose text names none, serve others. It is fetched from registered addresses only, \
         through the guarded way out, and read as nothing but a JWT.",
    ),
    ("RFC 9101 §10.5", "`require_signed_request_object` for the whole server", "It is registered client by client."),
];
