//! From choices to a [`ResourceServer`].

use std::sync::Arc;

use countersign_protocol::Ttl;

use super::{BuildError, BuildFault, Builder};
use crate::ResourceServer;
use crate::address::Address;
use crate::cached::Cached;
use crate::challenge::Challenger;
use crate::discovery::{IntrospectionEndpoint, Issuer, Keys};
use crate::fetch::Fetch;
use crate::introspection_cache::IntrospectionCache;
use crate::introspector::{Access, Introspector, PATIENCE};
use crate::metadata::WELL_KNOWN;
use crate::server::{Parts, Tokens};

/// More than this many answers about tokens are not kept.
const CACHE_CAPACITY: usize = 10_000;
/// How long they are kept unless something else is chosen.
const INTROSPECTION_CACHE: Ttl = Ttl::secs(5);

impl Builder {
    /// The resource server, or everything that is wrong. Nothing is fetched before the first request.
    pub fn build(mut self) -> Result<ResourceServer, BuildError> {
        let resource = self.address("resource", &self.resource.clone());
        let issuer = self.address("issuer", &self.issuer.clone());
        self.find_unused();
        let fetch = self.fetch.take().map_or_else(default_fetch, Ok).map_err(|fault| self.faults.push(fault));
        let (Some(resource), Some(address), Ok(fetch), true) = (resource, issuer, fetch, self.faults.is_empty()) else {
            return Err(BuildError(self.faults));
        };
        let mut metadata = self.metadata;
        resource.as_str().clone_into(&mut metadata.resource);
        metadata.authorization_servers = vec![self.issuer];
        metadata.bearer_methods_supported = vec!["header".to_owned()];
        let (issuer, clock, limits) = (Issuer { address, fetch }, self.clock, self.limits);
        let tokens = match self.introspection {
            None => {
                let keys = Keys { issuer, jwks_uri: self.jwks_uri };
                Tokens::Jwt(Cached::new(keys, limits, Arc::clone(&clock)))
            }
            Some(credentials) => {
                let ttl = self.introspection_cache.unwrap_or(INTROSPECTION_CACHE);
                let cache = IntrospectionCache::new(ttl, CACHE_CAPACITY);
                let configured = self.introspection_endpoint;
                let endpoint = IntrospectionEndpoint { issuer: issuer.clone(), configured };
                let endpoint = Cached::new(endpoint, limits, Arc::clone(&clock));
                let patience = self.introspection_patience.unwrap_or(PATIENCE);
                let access = Access { fetch: issuer.fetch, endpoint, credentials, patience };
                Tokens::Introspected(Box::new(Introspector::new(access, cache, Arc::clone(&clock))))
            }
        };
        Ok(ResourceServer(Arc::new(Parts {
            verifier: self.verifier,
            tokens,
            challenger: Challenger::new(self.realm, resource.well_known(WELL_KNOWN)),
            resource,
            metadata,
            clock,
            observer: self.observer,
            keep_authorization_header: self.keep_authorization_header,
        })))
    }

    fn find_unused(&mut self) {
        let (with, without) = ("with introspection", "without introspection");
        let introspects = self.introspection.is_some();
        let unused = [
            ("jwks_uri", with, introspects && self.jwks_uri.is_some()),
            ("introspection_endpoint", without, !introspects && self.introspection_endpoint.is_some()),
            ("introspection_cache", without, !introspects && self.introspection_cache.is_some()),
            ("introspection_patience", without, !introspects && self.introspection_patience.is_some()),
        ];
        let unused = unused.into_iter().filter(|(.., unused)| *unused);
        self.faults.extend(unused.map(|(what, when, _)| BuildFault::Unused { what, when }));
    }

    fn address(&mut self, what: &'static str, text: &str) -> Option<Address> {
        Address::parse(text).map_err(|reason| self.faults.push(BuildFault::Address { what, reason })).ok()
    }
}

#[cfg(feature = "reqwest")]
fn default_fetch() -> Result<Arc<dyn Fetch>, BuildFault> {
    let fetch = crate::ReqwestFetch::new().map_err(|error| BuildFault::NoFetch(error.to_string()))?;
    Ok(Arc::new(fetch))
}

#[cfg(not(feature = "reqwest"))]
fn default_fetch() -> Result<Arc<dyn Fetch>, BuildFault> {
    Err(BuildFault::NoFetch("call fetch, or switch on the feature reqwest".to_owned()))
}
