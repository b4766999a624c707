//! The four sites that a tap sits at, and what their addresses are called.

use http::Method;
use serde::Serialize;

/// Whose messages a tap sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The authorization server.
    AuthorizationServer,
    /// Fernbook, the demo's web application.
    WebApp,
    /// Sprig, the demo's single-page application.
    Spa,
    /// Rootcellar, the demo's resource server.
    ResourceServer,
}

/// Addresses of no interest: files of pages, the explorer itself, questions of those who run a server.
const NOT_RECORDED: [&str; 7] =
    ["/assets/", "/explore", "/inspect", "/favicon", "/apple-touch-icon", "/healthz", "/readyz"];

impl Site {
    /// What an address is called; `None`: not recorded.
    pub fn endpoint(self, method: &Method, path: &str) -> Option<&'static str> {
        if NOT_RECORDED.iter().any(|start| path.starts_with(start)) {
            return None;
        }
        if path.starts_with("/.well-known/") {
            return Some("metadata");
        }
        Some(match self {
            Self::AuthorizationServer => authorization_server(method, path),
            Self::WebApp => match path {
                "/login" => "login",
                // A form is sent on to the same address as a link, and that is what begins a login.
                "/initiate-login" if *method != Method::POST => "login",
                "/callback" | "/callback/legacy" => "callback",
                "/refresh" => "refresh",
                "/logout" => "logout",
                "/backchannel-logout" | "/backchannel-logout/legacy" => "backchannel-logout",
                "/frontchannel-logout" => "frontchannel-logout",
                _ => "page",
            },
            Self::Spa => "page",
            Self::ResourceServer if path == "/" => "page",
            Self::ResourceServer => "api",
        })
    }
}

fn authorization_server(method: &Method, path: &str) -> &'static str {
    match path {
        "/" => "home",
        "/authorize" => "authorize",
        "/token" => "token",
        "/userinfo" => "userinfo",
        "/introspect" => "introspect",
        "/revoke" => "revoke",
        "/register" => "register",
        "/jwks" => "jwks",
        "/sign-out" => "sign-out",
        "/end-session" => "end-session",
        _ if path == "/account" || path.starts_with("/account/") => "account",
        _ => interaction(method, path).unwrap_or("other"),
    }
}

fn interaction(method: &Method, path: &str) -> Option<&'static str> {
    let (_, page) = path.strip_prefix("/interaction/")?.split_once('/').unwrap_or_default();
    Some(match (method, page) {
        (&Method::POST, "sign-in") => "sign-in",
        (&Method::POST, "choose") => "choose",
        (&Method::POST, "consent") => "consent",
        _ => "interaction",
    })
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::Site::{self, AuthorizationServer, ResourceServer, Spa, WebApp};

    #[test]
    fn every_address_has_a_name() {
        let cases: [(Site, Method, &str, &str); 26] = [
            (AuthorizationServer, Method::GET, "/authorize", "authorize"),
            (AuthorizationServer, Method::GET, "/interaction/csia_x", "interaction"),
            (AuthorizationServer, Method::GET, "/interaction/csia_x/sign-in", "interaction"),
            (AuthorizationServer, Method::POST, "/interaction/csia_x/sign-in", "sign-in"),
            (AuthorizationServer, Method::POST, "/interaction/csia_x/choose", "choose"),
            (AuthorizationServer, Method::POST, "/interaction/csia_x/consent", "consent"),
            (AuthorizationServer, Method::POST, "/account/sign-in", "account"),
            (AuthorizationServer, Method::GET, "/sign-out", "sign-out"),
            (AuthorizationServer, Method::GET, "/end-session", "end-session"),
            (WebApp, Method::POST, "/backchannel-logout/legacy", "backchannel-logout"),
            (WebApp, Method::GET, "/frontchannel-logout", "frontchannel-logout"),
            (AuthorizationServer, Method::OPTIONS, "/token", "token"),
            (AuthorizationServer, Method::GET, "/.well-known/openid-configuration", "metadata"),
            (AuthorizationServer, Method::GET, "/", "home"),
            (AuthorizationServer, Method::POST, "/oauth/token", "other"),
            (WebApp, Method::GET, "/callback/legacy", "callback"),
            (WebApp, Method::GET, "/initiate-login", "login"),
            (WebApp, Method::POST, "/initiate-login", "page"),
            (WebApp, Method::GET, "/notebook/map.txt", "page"),
            (WebApp, Method::POST, "/refresh", "refresh"),
            (WebApp, Method::POST, "/logout", "logout"),
            (Spa, Method::GET, "/callback", "page"),
            (Spa, Method::GET, "/config.json", "page"),
            (ResourceServer, Method::GET, "/files/map.txt", "api"),
            (ResourceServer, Method::GET, "/.well-known/oauth-protected-resource", "metadata"),
            (ResourceServer, Method::GET, "/", "page"),
        ];
        for (site, method, path, name) in cases {
            assert_eq!(site.endpoint(&method, path), Some(name), "{site:?} {path}");
        }
    }

    #[test]
    fn files_and_the_explorer_itself_are_not_recorded() {
        for path in ["/assets/x.css", "/explore", "/explore/api/events", "/inspect", "/healthz", "/favicon.ico"] {
            assert_eq!(AuthorizationServer.endpoint(&Method::GET, path), None, "{path}");
        }
    }
}
