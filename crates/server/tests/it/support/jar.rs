//! Cookies, as far as this server's depend on a browser: host, Path, Secure, HttpOnly, SameSite, and the `__Host-` prefix
//! (RFC 6265bis §4.1, §5).

/// Where a request comes from, seen from the site that it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The user typed the address.
    Typed,
    /// A page of the same origin.
    Same,
    /// A page of a sibling: another subdomain or port.
    SameSite,
    /// A page of another site.
    CrossSite,
}

impl Origin {
    pub(crate) const fn sec_fetch_site(self) -> &'static str {
        match self {
            Self::Typed => "none",
            Self::Same => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    host: String,
    name: String,
    value: String,
    secure: bool,
}

/// The cookies of one browser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Jar(Vec<Cookie>);

impl Jar {
    /// Takes a `Set-Cookie` header as a browser would, and insists that it is as careful as it can be.
    #[track_caller]
    pub(crate) fn set(&mut self, origin: &str, header: &str) {
        let (scheme, authority) = origin.split_once("://").unwrap();
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).to_owned();
        let mut parts = header.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes: Vec<&str> = parts.collect();
        let has = |wanted: &str| attributes.contains(&wanted);
        assert!(has("HttpOnly") && has("SameSite=Lax") && has("Path=/"), "{header}");
        assert!(!attributes.iter().any(|a| a.starts_with("Domain")), "{header}");
        assert_eq!(has("Secure"), scheme == "https", "{header}");
        assert_eq!(name.starts_with("__Host-"), scheme == "https", "{header}");
        self.0.retain(|cookie| !(cookie.host == host && cookie.name == name));
        self.0.push(Cookie { host, name: name.to_owned(), value: value.to_owned(), secure: has("Secure") });
    }

    /// The `Cookie` header of a request, if there is one to send. `safe`: a top-level GET.
    pub(crate) fn header(&self, origin: &str, from: Origin, safe: bool) -> Option<String> {
        if from == Origin::CrossSite && !safe {
            return None;
        }
        let (scheme, authority) = origin.split_once("://").unwrap();
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let fit = self.0.iter().filter(|cookie| cookie.host == host && (scheme == "https" || !cookie.secure));
        let all: Vec<String> = fit.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// The values of all cookies.
    pub(crate) fn values(&self) -> Vec<String> {
        self.0.iter().map(|cookie| cookie.value.clone()).collect()
    }
}
