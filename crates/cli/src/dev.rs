//! `countersign dev`: the whole system on this computer, for trying things out. Loopback only.

mod banner;
mod ports;
mod seed;
mod watched;

use std::{fs::File, path::Path, sync::Arc};

use countersign_demo::Addresses;
use countersign_explorer::{Clock, Explorer};
use countersign_flow::Registered;
use countersign_server::{
    config::Config, courier::Courier, edge::SystemClock, listen, registrations, start::Settings, upkeep,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{args, data, interrupt, log, outcome::Trouble};

pub(crate) use banner::PEOPLE;

/// Runs until Ctrl-C.
pub(crate) fn run(args: &args::Dev) -> Result<(), Trouble> {
    log::start(&args.log, args.log_json)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Trouble::new)?;
    runtime.block_on(async {
        let system = System::start(args.port, &args.data).await?;
        banner::print(&system.addresses, &args.data);
        interrupt::asked_to_stop().await;
        banner::say("\nStopping …");
        system.stop().await
    })
}

/// The whole system, running.
#[derive(Debug)]
pub(crate) struct System {
    /// Where everything is.
    pub(crate) addresses: Addresses,
    /// The secrets of the demo clients, for this run.
    seeded: seed::Seeded,
    explorer: Arc<Explorer>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    _lock: File,
}

impl System {
    /// Starts everything on four ports from `base` on, with its data in that folder. Logging is the caller's to start.
    pub(crate) async fn start(base: u16, data: &Path) -> Result<Self, Trouble> {
        let listeners = ports::bind(base).await?;
        data::make_folder(data)?;
        let lock = data::lock(data)?;
        let config = Config::dev(base, data);
        let store = data::open_store(config.store_path())?;
        let master = Arc::new(data::master_key(&config, &store).await?);
        let addresses = Addresses::on_loopback(base);
        let settings = Settings { places: banner::places(&addresses), ..config.settings() };
        let clock = Arc::new(Clock::new(Arc::new(SystemClock)));
        let realm = data::open_realm(settings, store, &master, Arc::<Clock>::clone(&clock)).await?;
        let seeded = seed::everything(&realm, base).await?;
        let apps = seed::apps(&addresses, &seeded, Arc::clone(&clock))?;
        let keys = (&master, config.schedule());
        let explorer = watched::explorer(&realm, keys, (&addresses, &seeded), clock)?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(upkeep::sweep(Arc::clone(&realm)));
        tokio::spawn(upkeep::traces(Arc::clone(&realm)));
        tokio::spawn(Courier::new(Arc::clone(&realm)).run());
        tokio::spawn(registrations::keep(Arc::clone(&realm)));
        tokio::spawn(upkeep::keys(Arc::clone(&realm), Arc::clone(&master), config.schedule(), upkeep::no_hurry()));
        let mut servers = Vec::new();
        for (app, sockets) in watched::sites(&explorer, realm, apps).into_iter().zip(listeners) {
            for socket in sockets {
                servers.push(tokio::spawn(serve(socket, app.clone(), stopped.clone())));
            }
        }
        Ok(Self { addresses, seeded, explorer, stop, servers, _lock: lock })
    }

    /// The demo's web app as it is registered once more in the older way.
    pub(crate) fn legacy(&self) -> Result<Registered, Trouble> {
        self.seeded.legacy()
    }

    /// Lets requests under way finish, then ends.
    pub(crate) async fn stop(self) -> Result<(), Trouble> {
        // Messages that are held, and events that never end, would hold the servers open.
        self.explorer.close();
        self.stop.send_replace(true);
        for server in self.servers {
            server.await.map_err(Trouble::new)?;
        }
        Ok(())
    }
}

async fn serve(socket: TcpListener, app: axum::Router, mut stopped: watch::Receiver<bool>) {
    listen::serve(socket, app, None, async move {
        // An error means that the sender is gone, which is an end as well.
        let _ = stopped.wait_for(|stop| *stop).await;
    })
    .await;
}
