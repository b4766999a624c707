//! `[[resources]]`: the resource servers that tokens are for (RFC 8707).

use countersign_engine::{
    keys::ALGORITHMS,
    policy::{Resource, TokenFormat},
};
use countersign_jose::Algorithm;
use countersign_protocol::ClientId;
use url::Url;

use super::{
    fault::{nearest, quote},
    reader::Reader,
    section::{Form, Section, Unset, key},
};

const CLIENT: Form = Form::Text("a client_id");

pub(super) static RESOURCES: Section = Section {
    header: "[[resources]]",
    about: "Resource servers, your APIs, one table each. A token is for the resources that its request names \
            (`resource`, RFC 8707), else for `default_resource`; nobody else should accept it.",
    keys: &[
        key(
            "uri",
            Form::Text("an absolute URI without fragment, such as \"https://api.example.com\""),
            Unset::Required,
            "The identifier of the resource server: what `resource` names and `aud` says, byte for byte.",
        ),
        key(
            "token",
            Form::OneOf(&["jwt", "opaque"]),
            Unset::Value("\"jwt\""),
            "`jwt`: access tokens by RFC 9068, which the resource server checks by itself. `opaque`: random handles, \
             for which it asks `/introspect`, so that a revoked one ends at once.",
        ),
        key(
            "alg",
            Form::OneOf(&["ES256", "ES384", "RS256", "PS256", "EdDSA"]),
            Unset::Value("\"ES256\""),
            "What signs its JWTs.",
        ),
        key(
            "introspectors",
            Form::Texts("client_ids"),
            Unset::Value("[]"),
            "The clients that may introspect its tokens (RFC 7662): the resource server's own. At least one for \
             `opaque`.",
        ),
    ],
    instead: &[("url", "unknown key; expected uri"), ("format", "unknown key; expected token")],
};

/// The resource servers, and the default one.
pub(super) fn read(root: &Reader<'_>) -> (Vec<Resource>, Option<String>) {
    let mut resources: Vec<Resource> = Vec::new();
    for table in root.tables("resources") {
        let format = format(&table);
        let introspectors = introspectors(&table, format);
        let Some(uri) = table.parse("uri", |text| is_absolute(text).then(|| text.to_owned())) else { continue };
        if resources.iter().any(|other| other.uri == uri) {
            table.fault("uri", format!("{} is there twice", quote(&uri)));
            continue;
        }
        resources.push(Resource { uri, format, introspectors });
    }
    let default = root.text("default_resource");
    if let Some(uri) = default.filter(|uri| !resources.iter().any(|resource| resource.uri == *uri)) {
        let meant = nearest(uri, resources.iter().map(|resource| resource.uri.as_str()));
        let meant = meant.map(|uri| format!("; did you mean {}?", quote(uri))).unwrap_or_default();
        root.fault("default_resource", format!("expected the uri of one of the resources, got {}{meant}", quote(uri)));
    }
    (resources, default.map(str::to_owned))
}

/// RFC 8707 §2. Nothing is normalised: `aud` repeats the bytes.
fn is_absolute(text: &str) -> bool {
    let bytes = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'"' | b'\\'));
    bytes && Url::parse(text).is_ok()
}

fn format(table: &Reader<'_>) -> TokenFormat {
    let alg = table.one_of("alg");
    if table.one_of("token") == Some("opaque") {
        if alg.is_some() {
            table.fault("alg", "an opaque token is not signed; leave alg out");
        }
        return TokenFormat::Opaque;
    }
    let alg = alg.and_then(|name| name.parse::<Algorithm>().ok()).filter(|alg| ALGORITHMS.contains(alg));
    TokenFormat::Jwt(alg.unwrap_or(Algorithm::ES256))
}

fn introspectors(table: &Reader<'_>, format: TokenFormat) -> Vec<ClientId> {
    let texts = table.texts("introspectors");
    if format == TokenFormat::Opaque && texts.is_empty() {
        table
            .fault("introspectors", "an opaque token needs at least one: the client as which the resource server asks");
    }
    let id =
        |(item, text): (super::item::Item<'_>, &str)| ClientId::parse(text).ok().or_else(|| item.unexpected(&CLIENT));
    texts.into_iter().filter_map(id).collect()
}
