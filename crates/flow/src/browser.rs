//! The User and the Browser: keeps cookies, follows redirects one by one, reads pages, types and clicks.

use countersign_protocol::redirect_uri::origin_of;
use http::{HeaderValue, header};

use crate::{
    Trouble,
    page::Page,
    wire::{self, Request, Trip, Wire},
};

/// Who sits in front of the browser.
#[derive(Debug, Clone)]
pub struct User {
    /// The user name.
    pub name: String,
    /// The password. Typed at the authorization server, and nowhere else.
    pub password: String,
}

/// A browser with its cookies, all of one origin: the flow visits no other.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    wire: Wire,
    cookies: Vec<(String, String)>,
}

/// What happened on the way through the authorization server's pages.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    /// Pages that were shown.
    pub(crate) shown: Vec<Trip>,
    /// Forms that were sent.
    pub(crate) sent: Vec<Trip>,
    /// The last response: the redirect to the client, or what came instead.
    pub(crate) last: Option<Trip>,
    /// What the user was told, where it did not go on.
    pub(crate) stuck: Option<String>,
}

/// More pages than this are a loop.
const MOST_PAGES: usize = 12;

impl Browser {
    /// A fresh browser.
    pub(crate) fn new(wire: Wire) -> Self {
        Self { wire, cookies: Vec::new() }
    }

    /// The same browser on another network: what it sends from now on is marked in that one's way.
    pub(crate) fn on(self, wire: Wire) -> Self {
        Self { wire, ..self }
    }

    /// Whether anybody gave it a cookie.
    pub(crate) fn has_cookies(&self) -> bool {
        !self.cookies.is_empty()
    }

    /// Follows a link.
    pub(crate) async fn get(&mut self, url: &str) -> Result<Trip, Trouble> {
        self.send(wire::get(url)?).await
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub(crate) async fn send(&mut self, mut request: Request) -> Result<Trip, Trouble> {
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let value = HeaderValue::try_from(pairs.join("; ")).map_err(Trouble::new)?;
            request.headers_mut().insert(header::COOKIE, value);
        }
        let trip = self.wire.send(request).await?;
        for cookie in trip.response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap_or_default());
        }
        Ok(trip)
    }

    /// Keeps a cookie, or removes it (RFC 6265 §5.3).
    fn keep(&mut self, header: &str) {
        let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        self.cookies.retain(|(kept, _)| kept != name);
        let gone = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
        if !gone {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Goes on from the answer to an authorization request until the browser is sent to the client: signs in, and
    /// approves everything that is asked for.
    pub(crate) async fn sign_in(&mut self, user: &User, first: &Trip, redirect_uri: &str) -> Result<Visit, Trouble> {
        let mut visit = Visit::default();
        let mut trip = first.clone();
        for _ in 0..MOST_PAGES {
            if let Some(location) = trip.location() {
                if location.starts_with(redirect_uri) {
                    break;
                }
                let next = absolute(&trip.request, location);
                trip = self.get(&next).await?;
                continue;
            }
            visit.shown.push(trip.clone());
            let page = Page::parse(trip.response.body()).unwrap_or_default();
            let Some(answer) = answer(&page, user, &trip.request)? else {
                visit.stuck = Some(page.alert.unwrap_or(page.title));
                break;
            };
            trip = self.send(answer).await?;
            visit.sent.push(trip.clone());
        }
        visit.last = Some(trip);
        Ok(visit)
    }
}

/// What the user does on a page; nothing, if the page says that something went wrong, or asks for nothing that the user
/// knows.
fn answer(page: &Page, user: &User, at: &Request) -> Result<Option<Request>, Trouble> {
    if page.alert.is_some() {
        return Ok(None);
    }
    let typed = [("username", user.name.as_str()), ("password", user.password.as_str())];
    for button in ["sign-in", "allow"] {
        if let Some(form) = page.form(button) {
            let pairs = form.submit(button, &typed);
            let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            return wire::post(&absolute(at, &form.action), pairs).map(Some);
        }
    }
    Ok(None)
}

/// An address on a page or in a header, which may be without scheme and host.
pub(crate) fn absolute(at: &Request, to: &str) -> String {
    if !to.starts_with('/') {
        return to.to_owned();
    }
    let here = at.uri().to_string();
    format!("{}{to}", origin_of(&here).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{Browser, Wire, absolute};
    use crate::wire;

    #[test]
    fn a_cookie_is_replaced_by_its_successor_and_removed_by_max_age_zero() {
        let mut browser = Browser::new(Wire::new("http://localhost:1", None, None).unwrap());
        browser.keep("a=1; Path=/; HttpOnly");
        browser.keep("b=2");
        browser.keep("a=3; Max-Age=60");
        assert_eq!(browser.cookies, [("b".into(), "2".into()), ("a".into(), "3".into())]);
        browser.keep("b=; Path=/; Max-Age=0");
        browser.keep("nonsense");
        assert_eq!(browser.cookies, [("a".into(), "3".into())]);
    }

    #[test]
    fn relative_addresses_stay_at_the_origin() {
        let at = wire::get("http://localhost:4000/a/b?c").unwrap();
        assert_eq!(absolute(&at, "/x?y"), "http://localhost:4000/x?y");
        assert_eq!(absolute(&at, "https://app.example/cb"), "https://app.example/cb");
    }
}
