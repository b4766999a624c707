//! The demo on a network in memory: the issuer, the resource server, the two applications in front.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use countersign_client::{HttpClient, Request, Response, Timestamp, TransportError};
use countersign_demo::resource_server::{self, ResourceServerConfig};
use countersign_demo::spa::{self, SpaConfig};
use countersign_demo::web_app::{self, LegacyClient, WebAppConfig};
use countersign_demo::{Addresses, Edge};
use countersign_protocol::{Entropy, HandleHash, Secret};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::browser::Browser;
use crate::issuer::Issuer;

/// 2026-11-21, whatever the calendar says.
const T0: i64 = 1_795_219_200;

/// Counts up and hashes: different bytes every time, the same in every run.
struct Seeded(u64);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 += 1;
            let hash = HandleHash::of(&self.0.to_string());
            chunk.copy_from_slice(&hash.as_str().as_bytes()[..chunk.len()]);
        }
    }
}

#[derive(Clone, Default)]
struct Network(Arc<Hosts>);

#[derive(Default)]
struct Hosts {
    issuer: Mutex<Issuer>,
    api: OnceLock<Router>,
    down: Mutex<Vec<u16>>,
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let port = request.uri().port_u16().unwrap();
        if self.0.down.lock().unwrap().contains(&port) {
            return Err(TransportError::new("connection refused"));
        }
        if port == 4000 {
            return Ok(self.0.issuer.lock().unwrap().answer(&request));
        }
        let response = self.0.api.get().unwrap().clone().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = response.into_parts();
        Ok(Response::from_parts(parts, body.collect().await.unwrap().to_bytes().to_vec()))
    }
}

pub(crate) struct World {
    network: Network,
    now: Arc<AtomicI64>,
    pub(crate) edge: Edge,
    pub(crate) web_app: Router,
    pub(crate) spa: Router,
    pub(crate) api: Router,
}

/// The secret of a client of the fake issuer.
fn secret(client_id: &str) -> Secret {
    Secret::new(client_id.chars().rev().collect::<String>())
}

impl World {
    pub(crate) fn new() -> Self {
        let (network, now) = (Network::default(), Arc::new(AtomicI64::new(T0)));
        let clock = Arc::clone(&now);
        let edge = Edge::new(network.clone(), move || Timestamp::from_secs(clock.load(Ordering::SeqCst)), Seeded(0));
        network.0.issuer.lock().unwrap().now = T0;
        let Addresses { issuer, web_app, spa, api } = Addresses::on_loopback(4000);
        let config = ResourceServerConfig {
            issuer: issuer.clone(),
            base_url: api.clone(),
            client_id: "demo-api".into(),
            client_secret: secret("demo-api"),
        };
        let api_router = resource_server::router(config, &edge).unwrap();
        assert!(network.0.api.set(api_router.clone()).is_ok());
        let config = WebAppConfig {
            issuer: issuer.clone(),
            client_id: "demo-web".into(),
            client_secret: secret("demo-web"),
            base_url: web_app,
            api_url: api.clone(),
            legacy: Some(LegacyClient {
                client_id: "demo-web-legacy".into(),
                client_secret: secret("demo-web-legacy"),
            }),
            explorer_url: None,
        };
        let web_app = web_app::router(config, &edge);
        let spa = spa::router(SpaConfig { issuer, client_id: "demo-spa".into(), base_url: spa, api_url: api });
        Self { network, now, edge, web_app, spa, api: api_router }
    }

    pub(crate) fn issuer(&self) -> MutexGuard<'_, Issuer> {
        self.network.0.issuer.lock().unwrap()
    }

    pub(crate) fn advance(&self, secs: i64) {
        let now = self.now.fetch_add(secs, Ordering::SeqCst) + secs;
        self.issuer().now = now;
    }

    /// Cuts a server off, or connects it again.
    pub(crate) fn set_down(&self, port: u16, down: bool) {
        let mut all = self.network.0.down.lock().unwrap();
        all.retain(|other| *other != port);
        all.extend(down.then_some(port));
    }

    /// A browser of somebody who uses the web application.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }
}
