//! The children: a listener like that of `countersign serve`, without TLS, that ends with its parent.

use std::{
    io::{Read as _, Write as _},
    net::Ipv4Addr,
    path::Path,
    sync::Arc,
};

use axum::Router;
use countersign_server::{listen, router::router, upkeep};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{Outcome, doing, world};

/// Countersign with the database of that folder.
pub(crate) fn run(folder: &Path) -> Outcome<()> {
    serve(async {
        let (realm, master, config) = world::open(folder).await?;
        let filter = config.log().level.as_str();
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        log.try_init().map_err(doing("starting the log"))?;
        tokio::spawn(upkeep::sweep(Arc::clone(&realm)));
        tokio::spawn(upkeep::traces(Arc::clone(&realm)));
        tokio::spawn(upkeep::keys(Arc::clone(&realm), master, config.schedule(), upkeep::no_hurry()));
        Ok(router(realm))
    })
}

/// Serves on a port that the system chooses, which is the first line of standard output; ends when standard input does.
pub(crate) fn serve(app: impl Future<Output = Outcome<Router>>) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(doing("starting the runtime"))?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(doing("binding a port"))?;
        let address = listener.local_addr().map_err(doing("binding a port"))?;
        println!("{}", address.port());
        std::io::stdout().flush().map_err(doing("telling the port"))?;
        let app = app.await?;
        listen::serve(listener, app, None, parent_gone()).await;
        Ok(())
    })
}

async fn parent_gone() {
    let (gone, told) = oneshot::channel();
    std::thread::spawn(move || {
        // Whatever this reads, or fails with: nothing is ever written to it before it is closed.
        let _ = std::io::stdin().read(&mut [0]);
        let _ = gone.send(());
    });
    let _ = told.await;
}
