//! What the demo applications are to an authorization server: their addresses and their registrations.

use countersign_client::ClientMetadata;

use crate::web_app;

/// The web application's client identifier.
pub const WEB: &str = "demo-web";
/// The web application once more, registered in the older way: PKCE is optional for it.
pub const WEB_LEGACY: &str = "demo-web-legacy";
/// The single-page application's client identifier.
pub const SPA: &str = "demo-spa";
/// The command line's client identifier.
pub const CLI: &str = "demo-cli";
/// The resource server's client identifier, with which it introspects.
pub const API: &str = "demo-api";

/// The scopes of the resource server, as its users ask for them.
pub const API_SCOPES: [&str; 2] = ["read:profile", "read:files"];
/// What every demo application asks for: who the user is, and everything that the resource server offers.
pub const SCOPE: &str = "openid profile read:profile read:files";

/// Where everything is. No address ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The authorization server, which is also its issuer identifier.
    pub issuer: String,
    /// The web application.
    pub web_app: String,
    /// The single-page application.
    pub spa: String,
    /// The resource server, which is also its resource identifier (RFC 8707).
    pub api: String,
}

impl Addresses {
    /// Four ports of this machine, from this one on. `base_port` must be 65532 or less; ports above it do not exist.
    pub fn on_loopback(base_port: u16) -> Self {
        let address = |offset: u32| format!("http://localhost:{}", u32::from(base_port).saturating_add(offset));
        Self { issuer: address(0), web_app: address(1), spa: address(2), api: address(3) }
    }
}

/// Where a client's secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretSource {
    /// It has none: a public client.
    None,
    /// Made by whoever starts the system, and handed to the application in memory.
    MadeAtStart,
}

/// A client that is registered before anybody asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoClient {
    /// Its fixed identifier.
    pub client_id: &'static str,
    /// Its registration, in the words of RFC 7591.
    pub metadata: ClientMetadata,
    /// Where its secret comes from.
    pub secret: SecretSource,
    /// Whether a request of it without a challenge is let through. Never, but for the comparison.
    pub pkce_optional: bool,
}

/// The clients that the demo needs, with the addresses of [`Addresses::on_loopback`].
pub fn clients(base_port: u16) -> Vec<DemoClient> {
    let Addresses { web_app: web_url, spa, api, .. } = Addresses::on_loopback(base_port);
    let web = |client_id, name: &str, [path, back_channel]: [&str; 2], pkce_optional: bool| DemoClient {
        client_id,
        metadata: ClientMetadata {
            redirect_uris: vec![format!("{web_url}{path}")],
            client_uri: Some(web_url.clone()),
            initiate_login_uri: (!pkce_optional).then(|| format!("{web_url}{}", web_app::INITIATE)),
            post_logout_redirect_uris: vec![format!("{web_url}{}", web_app::LOGGED_OUT)],
            backchannel_logout_uri: Some(format!("{web_url}{back_channel}")),
            backchannel_logout_session_required: Some(true),
            frontchannel_logout_uri: Some(format!("{web_url}{}", web_app::FRONT_CHANNEL)),
            frontchannel_logout_session_required: Some(true),
            ..metadata(name, "client_secret_basic", "web")
        },
        secret: SecretSource::MadeAtStart,
        pkce_optional,
    };
    let public =
        |client_id, metadata| DemoClient { client_id, metadata, secret: SecretSource::None, pkce_optional: false };
    vec![
        web(WEB, "Fernbook", [web_app::CALLBACK, web_app::BACK_CHANNEL], false),
        web(WEB_LEGACY, "Fernbook (older way)", [web_app::LEGACY_CALLBACK, web_app::LEGACY_BACK_CHANNEL], true),
        public(
            SPA,
            ClientMetadata {
                redirect_uris: vec![format!("{spa}{}", crate::spa::CALLBACK)],
                client_uri: Some(spa.clone()),
                post_logout_redirect_uris: vec![format!("{spa}/")],
                ..metadata("Sprig", "none", "web")
            },
        ),
        public(CLI, cli_metadata()),
        DemoClient {
            client_id: API,
            metadata: ClientMetadata {
                client_name: Some("Rootcellar".to_owned()),
                client_uri: Some(api),
                token_endpoint_auth_method: Some("client_secret_basic".to_owned()),
                grant_types: Some(Vec::new()),
                response_types: Some(Vec::new()),
                ..ClientMetadata::default()
            },
            secret: SecretSource::MadeAtStart,
            pkce_optional: false,
        },
    ]
}

/// The registration of the command line: a native client that is called back at whatever loopback port is free
/// (RFC 8252 §7.3).
pub(crate) fn cli_metadata() -> ClientMetadata {
    ClientMetadata {
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned(), "http://[::1]/callback".to_owned()],
        ..metadata("Twig", "none", "native")
    }
}

fn metadata(name: &str, auth_method: &str, application_type: &str) -> ClientMetadata {
    ClientMetadata {
        client_name: Some(name.to_owned()),
        token_endpoint_auth_method: Some(auth_method.to_owned()),
        application_type: Some(application_type.to_owned()),
        grant_types: Some(vec!["authorization_code".to_owned(), "refresh_token".to_owned()]),
        response_types: Some(vec!["code".to_owned()]),
        scope: Some(SCOPE.to_owned()),
        ..ClientMetadata::default()
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{ClientId, RedirectUri, ScopeSet};

    use super::{Addresses, SecretSource, WEB_LEGACY, clients};

    #[test]
    fn every_registration_is_well_formed_and_no_identifier_comes_twice() {
        let clients = clients(4000);
        for (index, client) in clients.iter().enumerate() {
            assert!(ClientId::parse(client.client_id).is_ok());
            assert!(clients[..index].iter().all(|other| other.client_id != client.client_id));
            assert!(client.metadata.redirect_uris.iter().all(|uri| RedirectUri::parse(uri).is_ok()));
            assert!(ScopeSet::parse(client.metadata.scope.as_deref().unwrap_or_default()).is_ok());
            let public = client.metadata.token_endpoint_auth_method.as_deref() == Some("none");
            assert_eq!(public, client.secret == SecretSource::None, "{}", client.client_id);
        }
    }

    #[test]
    fn pkce_is_optional_for_the_comparison_only() {
        let optional: Vec<_> = clients(4000).into_iter().filter(|client| client.pkce_optional).collect();
        assert_eq!(optional.len(), 1);
        assert_eq!(optional[0].client_id, WEB_LEGACY);
        assert_eq!(optional[0].secret, SecretSource::MadeAtStart, "a public client can't go without PKCE");
    }

    #[test]
    fn the_four_addresses_are_neighbours() {
        let addresses = Addresses::on_loopback(4000);
        assert_eq!(addresses.issuer, "http://localhost:4000");
        assert_eq!(addresses.api, "http://localhost:4003");
        assert_eq!(clients(5000)[0].metadata.redirect_uris, ["http://localhost:5001/callback"]);
    }
}
