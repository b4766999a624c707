//! What ends when an account is signed out everywhere: its sessions, its codes, the grants of its apps, and what it allowed
//! them.
//!
//! Sessions go one by one, since each leaves notices for the clients that have to be told (OpenID Connect Back-Channel
//! Logout §2.5). The rest goes in batches; whoever is in use just then is tried again by itself.

use std::borrow::Cow;

use countersign_engine::{
    Stored, Writes,
    records::{Authorization, Code, CodeState, Ended, Family, Record, Session},
    session::end_sessions,
};
use countersign_protocol::Subject;
use countersign_server::edge::SystemEntropy;
use countersign_store::Page;

use crate::{
    commands::place::{MAX_RACES, Place, context, lost_races},
    outcome::Trouble,
};

const BATCH: usize = 200;

/// Whose.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// Of one account.
    One(&'a Subject),
    /// Of all.
    Everybody,
}

/// Ends sessions with the families that hang off them; how many.
pub(super) async fn sessions(place: &Place, whose: Whose<'_>) -> Result<usize, Trouble> {
    let (mut ended, mut after) = (0_usize, None::<String>);
    loop {
        let page = Page { after: after.as_deref(), limit: BATCH };
        let found: Vec<Stored<Session>> = match whose {
            Whose::One(subject) => place.store.list_by_second(subject.as_str(), page).await,
            Whose::Everybody => place.store.scan(page).await,
        }
        .map_err(Trouble::new)?;
        let last = last_key(&found);
        for session in found {
            ended = ended.saturating_add(usize::from(end(place, session).await?));
        }
        match last {
            Some(last) => after = Some(last),
            None => return Ok(ended),
        }
    }
}

async fn end(place: &Place, session: Stored<Session>) -> Result<bool, Trouble> {
    let (id, mut next) = (session.id.clone(), Some(session));
    for _ in 0..MAX_RACES {
        // Somebody else ended it.
        let Some(session) = next else { return Ok(false) };
        let ending = place.store.ending(vec![session]).await.map_err(Trouble::new)?;
        let writes = end_sessions(&mut context(&mut SystemEntropy), &place.policy(), ending);
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            return Ok(true);
        }
        next = place.store.find(id.as_str()).await.map_err(Trouble::new)?;
    }
    Err(lost_races())
}

/// Takes away codes that nobody has redeemed yet: for one that was approved with `offline_access`, an app would still get
/// tokens. They have no index by user, for they live for a minute.
pub(super) async fn codes(place: &Place, whose: Whose<'_>) -> Result<(), Trouble> {
    let taken = change_all(place, Whose::Everybody, |code: Stored<Code>| {
        let meant =
            matches!(whose, Whose::Everybody) || matches!(whose, Whose::One(subject) if code.subject == *subject);
        (meant && matches!(code.state, CodeState::Unused)).then(|| removal(&code))
    });
    taken.await.map(drop)
}

/// Ends what apps got; `keep_offline`: but for those that may go on without the user. How many.
pub(super) async fn families(place: &Place, whose: Whose<'_>, keep_offline: bool) -> Result<usize, Trouble> {
    change_all(place, whose, |mut family: Stored<Family>| {
        if family.ended.is_some() || (keep_offline && family.scope.contains("offline_access")) {
            return None;
        }
        (family.ended, family.answer) = (Some(Ended::SignedOut), None);
        let mut writes = Writes::none();
        writes.replace(&family);
        Some(writes)
    })
    .await
}

/// Forgets what was allowed to apps; how many.
pub(super) async fn approvals(place: &Place, whose: Whose<'_>) -> Result<usize, Trouble> {
    change_all(place, whose, |approval: Stored<Authorization>| Some(removal(&approval))).await
}

fn removal<R: Record>(record: &Stored<R>) -> Writes {
    let mut writes = Writes::none();
    writes.delete(record);
    writes
}

/// Changes every record of a kind whose first secondary key is the subject, as far as there is something to change.
async fn change_all<R: Record>(
    place: &Place,
    whose: Whose<'_>,
    change: impl Fn(Stored<R>) -> Option<Writes>,
) -> Result<usize, Trouble> {
    let (mut changed, mut after) = (0_usize, None::<String>);
    loop {
        let page = Page { after: after.as_deref(), limit: BATCH };
        let found: Vec<Stored<R>> = match whose {
            Whose::One(subject) => place.store.list_by_first(subject.as_str(), page).await,
            Whose::Everybody => place.store.scan(page).await,
        }
        .map_err(Trouble::new)?;
        let last = last_key(&found);
        let (mut all, mut keys) = (Writes::none(), Vec::new());
        for record in found {
            let key = record.key().into_owned();
            if let Some(writes) = change(record) {
                all.extend(writes);
                keys.push(key);
            }
        }
        if place.store.commit(&all).await.map_err(Trouble::new)?.is_some() {
            changed = changed.saturating_add(keys.len());
        } else {
            for key in keys {
                changed = changed.saturating_add(usize::from(change_one(place, &key, &change).await?));
            }
        }
        match last {
            Some(last) => after = Some(last),
            None => return Ok(changed),
        }
    }
}

async fn change_one<R: Record>(
    place: &Place,
    key: &str,
    change: &impl Fn(Stored<R>) -> Option<Writes>,
) -> Result<bool, Trouble> {
    for _ in 0..MAX_RACES {
        let found = place.store.find::<R>(key).await.map_err(Trouble::new)?;
        let Some(writes) = found.and_then(change) else { return Ok(false) };
        if place.store.commit(&writes).await.map_err(Trouble::new)?.is_some() {
            return Ok(true);
        }
    }
    Err(lost_races())
}

/// Where the next page begins; `None`: there is none.
fn last_key<R: Record>(found: &[Stored<R>]) -> Option<String> {
    found.last().filter(|_| found.len() == BATCH).map(|last| last.key()).map(Cow::into_owned)
}
