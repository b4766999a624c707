//! Changes of one client: a new secret, off and on.

use countersign_engine::{
    Stored, Writes,
    client_auth::MAX_SECRETS,
    records::{Client, ClientKeys, ClientKind, ClientSecret},
    registration::new_secret,
};
use countersign_protocol::{Handle, Timestamp};
use countersign_server::edge::SystemEntropy;
use serde_json::json;

use super::{changeable, find, view::View};
use crate::{
    commands::{
        args::Expiry,
        place::{MAX_RACES, Place, context, lost_races},
        print::{JWTS, Printer, pairs},
        when,
    },
    outcome::Trouble,
};

/// Makes a new secret and says until when the others work.
pub(super) async fn rotate_secret(
    place: &Place,
    printer: Printer,
    id: &str,
    (expire_others, name): (Expiry, Option<String>),
) -> Result<(), Trouble> {
    let edit = |client: &mut Client| {
        // What an administrator sets, the client's own registration token can't undo.
        if let Some(dynamic) = &mut client.dynamic {
            dynamic.locked = true;
        }
        add_secret(client, expire_others, name.as_deref())
    };
    let (client, secret) = change(place, id, edit).await?;
    let mut value = serde_json::to_value(View::of(&client)).map_err(Trouble::new)?;
    value["client_secret"] = json!(secret.expose());
    printer.print(&value, || {
        let others = match expire_others {
            _ if super::view::secrets(&client).len() == 1 => "It is the only one.".to_owned(),
            Expiry::Never => "The others go on working.".to_owned(),
            Expiry::In(span) => format!("The others stop working in {}.", when::words(u64::from(span.as_secs()))),
        };
        let lines = [("client_id", client.id.to_string()), ("client_secret", secret.expose().to_owned())];
        format!("{}\n\nThe new secret is shown this once; only its hash is kept. {others}", pairs(lines))
    })
}

fn add_secret(client: &mut Client, expire_others: Expiry, name: Option<&str>) -> Result<Handle, Trouble> {
    let how = client.auth_method().as_str();
    let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &mut client.kind else {
        return Err(Trouble::new(format!("the client {} has no secret: it proves itself by {how}", client.id)));
    };
    let mut entropy = SystemEntropy;
    let mut cx = context(&mut entropy);
    if let Expiry::In(span) = expire_others {
        let end = cx.now.plus(span);
        for secret in &mut *secrets {
            secret.expires_at = Some(secret.expires_at.map_or(end, |earlier| earlier.min(end)));
        }
    }
    secrets.retain(|secret| lives(secret, cx.now));
    if secrets.len() >= MAX_SECRETS {
        let what = format!("the client {} has {MAX_SECRETS} secrets that work, which is the most", client.id);
        return Err(Trouble::new(what).advice("--expire-others 0s ends the others at once."));
    }
    let name = name.map_or_else(|| when::day(cx.now), ToOwned::to_owned);
    let (secret, stored) = new_secret(&mut cx, &name);
    secrets.push(stored);
    Ok(secret)
}

fn lives(secret: &ClientSecret, now: Timestamp) -> bool {
    secret.expires_at.is_none_or(|end| now < end)
}

/// Turns a client off or on.
pub(super) async fn enable(place: &Place, printer: Printer, id: &str, enabled: bool) -> Result<(), Trouble> {
    let edit = |client: &mut Client| {
        client.enabled = enabled;
        Ok(())
    };
    let (client, ()) = change(place, id, edit).await?;
    printer.print(&View::of(&client), || {
        let id = &client.id;
        if enabled {
            format!("The client {id} is enabled. Tokens from before work again unless they have expired.")
        } else {
            format!(
                "The client {id} is disabled: it gets no tokens, and those that it has stop working at their next use. \
                 {JWTS}"
            )
        }
    })
}

/// Applies a change to a client, again if somebody else was faster.
async fn change<T>(
    place: &Place,
    id: &str,
    mut edit: impl FnMut(&mut Client) -> Result<T, Trouble>,
) -> Result<(Stored<Client>, T), Trouble> {
    for _ in 0..MAX_RACES {
        let mut client = find(place, id).await?;
        changeable(&client)?;
        let outcome = edit(&mut client)?;
        let mut writes = Writes::none();
        writes.replace(&client);
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            return Ok((client, outcome));
        }
    }
    Err(lost_races())
}
