//! Discovery: what a provider says about itself (RFC 8414, OpenID Connect Discovery 1.0), believed only as far as
//! the issuer in it is the one that was asked, byte for byte.
//!
//! Left out: `signed_metadata` (RFC 8414 §2.1); TLS already proves where the document comes from.

use countersign_protocol::Refusal;
use countersign_protocol::metadata::ServerMetadata;
use serde_json::Value;

use crate::check::{Checks, quote};
use crate::rules;
use crate::wire::{Endpoint, Request, Response, json_object};

/// Metadata whose issuer and endpoints were checked.
#[derive(Debug, Clone)]
pub struct Metadata {
    document: ServerMetadata,
    pub(crate) authorization: Option<Endpoint>,
    pub(crate) token: Option<Endpoint>,
    pub(crate) jwks: Option<Endpoint>,
    pub(crate) userinfo: Option<Endpoint>,
    pub(crate) revocation: Option<Endpoint>,
    pub(crate) registration: Option<Endpoint>,
    pub(crate) end_session: Option<Endpoint>,
}

/// The two requests that find a provider's metadata; the second is for providers that answer the first with 404.
///
/// OpenID Connect Discovery §4 appends its path to the issuer, RFC 8414 §3.1 puts its own before the issuer's path.
pub fn requests(issuer: &str, checks: Checks<'_>) -> Result<[Request; 2], Refusal> {
    let secure = Endpoint::parse(issuer).is_ok() && !issuer.contains('?');
    checks.require(&rules::ISSUER_SECURE, secure, || format!("Got {}", quote(issuer)))?;
    let origin = countersign_protocol::redirect_uri::origin_of(issuer).unwrap_or_default();
    let path = issuer.strip_prefix(origin).unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    let address = |url: String| {
        Endpoint::parse(&url).map(|endpoint| endpoint.get()).map_err(|_| Refusal::of(&rules::ISSUER_SECURE))
    };
    Ok([
        address(format!("{origin}{path}/.well-known/openid-configuration"))?,
        address(format!("{origin}/.well-known/oauth-authorization-server{path}"))?,
    ])
}

/// Reads the reply to one of [`requests`].
pub fn read(issuer: &str, response: &Response, checks: Checks<'_>) -> Result<Metadata, Refusal> {
    let object = json_object(response, checks)?;
    let document = serde_json::from_value(Value::Object(object));
    let what = document.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let document = checks.some(&rules::REPLY_JSON, document.ok(), || format!("The metadata can't be read: {what}"))?;
    Metadata::new(issuer, document, checks)
}

impl Metadata {
    /// Metadata from another source than discovery, such as a configuration file; checked in the same way.
    pub fn new(issuer: &str, document: ServerMetadata, checks: Checks<'_>) -> Result<Self, Refusal> {
        checks.require(&rules::METADATA_ISSUER, document.issuer == issuer, || {
            let (expected, found) = (quote(issuer), quote(&document.issuer));
            format!("Expected {expected}, the document says {found}; configure it as the document has it")
        })?;
        let endpoint = |name: &'static str, url: Option<&str>| match url {
            None | Some("") => Ok(None),
            Some(url) => {
                let parsed = Endpoint::parse(url).ok();
                checks.some(&rules::ENDPOINT_SECURE, parsed, || format!("{name} is {}", quote(url))).map(Some)
            }
        };
        Ok(Self {
            authorization: endpoint("authorization_endpoint", Some(&document.authorization_endpoint))?,
            token: endpoint("token_endpoint", Some(&document.token_endpoint))?,
            jwks: endpoint("jwks_uri", Some(&document.jwks_uri))?,
            userinfo: endpoint("userinfo_endpoint", document.userinfo_endpoint.as_deref())?,
            revocation: endpoint("revocation_endpoint", document.revocation_endpoint.as_deref())?,
            registration: endpoint("registration_endpoint", document.registration_endpoint.as_deref())?,
            end_session: endpoint("end_session_endpoint", document.end_session_endpoint.as_deref())?,
            document,
        })
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.document.issuer
    }

    /// The whole document.
    pub fn document(&self) -> &ServerMetadata {
        &self.document
    }

    /// An endpoint that an operation can't do without.
    pub(crate) fn needed<'a>(
        &self,
        name: &'static str,
        endpoint: Option<&'a Endpoint>,
        checks: Checks<'_>,
    ) -> Result<&'a Endpoint, Refusal> {
        checks.some(&rules::ENDPOINT_KNOWN, endpoint, || {
            format!("{} publishes no {name}, so it does not offer this", quote(self.issuer()))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read, requests};
    use crate::check::Checks;
    use crate::rules;
    use crate::wire::Response;

    const ISSUER: &str = "https://id.example/realm";

    fn addresses(issuer: &str) -> Vec<String> {
        requests(issuer, Checks::unobserved()).unwrap().iter().map(|r| r.uri().to_string()).collect()
    }

    fn rule_that_refuses(document: &serde_json::Value) -> &'static str {
        let response = Response::new(document.to_string().into_bytes());
        read(ISSUER, &response, Checks::unobserved()).unwrap_err().rule.id
    }

    #[test]
    fn well_known_addresses_follow_both_specifications() {
        assert_eq!(
            addresses("https://id.example"),
            [
                "https://id.example/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server"
            ]
        );
        assert_eq!(
            addresses("https://id.example/realm/"),
            [
                "https://id.example/realm/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server/realm"
            ]
        );
    }

    #[test]
    fn an_issuer_that_tls_cannot_prove_is_refused() {
        for bad in
            ["http://id.example", "id.example", "https://id.example?x", "https://id.example#x", "https://a@b", ""]
        {
            let refusal = requests(bad, Checks::unobserved()).unwrap_err();
            assert_eq!(refusal.rule, &rules::ISSUER_SECURE, "{bad}");
        }
    }

    #[test]
    fn metadata_of_another_issuer_is_refused_even_if_only_a_slash_differs() {
        for other in ["https://id.example/realm/", "https://ID.example/realm", "https://evil.example", ""] {
            assert_eq!(rule_that_refuses(&json!({"issuer": other})), rules::METADATA_ISSUER.id);
        }
    }

    #[test]
    fn an_endpoint_in_the_clear_is_refused() {
        let document = json!({"issuer": ISSUER, "token_endpoint": "http://id.example/token"});
        assert_eq!(rule_that_refuses(&document), rules::ENDPOINT_SECURE.id);
        let document = json!({"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"});
        assert_eq!(rule_that_refuses(&document), rules::ENDPOINT_SECURE.id);
    }

    #[test]
    fn metadata_with_members_of_a_wrong_type_is_refused() {
        assert_eq!(rule_that_refuses(&json!({"issuer": ISSUER, "token_endpoint": 7})), rules::REPLY_JSON.id);
        assert_eq!(rule_that_refuses(&json!(["issuer"])), rules::REPLY_JSON.id);
    }
}
