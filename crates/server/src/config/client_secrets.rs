//! The secrets of a configured client: from files or as hashes, several during a rotation, never in the clear.

use countersign_engine::{
    client_auth::MAX_SECRETS,
    records::{Client, ClientKeys, ClientKind, ClientSecret},
};
use countersign_protocol::{HandleHash, Secret, Timestamp, from_base64url};
use serde::{
    Deserialize as _,
    de::value::{Error, StrDeserializer},
};

use super::{
    item::Item,
    reader::Reader,
    section::{Form, SECRET_FILE, Section, Unset, key},
};

/// Shortest and longest secret, in characters. People choose badly; 32 random characters are enough for a fast hash.
const LENGTH: std::ops::RangeInclusive<usize> = 32..=1024;

pub(super) const HASH: Form = Form::Text("the SHA-256 of a secret in base64url, 43 characters");
pub(super) const INLINE: &str = "a secret must not stand in this file, which people copy and send around; put it into a \
     file of its own, or its hash here";

pub(super) static SECRETS: Section = Section {
    header: "[[clients.secrets]]",
    about: "Secrets of the client above, five at most. To rotate: add the new one, give the old one an end, restart, \
            change the app, and remove the old one.",
    keys: &[
        key("name", Form::Text("a name"), Unset::Otherwise("its number"), "What you call it."),
        key("file", SECRET_FILE, Unset::Otherwise("`hash` instead"), "The file that holds it, in its only line."),
        key("hash", HASH, Unset::Otherwise("`file` instead"), "Its hash."),
        key(
            "expires",
            Form::Date,
            Unset::Otherwise("never"),
            "When it stops working; a date means its beginning, UTC.",
        ),
    ],
    instead: &[("secret", INLINE), ("value", INLINE), ("client_secret", INLINE)],
};

/// The first key that gives a secret, if one does.
pub(super) fn named(client: &Reader<'_>) -> Option<&'static str> {
    ["client_secret_file", "client_secret_hash", "secrets"].into_iter().find(|name| client.has(name))
}

/// Every secret of a client.
pub(super) fn read(client: &Reader<'_>) -> Vec<ClientSecret> {
    let mut secrets = Vec::new();
    secrets.extend(one(client, ("client_secret_file", "client_secret_hash"), "1"));
    for table in client.tables("secrets") {
        let number = (secrets.len() + 1).to_string();
        let name = table.text("name").unwrap_or(&number);
        if !table.has("file") && !table.has("hash") {
            table.fault("file", "missing; expected file or hash");
        }
        let Some(mut secret) = one(&table, ("file", "hash"), name) else { continue };
        secret.expires_at = table.formed("expires").and_then(|(item, form)| item.date(form));
        secrets.push(secret);
    }
    if secrets.len() > MAX_SECRETS {
        client.fault("secrets", format!("expected {MAX_SECRETS} at most, got {}", secrets.len()));
    }
    secrets
}

fn one(table: &Reader<'_>, (file, hash): (&str, &str), name: &str) -> Option<ClientSecret> {
    let hash = match (table.formed(file), table.formed(hash)) {
        (Some(_), Some((item, _))) => {
            item.fault(format!("{file} is there as well; keep one of them"));
            None
        }
        (Some((item, form)), None) => item.secret(form).and_then(|secret| hashed(&item, &secret)),
        (None, Some((item, form))) => item.text(form).and_then(|text| parse_hash(text).or_else(|| not_a_hash(&item))),
        (None, None) => None,
    };
    Some(ClientSecret { hash: hash?, name: name.to_owned(), created_at: Timestamp::from_secs(0), expires_at: None })
}

/// RFC 6749 appendix A.2: printable ASCII.
fn hashed(item: &Item<'_>, secret: &Secret) -> Option<HandleHash> {
    let text = secret.expose();
    if !LENGTH.contains(&text.len()) {
        let (least, most) = LENGTH.into_inner();
        item.fault(format!("expected a secret of {least} to {most} characters, got {}", text.len()));
        return None;
    }
    if !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        item.fault("a client secret is printable ASCII");
        return None;
    }
    Some(HandleHash::of(text))
}

fn parse_hash(text: &str) -> Option<HandleHash> {
    let whole = from_base64url(text).is_ok_and(|bytes| bytes.len() == 32);
    if !whole {
        return None;
    }
    HandleHash::deserialize(StrDeserializer::<Error>::new(text)).ok()
}

/// Without what came: it might be the secret itself.
fn not_a_hash<T>(item: &Item<'_>) -> Option<T> {
    item.fault(format!("expected {HASH}"));
    None
}

/// Dates a client and its secrets, which the file does not.
pub(super) fn date(client: &mut Client, now: Timestamp) {
    client.created_at = now;
    if let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &mut client.kind {
        for secret in secrets {
            secret.created_at = now;
        }
    }
}
