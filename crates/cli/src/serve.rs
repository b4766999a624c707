//! `countersign serve`: the authorization server for real, by a configuration file.

mod records;

use std::{net::SocketAddr, sync::Arc};

use countersign_server::{
    config::{Config, LogFormat},
    courier::Courier,
    edge::SystemClock,
    listen, metrics, registrations,
    router::router,
    upkeep,
};
use tokio::net::TcpListener;

use crate::{args, data, interrupt, log, outcome::Trouble};

/// Runs until it is told to stop.
pub(crate) fn run(args: &args::Serve) -> Result<(), Trouble> {
    let config = load(&args.config)?;
    log::start(config.log().level.as_str(), config.log().format == LogFormat::Json)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Trouble::new)?;
    runtime.block_on(serve(&config))
}

/// Loads a configuration, or says everything that is wrong with it.
pub(crate) fn load(path: &std::path::Path) -> Result<Config, Trouble> {
    Config::load(path, &|name| std::env::var(name).ok()).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Trouble::new(format!("{} can't be used:\n  {}", path.display(), lines.join("\n  ")))
            .advice("`countersign config example` prints a complete file with explanations.")
    })
}

async fn serve(config: &Config) -> Result<(), Trouble> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let socket = bind(config.listen()).await?;
    let for_metrics = match config.metrics() {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let store = data::open_store(config.store_path())?;
    let master = Arc::new(data::master_key(config, &store).await?);
    let hurry = interrupt::asked_to_look();
    let tls = config.tls().cloned().map(|files| files.watch(hurry.clone())).transpose().map_err(Trouble::new)?;
    let realm = data::open_realm(config.settings(), store, &master, Arc::new(SystemClock)).await?;
    records::apply(&realm, config).await?;
    tokio::spawn(upkeep::sweep(Arc::clone(&realm)));
    tokio::spawn(upkeep::traces(Arc::clone(&realm)));
    tokio::spawn(Courier::new(Arc::clone(&realm)).run());
    tokio::spawn(registrations::keep(Arc::clone(&realm)));
    tokio::spawn(upkeep::keys(Arc::clone(&realm), master, config.schedule(), hurry));
    if let Some(socket) = for_metrics {
        tracing::info!(listen = %socket.local_addr().map_err(Trouble::new)?, "metrics at /metrics");
        tokio::spawn(listen::serve(socket, metrics::router(Arc::clone(&realm)), None, interrupt::asked_to_stop()));
    }
    tracing::info!(issuer = realm.issuer(), listen = %config.listen(), "serving");
    listen::serve(socket, router(realm), tls, interrupt::asked_to_stop()).await;
    tracing::info!("stopped");
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Trouble> {
    TcpListener::bind(address).await.map_err(|error| {
        Trouble::new(format!("listen on {address}: {error}"))
            .advice("`listen` in the configuration is an address of this machine and a port that nobody else has.")
    })
}
