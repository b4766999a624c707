//! Accepting connections: plain or TLS, bounded in number and time, ending in order.
//!
//! A handshake runs in the connection's own task, so that a peer who never finishes one holds up nobody else.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::{Router, extract::connect_info::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tower::ServiceExt as _;

/// Most connections at once; further ones wait in the system's backlog.
const MAX_CONNECTIONS: usize = 4096;
/// Longest that a peer may take for its TLS handshake, for the head of a request, and to make room for more of a reply.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest that shutdown waits for requests under way. One whose head has not come whole is none.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// Most headers of one request, and most bytes of its head.
const MAX_HEADERS: usize = 100;
const MAX_HEAD: usize = 64 * 1024;

/// TLS settings that may change while the server runs.
pub type Tls = Arc<ArcSwap<ServerConfig>>;

/// Changes once, when the server stops. Each connection holds one for as long as it is there.
type Stopping = watch::Receiver<()>;

/// Serves until `stop` is done, then lets requests under way finish.
pub async fn serve(listener: TcpListener, app: Router, tls: Option<Tls>, stop: impl Future<Output = ()>) {
    serve_at_once(MAX_CONNECTIONS, listener, (app, tls), stop).await;
}

async fn serve_at_once(
    connections: usize,
    listener: TcpListener,
    (app, tls): (Router, Option<Tls>),
    stop: impl Future<Output = ()>,
) {
    let (stopping, _) = watch::channel(());
    let places = Arc::new(Semaphore::new(connections));
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: wait for connections to end instead of spinning.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (app, tls, stopping) = (app.clone(), tls.clone(), stopping.subscribe());
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection(stream, peer, app, (tls, stopping)).await {
                tracing::debug!(%peer, error, "connection ended");
            }
        });
    }
    drop(listener);
    stopping.send_replace(());
    if tokio::time::timeout(LAST_WORDS, stopping.closed()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    (tls, mut stopping): (Option<Tls>, Stopping),
) -> Result<(), String> {
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    // A peer that never reads would hold its connection, and the replies in it, for ever.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(PATIENCE));
    let stream = Box::pin(stream);
    let Some(tls) = tls else { return http(stream, peer, app, stopping).await };
    let acceptor = TlsAcceptor::from(tls.load_full());
    let stream = tokio::select! {
        stream = tokio::time::timeout(PATIENCE, acceptor.accept(stream)) => stream,
        _ = stopping.changed() => return Ok(()),
    };
    let stream = stream.map_err(|_| "no TLS handshake in time".to_owned())?.map_err(|error| error.to_string())?;
    http(stream, peer, app, stopping).await
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    app: Router,
    mut stopping: Stopping,
) -> Result<(), String> {
    let begun = Arc::new(AtomicBool::new(false));
    let head_came = Arc::clone(&begun);
    let service = app.map_request(move |mut request: hyper::Request<Incoming>| {
        head_came.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        // First, so that a head is read that has come just now.
        biased;
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            // Hyper closes a connection between two requests, but waits for the rest of a first head.
            if !begun.load(Ordering::Relaxed) {
                return Ok(());
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
