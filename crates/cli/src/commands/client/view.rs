//! How a client is shown: never with more of a secret than its name and dates.

use countersign_engine::{
    records::{Client, ClientKeys, ClientKind, ClientSecret, Encryption, Origin, Pkce, UserinfoFormat},
    registration::describe,
};
use countersign_jose::Algorithm;
use countersign_protocol::{RedirectUri, Timestamp, registration::ClientMetadata};
use serde::Serialize;

use crate::commands::{
    place::now,
    print::pairs,
    when::{day, full, iso},
};

/// A client as JSON: its metadata (RFC 7591 §2) and what is known beside it.
#[derive(Debug, Serialize)]
pub(super) struct View {
    client_id: String,
    #[serde(flatten)]
    metadata: ClientMetadata,
    enabled: bool,
    pkce: Pkce,
    origin: Origin,
    created_at: String,
    client_secrets: Vec<SecretView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dynamic: Option<DynamicView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traced_until: Option<String>,
}

/// How a client stands that registered itself.
#[derive(Debug, Serialize)]
struct DynamicView {
    last_used_at: Option<String>,
    expires_at: String,
    locked: bool,
}

#[derive(Debug, Serialize)]
struct SecretView {
    name: String,
    created_at: String,
    expires_at: Option<String>,
}

impl View {
    pub(super) fn of(client: &Client) -> Self {
        let secret = |secret: &ClientSecret| SecretView {
            name: secret.name.clone(),
            created_at: iso(secret.created_at),
            expires_at: secret.expires_at.map(iso),
        };
        Self {
            client_id: client.id.to_string(),
            metadata: describe(client),
            enabled: client.enabled,
            pkce: client.pkce,
            origin: client.origin,
            created_at: iso(client.created_at),
            client_secrets: secrets(client).iter().map(secret).collect(),
            dynamic: client.dynamic.as_ref().map(|dynamic| DynamicView {
                last_used_at: dynamic.used_at.map(iso),
                expires_at: iso(dynamic.expires_at),
                locked: dynamic.locked,
            }),
            traced_until: None,
        }
    }

    /// With the time until which its replies are traced, if they are.
    pub(super) fn traced(self, until: Option<Timestamp>) -> Self {
        Self { traced_until: until.map(iso), ..self }
    }
}

/// The secrets of a client, if it proves itself by such.
pub(in crate::commands) fn secrets(client: &Client) -> &[ClientSecret] {
    match &client.kind {
        ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) => secrets,
        _ => &[],
    }
}

/// One line of the list.
pub(super) fn row(client: &Client) -> Vec<String> {
    vec![
        client.id.to_string(),
        client.name.clone(),
        client.auth_method().as_str().to_owned(),
        grants(client),
        origin(client.origin).to_owned(),
        day(client.created_at),
        remarks(client).join(", "),
    ]
}

/// What stands above [`dynamic_row`].
pub(super) const DYNAMIC_HEADER: [&str; 6] = ["CLIENT ID", "NAME", "SINCE", "LAST USED", "FORGOTTEN AFTER", ""];

/// One line of the list of those that registered themselves.
pub(super) fn dynamic_row(client: &Client) -> Vec<String> {
    let dynamic = client.dynamic.as_ref();
    let used = dynamic.and_then(|dynamic| dynamic.used_at);
    vec![
        client.id.to_string(),
        client.name.clone(),
        day(client.created_at),
        used.map_or_else(|| "never".to_owned(), day),
        dynamic.map(|dynamic| day(dynamic.expires_at)).unwrap_or_default(),
        remarks(client).join(", "),
    ]
}

/// Everything about a client, a line each; `traced`: until when its replies are traced.
pub(super) fn text(client: &Client, traced: Option<Timestamp>) -> String {
    let uris = |uris: &[RedirectUri]| uris.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut lines = vec![("client_id", client.id.to_string()), ("name", client.name.clone())];
    let mut add = |name, values: Vec<String>| lines.extend(values.into_iter().map(|value| (name, value)));
    add("proves itself by", vec![client.auth_method().as_str().to_owned()]);
    add("kind", vec![client.application_type.as_str().to_owned()]);
    add("grants", vec![grants(client)]);
    add("scope", vec![client.scope.to_string()]);
    add("redirect URI", uris(&client.redirect_uris));
    add("after sign-out", uris(&client.post_logout_redirect_uris));
    let form = |signed: Option<Algorithm>, encrypted: Option<Encryption>| {
        let signed = signed.map(|alg| alg.name().to_owned());
        let encrypted = encrypted.map(|how| format!("encrypted with {}, {}", how.alg, how.enc));
        signed.into_iter().chain(encrypted).collect::<Vec<_>>().join(", ")
    };
    add("ID tokens", vec![form(Some(client.id_token_alg), client.id_token_encryption)]);
    if client.userinfo != UserinfoFormat::default() {
        add("userinfo", vec![form(client.userinfo.signed, client.userinfo.encrypted)]);
    }
    add("secret", secrets(client).iter().map(secret_line).collect());
    add("from", vec![origin(client.origin).to_owned()]);
    add("since", vec![full(now(), client.created_at)]);
    if let Some(dynamic) = &client.dynamic {
        add("last used", vec![dynamic.used_at.map_or_else(|| "never".to_owned(), |used| full(now(), used))]);
        add("forgotten after", vec![full(now(), dynamic.expires_at)]);
    }
    add("traced until", traced.map(|until| full(now(), until)).into_iter().collect());
    add("note", remarks(client).iter().map(|remark| (*remark).to_owned()).collect());
    pairs(lines)
}

fn secret_line(secret: &ClientSecret) -> String {
    let end = match secret.expires_at {
        Some(end) if end <= now() => ", expired".to_owned(),
        Some(end) => format!(", until {}", full(now(), end)),
        None => String::new(),
    };
    format!("{:?}, since {}{end}", secret.name, day(secret.created_at))
}

fn grants(client: &Client) -> String {
    client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(" ")
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Config => "configuration",
        Origin::Administrator => "administrator",
        Origin::Dynamic => "registration",
    }
}

fn remarks(client: &Client) -> Vec<&'static str> {
    let disabled = (!client.enabled).then_some("disabled");
    let pkce = (client.pkce == Pkce::Optional).then_some("UNSAFE: PKCE optional");
    disabled.into_iter().chain(pkce).collect()
}
