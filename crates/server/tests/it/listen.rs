//! Real sockets on loopback: what the router never sees. Time stands still and jumps when nobody has anything to do, so
//! that waiting takes none.

mod http;
mod stop;
mod tls;

use std::{net::SocketAddr, time::Duration};

use countersign_server::listen;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::support::Bench;

/// A server on a port of its own.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Server {
    async fn start(bench: &Bench, tls: Option<listen::Tls>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { drop(stopped.await) };
        let running = tokio::spawn(listen::serve(listener, bench.router(), tls, stopped));
        Self { address, stop: Some(stop), running }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a new connection, and reads what comes until the server closes it.
    async fn talk(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes.as_ref()).await;
        rest(&mut stream).await
    }
}

/// What comes until the other side closes, which it must within a minute.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    let ended = tokio::time::timeout(Duration::from_mins(1), stream.read_to_end(&mut all)).await;
    assert!(ended.is_ok(), "the connection stays open: {}", String::from_utf8_lossy(&all));
    String::from_utf8_lossy(&all).into_owned()
}

/// One reply with a Content-Length.
async fn one_reply(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return text;
            }
        }
        let mut buffer = [0; 1024];
        let read = tokio::time::timeout(Duration::from_mins(1), stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(read > 0, "closed after: {text}");
        all.extend_from_slice(&buffer[..read]);
    }
}

const GET: &str = "GET /healthz HTTP/1.1\r\nhost: as.example\r\n\r\n";
const GET_AND_CLOSE: &str = "GET /healthz HTTP/1.1\r\nhost: as.example\r\nconnection: close\r\n\r\n";
