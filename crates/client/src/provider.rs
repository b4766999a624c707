//! A provider, discovered: its metadata and its keys, shared by every client of it.

use std::sync::Arc;

use countersign_protocol::Refusal;
use countersign_protocol::Secret;
use countersign_protocol::registration::ClientMetadata;

use crate::client::Client;
use crate::config::ClientConfig;
use crate::edge::Edge;
use crate::error::CallError;
use crate::keys::Keys;
use crate::metadata::{self, Metadata};
use crate::registration::{self, Registered};
use crate::sans_io::Core;

/// An authorization server or OpenID Provider. Cheap to clone; make one per issuer and keep it, for its keys are cached
/// in it.
#[derive(Clone)]
pub struct Provider(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) metadata: Metadata,
    pub(crate) keys: Keys,
    pub(crate) edge: Edge,
}

impl Provider {
    /// Fetches the provider's metadata (OpenID Connect Discovery, then RFC 8414) and checks that it is the issuer's.
    pub async fn discover(issuer: &str, edge: Edge) -> Result<Self, CallError> {
        let [openid, oauth] = metadata::requests(issuer, edge.checks())?;
        let mut response = edge.send(openid).await?;
        if !response.status().is_success() {
            response = edge.send(oauth).await?;
        }
        let metadata = metadata::read(issuer, &response, edge.checks())?;
        Ok(Self::new(metadata, edge))
    }

    /// A provider whose metadata is known already.
    pub fn new(metadata: Metadata, edge: Edge) -> Self {
        Self(Arc::new(Inner { metadata, keys: Keys::default(), edge }))
    }

    /// What it says about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// A client of this provider. Refused if the two can't work together safely.
    pub fn client(&self, config: ClientConfig) -> Result<Client, ClientError> {
        let core = Core::new(self.0.metadata.clone(), config, self.0.edge.checks())?;
        Client::new(self.clone(), core)
    }

    /// Registers a client (RFC 7591).
    pub async fn register(
        &self,
        client: &ClientMetadata,
        initial_access_token: Option<&Secret>,
    ) -> Result<Registered, CallError> {
        let edge = &self.0.edge;
        let request = registration::request(&self.0.metadata, client, initial_access_token, edge.checks())?;
        registration::read(&edge.send(request).await?, edge.checks())
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.0.metadata.issuer()).finish_non_exhaustive()
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A check on the configuration failed.
    #[error(transparent)]
    Check(#[from] Refusal),
    /// The key for transaction cookies could not be made.
    #[error("the sealing key could not be made: {0}")]
    Sealing(#[from] countersign_jose::JoseError),
}

#[cfg(test)]
mod tests;
