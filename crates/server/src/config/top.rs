//! What stands before the first section, and the list of all sections.

use super::{
    address::{PROXIES, TLS},
    client_section::CLIENTS,
    lifetimes::{KEYS, TOKENS},
    outbound::OUTBOUND,
    reader::Reader,
    registration::REGISTRATION,
    resources::RESOURCES,
    scopes::SCOPES,
    section::{Form, Section, Unset, key},
    serving::{LOG, METRICS, SIGN_IN, STORE},
    users::USERS,
};

/// What the product calls itself where the file does not say.
pub(super) const NAME: &str = "Countersign";
const MAX_NAME: usize = 100;

pub(super) static TOP: Section = Section {
    header: "",
    about: "",
    keys: &[
        key(
            "issuer",
            Form::Text("an https URL without query or fragment, such as \"https://login.example.com\""),
            Unset::Required,
            "The public address, and the name in every token. http is for loopback only. **Never change it once apps \
             use it:** they compare it byte for byte, a slash at its end included, and refuse tokens of any other \
             issuer.",
        ),
        key(
            "listen",
            Form::Text("an address with a port, such as \"127.0.0.1:8080\" or \"[::]:8443\""),
            Unset::Otherwise("`\"127.0.0.1:8443\"` with `[tls]`, else `\"127.0.0.1:8080\"`"),
            "Where connections are accepted.",
        ),
        key(
            "name",
            Form::Text("1 to 100 characters without control characters"),
            Unset::Value("\"Countersign\""),
            "What the sign-in pages call this place: your company, or your product.",
        ),
        key(
            "default_resource",
            Form::Text("the uri of one of the resources"),
            Unset::Otherwise("none: the token is for this server itself, that is for `/userinfo`"),
            "The resource server that a request means which names none.",
        ),
        key(
            "strict_request_objects",
            Form::Flag,
            Unset::Value("false"),
            "Whether request objects must say from whom, for whom and until when they are (`iss`, `aud`, `exp`). Without it, \
             what they say of that must be right, and may be missing.",
        ),
        key("store", Form::Table(&STORE), Unset::Otherwise(""), ""),
        key("keys", Form::Table(&KEYS), Unset::Otherwise(""), ""),
        key("tls", Form::Table(&TLS), Unset::Otherwise(""), ""),
        key("proxies", Form::Table(&PROXIES), Unset::Otherwise(""), ""),
        key("outbound", Form::Table(&OUTBOUND), Unset::Otherwise(""), ""),
        key("tokens", Form::Table(&TOKENS), Unset::Otherwise(""), ""),
        key("sign_in", Form::Table(&SIGN_IN), Unset::Otherwise(""), ""),
        key("registration", Form::Table(&REGISTRATION), Unset::Otherwise(""), ""),
        key("log", Form::Table(&LOG), Unset::Otherwise(""), ""),
        key("metrics", Form::Table(&METRICS), Unset::Otherwise(""), ""),
        key("scopes", Form::Tables(&SCOPES), Unset::Otherwise(""), ""),
        key("resources", Form::Tables(&RESOURCES), Unset::Otherwise(""), ""),
        key("clients", Form::Tables(&CLIENTS), Unset::Otherwise(""), ""),
        key("users", Form::Tables(&USERS), Unset::Otherwise(""), ""),
    ],
    instead: &[],
};

/// What the product calls itself.
pub(super) fn name(root: &Reader<'_>) -> String {
    let fits = |text: &str| (1..=MAX_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    root.parse("name", |text| fits(text).then_some(text)).unwrap_or(NAME).to_owned()
}
