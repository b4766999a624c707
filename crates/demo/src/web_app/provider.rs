//! The provider, discovered when it is first needed, and the two clients of it.

use countersign_client::{
    CallError, Client, ClientAuth, ClientConfig, ClientError, IdToken, LoginOptions, Pkce, Prompt, Provider,
};
use countersign_protocol::{ScopeSet, scope::NotScopes};
use tokio::sync::OnceCell;

use super::{CALLBACK, LEGACY_CALLBACK, WebApp, WebAppConfig};
use crate::clients::SCOPE;
use crate::edge::Edge;

/// Which registration a sign-in uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// With PKCE, as everybody should.
    Pkce,
    /// Without, as confidential clients did it before: only the secret protects the code.
    Legacy,
}

/// What the user chose before signing in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ask {
    /// Whatever the provider finds necessary.
    #[default]
    Plainly,
    /// The consent page again, to approve what was left out.
    ForConsent,
    /// The choice of another account.
    ForAnotherAccount,
    /// No page at all: only whether somebody is signed in (OpenID Connect Core §3.1.2.1, `prompt=none`).
    Silently,
    /// The password, typed just now (`max_age`), by a sign-in of the class that a password gives (`acr`).
    Afresh,
}

impl Ask {
    /// As it stands in addresses.
    pub(super) fn of(text: Option<&str>) -> Self {
        match text {
            Some("consent") => Self::ForConsent,
            Some("account") => Self::ForAnotherAccount,
            Some(SILENTLY) => Self::Silently,
            Some(AFRESH) => Self::Afresh,
            _ => Self::Plainly,
        }
    }

    /// What has to be known again when the browser comes back.
    fn remembered(self) -> Option<&'static str> {
        match self {
            Self::Silently => Some(SILENTLY),
            Self::Afresh => Some(AFRESH),
            Self::Plainly | Self::ForConsent | Self::ForAnotherAccount => None,
        }
    }
}

const SILENTLY: &str = "silent";
const AFRESH: &str = "again";
/// The class of authentication that a password gives at Countersign.
const BY_PASSWORD: &str = "1";

/// Why no sign-in can begin.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unready {
    #[error(transparent)]
    Discovery(#[from] CallError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Options(#[from] NotScopes),
    #[error("this application has no registration without PKCE")]
    NoLegacy,
}

/// The clients, made once. A discovery that fails is tried again at the next sign-in.
#[derive(Debug, Default)]
pub(super) struct Clients(OnceCell<Pair>);

#[derive(Debug)]
struct Pair {
    pkce: Client,
    legacy: Option<Client>,
}

impl WebApp {
    pub(super) async fn client(&self, variant: Variant) -> Result<&Client, Unready> {
        let pair = self.clients.0.get_or_try_init(|| discover(&self.config, &self.edge)).await?;
        match variant {
            Variant::Pkce => Ok(&pair.pkce),
            Variant::Legacy => pair.legacy.as_ref().ok_or(Unready::NoLegacy),
        }
    }

    /// What a sign-in asks for: the scopes, and a token for the API alone (RFC 8707). Who confirms must be `who`.
    pub(super) fn login_options(&self, ask: Ask, who: Option<IdToken>) -> Result<LoginOptions, Unready> {
        let prompt = match ask {
            Ask::Plainly | Ask::Afresh => Vec::new(),
            Ask::ForConsent => vec![Prompt::Consent],
            Ask::ForAnotherAccount => vec![Prompt::SelectAccount],
            Ask::Silently => vec![Prompt::None],
        };
        let afresh = ask == Ask::Afresh;
        Ok(LoginOptions {
            scope: ScopeSet::parse(SCOPE)?,
            resource: vec![self.config.api_url.clone()],
            prompt,
            max_age: afresh.then_some(0),
            required_acr: afresh.then(|| BY_PASSWORD.to_owned()).into_iter().collect(),
            id_token_hint: who.filter(|_| afresh),
            remember: ask.remembered().map(str::to_owned),
            ..LoginOptions::default()
        })
    }
}

async fn discover(config: &WebAppConfig, edge: &Edge) -> Result<Pair, Unready> {
    let provider = Provider::discover(&config.issuer, edge.for_client()).await?;
    let client = |id: &str, secret: &countersign_protocol::Secret, path: &str, pkce| {
        let auth = ClientAuth::SecretBasic(secret.clone());
        let redirect_uri = format!("{}{path}", config.base_url);
        provider.client(ClientConfig::confidential(id, auth, redirect_uri).with_pkce(pkce))
    };
    let pkce = client(&config.client_id, &config.client_secret, CALLBACK, Pkce::Required)?;
    let legacy = config.legacy.as_ref().map(|legacy| {
        let without = Pkce::OffIAcceptCodeInjectionRisk;
        client(&legacy.client_id, &legacy.client_secret, LEGACY_CALLBACK, without)
    });
    Ok(Pair { pkce, legacy: legacy.transpose()? })
}
