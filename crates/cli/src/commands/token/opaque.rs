//! Opaque tokens and other credentials that begin with `cs`: their kind is in the prefix, the rest in the database.

use countersign_engine::{
    records::{Client, CodeState},
    tokens::presented::{Presented, live_access},
};
use countersign_protocol::{Handle, HandleHash, HandleKind};
use countersign_server::edge::SystemEntropy;
use countersign_store::{MAX_RELATED, Page};

use super::{
    Report,
    state::{self, State},
};
use crate::{
    commands::{
        client::secrets,
        place::{Place, context, now},
        when,
    },
    outcome::Trouble,
};

const KINDS: [(HandleKind, &str, &str); 7] = [
    (
        HandleKind::AccessToken,
        "opaque_access_token",
        "An opaque access token: resource servers ask about it (RFC 7662).",
    ),
    (HandleKind::RefreshToken, "refresh_token", "A refresh token: a client gets new access tokens by it."),
    (HandleKind::Code, "authorization_code", "An authorization code: good for one exchange at the token endpoint."),
    (HandleKind::ClientSecret, "client_secret", "A client secret."),
    (
        HandleKind::Registration,
        "registration_token",
        "A token of registration: an app registers itself by it (RFC 7591), or manages its registration (RFC 7592).",
    ),
    (HandleKind::Browser, "browser_cookie", "The cookie of a browser."),
    (
        HandleKind::Interaction,
        "interaction_handle",
        "The handle of a request that waits on the sign-in or consent page.",
    ),
];

/// A credential of ours, whole and unchanged.
pub(super) struct Kind {
    name: &'static str,
    what: &'static str,
    of: HandleKind,
    hash: HandleHash,
}

/// What kind of credential the text is; `None`: none of ours, or damaged.
pub(super) fn kind(text: &str) -> Option<Kind> {
    KINDS.into_iter().find_map(|(kind, name, what)| {
        let hash = Handle::parse(kind, text).ok()?.hash();
        Some(Kind { name, what, of: kind, hash })
    })
}

/// Whether the text begins like one of ours.
pub(super) fn looks_ours(text: &str) -> bool {
    text.starts_with("cs") && text.as_bytes().get(4) == Some(&b'_')
}

/// Finds out everything about a credential.
pub(super) async fn inspect(place: Option<&Place>, kind: Kind) -> Result<Report, Trouble> {
    let report = Report::new(kind.name, kind.what);
    let Some(place) = place else {
        let why = "no installation is named (--config FILE or --data DIR)".to_owned();
        return Ok(Report { why, ..report });
    };
    let state = match kind.of {
        HandleKind::AccessToken => access(place, kind.hash).await?,
        HandleKind::RefreshToken => {
            let facts = place.store.presented_refresh_facts(&kind.hash).await.map_err(Trouble::new)?;
            state::refresh(now(), &facts)
        }
        HandleKind::Code => code(place, &kind.hash).await?,
        HandleKind::ClientSecret => secret(place, &kind.hash).await?,
        HandleKind::Registration => registration(place, &kind.hash).await?,
        HandleKind::Browser => browser(place, &kind.hash).await?,
        HandleKind::Interaction => interaction(place, &kind.hash).await?,
    };
    Ok(report.with(state))
}

async fn access(place: &Place, hash: HandleHash) -> Result<State, Trouble> {
    let facts = place.store.access_facts(hash.as_str()).await.map_err(Trouble::new)?;
    let mut entropy = SystemEntropy;
    let mut cx = context(&mut entropy);
    let live = live_access(&mut cx, &Presented::Opaque(hash), &facts);
    Ok(state::access(&facts, live))
}

async fn code(place: &Place, hash: &HandleHash) -> Result<State, Trouble> {
    let facts = place.store.code_facts(Some(hash)).await.map_err(Trouble::new)?;
    let Some(code) = facts.code else { return Ok(State::unknown()) };
    let now = now();
    let mut state = State::default();
    state.put("client", code.client.as_str());
    state.put("subject", code.subject.as_str());
    state.put("scope", code.scope.to_string());
    state.put("redirect_uri", code.redirect_uri.as_str());
    state.put("pkce", if code.challenge.is_some() { "S256" } else { "none: PKCE is optional for this client" });
    state.put("issued_at", when::iso(code.issued_at));
    state.put("expires_at", when::iso(code.expires_at));
    state.put("flow", code.flow.as_str());
    Ok(match &code.state {
        CodeState::Used { at, family } => {
            state.put("family", family.as_str());
            let ended = facts.family.and_then(|family| family.ended).map(state::ended);
            state.put("family_ended", ended.unwrap_or("no"));
            state.works(false, format!("it was used {}; its tokens are the family {family}", when::relative(now, *at)))
        }
        CodeState::Unused if code.expires_at <= now => state.works(false, "it expired without being used"),
        CodeState::Unused => state.works(true, "nobody has used it yet"),
    })
}

/// Secrets have no index: they are few, and only their owner looks for one.
async fn secret(place: &Place, hash: &HandleHash) -> Result<State, Trouble> {
    let page = Page { after: None, limit: MAX_RELATED };
    let clients = place.store.scan_readable::<Client>(page).await.map_err(Trouble::new)?.records;
    let mut all = clients.iter().flat_map(|client| secrets(client).iter().map(move |secret| (client, secret)));
    let Some((client, secret)) = all.find(|(_, secret)| secret.hash.matches(hash)) else { return Ok(State::unknown()) };
    let now = now();
    let mut state = State::default();
    state.put("client", client.id.as_str());
    state.put("secret", secret.name.as_str());
    state.put("created_at", when::iso(secret.created_at));
    state.put("expires_at", secret.expires_at.map_or_else(|| "never".to_owned(), when::iso));
    Ok(match secret.expires_at {
        Some(end) if end <= now => state.works(false, "it was replaced and has expired"),
        _ if !client.enabled => state.works(false, "the client is disabled"),
        _ => state.works(true, "the client proves itself by it"),
    })
}

async fn registration(place: &Place, hash: &HandleHash) -> Result<State, Trouble> {
    let found = place.store.initial_access(hash).await.map_err(Trouble::new)?;
    let Some(permission) = found else { return own_registration(place, hash).await };
    let now = now();
    let mut state = State::default();
    state.put("clients_left", permission.remaining);
    state.put("expires_at", when::iso(permission.expires_at));
    Ok(if permission.expires_at <= now {
        state.works(false, "it has expired")
    } else if permission.remaining == 0 {
        state.works(false, "it has registered as many clients as it may")
    } else {
        state.works(true, "it may register clients")
    })
}

/// The token with which a client manages itself (RFC 7592).
async fn own_registration(place: &Place, hash: &HandleHash) -> Result<State, Trouble> {
    let page = Page { after: None, limit: MAX_RELATED };
    let found = place.store.list_readable_by_second::<Client>(Client::DYNAMIC, page).await.map_err(Trouble::new)?;
    let mut all = found.records.iter().filter_map(|client| client.dynamic.as_ref().map(|dynamic| (client, dynamic)));
    let Some((client, dynamic)) = all.find(|(_, dynamic)| dynamic.access.matches(hash)) else {
        return Ok(State::unknown());
    };
    let mut state = State::default();
    state.put("client", client.id.as_str());
    state.put("expires_at", when::iso(dynamic.expires_at));
    Ok(if dynamic.expires_at <= now() {
        state.works(false, "nobody used the client, and it is over")
    } else if !client.enabled {
        state.works(false, "the client is disabled")
    } else if dynamic.locked {
        state.works(true, "the client looks at itself by it, and no more: an administrator has changed it")
    } else {
        state.works(true, "the client looks at itself, changes and removes itself by it")
    })
}

async fn browser(place: &Place, hash: &HandleHash) -> Result<State, Trouble> {
    let found = place.store.browser_by_cookie(hash).await.map_err(Trouble::new)?;
    let Some(browser) = found else { return Ok(State::unknown()) };
    let sessions = place.store.sessions_of_browser(&browser.id).await.map_err(Trouble::new)?;
    let now = now();
    let living: Vec<_> = sessions.iter().filter(|session| now < session.expires_at).collect();
    let mut state = State::default();
    state.put("browser", browser.id.as_str());
    state.put("user_agent", browser.user_agent.as_str());
    state.put("seen_at", when::iso(browser.seen_at));
    state.put("signed_in", living.iter().map(|session| session.subject.to_string()).collect::<Vec<_>>());
    Ok(if browser.expires_at <= now {
        state.works(false, "it has expired")
    } else {
        state.works(true, format!("{} accounts are signed in in this browser", living.len()))
    })
}

async fn interaction(place: &Place, hash: &HandleHash) -> Result<State, Trouble> {
    let found = place.store.interaction(hash).await.map_err(Trouble::new)?;
    let Some(interaction) = found else { return Ok(State::unknown()) };
    let now = now();
    let mut state = State::default();
    state.put("browser", interaction.browser.as_str());
    state.put("created_at", when::iso(interaction.created_at));
    state.put("expires_at", when::iso(interaction.expires_at));
    Ok(if interaction.expires_at <= now {
        state.works(false, "it has expired: the user has to begin again at the app")
    } else {
        state.works(true, "the browser that began it may go on with it")
    })
}
