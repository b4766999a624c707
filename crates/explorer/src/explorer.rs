//! The explorer of one system: its taps, and its pages.

use std::sync::Arc;

use axum::Router;
use tokio::sync::Semaphore;

use crate::{
    clock::Clock,
    perform::Cast,
    powers::Powers,
    ring::Limits,
    site::Site,
    tap::Tap,
    watch::Watch,
    web::{self, MOST_READERS},
};

/// See the module.
#[derive(Debug)]
pub struct Explorer {
    pub(crate) watch: Arc<Watch>,
    pub(crate) powers: Powers,
    pub(crate) cast: Cast,
    pub(crate) readers: Arc<Semaphore>,
}

impl Explorer {
    /// For the system that goes by this clock.
    pub fn new(clock: Arc<Clock>, powers: Powers, cast: Cast, limits: Limits) -> Arc<Self> {
        let watch = Arc::new(Watch::new(limits, clock));
        let readers = Arc::new(Semaphore::new(MOST_READERS));
        Arc::new(Self { watch, powers, cast, readers })
    }

    /// Puts a tap around a site.
    pub fn tap(&self, site: Site, inner: Router) -> Router {
        Router::new().fallback_service(Tap::new(Arc::clone(&self.watch), site, inner))
    }

    /// Puts a tap around the authorization server, and the explorer's pages on its address.
    pub fn around_server(self: &Arc<Self>, server: Router) -> Router {
        web::router(Arc::clone(self)).merge(self.tap(Site::AuthorizationServer, server))
    }

    /// Lets go of whatever is held and ends the events, so that the servers can stop.
    pub fn close(&self) {
        self.watch.close();
    }
}
