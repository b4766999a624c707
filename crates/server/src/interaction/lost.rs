//! Why a browser comes back without the cookie that it began with, as far as the request shows it: for the person in
//! front of the page, who can do something about most of these, and for the log.

use axum::http::{HeaderMap, header};

/// The reason, in order of how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It began under another host name, and the cookie stayed there.
    OtherHost,
    /// The cookie is `Secure`, and the request came over plain http.
    PlainHttp,
    /// The page was opened inside a page of another site, where `SameSite=Lax` keeps the cookie back.
    Framed,
    /// A page of another site sent a form, with which `SameSite=Lax` keeps the cookie back.
    OtherSite,
    /// No cookie came at all.
    NoCookies,
    /// Cookies came, but not ours.
    Deleted,
    /// Our cookie came, and names a browser that did not begin this, or nobody that is known.
    OtherBrowser,
}

impl Reason {
    /// Looks at what the request shows. Headers are whatever the sender wrote: these are words, no decision hangs on them.
    /// `ours` is our cookie: its name, and whether it is `Secure`.
    pub fn of(headers: &HeaderMap, ours: (&str, bool), began_at: &str, came_back_on: &str) -> Self {
        let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
        let text = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let names = text.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let names: Vec<&str> = names.map(|(name, _)| name).collect();
        let foreign = is("sec-fetch-site", "cross-site");
        if began_at != came_back_on {
            Self::OtherHost
        } else if names.contains(&ours.0) {
            Self::OtherBrowser
        } else if ours.1 && is("x-forwarded-proto", "http") {
            Self::PlainHttp
        } else if foreign && (is("sec-fetch-dest", "iframe") || is("sec-fetch-dest", "frame")) {
            Self::Framed
        } else if foreign && headers.contains_key(header::ORIGIN) {
            Self::OtherSite
        } else if names.is_empty() {
            Self::NoCookies
        } else {
            Self::Deleted
        }
    }

    /// What happened, in words that a person without the specifications understands.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OtherHost => "It began under another host name, and the browser keeps the cookies of the two apart",
            Self::PlainHttp => "The request came over plain http, and this cookie travels over https only",
            Self::Framed => {
                "The page was opened inside a page of another site, and there the browser keeps this cookie back"
            }
            Self::OtherSite => {
                "A page of another site sent the form, and with such a form the browser keeps this cookie back"
            }
            Self::NoCookies => {
                "No cookie came at all: the browser blocks them, or this is another browser or a private window"
            }
            Self::Deleted => "Other cookies came, but not this one: it was deleted or has expired",
            Self::OtherBrowser => {
                "The cookie that came belongs to another sign-in: this address was made for another browser"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::Reason;

    const OURS: &str = "__Host-countersign";

    fn reason(headers: &[(&'static str, &'static str)]) -> Reason {
        let pairs =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Reason::of(&pairs.collect::<HeaderMap>(), (OURS, true), "as.example", "as.example")
    }

    #[test]
    fn the_reason_is_what_the_request_shows() {
        let foreign = ("sec-fetch-site", "cross-site");
        assert_eq!(reason(&[]), Reason::NoCookies);
        assert_eq!(reason(&[("cookie", "theme=dark; other=1")]), Reason::Deleted);
        assert_eq!(reason(&[("cookie", "theme=dark; __Host-countersign=csbr_x")]), Reason::OtherBrowser);
        assert_eq!(reason(&[("x-forwarded-proto", "http")]), Reason::PlainHttp);
        assert_eq!(reason(&[("x-forwarded-proto", "https")]), Reason::NoCookies);
        assert_eq!(reason(&[foreign, ("sec-fetch-dest", "iframe")]), Reason::Framed);
        assert_eq!(reason(&[foreign, ("origin", "https://evil.example")]), Reason::OtherSite);
        assert_eq!(reason(&[foreign]), Reason::NoCookies, "a link from elsewhere brings a Lax cookie along");
        let none = HeaderMap::new();
        assert_eq!(Reason::of(&none, (OURS, true), "localhost:1", "127.0.0.1:1"), Reason::OtherHost);
    }

    #[test]
    fn the_words_fit_into_a_description() {
        use Reason::{Deleted, Framed, NoCookies, OtherBrowser, OtherHost, OtherSite, PlainHttp};
        for reason in [OtherHost, PlainHttp, Framed, OtherSite, NoCookies, Deleted, OtherBrowser] {
            assert!(reason.words().is_ascii() && reason.words().len() < 200, "{reason:?}");
        }
    }
}
