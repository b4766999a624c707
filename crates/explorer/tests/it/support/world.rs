//! A whole system on loopback, as `countersign dev` puts it together, with a memory store and a machine whose clock goes
//! by when it is read.

use std::{
    net::{Ipv4Addr, TcpListener as Bound},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::Router;
use countersign_demo::{
    API, Addresses, Edge, SPA, WEB, WEB_LEGACY,
    resource_server::{self, ResourceServerConfig},
    spa::{self, SpaConfig},
    web_app::{self, LegacyClient, WebAppConfig},
};
use countersign_explorer::{Cast, Clock, Explorer, Limits, PATIENCE, Powers, Site, UsualConsent, hear, origin};
use countersign_flow::{Options, People, Place, Registered, Stage, User};
use countersign_protocol::{Timestamp, base64url};
use countersign_server::{
    config::Config,
    courier::Courier,
    edge::{self, Clock as _},
    keyring::MasterKey,
    listen,
    realm::App,
    router::router,
    start,
};
use countersign_store::{Memory, Store};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{AbortHandle, JoinHandle},
};

use super::{
    events::Events,
    http::{Answer, ask},
    seed,
};

/// When every test begins.
pub(crate) const T0: Timestamp = Timestamp::from_secs(1_795_219_200);

/// A machine on which a millisecond goes by between two looks at the clock; for more a test moves it.
#[derive(Debug)]
pub(crate) struct Machine(AtomicI64);

impl Machine {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(T0.millis())))
    }

    pub(crate) fn pass(&self, secs: i64) {
        self.0.fetch_add(secs * 1000, Ordering::Relaxed);
    }
}

impl edge::Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn until(&self, at: Timestamp) -> Duration {
        self.0.fetch_max(at.millis(), Ordering::Relaxed);
        Duration::ZERO
    }
}

/// Alice, who signs in, and Bob, who attacks.
pub(crate) fn people() -> People {
    let person = |name: &str, password: &str| User { name: name.to_owned(), password: password.to_owned() };
    People { user: person("alice", "wonderland"), thief: person("bob", "builder") }
}

/// The system.
pub(crate) struct World {
    pub(crate) addresses: Addresses,
    pub(crate) machine: Arc<Machine>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) realm: App,
    pub(crate) explorer: Arc<Explorer>,
    /// The authorization server with its tap and the explorer's pages, for asking without a socket.
    pub(crate) front: Router,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    courier: AbortHandle,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let (base, sockets) = ports().await;
        let addresses = Addresses::on_loopback(base);
        let machine = Machine::new();
        let clock = Arc::new(Clock::new(Arc::<Machine>::clone(&machine)));
        let master = Arc::new(MasterKey::parse(&base64url([7; 32]), "this test").unwrap());
        let config = Config::dev(base, std::path::Path::new("unused"));
        let store = Store::new(Arc::new(Memory::default()));
        let realm = start::open(config.settings(), store, &master, Arc::<Clock>::clone(&clock)).await.unwrap();
        let secrets = seed::everything(&realm, base).await;
        let legacy = Registered {
            id: WEB_LEGACY.to_owned(),
            secret: Some(secrets[WEB_LEGACY].clone()),
            redirect_uri: format!("{}/callback/legacy", addresses.web_app),
        };
        let powers = Powers {
            realm: Arc::clone(&realm),
            master,
            schedule: config.schedule(),
            usual: UsualConsent { client_id: WEB.to_owned(), user: "alice".to_owned() },
        };
        let cast = Cast { place: Place::from(&addresses), people: people(), legacy };
        let explorer = Explorer::new(Arc::clone(&clock), powers, cast, limits);
        let now = Arc::clone(&clock);
        let edge = Edge::patient(PATIENCE).unwrap().with_clock(move || now.now()).with_observer(hear, origin);
        let Addresses { issuer, web_app, spa, api } = addresses.clone();
        let web = WebAppConfig {
            issuer: issuer.clone(),
            client_id: WEB.to_owned(),
            client_secret: secrets[WEB].clone(),
            base_url: web_app,
            api_url: api.clone(),
            legacy: Some(LegacyClient { client_id: WEB_LEGACY.to_owned(), client_secret: secrets[WEB_LEGACY].clone() }),
            explorer_url: None,
        };
        let page = SpaConfig { issuer: issuer.clone(), client_id: SPA.to_owned(), base_url: spa, api_url: api.clone() };
        let resource = ResourceServerConfig {
            issuer,
            base_url: api,
            client_id: API.to_owned(),
            client_secret: secrets[API].clone(),
        };
        let front = explorer.around_server(router(Arc::clone(&realm)));
        let sites = [
            front.clone(),
            explorer.tap(Site::WebApp, web_app::router(web, &edge)),
            explorer.tap(Site::Spa, spa::router(page)),
            explorer.tap(Site::ResourceServer, resource_server::router(resource, &edge).unwrap()),
        ];
        let (stop, stopped) = watch::channel(false);
        let mut servers = Vec::new();
        for (site, socket) in sites.into_iter().zip(sockets) {
            let mut stopped = stopped.clone();
            servers.push(tokio::spawn(listen::serve(socket, site, None, async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            })));
        }
        let courier = tokio::spawn(Courier::new(Arc::clone(&realm)).run()).abort_handle();
        Self { addresses, machine, clock, realm, explorer, front, stop, servers, courier }
    }

    /// Asks the explorer, as its own page would.
    pub(crate) async fn ask(&self, line: &str, body: Option<Value>) -> Answer {
        ask(&self.front, line, &[("host", "localhost:4000")], body).await
    }

    /// What was recorded so far, and what is recorded from here on.
    pub(crate) async fn events(&self) -> Events {
        Events::open(&self.front, None).await
    }

    /// Every exchange that is remembered, by number.
    pub(crate) async fn exchanges(&self) -> Vec<Value> {
        let mut all: Vec<Value> = self
            .events()
            .await
            .so_far()
            .into_iter()
            .filter(|event| event.name == "exchange")
            .map(|event| event.data)
            .collect();
        all.sort_by_key(|exchange| exchange["id"].as_u64());
        all
    }

    /// Begins a run and waits for its end.
    pub(crate) async fn run(&self, wanted: Value) -> Value {
        let mut events = self.events().await;
        let run = self.ask("POST /explore/api/runs", Some(wanted)).await.expect(201).json();
        events.run(run["id"].as_str().unwrap(), |run| run["state"] == "done" || run["state"] == "failed").await
    }

    /// A stage for the runner, as somebody of whom the explorer knows nothing.
    pub(crate) async fn stage(&self, options: Options) -> Stage {
        let clock = Arc::clone(&self.clock);
        let options = Options { clock: countersign_flow::Clock::from(move || clock.now()), ..options };
        Stage::at(&Place::from(&self.addresses), people(), options).await.unwrap()
    }

    /// The port of the authorization server.
    pub(crate) fn port(&self) -> u16 {
        self.addresses.issuer.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Ends it as Ctrl-C does, which must not take long whatever is under way.
    pub(crate) async fn stop(self) {
        self.explorer.close();
        self.courier.abort();
        self.stop.send_replace(true);
        for server in self.servers {
            tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap();
        }
    }
}

/// Four ports in a row.
async fn ports() -> (u16, Vec<TcpListener>) {
    for _ in 0..50 {
        let first = Bound::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut sockets = Vec::new();
        for offset in 0..4 {
            let Some(port) = first.checked_add(offset) else { break };
            sockets.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await);
        }
        if sockets.len() == 4 {
            return (first, sockets);
        }
    }
    panic!("no four free ports in a row");
}
