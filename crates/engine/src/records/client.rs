//! Clients: who they are and what they may do. How they prove it is in `credentials`, in which form messages go between
//! them and this server in `formats`.

use std::{borrow::Cow, collections::BTreeSet};

use countersign_jose::Algorithm;
use countersign_protocol::{
    ApplicationType, ClientAuthMethod, ClientId, GrantType, RedirectUri, ScopeSet, Timestamp, Ttl,
};
use serde::{Deserialize, Serialize};

use super::{
    About, ClientKeys, ClientKind, Dynamic, Encryption, KeySource, Kind, Record, RequestObjects, Secondary,
    UserinfoFormat,
};

/// A registered client (OAuth 2.1 §2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "client_uri is the name in RFC 7591")]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// Its name, as users see it.
    pub name: String,
    /// Public or confidential, with what proves it.
    pub kind: ClientKind,
    /// Web or native (RFC 8252).
    pub application_type: ApplicationType,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where the user may land after signing out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// How it learns that a user signed out elsewhere.
    #[serde(default)]
    pub logout: LogoutChannels,
    /// The grant types that it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// The scopes that it may ask for.
    pub scope: ScopeSet,
    /// Whether it belongs to whoever runs this server, who has approved of it for all users (OpenID Connect Core
    /// §3.1.2.4): they are not asked.
    #[serde(default)]
    pub first_party: bool,
    /// Whether it must send a challenge.
    #[serde(default)]
    pub pkce: Pkce,
    /// Its public keys, where they are not what it proves itself with. Older rows call them by another name.
    #[serde(default, alias = "jwks")]
    pub keys: Option<KeySource>,
    /// Algorithm of its assertions; `None`: any of ours.
    #[serde(default)]
    pub assertion_alg: Option<Algorithm>,
    /// Algorithm of its ID tokens.
    pub id_token_alg: Algorithm,
    /// How its ID tokens are encrypted; `None`: not at all.
    #[serde(default)]
    pub id_token_encryption: Option<Encryption>,
    /// How userinfo comes to it.
    #[serde(default)]
    pub userinfo: UserinfoFormat,
    /// As whom it knows its users.
    #[serde(default)]
    pub subject_type: SubjectType,
    /// Where its sector lists its redirect URIs.
    #[serde(default)]
    pub sector_identifier_uri: Option<String>,
    /// Whether it counts on `auth_time`. ID tokens have it in any case; kept so that it can be told what it registered.
    #[serde(default)]
    pub require_auth_time: bool,
    /// `acr_values` where a request names none.
    #[serde(default)]
    pub default_acr_values: Vec<String>,
    /// Which request objects it may send.
    #[serde(default)]
    pub request_objects: RequestObjects,
    /// `max_age` where a request names none.
    #[serde(default)]
    pub default_max_age: Option<Ttl>,
    /// Home page, policy and terms, as links for the consent page.
    #[serde(default)]
    pub client_uri: Option<String>,
    /// Privacy policy.
    #[serde(default)]
    pub policy_uri: Option<String>,
    /// Terms of service.
    #[serde(default)]
    pub tos_uri: Option<String>,
    /// The rest of what it says about itself.
    #[serde(default)]
    pub about: About,
    /// Who brought it in.
    pub origin: Origin,
    /// How it manages itself, if it registered itself.
    #[serde(default)]
    pub dynamic: Option<Dynamic>,
    /// Disabled clients get nothing.
    pub enabled: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Client {
    /// The second key of every client that registered itself.
    pub const DYNAMIC: &str = "dynamic";

    /// How it authenticates at the token endpoint.
    pub const fn auth_method(&self) -> ClientAuthMethod {
        match &self.kind {
            ClientKind::Public => ClientAuthMethod::None,
            ClientKind::Confidential(ClientKeys::Secrets { method, .. }) => *method,
            ClientKind::Confidential(ClientKeys::Jwks(_)) => ClientAuthMethod::PrivateKeyJwt,
        }
    }

    /// Where its public keys are, whatever they are for.
    pub const fn key_source(&self) -> Option<&KeySource> {
        match &self.kind {
            ClientKind::Confidential(ClientKeys::Jwks(keys)) => Some(keys),
            _ => self.keys.as_ref(),
        }
    }

    /// Its public keys as a JWK Set document. `fetched`: what its `jwks_uri` had, where it has one.
    pub fn key_document<'a>(&'a self, fetched: Option<&'a str>) -> Option<&'a str> {
        match self.key_source()? {
            KeySource::Inline(document) => Some(document),
            KeySource::Uri { .. } => fetched,
        }
    }

    /// Whether it can keep a secret (OAuth 2.1 §2.1).
    pub const fn is_public(&self) -> bool {
        matches!(self.kind, ClientKind::Public)
    }

    /// Whether it may use that grant type.
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// The registered redirect URI that accepts what was sent.
    pub fn redirect_uri(&self, sent: &str) -> Option<&RedirectUri> {
        let native = self.application_type == ApplicationType::Native;
        self.redirect_uris.iter().find(|uri| uri.accepts(sent, native))
    }
}

impl Record for Client {
    const KIND: Kind = Kind::Client;
    fn key(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        let dynamic = self.dynamic.as_ref();
        (dynamic.map(|dynamic| dynamic.network.as_str().into()), dynamic.map(|_| Self::DYNAMIC.into()))
    }
}

/// How a client learns that a session ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogoutChannels {
    /// Gets a logout token by POST (OpenID Connect Back-Channel Logout 1.0 §2.2).
    pub backchannel_uri: Option<String>,
    /// Whether that token must carry `sid`. Ours always do.
    pub backchannel_session_required: bool,
    /// Is loaded in an iframe of the signed-out page (OpenID Connect Front-Channel Logout 1.0 §2).
    pub frontchannel_uri: Option<String>,
    /// Whether its address must carry `iss` and `sid`. Ours always do.
    pub frontchannel_session_required: bool,
}

/// As whom a client knows its users (OpenID Connect Core §8). A pairwise one without a sector can't be written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// By the same subject as every other client.
    #[default]
    Public,
    /// By one that only the clients of its sector share.
    Pairwise {
        /// A host name.
        sector: String,
    },
}

impl SubjectType {
    /// The value of `subject_type`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pairwise { .. } => "pairwise",
        }
    }
}

/// Whether a client must use PKCE (OAuth 2.1 §4.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    /// S256, always.
    #[default]
    Required,
    /// The older variant, for one confidential client: a request without a challenge is let through.
    Optional,
}

/// Who brought a client in; decides who may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The configuration file.
    Config,
    /// An administrator, by command.
    Administrator,
    /// Dynamic registration: nobody has vouched for its name.
    Dynamic,
}
