//! `[[clients]]`: the apps that this file registers. They come in through the same door as all others
//! ([`countersign_engine::registration`]): each value is tried alone, so that every fault shows, then all together.

use countersign_engine::{
    Cx, Policy,
    records::{Client, ClientKeys, ClientKind, Origin, Pkce},
    registration::{self, Registered, Registrar, rules},
};
use countersign_protocol::{ClientId, Refusal, Timestamp, registration::ClientMetadata};
use serde_json::{Map, Value, json};

use super::{
    client_jwks, client_secrets,
    client_section::METADATA,
    fault::{nearest, quote},
    item::Item,
    reader::Reader,
    section::{Form, TEXT},
};
use crate::edge::SystemEntropy;

/// Stands where a redirect URI is needed and another value is looked at.
const PLACEHOLDER: &str = "https://app.example/callback";

/// All clients, made at the epoch: [`super::Config::static_clients`] puts in when they really were.
pub(super) fn read(root: &Reader<'_>, policy: &Policy) -> Vec<Client> {
    let mut clients: Vec<Client> = Vec::new();
    for table in root.tables("clients") {
        let Some(client) = read_one(&table, policy) else { continue };
        if clients.iter().any(|other| other.id == client.id) {
            table.fault("client_id", format!("{} is there twice", quote(client.id.as_str())));
        }
        clients.push(client);
    }
    clients
}

fn read_one(table: &Reader<'_>, policy: &Policy) -> Option<Client> {
    let id = table.parse("client_id", |text| ClientId::parse(text).ok());
    let application_type = table.item("application_type").and_then(|item| item.value.as_str());
    let door = Door { policy, application_type };
    let mut sound = Sound { values: Map::new(), broken: Vec::new() };
    for name in METADATA {
        door.each_alone(table, name, &mut sound);
    }
    client_jwks::read(table, &mut sound);
    let (configured, enabled, pkce) = (client_secrets::read(table), table.flag("enabled"), table.one_of("pkce"));
    let mut client = door.together(table, sound.values, &sound.broken)?;
    if !sound.broken.contains(&"token_endpoint_auth_method") {
        fit(table, &client);
    }
    if let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &mut client.kind {
        // In the place of the random one that registration made.
        *secrets = configured;
    }
    if pkce == Some("optional") {
        client.pkce = Pkce::Optional;
        if client.is_public() {
            table.fault("pkce", "a public client must use PKCE: it has nothing else that a thief of codes lacks");
        }
    }
    client.first_party = table.one_of("consent") == Some("implied");
    client.enabled = enabled.unwrap_or(true);
    client.id = id?;
    Some(client)
}

/// What is right so far, and the names of what is not.
pub(super) struct Sound {
    pub(super) values: Map<String, Value>,
    pub(super) broken: Vec<&'static str>,
}

/// Registration, asked about parts.
struct Door<'a> {
    policy: &'a Policy,
    application_type: Option<&'a str>,
}

impl Door<'_> {
    /// Tries the value of one key, a list element by element, and keeps what passes.
    fn each_alone(&self, table: &Reader<'_>, name: &'static str, sound: &mut Sound) {
        let Some((item, form)) = table.formed(name) else { return };
        let value = match form {
            Form::Texts(_) => {
                let texts = item.list(form).unwrap_or_default();
                let one = |text: &Item<'_>| self.alone(name, text, &TEXT, |value| json!([value]));
                let values: Vec<Option<Value>> = texts.iter().map(one).collect();
                values.into_iter().collect::<Option<Vec<Value>>>().map(Value::Array)
            }
            _ => self.alone(name, &item, form, |value| value),
        };
        match value {
            Some(value) => drop(sound.values.insert(name.to_owned(), value)),
            None => sound.broken.push(name),
        }
    }

    fn alone(&self, name: &str, item: &Item<'_>, form: &Form, wrap: impl Fn(Value) -> Value) -> Option<Value> {
        let value = match form {
            Form::Count { .. } => Value::from(item.count(form)?),
            Form::Flag => Value::from(item.flag(form)?),
            _ => Value::from(item.text(form)?),
        };
        if name == "scope" {
            return self.scope(item, form).then_some(value);
        }
        let mut all = json!({ "redirect_uris": [PLACEHOLDER] });
        if name != "application_type" {
            all["application_type"] = self.application_type.filter(|kind| matches!(*kind, "web" | "native")).into();
        }
        all[name] = wrap(value.clone());
        match self.register(all) {
            // Whose origin it must be, the redirect URIs say.
            Err(Some(refusal)) if *refusal.rule == rules::FRONTCHANNEL_ORIGIN => Some(value),
            Err(Some(refusal)) if key_of(&refusal).is_none_or(|key| key == name) => {
                let got = if refusal.detail.is_none() { format!(", got {}", item.shown()) } else { String::new() };
                item.fault(words(&refusal) + &got);
                None
            }
            _ => Some(value),
        }
    }

    /// Scopes get a "did you mean" of their own.
    fn scope(&self, item: &Item<'_>, form: &Form) -> bool {
        let offered = || self.policy.scopes.iter().map(|info| info.scope.as_str());
        let unknown = |scope: &&str| !offered().any(|known| known == *scope);
        let Some(text) = item.text(form) else { return false };
        let mut ok = true;
        for scope in text.split(' ').filter(unknown) {
            let meant = nearest(scope, offered()).map(|known| format!("; did you mean {known}?"));
            item.fault(format!("the scope {} is not offered{}", quote(scope), meant.unwrap_or_default()));
            ok = false;
        }
        ok
    }

    /// All values that are right by themselves. What is missing because it was wrong is no second fault.
    fn together(&self, table: &Reader<'_>, values: Map<String, Value>, broken: &[&str]) -> Option<Client> {
        let mut values = Value::Object(values);
        for _ in 0..2 {
            match self.register(values.clone()) {
                Ok(registered) => return Some(registered.client),
                Err(Some(refusal)) => {
                    let key = key_of(&refusal).unwrap_or("client_id");
                    if !broken.contains(&key) {
                        table.fault(key, words(&refusal));
                    }
                    if key != "redirect_uris" {
                        return None;
                    }
                    // There may be a second fault behind this one.
                    values["redirect_uris"] = json!([PLACEHOLDER]);
                }
                Err(None) => return None,
            }
        }
        None
    }

    fn register(&self, values: Value) -> Result<Registered, Option<Refusal>> {
        let metadata: ClientMetadata = serde_json::from_value(values).map_err(|_| None)?;
        let registrar = Registrar { origin: Origin::Config, id: None, sector: None };
        let mut entropy = SystemEntropy;
        let mut cx = Cx::new(Timestamp::from_secs(0), &mut entropy);
        registration::register(&mut cx, self.policy, registrar, &metadata).map_err(Some)
    }
}

/// The key at which to show a refusal that concerns several.
fn key_of(refusal: &Refusal) -> Option<&'static str> {
    let places = [
        (&rules::REDIRECT_URI_NEEDED, "redirect_uris"),
        (&rules::KEYS, "jwks"),
        (&rules::KEYS_ONE_SOURCE, "jwks_uri"),
        (&rules::ENCRYPTION_KEY, "jwks"),
        (&rules::REQUEST_OBJECT_SIGNED, "request_object_signing_alg"),
        (&rules::PUBLIC_GRANTS, "grant_types"),
        (&rules::SECTOR_KNOWN, "subject_type"),
        (&rules::FRONTCHANNEL_ORIGIN, "frontchannel_logout_uri"),
    ];
    if refusal.rule == &rules::ENCRYPTION_WHOLE {
        // The detail names the member that is missing.
        let missing = |name: &&&str| refusal.detail.as_ref().is_some_and(|detail| detail.ends_with(**name));
        return METADATA.iter().find(missing).copied();
    }
    places.into_iter().find(|(rule, _)| *rule == refusal.rule).map(|(_, key)| key)
}

fn words(refusal: &Refusal) -> String {
    let rule = refusal.rule.explain.trim_end_matches('.');
    refusal.detail.as_ref().map_or_else(|| rule.to_owned(), |detail| format!("{rule}; {detail}"))
}

/// Notes where the secrets that the file gives are not those that the client's way of proving itself needs.
fn fit(table: &Reader<'_>, client: &Client) {
    let secret = client_secrets::named(table);
    let (kind, secret_ok) = match &client.kind {
        ClientKind::Public => ("a public client", false),
        ClientKind::Confidential(ClientKeys::Jwks(_)) => ("private_key_jwt", false),
        ClientKind::Confidential(ClientKeys::Secrets { .. }) => ("a client with a secret", true),
    };
    if let Some(name) = secret.filter(|_| !secret_ok) {
        table.fault(name, format!("{kind} has no secret; leave this out, or choose client_secret_basic"));
    }
    if secret_ok && secret.is_none() {
        table.fault(
            "client_secret_file",
            "missing; expected client_secret_file, client_secret_hash or [[clients.secrets]], or \
             token_endpoint_auth_method = \"none\" for an app that can't keep a secret",
        );
    }
}
