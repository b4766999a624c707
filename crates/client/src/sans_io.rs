//! The client without I/O: a provider's metadata and a client's configuration, proven to fit each other.
//!
//! Its methods write requests and read replies; they are spread over the files of the operations. Time and randomness
//! are arguments. [`Client`](crate::Client) adds the sending.

use countersign_protocol::{Entropy, RedirectUri, Refusal, Timestamp, Ttl};

use crate::check::{Checks, quote};
use crate::config::{ClientConfig, Pkce};
use crate::metadata::Metadata;
use crate::rules;

/// How far the provider's clock may differ from ours.
pub const LEEWAY: Ttl = Ttl::secs(60);

/// A client of one provider.
#[derive(Debug, Clone)]
pub struct Core {
    pub(crate) metadata: Metadata,
    pub(crate) config: ClientConfig,
}

/// The moment of a call: its time, its randomness, and who watches its checks.
pub struct Now<'a> {
    /// The time.
    pub time: Timestamp,
    /// The randomness.
    pub entropy: &'a mut dyn Entropy,
    /// The checks.
    pub checks: Checks<'a>,
}

impl Core {
    /// Checks that this client and this provider can work together safely.
    pub fn new(metadata: Metadata, config: ClientConfig, checks: Checks<'_>) -> Result<Self, Refusal> {
        let id = &config.client_id;
        let id_ok = (1..=512).contains(&id.len()) && id.bytes().all(|b| (0x20..=0x7e).contains(&b));
        checks.require(&rules::CLIENT_ID_FORM, id_ok, || format!("Got {}", quote(id)))?;
        if let Some(uri) = &config.redirect_uri {
            check_redirect_uri(uri, checks)?;
        }
        check_pkce(&metadata, &config, checks)?;
        let known = &metadata.document().token_endpoint_auth_methods_supported;
        let method = config.auth.method().as_str();
        let supported = known.is_empty() || known.iter().any(|m| m == method);
        checks.require(&rules::AUTH_METHOD_SUPPORTED, supported, || {
            format!("The client is set up for {method}, the provider knows {}", quote(&known.join(" ")))
        })?;
        Ok(Self { metadata, config })
    }

    /// The same client, called back elsewhere: for a loopback port that is known only now.
    pub fn at(&self, redirect_uri: &str, checks: Checks<'_>) -> Result<Self, Refusal> {
        check_redirect_uri(redirect_uri, checks)?;
        let mut moved = self.clone();
        moved.config.redirect_uri = Some(redirect_uri.to_owned());
        Ok(moved)
    }

    /// What the provider says about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The client's identifier.
    pub fn client_id(&self) -> &str {
        &self.config.client_id
    }
}

fn check_redirect_uri(uri: &str, checks: Checks<'_>) -> Result<(), Refusal> {
    let parsed = RedirectUri::parse(uri);
    let why = parsed.as_ref().err().map(ToString::to_string).unwrap_or_default();
    checks.require(&rules::REDIRECT_URI_FORM, parsed.is_ok(), || format!("{} {why}", quote(uri)))
}

fn check_pkce(metadata: &Metadata, config: &ClientConfig, checks: Checks<'_>) -> Result<(), Refusal> {
    let known = &metadata.document().code_challenge_methods_supported;
    let published = known.iter().any(|method| method == "S256");
    let ok = match config.pkce {
        // A client that signs nobody in has no codes to protect.
        Pkce::Required => published || config.redirect_uri.is_none(),
        Pkce::RequiredThoughProviderIsSilent => published || known.is_empty(),
        Pkce::OffIAcceptCodeInjectionRisk => {
            return checks.require(&rules::PKCE_OFF_CONFIDENTIAL, config.auth.is_confidential(), || {
                "This client has no credential; leave PKCE on".to_owned()
            });
        }
    };
    checks.require(&rules::PKCE_SUPPORTED, ok, || {
        let (issuer, known) = (quote(metadata.issuer()), quote(&known.join(" ")));
        format!("{issuer} lists {known}; if it documents S256 without publishing it, see the client's Pkce setting")
    })
}
