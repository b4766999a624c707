//! The public keys of a client in the file: `jwks`, or `jwks_file`.

use countersign_jose::JwkSet;
use serde_json::Value;

use super::{clients::Sound, reader::Reader};

/// `jwks`, from the file itself or from one of its own.
pub(super) fn read(table: &Reader<'_>, sound: &mut Sound) {
    let inline = table.item("jwks");
    let (item, jwks) = match (inline, table.formed("jwks_file")) {
        (None, None) => return,
        (Some(_), Some((file, _))) => {
            file.fault("jwks is there as well; keep one of them");
            return sound.broken.push("jwks");
        }
        (Some(item), None) => (item.clone(), item.json()),
        (None, Some((item, form))) => {
            let text = item.content(form);
            let parsed = text.map(|text| serde_json::from_str(&text));
            if let Some(Err(error)) = &parsed {
                item.fault(format!("the file is not JSON: {error}"));
            }
            (item, parsed.and_then(Result::ok))
        }
    };
    let by_keys =
        table.item("token_endpoint_auth_method").is_some_and(|item| item.value.as_str() == Some("private_key_jwt"));
    match jwks.as_ref().map(|jwks: &Value| JwkSet::parse(jwks.to_string().as_bytes())) {
        Some(Ok(set)) if !set.keys().is_empty() || !by_keys => {
            sound.values.insert("jwks".to_owned(), jwks.unwrap_or_default());
            return;
        }
        Some(Ok(set)) => {
            let why = set.skipped().first().map(|(_, why)| format!(": {why}")).unwrap_or_default();
            item.fault(format!("expected at least one public signing key{why}"));
        }
        Some(Err(error)) => item.fault(error.to_string()),
        None => {}
    }
    sound.broken.push("jwks");
}
