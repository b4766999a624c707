//! What is in the database before anything is measured: clients, a user who is signed in and approved before, keys.
//!
//! Everything comes from a configuration file like any other and from the engine's own decisions; tokens are not made
//! here, the driver gets them by asking.

use std::{path::Path, sync::Arc};

use countersign_engine::{
    Cx, Writes,
    records::{Authorization, User},
    session::{self, Ending, Place},
};
use countersign_protocol::{AuthorizationId, ClientId, Entropy as _, HandleHash, ScopeSet, Subject, base64url};
use countersign_server::{
    config::Config,
    edge::{SystemClock, SystemEntropy},
    keyring::MasterKey,
    realm::App,
    start,
};
use countersign_store::Store;
use serde::{Deserialize, Serialize};

use crate::{Outcome, doing};

/// The name of the configuration file in its folder.
const FILE: &str = "countersign.toml";
/// What the user approved for the web app, and what the web app asks for.
pub(crate) const SCOPE: &str = "openid profile email read:files";
/// The host of the issuer; the children listen elsewhere, which is nobody's business.
pub(crate) const HOST: &str = "id.example.com";
/// Where codes go.
pub(crate) const REDIRECT_URI: &str = "https://app.example.com/callback";
/// The resource whose tokens are opaque.
pub(crate) const VAULT: &str = "https://vault.example.com";
/// The web app, the service and the resource server.
pub(crate) const WEB: &str = "web";
pub(crate) const JOB: &str = "job";
pub(crate) const API: &str = "vault";

/// What the driver has to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct World {
    /// The secret that all clients share.
    pub(crate) secret: String,
    /// The cookie of the browser in which the user is signed in.
    pub(crate) cookie: String,
}

/// Makes a database in an empty folder.
pub(crate) async fn make(folder: &Path) -> Outcome<World> {
    let secret = base64url(SystemEntropy.bytes32());
    let text = configuration(&HandleHash::of(&secret));
    std::fs::write(folder.join(FILE), text).map_err(doing("writing the configuration"))?;
    let (realm, _, config) = open(folder).await?;
    let mut writes = Writes::none();
    for client in config.static_clients(realm.now()) {
        writes.insert(&client);
    }
    let (mut entropy, now) = (SystemEntropy, realm.now());
    let user = user(now)?;
    writes.insert(&user);
    writes.insert(&Authorization {
        id: AuthorizationId::random(&mut entropy),
        client: ClientId::parse(WEB).map_err(doing("the web app"))?,
        subject: user.subject.clone(),
        scope: ScopeSet::parse(SCOPE).map_err(doing("the scope"))?,
        claims: std::collections::BTreeSet::new(),
        unasked: false,
        asked_at: None,
        offline_since: None,
        created_at: now,
    });
    commit(&realm, &writes).await?;
    let cookie = sign_in(&realm, &user).await?;
    Ok(World { secret, cookie })
}

/// Opens the realm of a folder as `countersign serve` does.
pub(crate) async fn open(folder: &Path) -> Outcome<(App, Arc<MasterKey>, Config)> {
    let config = Config::load(&folder.join(FILE), &|_| None)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let master = Arc::new(config.master_key(&mut SystemEntropy).map_err(doing("the master key"))?);
    let store = Store::open(config.store_path()).map_err(doing("opening the database"))?;
    let clock = Arc::new(SystemClock);
    let realm = start::open(config.settings(), store, &master, clock).await.map_err(doing("opening the realm"))?;
    Ok((realm, master, config))
}

fn configuration(secret: &HandleHash) -> String {
    let secret = secret.as_str();
    format!(
        r#"
issuer = "https://{HOST}"
default_resource = "https://api.example.com"

[proxies]
trusted = ["127.0.0.1"]

[[scopes]]
scope = "read:files"
title = "See your files"
description = "The app can list and read your files."

[[resources]]
uri = "https://api.example.com"

[[resources]]
uri = "{VAULT}"
token = "opaque"
introspectors = ["{API}"]

[[clients]]
client_id = "{WEB}"
client_name = "A web app"
redirect_uris = ["{REDIRECT_URI}"]
grant_types = ["authorization_code", "refresh_token"]
client_secret_hash = "{secret}"

[[clients]]
client_id = "{JOB}"
client_name = "A service"
grant_types = ["client_credentials"]
client_secret_hash = "{secret}"

[[clients]]
client_id = "{API}"
client_name = "A resource server"
grant_types = []
client_secret_hash = "{secret}"
"#
    )
}

fn user(now: countersign_protocol::Timestamp) -> Outcome<User> {
    let claims = serde_json::json!({
        "name": "Alice Liddell", "given_name": "Alice", "family_name": "Liddell",
        "email": "alice@example.com", "email_verified": true,
    });
    Ok(User {
        subject: Subject::random(&mut SystemEntropy),
        username: "alice".to_owned(),
        password: None,
        claims: claims.as_object().cloned().ok_or("claims are an object")?,
        enabled: true,
        created_at: now,
        updated_at: None,
    })
}

/// The user signs in; the value of the browser's cookie.
async fn sign_in(realm: &App, user: &User) -> Outcome<String> {
    let mut entropy = SystemEntropy;
    let mut cx = Cx::new(realm.clock.now(), &mut entropy);
    let plan = session::new_browser(&mut cx, "Mozilla/5.0");
    let done = commit(realm, &plan.writes).await?;
    let (browser, _) = plan.outcome.release(&done);
    let stored = realm.store.browser_by_cookie(&browser.cookie).await.map_err(doing("reading the browser"))?;
    let stored = stored.ok_or("the browser is gone")?;
    let place = Place { browser: &stored, sessions: &[], waiting: None, leaving: Ending::default() };
    let plan = session::sign_in(&mut cx, &realm.policy, place, user);
    let done = commit(realm, &plan.writes).await?;
    Ok(plan.outcome.release(&done).cookie.expose().to_owned())
}

async fn commit(realm: &App, writes: &Writes) -> Outcome<countersign_engine::Committed> {
    let done = realm.store.commit(writes).await.map_err(doing("writing the first records"))?;
    done.ok_or_else(|| "the folder was not empty".to_owned())
}
