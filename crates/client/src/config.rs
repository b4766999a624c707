//! What a client is, as it was registered: its id, how it authenticates, where it is called back, and its PKCE policy.

use std::sync::Arc;

use countersign_jose::{Algorithm, DecryptionKey, KeyManagement, SigningKey};
use countersign_protocol::{ClientAuthMethod, Secret, Ttl};

/// How the client proves who it is, at the token and the revocation endpoint (OAuth 2.1 §2.4).
#[derive(Debug, Clone, Default)]
pub enum ClientAuth {
    /// A public client: native, command line, browser. It has no secret that it could keep.
    #[default]
    None,
    /// `client_secret_basic`: the `Authorization` header.
    SecretBasic(Secret),
    /// `client_secret_post`: the form body, for providers that know nothing else.
    SecretPost(Secret),
    /// `private_key_jwt` (RFC 7523 §2.2): the best of them, since the key never leaves the client.
    PrivateKeyJwt(Arc<SigningKey>),
}

impl ClientAuth {
    /// The method's name in metadata and registrations.
    pub const fn method(&self) -> ClientAuthMethod {
        match self {
            Self::None => ClientAuthMethod::None,
            Self::SecretBasic(_) => ClientAuthMethod::ClientSecretBasic,
            Self::SecretPost(_) => ClientAuthMethod::ClientSecretPost,
            Self::PrivateKeyJwt(_) => ClientAuthMethod::PrivateKeyJwt,
        }
    }

    /// Whether the client has a credential of its own.
    pub const fn is_confidential(&self) -> bool {
        !matches!(self, Self::None)
    }
}

/// When PKCE is used. There is one right answer, and it is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pkce {
    /// Always, and the provider's metadata must list `S256`.
    #[default]
    Required,
    /// Always, although the metadata is silent on it; for providers that document S256 but do not publish it.
    RequiredThoughProviderIsSilent,
    /// Never. A stolen code is then stopped by the client's own credential only, and a code that is injected into this
    /// client's callback by nothing but `nonce` (RFC 9700 §4.5). Refused for clients without a credential. Exists for
    /// providers that reject PKCE, and to show what it protects from.
    OffIAcceptCodeInjectionRisk,
}

/// One registered client.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub(crate) client_id: String,
    pub(crate) auth: ClientAuth,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) pkce: Pkce,
    pub(crate) id_token_alg: Option<Algorithm>,
    pub(crate) id_token_encryption: Option<KeyManagement>,
    pub(crate) userinfo_alg: Option<Algorithm>,
    pub(crate) userinfo_encryption: Option<KeyManagement>,
    pub(crate) decryption_keys: Vec<Arc<DecryptionKey>>,
    pub(crate) transaction_ttl: Ttl,
    pub(crate) sealing_secret: Option<Secret>,
}

impl ClientConfig {
    /// A client without credentials.
    pub fn public(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self::confidential(client_id, ClientAuth::None, redirect_uri)
    }

    /// A client that authenticates.
    pub fn confidential(client_id: impl Into<String>, auth: ClientAuth, redirect_uri: impl Into<String>) -> Self {
        Self { redirect_uri: Some(redirect_uri.into()), ..Self::service(client_id, auth) }
    }

    /// A client that acts for itself only and signs nobody in: client credentials, revocation.
    pub fn service(client_id: impl Into<String>, auth: ClientAuth) -> Self {
        Self {
            client_id: client_id.into(),
            auth,
            redirect_uri: None,
            pkce: Pkce::default(),
            id_token_alg: None,
            id_token_encryption: None,
            userinfo_alg: None,
            userinfo_encryption: None,
            decryption_keys: Vec::new(),
            transaction_ttl: Ttl::minutes(15),
            sealing_secret: None,
        }
    }

    /// Departs from the PKCE policy that is right for everybody.
    pub fn with_pkce(self, pkce: Pkce) -> Self {
        Self { pkce, ..self }
    }

    /// The `id_token_signed_response_alg` that was registered. Without it, any algorithm that the provider's metadata
    /// lists and this library knows is accepted.
    pub fn with_id_token_alg(self, alg: Algorithm) -> Self {
        Self { id_token_alg: Some(alg), ..self }
    }

    /// The `id_token_encrypted_response_alg` that was registered: ID tokens and logout tokens must come encrypted with it.
    /// Without it, none that is encrypted is accepted. The keys are for [`with_decryption_key`](Self::with_decryption_key).
    pub fn with_id_token_encryption(self, alg: KeyManagement) -> Self {
        Self { id_token_encryption: Some(alg), ..self }
    }

    /// One of the keys in the `jwks` that was registered, for what comes encrypted. While one replaces another, give both.
    pub fn with_decryption_key(mut self, key: Arc<DecryptionKey>) -> Self {
        self.decryption_keys.push(key);
        self
    }

    /// The `userinfo_signed_response_alg` that was registered: userinfo must come as a JWT, so signed. Without it,
    /// userinfo must come as plain JSON.
    pub fn with_userinfo_alg(self, alg: Algorithm) -> Self {
        Self { userinfo_alg: Some(alg), ..self }
    }

    /// The `userinfo_encrypted_response_alg` that was registered: userinfo must come encrypted with it.
    pub fn with_userinfo_encryption(self, alg: KeyManagement) -> Self {
        Self { userinfo_encryption: Some(alg), ..self }
    }

    /// How long a user may take to sign in; 15 minutes unless set.
    pub fn with_transaction_ttl(self, ttl: Ttl) -> Self {
        Self { transaction_ttl: ttl, ..self }
    }

    /// The secret from which transaction cookies are sealed: at least 32 random bytes, the same on every node. Without
    /// it each process makes its own, and sign-ins that are under way do not survive a restart.
    pub fn with_sealing_secret(self, secret: Secret) -> Self {
        Self { sealing_secret: Some(secret), ..self }
    }
}
