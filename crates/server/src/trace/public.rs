//! What of a query or a form may be told: by lists of what is public, not of what is secret. An unknown parameter is not
//! even named, and a value that is not what it should be was perhaps put there by mistake.

use countersign_protocol::params;

use crate::realm::Realm;

/// Stands where something is left out.
pub(super) const LEFT_OUT: &str = "…";
/// Longest value that is told.
const LONGEST: usize = 300;

/// How it is found out whether the value of a parameter is what it should be, and so may be told.
#[derive(Debug, Clone, Copy)]
enum Public {
    /// One or several of the words that the specifications have for it.
    Words(&'static [&'static str]),
    /// Scopes that this server offers.
    Scope,
    /// The client that is traced.
    Client,
    /// An address; its query is left out.
    Address,
    /// A number.
    Number,
}

/// Parameters whose values are told.
const TOLD: [(&str, Public); 15] = [
    ("audience", Public::Address),
    ("client_assertion_type", Public::Words(&["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"])),
    ("client_id", Public::Client),
    ("code_challenge_method", Public::Words(&["S256", "plain"])),
    ("decision", Public::Words(&["allow", "deny"])),
    ("display", Public::Words(&["page", "popup", "touch", "wap"])),
    (
        "grant_type",
        Public::Words(&["authorization_code", "client_credentials", "implicit", "password", "refresh_token"]),
    ),
    ("max_age", Public::Number),
    ("post_logout_redirect_uri", Public::Address),
    ("prompt", Public::Words(&["consent", "create", "login", "none", "select_account"])),
    ("redirect_uri", Public::Address),
    ("resource", Public::Address),
    ("response_mode", Public::Words(&["form_post", "fragment", "query"])),
    ("response_type", Public::Words(&["code", "id_token", "none", "token"])),
    ("scope", Public::Scope),
];

/// Parameters that are named, but whose values open something, are about somebody, or may be anything.
const NAMED: [&str; 24] = [
    "acr_values",
    "assertion",
    "claims",
    "client_assertion",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "csrf",
    "id_token_hint",
    "login_hint",
    "logout_hint",
    "nonce",
    "password",
    "refresh_token",
    "registration",
    "request",
    "request_uri",
    "session",
    "state",
    "token",
    "token_type_hint",
    "ui_locales",
    "username",
];

/// A query or a form with nothing but public values.
pub(super) fn told(encoded: &str, realm: &Realm) -> String {
    let pairs = encoded.split('&').filter(|pair| !pair.is_empty()).take(params::MAX_PARAMS).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let public = TOLD.iter().find(|(known, _)| *known == name).map(|(_, public)| *public);
        match public {
            _ if public.is_none() && !NAMED.contains(&name) => format!("{LEFT_OUT}={LEFT_OUT}"),
            _ if value.is_empty() => format!("{name}="),
            Some(public) => {
                format!("{name}={}", params::encode(&public.value(value, realm)).replace("%E2%80%A6", LEFT_OUT))
            }
            None => format!("{name}={LEFT_OUT}"),
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

impl Public {
    /// The value, as far as it is what it should be: anything else may have been put there by mistake.
    fn value(self, encoded: &str, realm: &Realm) -> String {
        let value = params::decode(encoded.as_bytes()).ok().filter(|value| value.len() <= LONGEST);
        let Some(value) = value else { return LEFT_OUT.to_owned() };
        let words = |known: &dyn Fn(&str) -> bool| {
            let words = value.split(' ').map(|word| if known(word) { word } else { LEFT_OUT });
            words.collect::<Vec<_>>().join(" ")
        };
        match self {
            Self::Words(list) => words(&|word| list.contains(&word)),
            Self::Scope => words(&|word| realm.policy.scopes.iter().any(|offered| offered.scope.as_str() == word)),
            Self::Client => words(&|word| realm.traces.is_on_for(word, realm.now())),
            Self::Number => words(&|word| word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() < 12),
            Self::Address => address(&value),
        }
    }
}

/// An address without its query. Something that looks like a handle or a token is none, wherever it was put.
fn address(value: &str) -> String {
    let handle = |word: &str| word.len() > 20 && word.starts_with("cs") && word.get(4..5) == Some("_");
    let mut words = value.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
    if value.contains("eyJ") || !value.contains(':') || words.any(handle) {
        return LEFT_OUT.to_owned();
    }
    value.split_once(['?', '#']).map_or_else(|| value.to_owned(), |(address, _)| format!("{address}?{LEFT_OUT}"))
}

/// The query of an authorization response.
pub(super) fn told_back(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("error" | "error_description" | "iss" | "countersign_trace_id", _)) => pair.to_owned(),
        Some((name @ ("code" | "state"), _)) => format!("{name}={LEFT_OUT}"),
        _ => format!("{LEFT_OUT}={LEFT_OUT}"),
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::{address, told_back};

    #[test]
    fn of_an_address_the_query_is_left_out_and_what_is_none_altogether() {
        assert_eq!(address("https://app.example/cb"), "https://app.example/cb");
        assert_eq!(address("com.example.app:/cb?session=secret"), "com.example.app:/cb?…");
        assert_eq!(address("https://app.example/cb#eyJhbGciOi"), "…");
        for other in ["wrong secret", "eyJhbGciOi.x.y", &format!("https://x.example/csrt_{}", "A".repeat(47))] {
            assert_eq!(address(other), "…", "{other}");
        }
    }

    #[test]
    fn of_an_authorization_response_the_error_is_told() {
        assert_eq!(
            told_back("code=x&state=y&iss=https%3A%2F%2Fas.example"),
            "code=…&state=…&iss=https%3A%2F%2Fas.example"
        );
        assert_eq!(told_back("error=access_denied&keep=this"), "error=access_denied&…=…");
    }
}
