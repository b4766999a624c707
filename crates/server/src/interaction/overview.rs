//! What the account page shows of one signed-in account: the apps that have access, and where the user is signed in.

use std::{cmp::Reverse, collections::BTreeMap};

use countersign_engine::{
    Cx, Stored,
    records::{Authorization, Browser, Client, Session, User},
};
use countersign_protocol::{ClientId, Timestamp};

use super::browser;
use crate::{realm::Realm, reply::Failure};

/// What the page shows.
#[derive(Debug)]
pub struct Overview {
    /// The browser that looks.
    pub browser: Stored<Browser>,
    /// The session that looks.
    pub session: Stored<Session>,
    /// Whose account it is.
    pub user: Stored<User>,
    /// The other accounts in this browser.
    pub others: Vec<(Stored<Session>, Stored<User>)>,
    /// Who has access.
    pub apps: Vec<ConnectedApp>,
    /// Where the user is signed in.
    pub sessions: Vec<(Stored<Session>, Option<Stored<Browser>>)>,
}

/// A connected app.
#[derive(Debug)]
pub struct ConnectedApp {
    /// What was approved.
    pub authorization: Stored<Authorization>,
    /// The client, if it is still registered.
    pub client: Option<Stored<Client>>,
    /// When it last got tokens; `None`: not within the life of its tokens.
    pub used_at: Option<Timestamp>,
}

/// Everything about one signed-in account; the named session's, else the one that signed in last.
pub async fn overview(
    realm: &Realm,
    cx: &Cx<'_>,
    browser: &Stored<Browser>,
    wanted: Option<&str>,
) -> Result<Option<Overview>, Failure> {
    let mut here = Vec::new();
    for session in browser::sessions(realm, cx, browser).await? {
        if let Some(user) = realm.store.user(&session.subject).await?.filter(|user| user.enabled) {
            here.push((session, user));
        }
    }
    here.sort_by_key(|(session, _)| (Some(session.id.as_str()) == wanted, session.auth_time));
    let Some((session, user)) = here.pop() else { return Ok(None) };
    let apps = apps(realm, &user).await?;
    let mut sessions = Vec::new();
    for session in realm.store.sessions_of_user(&user.subject).await? {
        let browser = realm.store.find::<Browser>(session.browser.as_str()).await?;
        if cx.now < session.expires_at {
            sessions.push((session, browser));
        }
    }
    sessions.sort_by_key(|(found, _)| (found.id != session.id, Reverse(found.auth_time)));
    Ok(Some(Overview { browser: browser.clone(), session, user, others: here, apps, sessions }))
}

async fn apps(realm: &Realm, user: &User) -> Result<Vec<ConnectedApp>, Failure> {
    let mut last_used: BTreeMap<ClientId, Timestamp> = BTreeMap::new();
    for family in realm.store.families_of_user(&user.subject).await? {
        let newest = last_used.entry(family.client.clone()).or_insert(family.used_at);
        *newest = (*newest).max(family.used_at);
    }
    let mut apps = Vec::new();
    for authorization in realm.store.authorizations_of_user(&user.subject).await? {
        let client = realm.store.client(&authorization.client).await?;
        let used_at = last_used.get(&authorization.client).copied();
        apps.push(ConnectedApp { authorization, client, used_at });
    }
    Ok(apps)
}
