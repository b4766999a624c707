//! Where the authorization server's keys and its introspection endpoint are: asked of its metadata (RFC 8414 §3, OpenID
//! Connect Discovery 1.0 §4) or configured. Asked anew at every refresh, so that a server may move them.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_jose::JwkSet;
use countersign_protocol::metadata::ServerMetadata;

use crate::address::{Address, is_fetchable};
use crate::cached::{Load, Loaded};
use crate::fetch::{self, Fetch, FetchError};

/// The authorization server as seen from here.
#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) address: Address,
    pub(crate) fetch: Arc<dyn Fetch>,
}

impl Issuer {
    /// The metadata, which must name this very issuer (RFC 8414 §3.3).
    async fn metadata(&self) -> Result<ServerMetadata, FetchError> {
        let url = self.address.well_known("oauth-authorization-server");
        match self.metadata_at(&url).await {
            // A provider that knows OpenID Connect only has it elsewhere.
            Err(FetchError::Status { .. } | FetchError::Content { .. }) => {
                self.metadata_at(&self.address.openid_configuration()).await
            }
            outcome => outcome,
        }
    }

    async fn metadata_at(&self, url: &str) -> Result<ServerMetadata, FetchError> {
        let content = |reason: String| FetchError::Content { url: url.to_owned(), reason };
        let body = fetch::get(self.fetch.as_ref(), url).await?;
        let metadata: ServerMetadata = serde_json::from_slice(&body).map_err(|error| content(error.to_string()))?;
        if metadata.issuer == self.address.as_str() {
            return Ok(metadata);
        }
        Err(content(format!("it is the metadata of {:?}, not of {:?}", metadata.issuer, self.address.as_str())))
    }

    fn endpoint(&self, name: &'static str, found: Option<String>) -> Result<String, FetchError> {
        let url = self.address.as_str().to_owned();
        match found.filter(|found| !found.is_empty()) {
            Some(found) if is_fetchable(&found) => Ok(found),
            Some(found) => Err(FetchError::Content { url, reason: format!("its {name} {found:?} is not https") }),
            None => Err(FetchError::Content { url, reason: format!("its metadata names no {name}") }),
        }
    }
}

/// Loads the issuer's public keys.
pub(crate) struct Keys {
    pub(crate) issuer: Issuer,
    /// The configured `jwks_uri`; without one the metadata is asked.
    pub(crate) jwks_uri: Option<String>,
}

#[async_trait]
impl Load for Keys {
    type Value = JwkSet;

    async fn load(&self) -> Result<Loaded<JwkSet>, FetchError> {
        let url = match &self.jwks_uri {
            Some(url) => url.clone(),
            None => self.issuer.endpoint("jwks_uri", Some(self.issuer.metadata().await?.jwks_uri))?,
        };
        let content = |reason: String| FetchError::Content { url: url.clone(), reason };
        let (body, max_age) = fetch::get_fresh(self.issuer.fetch.as_ref(), &url).await?;
        let keys = JwkSet::parse(&body).map_err(|error| content(error.to_string()))?;
        for (index, reason) in keys.skipped() {
            tracing::debug!(index, %reason, "passed over a key of the authorization server");
        }
        // An issuer without a key can't have issued anything: a mistake that must not replace a good set.
        if keys.keys().is_empty() {
            return Err(content("no usable key".to_owned()));
        }
        Ok(Loaded { value: keys, max_age })
    }
}

/// Loads the address of the introspection endpoint.
pub(crate) struct IntrospectionEndpoint {
    pub(crate) issuer: Issuer,
    /// The configured endpoint; without one the metadata is asked.
    pub(crate) configured: Option<String>,
}

#[async_trait]
impl Load for IntrospectionEndpoint {
    type Value = String;

    async fn load(&self) -> Result<Loaded<String>, FetchError> {
        if let Some(url) = &self.configured {
            return Ok(Loaded { value: url.clone(), max_age: None });
        }
        let found = self.issuer.metadata().await?.introspection_endpoint;
        let value = self.issuer.endpoint("introspection_endpoint", found)?;
        Ok(Loaded { value, max_age: None })
    }
}
