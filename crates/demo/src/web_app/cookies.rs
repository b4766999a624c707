//! The two cookies: which browser it is (before anybody signed in), and which session.
//!
//! Cookies are shared by all ports of a host, so their names are this application's own. There is no `Secure` and no
//! `__Host-` prefix: browsers differ on both over plain http, and this runs on loopback only.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use countersign_protocol::Secret;

/// Ties a sign-in to the browser that began it. Stays when the session changes, so that other tabs go on.
pub(super) const BROWSER: &str = "fernbook_browser";
/// Names a session; a new value at each sign-in.
pub(super) const SESSION: &str = "fernbook_session";

/// The value of a cookie, if it has the form of one of ours: 256 bits in base64url.
pub(super) fn find(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let ours =
        |value: &str| value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    pairs.find(|(known, value)| *known == name && ours(value)).map(|(_, value)| Secret::new(value))
}

/// Sets a cookie for as long as the browser runs.
pub(super) fn set(response: &mut Response, name: &str, value: &Secret) {
    append(response, &format!("{name}={}; Path=/; HttpOnly; SameSite=Lax", value.expose()));
}

/// Removes a cookie.
pub(super) fn clear(response: &mut Response, name: &str) {
    append(response, &format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
}

fn append(response: &mut Response, line: &str) {
    // Names are constants and values base64url, so the line is always a header value.
    if let Ok(mut line) = HeaderValue::from_str(line) {
        line.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, line);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::COOKIE;

    use super::{SESSION, find};

    #[test]
    fn a_cookie_of_another_form_is_as_good_as_none() {
        let good = "A".repeat(43);
        let read = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, line.parse().unwrap());
            find(&headers, SESSION).map(|value| value.expose().to_owned())
        };
        assert_eq!(read(&format!("countersign=x; {SESSION}={good}")), Some(good.clone()));
        assert_eq!(read(&format!("{SESSION}=; {SESSION}={good}")), Some(good.clone()));
        for bad in [format!("{SESSION}={good}A"), format!("{SESSION}=\"{good}\""), format!("x{SESSION}={good}")] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }
}
