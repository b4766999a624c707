//! HTTP/1.1 as peers really speak it, and as attackers do.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::{GET, GET_AND_CLOSE, Server, one_reply, rest};
use crate::support::{Ask, Bench};

async fn server() -> Server {
    Server::start(&Bench::new().await, None).await
}

#[tokio::test(start_paused = true)]
async fn a_connection_serves_one_request_after_another() {
    let server = server().await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(GET.as_bytes()).await.unwrap();
        let reply = one_reply(&mut stream).await;
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("ok\n"), "{reply}");
    }
    assert!(server.talk(GET_AND_CLOSE).await.ends_with("ok\n"));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_is_cut_off() {
    let server = server().await;
    let mut stream = server.connect().await;
    let mut sent = 0;
    for byte in GET.bytes().cycle().filter(|b| *b != b'\n') {
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
        sent += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(sent < 20, "still there");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_sent_away() {
    let server = server().await;
    let mut stream = server.connect().await;
    assert_eq!(rest(&mut stream).await, "");
    let mut idle = server.connect().await;
    idle.write_all(GET.as_bytes()).await.unwrap();
    one_reply(&mut idle).await;
    assert_eq!(rest(&mut idle).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_in_is_given_up() {
    let server = server().await;
    let mut stream = server.connect().await;
    let head = "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    tokio::spawn(async move {
        while writing.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    });
    let reply = rest(&mut reading).await;
    assert!(reply.starts_with("HTTP/1.1 503 ") && reply.contains("temporarily_unavailable"), "{reply}");
}

/// Replies that nobody reads must not hold a connection for ever.
#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_cut_off() {
    let bench = Bench::new().await;
    let server = Server::start(&bench, None).await;
    let home = bench.send(Ask::get("/")).await.text();
    let asset = home.split('"').find(|part| part.starts_with("/assets/") && part.contains(".css")).unwrap();
    let mut stream = server.connect().await;
    let request = format!("GET {asset} HTTP/1.1\r\nhost: x\r\n\r\n");
    let count = 4000;
    let (mut reading, mut writing) = stream.split();
    let sending = async {
        for _ in 0..count {
            if writing.write_all(request.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_hours(1), sending).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    let mut all = Vec::new();
    let end = tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut all);
    let _ = tokio::time::timeout(Duration::from_hours(1), end).await.expect("it ends");
    let replies = String::from_utf8_lossy(&all).matches("HTTP/1.1 200 OK").count();
    assert!(replies < count, "all of them, an hour later");
}

/// The limit of 64 KiB is one of reading on, so a head may be somewhat longer.
#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_large_is_refused() {
    let server = server().await;
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect::<Vec<_>>().concat();
    let heads = [
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "y".repeat(200_000)),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(200_000)),
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
    ];
    for head in heads {
        let reply = server.talk(&head).await;
        let refused = ["HTTP/1.1 431 ", "HTTP/1.1 414 "].iter().any(|status| reply.starts_with(status));
        assert!(refused || reply.is_empty(), "{}", &reply[..reply.len().min(80)]);
    }
    let fits =
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: {}\r\n\r\n", "y".repeat(20_000));
    assert!(server.talk(&fits).await.ends_with("ok\n"));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_refused_and_the_server_goes_on() {
    let server = server().await;
    let smuggled =
        "POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x";
    let odd: [&[u8]; 10] = [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost : x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nx: \0\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
        b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        smuggled.as_bytes(),
    ];
    for bytes in odd {
        let reply = server.talk(bytes).await;
        assert!(!reply.contains("HTTP/1.1 200"), "{}: {reply}", String::from_utf8_lossy(bytes));
        assert!(reply.matches("HTTP/1.1 ").count() <= 1, "two answers to one request: {reply}");
    }
    assert!(server.talk(GET_AND_CLOSE).await.ends_with("ok\n"));
}

#[tokio::test(start_paused = true)]
async fn old_and_proxy_forms_of_a_request_are_understood_or_refused() {
    let server = server().await;
    let old = server.talk("GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(old.ends_with("ok\n"), "{old}");
    let absolute =
        "GET http://evil.example/authorize?client_id=x HTTP/1.1\r\nhost: as.example\r\nconnection: close\r\n\r\n";
    let reply = server.talk(absolute).await;
    assert!(!reply.contains("evil.example"), "{reply}");
    let nowhere = server.talk("CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(!nowhere.contains("HTTP/1.1 200"), "{nowhere}");
    let asterisk = server.talk("OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(asterisk.starts_with("HTTP/1.1 4"), "{asterisk}");
}
