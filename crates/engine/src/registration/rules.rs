//! Rules of client registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0).

use countersign_protocol::rules;

rules! {
    /// There is room for one more.
    QUOTA: "registration.quota", "RFC 7591 §5", AccessDenied,
        "There are too many clients that registered themselves; those that nobody uses are forgotten with time.";
    /// The client proves that it is the one that registered.
    ACCESS_TOKEN: "registration.access_token", "RFC 7592 §2", InvalidToken,
        "A client manages itself with its registration access token, in the Authorization header as Bearer.";
    /// What an administrator turned off stays off.
    NOT_DISABLED: "registration.not_disabled", "RFC 7592 §2", AccessDenied,
        "This client has been disabled by an administrator.";
    /// What an administrator set stays so.
    NOT_LOCKED: "registration.not_locked", "RFC 7592 §2.2", AccessDenied,
        "An administrator has changed this client; it can be looked at here, and changed by administrators only.";
    /// An update is about this client.
    UPDATE_CLIENT_ID: "registration.update_client_id", "RFC 7592 §2.2", InvalidRequest,
        "The document must carry this client's client_id.";
    /// What the server decides is not the client's to write.
    UPDATE_MEMBERS: "registration.update_members", "RFC 7592 §2.2", InvalidRequest,
        "registration_access_token, registration_client_uri, client_secret_expires_at and client_id_issued_at must not be sent.";
    /// A secret is never chosen by the client.
    UPDATE_SECRET: "registration.update_secret", "RFC 7592 §2.2", InvalidClientMetadata,
        "client_secret may be sent if it is the one that the client has; a client does not choose its secret.";
    /// Registration is open, or the request may.
    PERMITTED: "registration.permitted", "RFC 7591 §3", InvalidToken,
        "Registration needs an initial access token, in the Authorization header as Bearer.";
    /// The document can be read.
    READABLE: "registration.readable", "RFC 7591 §3.1", InvalidClientMetadata,
        "The body must be a JSON object of client metadata, at most 64 KiB.";
    /// Redirect URIs can be registered.
    REDIRECT_URIS: "registration.redirect_uris", "OAuth 2.1 §2.3.1", InvalidRedirectUri,
        "Each redirect URI must be https, http on loopback for a native app, or a private-use scheme with a dot.";
    /// There is one where one is needed.
    REDIRECT_URI_NEEDED: "registration.redirect_uri_needed", "RFC 7591 §2", InvalidRedirectUri,
        "A client that uses authorization_code must register at least one redirect URI.";
    /// Grant types are ours.
    GRANT_TYPES: "registration.grant_types", "RFC 7591 §2.1", InvalidClientMetadata,
        "grant_types may hold authorization_code, refresh_token and client_credentials; implicit and password are not offered.";
    /// Response types are ours.
    RESPONSE_TYPES: "registration.response_types", "RFC 7591 §2.1", InvalidClientMetadata,
        "response_types may hold code only.";
    /// Response types and grant types fit each other.
    RESPONSE_GRANTS: "registration.response_grants", "RFC 7591 §2.1", InvalidClientMetadata,
        "The response type code and the grant type authorization_code go together: both or neither.";
    /// The authentication method is ours.
    AUTH_METHOD: "registration.auth_method", "RFC 7591 §2", InvalidClientMetadata,
        "token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or private_key_jwt.";
    /// Keys are public ones, and go with `private_key_jwt`.
    KEYS: "registration.keys", "RFC 7591 §2", InvalidClientMetadata,
        "jwks must be a JWK Set of public keys; private_key_jwt needs at least one for signatures in it, or jwks_uri.";
    /// Keys are in one place.
    KEYS_ONE_SOURCE: "registration.keys_one_source", "RFC 7591 §2", InvalidClientMetadata,
        "jwks and jwks_uri must not both be there.";
    /// Keys are at an address that can be fetched.
    JWKS_URI: "registration.jwks_uri", "RFC 7591 §2", InvalidClientMetadata,
        "jwks_uri must be an https URL (http on loopback) without fragment, at most 2048 characters.";
    /// Scopes exist.
    SCOPE: "registration.scope", "RFC 7591 §2", InvalidClientMetadata,
        "scope must be a list of scopes that this server offers.";
    /// Algorithms are ours.
    ALGORITHM: "registration.algorithm", "OpenID Connect Registration §2", InvalidClientMetadata,
        "Algorithms of signatures must be RS256, PS256, ES256, ES384 or EdDSA.";
    /// Encryption is ours.
    ENCRYPTION: "registration.encryption", "OpenID Connect Registration §2", InvalidClientMetadata,
        "The alg of encrypted responses must be RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW or ECDH-ES+A256KW, their enc A128CBC-HS256, A128GCM or A256GCM.";
    /// What encrypts the content says nothing without how its key is sent.
    ENCRYPTION_WHOLE: "registration.encryption_whole", "OpenID Connect Registration §2", InvalidClientMetadata,
        "The enc of encrypted responses must not come without their alg.";
    /// Who wants something encrypted has a key for that.
    ENCRYPTION_KEY: "registration.encryption_key", "OpenID Connect Core §10.2", InvalidClientMetadata,
        "Encrypted responses need a public key of the client, in jwks or at jwks_uri, that fits their algorithm.";
    /// Request objects are at addresses that can be fetched.
    REQUEST_URIS: "registration.request_uris", "OpenID Connect Registration §2", InvalidClientMetadata,
        "Each of request_uris must be an https URL (http on loopback), at most 2048 characters before its fragment.";
    /// Who demands signatures does not do without.
    REQUEST_OBJECT_SIGNED: "registration.request_object_signed", "RFC 9101 §10.5", InvalidClientMetadata,
        "With require_signed_request_object, request_object_signing_alg must not be none.";
    /// The application type is known.
    APPLICATION_TYPE: "registration.application_type", "OpenID Connect Registration §2", InvalidClientMetadata,
        "application_type must be web or native.";
    /// Links are links.
    LINKS: "registration.links", "RFC 7591 §2", InvalidClientMetadata,
        "client_uri, logo_uri, tos_uri and policy_uri must be https URLs (http on loopback) without fragment, at most 2048 characters.";
    /// Users may be sent there to sign in.
    INITIATE_LOGIN_URI: "registration.initiate_login_uri", "OpenID Connect Registration §2", InvalidClientMetadata,
        "initiate_login_uri must be an https URL without fragment, at most 2048 characters.";
    /// Contacts are short texts.
    CONTACTS: "registration.contacts", "RFC 7591 §2", InvalidClientMetadata,
        "contacts may hold at most 20 texts of 1 to 320 characters, such as e-mail addresses.";
    /// What names the software is a short text.
    SOFTWARE: "registration.software", "RFC 7591 §2", InvalidClientMetadata,
        "software_id and software_version have 1 to 320 characters, none of them invisible or a control.";
    /// What comes in other languages is as good as what comes in none.
    LOCALIZED: "registration.localized", "OpenID Connect Registration §2.1", InvalidClientMetadata,
        "A member with a language, such as client_name#fr, must be as the one without, its tag well-formed; at most 100 of them.";
    /// A software statement is one.
    STATEMENT_FORM: "registration.statement_form", "RFC 7591 §2.3", InvalidSoftwareStatement,
        "software_statement must be a signed JWT with iss and, in its claims, client metadata.";
    /// It is by somebody whom the administrator trusts.
    STATEMENT_APPROVED: "registration.statement_approved", "RFC 7591 §3.2.2", UnapprovedSoftwareStatement,
        "The issuer of the software statement is not one that this server trusts.";
    /// It is really theirs, and meant for now and for us.
    STATEMENT_GENUINE: "registration.statement_genuine", "RFC 7591 §2.3", InvalidSoftwareStatement,
        "The software statement must be signed with a key of its issuer, in time and for this server.";
    /// Clients that hear of a sign-out hear of it safely.
    LOGOUT_URI: "registration.logout_uri", "OpenID Connect Back-Channel Logout §2.2", InvalidClientMetadata,
        "backchannel_logout_uri and frontchannel_logout_uri must be https URLs without a fragment (confidential clients: also http on loopback).";
    /// What is loaded in a frame is the client's own.
    FRONTCHANNEL_ORIGIN: "registration.frontchannel_origin", "OpenID Connect Front-Channel Logout §2", InvalidClientMetadata,
        "frontchannel_logout_uri must have the scheme, host and port of a registered redirect URI.";
    /// Names are bounded.
    NAME: "registration.name", "RFC 7591 §2", InvalidClientMetadata,
        "client_name may have at most 100 characters, none of them invisible, a control or a change of direction.";
    /// Public clients have no grant that needs a secret.
    PUBLIC_GRANTS: "registration.public_grants", "OAuth 2.1 §4.2", InvalidClientMetadata,
        "A public client (token_endpoint_auth_method none) can't use client_credentials.";
    /// The subject type is ours.
    SUBJECT_TYPE: "registration.subject_type", "OpenID Connect Registration §2", InvalidClientMetadata,
        "subject_type must be public or pairwise.";
    /// The sector's document is somewhere.
    SECTOR_URI: "registration.sector_uri", "OpenID Connect Registration §5", InvalidClientMetadata,
        "sector_identifier_uri must be an https URL.";
    /// The sector knows the client.
    SECTOR_LISTS: "registration.sector_lists", "OpenID Connect Registration §5", InvalidClientMetadata,
        "At sector_identifier_uri there must be a JSON array that holds every one of the redirect_uris.";
    /// There is a sector.
    SECTOR_KNOWN: "registration.sector_known", "OpenID Connect Core §8.1", InvalidClientMetadata,
        "With subject_type pairwise, redirect_uris must share one host on the web, or sector_identifier_uri must be there.";
    /// Classes are words.
    DEFAULT_ACR_VALUES: "registration.default_acr_values", "OpenID Connect Registration §2", InvalidClientMetadata,
        "default_acr_values may hold at most 10 classes of at most 100 printable characters without spaces.";
}
