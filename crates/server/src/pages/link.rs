//! Links that somebody else wrote, such as an app's privacy policy (RFC 7591 §2).

/// An address that is safe to put into `href`: http or https, whatever the registration let through. Escaping alone
/// would not do, since `javascript:alert(1)` has nothing to escape (CVE-2026-9086).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLink(String);

impl WebLink {
    /// `None` unless the text is an absolute http(s) address without spaces or control characters.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let clean = !rest.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        clean.then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for WebLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an app explains itself (RFC 7591 §2: `client_uri`, `policy_uri`, `tos_uri`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppLinks {
    /// Its home page.
    pub website: Option<WebLink>,
    /// Its privacy policy.
    pub policy: Option<WebLink>,
    /// Its terms of service.
    pub terms: Option<WebLink>,
}

impl AppLinks {
    /// The links that there are, with what they say.
    pub fn all(&self) -> Vec<(&'static str, &WebLink)> {
        let links = [("Website", &self.website), ("Privacy policy", &self.policy), ("Terms of service", &self.terms)];
        links.into_iter().filter_map(|(label, link)| link.as_ref().map(|link| (label, link))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::WebLink;

    #[test]
    fn only_web_addresses_become_links() {
        assert!(WebLink::parse("https://app.example/privacy?x=1").is_some());
        assert!(WebLink::parse("http://localhost:4001/terms").is_some());
        for bad in [
            "",
            "https://",
            "javascript:alert(1)",
            "JavaScript:alert(1)//https://",
            " https://a.example",
            "https://a.example/\nx",
            "data:text/html,x",
            "//a.example",
            "/terms",
        ] {
            assert_eq!(WebLink::parse(bad), None, "{bad:?}");
        }
    }
}
