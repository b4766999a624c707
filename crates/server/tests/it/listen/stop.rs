//! Stopping: what is under way finishes, what is stuck does not hold it up.

use std::time::Duration;

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{GET, Server, one_reply, rest};
use crate::support::Bench;

const POST: &str =
    "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_request_under_way_is_answered_before_the_end() {
    let mut server = Server::start(&Bench::new().await, None).await;
    let mut busy = server.connect().await;
    busy.write_all(POST.as_bytes()).await.unwrap();
    let mut idle = server.connect().await;
    idle.write_all(GET.as_bytes()).await.unwrap();
    one_reply(&mut idle).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(rest(&mut idle).await, "", "an idle connection is closed");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody new is let in");
    assert!(!server.running.is_finished());
    busy.write_all(b"grant_type").await.unwrap();
    let reply = rest(&mut busy).await;
    assert!(reply.starts_with("HTTP/1.1 4") && reply.contains("invalid_"), "{reply}");
    let ended = tokio::time::timeout(Duration::from_secs(1), server.running).await;
    ended.expect("it ends with the last request").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_stuck_holds_nobody_up_for_long() {
    let mut server = Server::start(&Bench::new().await, None).await;
    let mut stuck = server.connect().await;
    stuck.write_all(POST.as_bytes()).await.unwrap();
    let mut silent = server.connect().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(15), server.running).await;
    ended.expect("within its last words").unwrap();
    assert_eq!(rest(&mut silent).await, "");
}

/// Half a head is no request yet: nobody waits for the other half, on a new connection or on one that was in use.
#[tokio::test(start_paused = true)]
async fn half_a_head_holds_nobody_up() {
    let mut server = Server::start(&Bench::new().await, None).await;
    let half = &GET.as_bytes()[..20];
    let mut first = server.connect().await;
    first.write_all(half).await.unwrap();
    let mut second = server.connect().await;
    second.write_all(GET.as_bytes()).await.unwrap();
    one_reply(&mut second).await;
    second.write_all(half).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(1), server.running).await;
    ended.expect("at once").unwrap();
    assert_eq!((rest(&mut first).await, rest(&mut second).await), (String::new(), String::new()));
}
