//! How many connections are served at once; the rest is tested over the real router.

use std::time::Duration;

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::serve_at_once;

async fn answer_within(stream: &mut TcpStream, secs: u64) -> bool {
    let mut buffer = [0; 12];
    let read = tokio::time::timeout(Duration::from_secs(secs), stream.read_exact(&mut buffer)).await;
    read.is_ok_and(|read| read.is_ok()) && buffer == *b"HTTP/1.1 200"
}

#[tokio::test(start_paused = true)]
async fn a_connection_too_many_waits_until_another_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", get(async || "hello"));
    let server = tokio::spawn(serve_at_once(2, listener, (app, None), std::future::pending()));
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        streams.push(stream);
    }
    assert!(answer_within(&mut streams[0], 1).await && answer_within(&mut streams[1], 1).await);
    assert!(!answer_within(&mut streams[2], 5).await);
    drop(streams.remove(0));
    assert!(answer_within(&mut streams[1], 1).await);
    server.abort();
}
