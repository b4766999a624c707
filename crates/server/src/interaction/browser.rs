//! The browser at the other end: its cookie, its accounts, its form tokens.

use axum::http::{HeaderMap, HeaderValue, header};
use countersign_engine::{
    Cx, Stored,
    authorize::Account,
    records::{Browser, Client, Session},
    session,
};
use countersign_protocol::{Handle, HandleKind};

use crate::{realm::Realm, reply::Failure};

/// Browsers keep cookies for 400 days at most; ours lives as long, and names a row that ends earlier.
const MAX_AGE: u32 = 400 * 24 * 3600;

/// The name of the cookie: with https a `__Host-` one, which no other host name and no plain http can set.
pub fn cookie_name(realm: &Realm) -> &'static str {
    if realm.is_https() { "__Host-countersign" } else { "countersign" }
}

/// The browser that the cookie names, if it is alive.
pub async fn find(realm: &Realm, cx: &Cx<'_>, headers: &HeaderMap) -> Result<Option<Stored<Browser>>, Failure> {
    let Some(cookie) = cookie(realm, headers) else { return Ok(None) };
    let found = realm.store.browser_by_cookie(&cookie.hash()).await?;
    Ok(found.filter(|browser| cx.now < browser.expires_at))
}

/// The browser that the cookie names, or a new one with the cookie to set.
pub async fn find_or_new(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
) -> Result<(Stored<Browser>, Option<Handle>), Failure> {
    if let Some(found) = find(realm, cx, headers).await? {
        return Ok((found, None));
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let plan = session::new_browser(cx, agent);
    let done = realm.store.commit(&plan.writes).await?.ok_or(Failure::Overloaded("a new browser's id was taken"))?;
    let (browser, cookie) = plan.outcome.release(&done);
    let stored = realm.store.browser_by_cookie(&browser.cookie).await?;
    Ok((stored.ok_or(Failure::Overloaded("a new browser was removed at once"))?, Some(cookie)))
}

/// The living sessions of a browser.
pub async fn sessions(realm: &Realm, cx: &Cx<'_>, browser: &Browser) -> Result<Vec<Stored<Session>>, Failure> {
    let all = realm.store.sessions_of_browser(&browser.id).await?;
    Ok(all.into_iter().filter(|session| cx.now < session.expires_at).collect())
}

/// The accounts that are signed in in a browser, with what each approved for a client.
pub async fn accounts(realm: &Realm, cx: &Cx<'_>, browser: &Browser, client: &Client) -> Result<Vec<Account>, Failure> {
    let keys = realm.keys.load();
    let mut accounts = Vec::new();
    for session in sessions(realm, cx, browser).await? {
        let Some(user) = realm.store.user(&session.subject).await?.filter(|user| user.enabled) else { continue };
        let authorization = realm.store.authorization(&client.id, &session.subject).await?;
        let sub = keys.known_as(&client.subject_type, &user.subject);
        accounts.push(Account { session, user, sub, authorization });
    }
    Ok(accounts)
}

/// The header that sets the cookie. `Lax`, since the user comes from the client's site; scripts never see it.
pub fn set_cookie(realm: &Realm, cookie: &Handle) -> Option<HeaderValue> {
    let secure = if realm.is_https() { "; Secure" } else { "" };
    let text = format!(
        "{}={}; Path=/; Max-Age={MAX_AGE}; HttpOnly; SameSite=Lax{secure}",
        cookie_name(realm),
        cookie.expose()
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a form was sent by a page of ours, in this browser. The token settles it. `Sec-Fetch-Site`, where a browser
/// sends it, must not contradict: a sibling host that planted its own cookie before the sign-in would know the token.
pub fn form_is_ours(realm: &Realm, headers: &HeaderMap, browser: &Browser, purpose: &str, sent: Option<&str>) -> bool {
    let expected = realm.form_token(&browser.id, purpose);
    let token_ok =
        sent.is_some_and(|sent| countersign_jose::hash::constant_time_eq(sent.as_bytes(), expected.as_bytes()));
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    token_ok && !foreign
}

fn cookie(realm: &Realm, headers: &HeaderMap) -> Option<Handle> {
    let name = cookie_name(realm);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let values = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    // A handle of the wrong form is as good as none (CVE-2026-25748: a malformed cookie must not get anybody further).
    values.filter(|(n, _)| *n == name).find_map(|(_, value)| Handle::parse(HandleKind::Browser, value).ok())
}
