//! The keys of `[[clients]]`: client metadata by its RFC 7591 names, and what only an administrator may decide.

use super::{
    client_secrets::{HASH, INLINE, SECRETS},
    section::{FILE, Form, SECRET_FILE, Section, TEXT, Unset, key},
};

/// The keys that go to registration as they are.
pub(super) const METADATA: [&str; 36] = [
    "application_type",
    "client_name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "jwks_uri",
    "grant_types",
    "response_types",
    "scope",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "subject_type",
    "sector_identifier_uri",
    "require_auth_time",
    "default_acr_values",
    "request_object_signing_alg",
    "request_uris",
    "require_signed_request_object",
    "default_max_age",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "logo_uri",
    "contacts",
    "initiate_login_uri",
    "software_id",
    "software_version",
];

const ALG: Form = Form::Text("RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW or ECDH-ES+A256KW");
const ENC: Form = Form::Text("A128CBC-HS256, A128GCM or A256GCM");
const ENC_UNSET: Unset = Unset::Otherwise("`\"A128CBC-HS256\"` if encrypted");
const LINK: Form = Form::Text("an https URL");
const URIS: Form = Form::Texts("absolute URIs");

pub(super) static CLIENTS: Section = Section {
    header: "[[clients]]",
    about: "Apps that this file registers, one table each, by the metadata names of RFC 7591 section 2. They come and go \
            with the file: changes count after a restart. More clients come from `countersign client add` and from \
            `/register`, and stay in the database.",
    keys: &[
        key(
            "client_id",
            Form::Text("1 to 512 characters of printable ASCII that don't begin with \"u_\""),
            Unset::Required,
            "Its identifier.",
        ),
        key(
            "client_name",
            Form::Text("a name"),
            Unset::Otherwise("the host of its first redirect URI"),
            "Its name, as users read it on the consent page.",
        ),
        key(
            "redirect_uris",
            URIS,
            Unset::Value("[]"),
            "Where codes may be sent, compared byte for byte: https, or for `native` apps http on loopback (any port) \
             and schemes such as `com.example.app:/callback`.",
        ),
        key("post_logout_redirect_uris", URIS, Unset::Value("[]"), "Where users may land after they signed out."),
        key(
            "backchannel_logout_uri",
            LINK,
            Unset::Otherwise("it is not told"),
            "Gets a logout token by POST whenever a session ends in which a user signed in to it.",
        ),
        key(
            "backchannel_logout_session_required",
            Form::Flag,
            Unset::Value("false"),
            "Whether that token must carry `sid`. It always does.",
        ),
        key(
            "frontchannel_logout_uri",
            LINK,
            Unset::Otherwise("it is not told"),
            "Is loaded in a frame of the signed-out page, with `iss` and `sid`. Scheme, host and port are those of one of \
             its redirect URIs.",
        ),
        key(
            "frontchannel_logout_session_required",
            Form::Flag,
            Unset::Value("false"),
            "Whether `iss` and `sid` must be there. They always are.",
        ),
        key(
            "application_type",
            Form::Text("web or native"),
            Unset::Value("\"web\""),
            "`native` for apps that are installed on the user's device (RFC 8252).",
        ),
        key(
            "token_endpoint_auth_method",
            Form::Text("none, client_secret_basic, client_secret_post or private_key_jwt"),
            Unset::Value("\"client_secret_basic\""),
            "How it proves itself: `client_secret_basic`, `client_secret_post`, `private_key_jwt`, or `none` for public \
             clients, which can't keep a secret: single-page, mobile and command-line apps.",
        ),
        key("client_secret_file", SECRET_FILE, Unset::Otherwise("none"), "Its secret, 32 characters or more."),
        key(
            "client_secret_hash",
            HASH,
            Unset::Otherwise("none"),
            "The hash of its secret instead: `openssl dgst -sha256 -binary secret | basenc --base64url | tr -d =`, for a \
             file that ends without a line break.",
        ),
        key("secrets", Form::Tables(&SECRETS), Unset::Otherwise("none"), "Several secrets, to rotate them."),
        key(
            "jwks",
            Form::Json("a JWK Set, such as { keys = [{ kty = \"EC\", … }] }"),
            Unset::Otherwise("none"),
            "Its public keys: for `private_key_jwt`, and for what is encrypted for it.",
        ),
        key("jwks_file", FILE, Unset::Otherwise("none"), "The same from a file, in JSON."),
        key(
            "jwks_uri",
            LINK,
            Unset::Otherwise("none"),
            "The same at an address of its own, from where they are fetched when needed: again after five minutes, and at \
             once for a key that is not among them (see `[outbound]`).",
        ),
        key(
            "token_endpoint_auth_signing_alg",
            Form::Text("RS256, PS256, ES256, ES384 or EdDSA"),
            Unset::Otherwise("any of them"),
            "What signs its assertions for `private_key_jwt`. RSA keys that name no algorithm are for this one.",
        ),
        key(
            "grant_types",
            Form::Texts("grant types: authorization_code, refresh_token, client_credentials"),
            Unset::Value("[\"authorization_code\"]"),
            "What it may use at the token endpoint: `authorization_code`, `refresh_token`, `client_credentials`.",
        ),
        key("response_types", Form::Texts("\"code\""), Unset::Value("[\"code\"]"), "There is no other than `code`."),
        key(
            "scope",
            Form::Text("scopes, separated by single spaces"),
            Unset::Otherwise("every scope"),
            "The scopes that it may ask for.",
        ),
        key(
            "id_token_signed_response_alg",
            Form::Text("RS256, PS256, ES256, ES384 or EdDSA"),
            Unset::Value("\"RS256\""),
            "What signs its ID tokens.",
        ),
        key(
            "id_token_encrypted_response_alg",
            ALG,
            Unset::Otherwise("not encrypted"),
            "How the key of its encrypted ID tokens reaches it: with a key of its own.",
        ),
        key("id_token_encrypted_response_enc", ENC, ENC_UNSET, "What encrypts the content of its ID tokens."),
        key(
            "userinfo_signed_response_alg",
            Form::Text("RS256, PS256, ES256, ES384 or EdDSA"),
            Unset::Otherwise("not signed"),
            "What signs userinfo for it, which is then a JWT instead of JSON.",
        ),
        key(
            "userinfo_encrypted_response_alg",
            ALG,
            Unset::Otherwise("not encrypted"),
            "How the key of encrypted userinfo reaches it: with a key of its own.",
        ),
        key("userinfo_encrypted_response_enc", ENC, ENC_UNSET, "What encrypts the content of userinfo for it."),
        key(
            "subject_type",
            Form::Text("public or pairwise"),
            Unset::Value("\"public\""),
            "As whom it knows users (OpenID Connect Core section 8): `pairwise` gives it subjects that only the clients of \
             its sector share, so that others can't tell whom they have in common. Changing it, or the sector, \
             makes every user a stranger at their next sign-in; what is refreshed until then keeps the earlier subject.",
        ),
        key(
            "sector_identifier_uri",
            LINK,
            Unset::Otherwise("none: the one host of `redirect_uris`"),
            "Its host is the sector of a `pairwise` client. Nothing is fetched from there for clients of this file.",
        ),
        key(
            "require_auth_time",
            Form::Flag,
            Unset::Value("false"),
            "Whether it counts on `auth_time` in ID tokens. All of them have it.",
        ),
        key(
            "default_acr_values",
            Form::Texts("authentication context classes"),
            Unset::Value("[]"),
            "The classes of sign-in that it prefers where its request names none. There is one, `\"1\"`: a password.",
        ),
        key(
            "request_object_signing_alg",
            Form::Text("none, RS256, PS256, ES256, ES384 or EdDSA"),
            Unset::Otherwise("any of them; none only with `unsigned_request_objects` of `[registration]`"),
            "What signs its request objects. `none` lets it send unsigned ones, which protect nothing.",
        ),
        key(
            "request_uris",
            Form::Texts("https URLs"),
            Unset::Value("[]"),
            "Where its request objects may be fetched from (`request_uri`); what follows a `#` is not compared.",
        ),
        key(
            "require_signed_request_object",
            Form::Flag,
            Unset::Value("false"),
            "Whether every authorization request of it must be a signed request object, with nothing beside it that counts.",
        ),
        key(
            "default_max_age",
            Form::Count { least: 0, most: u32::MAX },
            Unset::Otherwise("no limit"),
            "Seconds after which users have to enter their password again for this app, unless its request says otherwise.",
        ),
        key("client_uri", LINK, Unset::Otherwise("none"), "Its home page, for the consent page."),
        key("policy_uri", LINK, Unset::Otherwise("none"), "Its privacy policy, for the consent page."),
        key("tos_uri", LINK, Unset::Otherwise("none"), "Its terms of service, for the consent page."),
        key(
            "logo_uri",
            LINK,
            Unset::Otherwise("none"),
            "Its logo, a PNG, JPEG, GIF or WebP image of at most 256 KiB, for the sign-in and consent pages. This server \
             fetches it and shows it itself, so that nobody learns there who looks at a page (see `[outbound]`).",
        ),
        key("contacts", Form::Texts("texts such as e-mail addresses"), Unset::Value("[]"), "Who runs it."),
        key(
            "initiate_login_uri",
            LINK,
            Unset::Otherwise("none"),
            "Where a user may be sent to have it begin a sign-in (OpenID Connect Core section 4). The account page links \
             to it.",
        ),
        key("software_id", TEXT, Unset::Otherwise("none"), "Which software it is."),
        key("software_version", TEXT, Unset::Otherwise("none"), "Which version of it."),
        key(
            "pkce",
            Form::OneOf(&["required", "optional"]),
            Unset::Value("\"required\""),
            "**Unsafe:** `optional` lets requests without a code challenge through, for one confidential client that \
             can't send any. A stolen code is then worth as much as the client secret is well kept. The log says so at \
             every start.",
        ),
        key(
            "consent",
            Form::OneOf(&["ask", "implied"]),
            Unset::Value("\"ask\""),
            "`implied` for apps of your own: their users are not asked whether they may have what they ask for, because \
             you have said so, and for as long as you say so. An app that wants the question says `prompt=consent`.",
        ),
        key("enabled", Form::Flag, Unset::Value("true"), "`false`: it gets nothing, and its tokens stop working."),
    ],
    instead: &[
        ("client_secret", INLINE),
        ("secret", INLINE),
        ("id", "unknown key; expected client_id"),
        ("name", "unknown key; expected client_name"),
        ("scopes", "unknown key; expected scope, with spaces between the scopes"),
    ],
};
