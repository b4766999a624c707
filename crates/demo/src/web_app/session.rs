//! Sessions on the server: bounded, under the hash of their cookie, with a new cookie at each sign-in so that one that
//! was planted before is worthless after (session fixation).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_client::{IdToken, TokenKeeper};
use countersign_protocol::{HandleHash, Secret, Timestamp, Ttl};

use super::history::History;

/// Most sessions at once; the oldest makes room.
const CAPACITY: usize = 1000;
const LIFETIME: Ttl = Ttl::minutes(12 * 60);

/// Who signed in, as the provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// Their name; `None` if they did not let us know.
    pub(super) name: Option<String>,
    /// The user, for ever the same at this issuer.
    pub(super) sub: String,
}

/// One signed-in browser.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) person: Person,
    /// What the provider said at the sign-in; goes along when the user signs out there.
    pub(super) id_token: Option<IdToken>,
    pub(super) keeper: TokenKeeper,
    pub(super) history: Arc<History>,
    /// Goes into every form, and must come back with it: another port of this host is the same site to a browser.
    pub(super) form_token: Secret,
    /// Whether it was begun without PKCE.
    pub(super) legacy: bool,
    pub(super) expires_at: Timestamp,
}

impl Session {
    /// When a session that begins now ends.
    pub(super) const fn expiry(now: Timestamp) -> Timestamp {
        now.plus(LIFETIME)
    }

    /// The provider's name for the session there.
    pub(super) fn sid(&self) -> Option<&str> {
        self.id_token.as_ref()?.claims().sid.as_deref()
    }
}

#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<HandleHash, Arc<Session>>>);

impl Sessions {
    /// Keeps a session under the hash of this cookie.
    pub(super) fn open(&self, cookie: &Secret, session: Session, now: Timestamp) {
        let mut live = self.live();
        live.retain(|_, session| now < session.expires_at);
        while live.len() >= CAPACITY {
            let oldest = live.iter().min_by_key(|(_, session)| session.expires_at).map(|(hash, _)| hash.clone());
            let Some(oldest) = oldest else { break };
            live.remove(&oldest);
        }
        live.insert(HandleHash::of(cookie.expose()), Arc::new(session));
    }

    pub(super) fn find(&self, cookie: &Secret, now: Timestamp) -> Option<Arc<Session>> {
        let found = self.live().get(&HandleHash::of(cookie.expose())).cloned();
        found.filter(|session| now < session.expires_at)
    }

    /// Forgets a session, and hands it out a last time.
    pub(super) fn close(&self, cookie: &Secret) -> Option<Arc<Session>> {
        self.live().remove(&HandleHash::of(cookie.expose()))
    }

    /// Forgets every session that the provider calls by that name, or every one of that user where it names none, and
    /// hands them out a last time.
    pub(super) fn close_all(&self, sub: Option<&str>, sid: Option<&str>) -> Vec<Arc<Session>> {
        let meant = |session: &Session| match sid {
            Some(sid) => session.sid() == Some(sid) && sub.is_none_or(|sub| session.person.sub == sub),
            None => sub == Some(session.person.sub.as_str()),
        };
        let mut live = self.live();
        let ended: Vec<_> = live.iter().filter(|(_, session)| meant(session)).map(|(hash, _)| hash.clone()).collect();
        ended.iter().filter_map(|hash| live.remove(hash)).collect()
    }

    fn live(&self) -> MutexGuard<'_, HashMap<HandleHash, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
