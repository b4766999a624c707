//! The clients and accounts of the configuration file, put into the store: new ones are made, changed ones follow the
//! file, clients that left the file go. What commands and users made is not touched.

use countersign_engine::{
    Writes,
    records::{Client, ClientKeys, ClientKind, Origin, Pkce, User},
};
use countersign_protocol::{Secret, Subject};
use countersign_server::{
    config::{Config, StaticPassword, StaticUser},
    edge::SystemEntropy,
    passwords,
    realm::Realm,
};
use countersign_store::{Page, Scanned};

use crate::outcome::Trouble;

const PAGE: usize = 500;

/// Brings the store in line with the file, and warns of what commands have made unsafe.
pub(super) async fn apply(realm: &Realm, config: &Config) -> Result<(), Trouble> {
    let clients = config.static_clients(realm.now());
    for client in &clients {
        put_client(realm, client).await?;
    }
    remove_others(realm, &clients).await?;
    for user in config.users() {
        put_user(realm, user).await?;
    }
    Ok(())
}

async fn put_client(realm: &Realm, wanted: &Client) -> Result<(), Trouble> {
    let mut writes = Writes::none();
    match realm.store.client(&wanted.id).await.map_err(Trouble::new)? {
        Some(stored) if stored.origin != Origin::Config => {
            return Err(Trouble::new(format!("client {} is in the file and in the database", wanted.id))
                .advice("It was added by command. Remove it there, or choose another id in the file."));
        }
        Some(mut stored) => {
            let mut same = Client { created_at: stored.created_at, ..wanted.clone() };
            keep_dates(&stored, &mut same);
            if *stored == same {
                return Ok(());
            }
            *stored = same;
            writes.replace(&stored);
        }
        None => {
            if let Some(damaged) = realm.store.damaged::<Client>(wanted.id.as_str()).await.map_err(Trouble::new)? {
                tracing::warn!(client = %wanted.id, "its record was damaged, and is made anew from the configuration file");
                writes.extend(damaged.removal());
            }
            writes.insert(wanted);
        }
    }
    commit(realm, &writes).await
}

/// A secret that was there before keeps the date under which it was first seen.
fn keep_dates(stored: &Client, wanted: &mut Client) {
    let (
        ClientKind::Confidential(ClientKeys::Secrets { secrets: old, .. }),
        ClientKind::Confidential(ClientKeys::Secrets { secrets: new, .. }),
    ) = (&stored.kind, &mut wanted.kind)
    else {
        return;
    };
    for secret in new {
        if let Some(known) = old.iter().find(|known| known.hash == secret.hash) {
            secret.created_at = known.created_at;
        }
    }
}

async fn remove_others(realm: &Realm, clients: &[Client]) -> Result<(), Trouble> {
    let mut after: Option<String> = None;
    loop {
        let page = Page { after: after.as_deref(), limit: PAGE };
        let Scanned { records: found, damaged, next } =
            realm.store.scan_readable::<Client>(page).await.map_err(Trouble::new)?;
        for damaged in damaged {
            tracing::error!(
                client = damaged.key,
                why = damaged.why,
                "the record of a client is damaged: it is refused, everybody else goes on. Restore the database from a backup, or \
                 take the client out with `countersign client remove` and register it again"
            );
        }
        for gone in found.iter().filter(|c| c.origin == Origin::Config && !clients.iter().any(|w| w.id == c.id)) {
            let mut writes = Writes::none();
            writes.delete(gone);
            commit(realm, &writes).await?;
            tracing::info!(client = %gone.id, "removed: it left the configuration file");
        }
        for unsafe_one in found.iter().filter(|c| c.origin != Origin::Config && c.pkce == Pkce::Optional) {
            tracing::warn!(
                "pkce is optional for the client {}, added by command: it hangs on its secret",
                unsafe_one.id
            );
        }
        after = next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn put_user(realm: &Realm, wanted: &StaticUser) -> Result<(), Trouble> {
    let stored = realm.store.user_by_name(&wanted.username).await.map_err(Trouble::new)?;
    let password = hashed(realm, &wanted.password, stored.as_deref()).await?;
    let mut writes = Writes::none();
    if let Some(mut stored) = stored {
        let subject = wanted.subject.clone().unwrap_or_else(|| stored.subject.clone());
        if subject != stored.subject {
            return Err(Trouble::new(format!("user {} has another sub in the database", wanted.username))
                .advice("A subject never changes; leave `sub` out, or write the one that the database has."));
        }
        if stored.claims != wanted.claims {
            (stored.claims, stored.updated_at) = (wanted.claims.clone(), Some(realm.now()));
        }
        (stored.password, stored.enabled) = (password, wanted.enabled);
        writes.replace(&stored);
    } else {
        writes.insert(&User {
            subject: wanted.subject.clone().unwrap_or_else(|| Subject::random(&mut SystemEntropy)),
            username: wanted.username.clone(),
            password,
            claims: wanted.claims.clone(),
            enabled: wanted.enabled,
            created_at: realm.now(),
            updated_at: None,
        });
    }
    commit(realm, &writes).await
}

/// The hash to store; the one that is there if it fits, since a new salt would be a change for nothing.
async fn hashed(realm: &Realm, wanted: &StaticPassword, stored: Option<&User>) -> Result<Option<String>, Trouble> {
    let clear: &Secret = match wanted {
        StaticPassword::Hash(hash) => return Ok(Some(hash.clone())),
        StaticPassword::Clear(clear) => clear,
    };
    if let Some(hash) = stored.and_then(|user| user.password.clone()) {
        let fits = realm.passwords.verify(clear.clone(), Some(hash.clone())).await.map_err(Trouble::new)?;
        if fits {
            return Ok(Some(hash));
        }
    }
    let salt = passwords::salt(&mut SystemEntropy);
    realm.passwords.hash(clear.clone(), salt).await.map(Some).map_err(Trouble::new)
}

async fn commit(realm: &Realm, writes: &Writes) -> Result<(), Trouble> {
    let done = realm.store.commit(writes).await.map_err(Trouble::new)?;
    done.map(drop).ok_or_else(|| Trouble::new("the database changed while the configuration was applied; start again"))
}
