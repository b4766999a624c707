//! A server on this machine for as long as it is needed: those that an attack brings along.

use std::net::Ipv4Addr;

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::Trouble;

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Loopback {
    task: JoinHandle<()>,
}

impl Loopback {
    /// Opens a free port. What is served there may know its own address, without a slash at the end.
    pub(crate) async fn bind() -> Result<(TcpListener, String), Trouble> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Trouble::new)?;
        let address = format!("http://{}", listener.local_addr().map_err(Trouble::new)?);
        Ok((listener, address))
    }

    /// Serves there.
    pub(crate) fn serve(listener: TcpListener, router: Router) -> Self {
        let serving = async move {
            // It never ends by itself; an error of a single connection is that connection's end.
            let _ = axum::serve(listener, router).await;
        };
        Self { task: tokio::spawn(serving) }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}
