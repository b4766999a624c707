//! Telling clients that a session ended (OpenID Connect Back-Channel Logout 1.0): who is told, with which token, how often
//! it is tried.
//!
//! Notices are records, written in the commit that ends the session. Whoever delivers one claims it first by moving it
//! into the future, so that of several nodes one delivers, and another takes over should that one die.

use countersign_jose::NumericDate;
use countersign_protocol::{ClientId, NoticeId, SessionId, Subject, Timestamp, TokenId, Ttl};
use serde::Serialize;

use crate::{
    Cx, Fault, Revision, Stored, Writes,
    records::{Client, Family, LogoutNotice, Session, SubjectType},
    token::{Realm, is_openid},
    tokens::encrypt::{Content, encrypt},
};

/// How long a logout token is good: the text prefers at most two minutes (§2.4).
const TOKEN: Ttl = Ttl::minutes(2);
/// How long whoever claimed a notice has for it.
const CLAIM: Ttl = Ttl::minutes(2);
/// When to try again after each failure; after the last one it is given up.
const PAUSES: [Ttl; 8] = [
    Ttl::secs(10),
    Ttl::minutes(1),
    Ttl::minutes(5),
    Ttl::minutes(30),
    Ttl::minutes(2 * 60),
    Ttl::minutes(4 * 60),
    Ttl::minutes(8 * 60),
    Ttl::minutes(8 * 60),
];
/// Longer than all pauses together.
const KEPT: Ttl = Ttl::days(2);
/// Most clients that one session remembers; beyond, the one that the user signed in to longest ago is forgotten.
pub const MAX_CLIENTS: usize = 100;
/// Most names of one user that a client is told of when a session ends.
const MAX_NAMES: usize = 10;

/// Notes in a session that the user signs in to a client with it (§2.3). `None`: it is noted already.
pub(crate) fn remember(session: &Stored<Session>, client: &ClientId) -> Option<Stored<Session>> {
    if session.clients.contains(client) {
        return None;
    }
    let mut noted = session.clone();
    if noted.clients.len() >= MAX_CLIENTS {
        noted.clients.remove(0);
    }
    noted.clients.push(client.clone());
    Some(noted)
}

/// What has to be told when a session ends. `clients` are those that [`Session::clients`] names, and may be more;
/// `families` are those that hang off the session, and may be more.
pub(crate) fn notices(
    cx: &mut Cx<'_>,
    session: &Session,
    clients: &[Stored<Client>],
    families: &[Stored<Family>],
) -> Vec<LogoutNotice> {
    let told = clients.iter().filter(|client| session.clients.contains(&client.id) && address(client).is_some());
    let named = told.flat_map(|client| names(session, client, families).into_iter().map(move |name| (client, name)));
    named
        .map(|(client, name)| LogoutNotice {
            id: NoticeId::random(cx.entropy),
            client: client.id.clone(),
            subject: session.subject.clone(),
            subject_type: Some(name.clone()),
            session: session.id.clone(),
            due: cx.now,
            attempts: 0,
            created_at: cx.now,
            expires_at: cx.now.plus(KEPT),
        })
        .collect()
}

/// As whom a client knows the user of a session: as its ID tokens of that session say (§2.6 compares `sub` with them).
/// That is one name, unless the client changed its type or sector while the session lived.
fn names<'a>(session: &Session, client: &'a Client, families: &'a [Stored<Family>]) -> Vec<&'a SubjectType> {
    let mut names: Vec<&SubjectType> = Vec::new();
    let told = |family: &&Stored<Family>| family.session == session.id && family.client == client.id;
    for family in families.iter().filter(told).filter(|family| is_openid(&family.scope)) {
        let name = family.subject_type(client);
        if names.len() < MAX_NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(&client.subject_type);
    }
    names
}

/// Where to tell a client; `None`: it does not want to know, or may not.
pub fn address(client: &Client) -> Option<&str> {
    client.logout.backchannel_uri.as_deref().filter(|_| client.enabled)
}

/// Takes a notice for the time of a delivery. Only who commits this may deliver it.
pub fn claim(now: Timestamp, notice: &Stored<LogoutNotice>) -> (Writes, Stored<LogoutNotice>) {
    moved(notice, |notice| notice.due = now.plus(CLAIM))
}

/// Delivered, or not wanted any more.
pub fn done(notice: &Stored<LogoutNotice>) -> Writes {
    let mut writes = Writes::none();
    writes.delete(notice);
    writes
}

/// Tried in vain: when it is tried again; `None`: it is given up.
pub fn failed(now: Timestamp, notice: &Stored<LogoutNotice>) -> (Writes, Option<Timestamp>) {
    let pause = usize::try_from(notice.attempts).ok().and_then(|attempts| PAUSES.get(attempts));
    let Some(pause) = pause else { return (done(notice), None) };
    let due = now.plus(*pause);
    let (writes, _) = moved(notice, |notice| (notice.due, notice.attempts) = (due, notice.attempts.saturating_add(1)));
    (writes, Some(due))
}

/// Not tried, since the client did not even answer another one: later, together with that.
pub fn put_off(until: Timestamp, notice: &Stored<LogoutNotice>) -> Writes {
    moved(notice, |notice| notice.due = until).0
}

/// When it is due is in the key, so that a change of it is another row.
fn moved(notice: &Stored<LogoutNotice>, change: impl FnOnce(&mut LogoutNotice)) -> (Writes, Stored<LogoutNotice>) {
    let mut later = notice.clone().into_inner();
    change(&mut later);
    let mut writes = done(notice);
    writes.insert(&later);
    (writes, Stored::new(later, Revision(1)))
}

/// The claims of a logout token (§2.4): `sub` and `sid` both, and never a `nonce`, so that it can't pass for an ID token.
#[derive(Serialize)]
struct LogoutToken<'a> {
    iss: &'a str,
    sub: Subject,
    aud: &'a str,
    iat: NumericDate,
    exp: NumericDate,
    jti: TokenId,
    events: Events,
    sid: &'a SessionId,
}

#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

/// The token for one attempt, signed and encrypted as the client's ID tokens are. `fetched_keys`: what its `jwks_uri`
/// had, where it has one.
pub fn token(
    cx: &mut Cx<'_>,
    realm: Realm<'_>,
    (client, fetched_keys): (&Client, Option<&str>),
    notice: &LogoutNotice,
) -> Result<String, Fault> {
    let claims = LogoutToken {
        iss: &realm.policy.issuer,
        sub: realm.keys.known_as(notice.subject_type.as_ref().unwrap_or(&client.subject_type), &notice.subject),
        aud: client.id.as_str(),
        iat: cx.now.into(),
        exp: cx.now.plus(TOKEN).into(),
        jti: TokenId::random(cx.entropy),
        events: Events { logout: Nothing {} },
        sid: &notice.session,
    };
    let token = realm.keys.signing(client.id_token_alg)?.sign("logout+jwt", &claims)?;
    match client.id_token_encryption {
        Some(encryption) => encrypt(cx, client.key_document(fetched_keys), encryption, Content::Signed(&token)),
        None => Ok(token),
    }
}

#[cfg(test)]
mod tests;
