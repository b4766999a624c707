//! Browsers and sessions: what signing in and out changes.
//!
//! The cookie changes at every privilege change, so that one planted before the sign-in is worthless after it
//! (CVE-2026-7507). Records refer to the browser's id, so that other tabs go on.

use countersign_protocol::{BrowserId, Handle, HandleKind, SessionId, Timestamp, Ttl};

use crate::{
    Cx, Plan, Policy, Stored, Writes,
    logout::{
        back_channel,
        front_channel::{self, LogoutFrame},
    },
    records::{Browser, Client, Ended, Family, Interaction, Session, User},
};

/// A browser is forgotten this long after somebody last signed in or out with it.
const BROWSER: Ttl = Ttl::days(400);
/// One that nobody has signed in with yet: anybody can make such a row, so it must not stay. Longer than an interaction
/// may wait.
const STRANGER: Ttl = Ttl::days(2);
/// Most accounts in one browser.
pub const MAX_ACCOUNTS: usize = 10;
/// The authentication context class of a sign-in by password (OpenID Connect Core §2, `acr`): level 1 of ISO/IEC 29115,
/// which is what one factor comes to.
pub const ACR_PASSWORD: &str = "1";
/// Every class that a sign-in here can be of.
pub const ACR_VALUES: [&str; 1] = [ACR_PASSWORD];
const MAX_USER_AGENT: usize = 200;

/// A browser that is met for the first time.
pub fn new_browser(cx: &mut Cx<'_>, user_agent: &str) -> Plan<(Browser, Handle)> {
    let cookie = Handle::random(HandleKind::Browser, cx.entropy);
    let browser = Browser {
        id: BrowserId::random(cx.entropy),
        cookie: cookie.hash(),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
        seen_at: cx.now,
        expires_at: cx.now.plus(STRANGER),
    };
    let mut writes = Writes::none();
    writes.insert(&browser);
    Plan::new(writes, (browser, cookie))
}

/// What a sign-in comes to.
#[derive(Debug)]
pub struct SignedIn {
    /// The new value of the browser's cookie.
    pub cookie: Handle,
    /// The session that began, or was renewed.
    pub session: SessionId,
}

/// Where somebody signs in.
#[derive(Debug)]
pub struct Place<'a> {
    /// The browser.
    pub browser: &'a Stored<Browser>,
    /// Its living sessions.
    pub sessions: &'a [Stored<Session>],
    /// The authorization request that waits for the sign-in, if there is one; it goes on with this account.
    pub waiting: Option<Stored<Interaction>>,
    /// What [`makes_room`] says has to go, with everything that hangs off it.
    pub leaving: Ending,
}

/// Sessions that end, with what hangs off them.
#[derive(Debug, Default)]
pub struct Ending {
    /// The sessions.
    pub sessions: Vec<Stored<Session>>,
    /// Their token families.
    pub families: Vec<Stored<Family>>,
    /// The clients that the users signed in to with them.
    pub clients: Vec<Stored<Client>>,
}

/// Whose session has to go before that user can sign in: with as many accounts as one browser may hold, the one that
/// signed in longest ago.
pub fn makes_room<'a>(sessions: &'a [Stored<Session>], user: &User) -> Option<&'a Stored<Session>> {
    let full = sessions.len() >= MAX_ACCOUNTS && sessions.iter().all(|session| session.subject != user.subject);
    sessions.iter().filter(|_| full).min_by_key(|session| session.auth_time)
}

/// From when on a sign-in of that user is told apart from their last one in this browser. `auth_time` counts whole
/// seconds, and a client that wanted a new sign-in looks whether it moved on (OpenID Connect Core §2, §3.1.2.1).
pub fn told_apart_from(sessions: &[Stored<Session>], user: &User) -> Option<Timestamp> {
    let last = sessions.iter().find(|session| session.subject == user.subject)?;
    Some(Timestamp::from_secs(last.auth_time.secs().saturating_add(1)))
}

/// A user proved who they are in this browser.
pub fn sign_in(cx: &mut Cx<'_>, policy: &Policy, place: Place<'_>, user: &User) -> Plan<SignedIn> {
    let Place { browser, sessions, waiting, leaving } = place;
    let mut writes = end_sessions(cx, policy, leaving);
    let cookie = renew_cookie(cx, browser, &mut writes);
    let expires_at = cx.now.plus(policy.ttl.session);
    let (acr, amr) = (ACR_PASSWORD.to_owned(), vec!["pwd".to_owned()]);
    let mine = sessions.iter().find(|session| session.subject == user.subject);
    let session = if let Some(earlier) = mine {
        let mut renewed = earlier.clone();
        // One event as a whole: a weaker sign-in that is newer leaves nothing of the stronger one (GO-2026-6117).
        (renewed.auth_time, renewed.acr, renewed.amr) = (cx.now, acr, amr);
        renewed.expires_at = expires_at;
        writes.replace(&renewed);
        renewed.into_inner()
    } else {
        let session = Session {
            id: SessionId::random(cx.entropy),
            browser: browser.id.clone(),
            subject: user.subject.clone(),
            auth_time: cx.now,
            acr,
            amr,
            clients: Vec::new(),
            created_at: cx.now,
            expires_at,
        };
        writes.insert(&session);
        session
    };
    if let Some(mut interaction) = waiting {
        interaction.chosen = Some(session.id.clone());
        writes.replace(&interaction);
    }
    Plan::new(writes, SignedIn { cookie, session: session.id })
}

/// Somebody makes an account, and is signed in with it. Where the name was taken meanwhile, nothing is stored.
pub fn sign_up(cx: &mut Cx<'_>, policy: &Policy, place: Place<'_>, user: &User) -> Plan<SignedIn> {
    let mut plan = sign_in(cx, policy, place, user);
    plan.writes.insert(user);
    plan
}

/// What a sign-out comes to.
#[derive(Debug)]
pub struct SignedOut {
    /// The new value of the browser's cookie.
    pub cookie: Handle,
    /// What the next page has to load, so that clients hear of it.
    pub frames: Vec<LogoutFrame>,
}

/// Signs out some sessions of a browser.
pub fn sign_out(cx: &mut Cx<'_>, policy: &Policy, browser: &Stored<Browser>, ending: Ending) -> Plan<SignedOut> {
    let frames = front_channel::frames(policy, &ending.sessions, &ending.clients);
    let mut writes = end_sessions(cx, policy, ending);
    let cookie = renew_cookie(cx, browser, &mut writes);
    Plan::new(writes, SignedOut { cookie, frames })
}

/// Ends sessions, wherever they are, with the families that hang off them, and notes who has to be told. Families with `offline_access` go on, unless
/// the policy says otherwise, for as long as the user approves of that (OpenID Connect Back-Channel Logout §2.7).
pub fn end_sessions(cx: &mut Cx<'_>, policy: &Policy, ending: Ending) -> Writes {
    let mut writes = Writes::none();
    for session in &ending.sessions {
        writes.delete(session);
        for notice in back_channel::notices(cx, session, &ending.clients, &ending.families) {
            writes.insert(&notice);
        }
    }
    for mut family in ending.families.into_iter().filter(|family| family.ended.is_none()) {
        if family.scope.contains("offline_access") && !policy.offline_ends_at_sign_out {
            family.signed_out = true;
        } else {
            family.ended = Some(Ended::SignedOut);
            family.answer = None;
        }
        writes.replace(&family);
    }
    writes
}

fn renew_cookie(cx: &mut Cx<'_>, browser: &Stored<Browser>, writes: &mut Writes) -> Handle {
    let cookie = Handle::random(HandleKind::Browser, cx.entropy);
    let mut renewed = browser.clone();
    renewed.cookie = cookie.hash();
    renewed.seen_at = cx.now;
    renewed.expires_at = cx.now.plus(BROWSER);
    writes.replace(&renewed);
    cookie
}

#[cfg(test)]
mod tests;
