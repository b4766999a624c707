//! The four ports, on both loopback addresses: which one `localhost` means is the browser's choice.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use tokio::net::TcpListener;

use crate::outcome::Trouble;

/// How many applications there are.
const APPS: u16 = 4;

/// Binds all ports before anything else happens, so that a taken one costs nothing.
pub(crate) async fn bind(base: u16) -> Result<Vec<Vec<TcpListener>>, Trouble> {
    let mut all = Vec::new();
    for offset in 0..APPS {
        let port = base.saturating_add(offset);
        let mut sockets = vec![listen(Ipv4Addr::LOCALHOST.into(), port).await?];
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(socket) => sockets.push(socket),
            // A machine without IPv6 has no second address.
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable || error.kind() == ErrorKind::Unsupported => {}
            Err(error) => return Err(taken(port, &error)),
        }
        all.push(sockets);
    }
    Ok(all)
}

async fn listen(address: IpAddr, port: u16) -> Result<TcpListener, Trouble> {
    TcpListener::bind((address, port)).await.map_err(|error| taken(port, &error))
}

fn taken(port: u16, error: &std::io::Error) -> Trouble {
    if error.kind() == ErrorKind::AddrInUse {
        Trouble::new(format!("port {port} is taken by another program"))
            .advice("Choose four free ports in a row, such as: countersign dev --port 5000")
    } else {
        Trouble::new(format!("port {port}: {error}"))
    }
}
