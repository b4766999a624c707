//! The adapter against real sockets.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::ReqwestClient;
use crate::wire::{Endpoint, HttpClient, MAX_BODY, Response, TransportError};

/// Answers one connection with these bytes, and sends one request to it.
async fn exchange(answer: Vec<u8>) -> (Result<Response, TransportError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        // The client hangs up when it has had enough.
        let _ = stream.write_all(&answer).await;
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let endpoint = Endpoint::parse(&format!("http://{address}/token?secret=1")).unwrap();
    let outcome = ReqwestClient::new().unwrap().send(endpoint.post_form([("a", "b c")])).await;
    (outcome, server.await.unwrap())
}

#[tokio::test]
async fn a_request_arrives_as_it_was_written_and_the_reply_comes_back() {
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nX-A: b\r\n\r\n{}".to_vec();
    let (outcome, request) = exchange(answer).await;
    let response = outcome.unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_slice()), (400, &b"{}"[..]));
    assert_eq!(response.headers()["x-a"], "b");
    assert!(request.starts_with("POST /token?secret=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("a=b+c"), "{request}");
}

#[tokio::test]
async fn a_redirect_is_returned_and_never_followed() {
    let answer =
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n".to_vec();
    assert_eq!(exchange(answer).await.0.unwrap().status().as_u16(), 307);
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(answer.len() + MAX_BODY + 1, b' ');
    let error = exchange(answer).await.0.unwrap_err();
    assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
}

#[tokio::test]
async fn a_failure_names_the_cause_and_not_the_address() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoint = Endpoint::parse(&format!("http://{unused}/token?secret=1")).unwrap();
    let error = ReqwestClient::new().unwrap().send(endpoint.get()).await.unwrap_err();
    assert!(!error.to_string().contains("secret=1"), "{error}");
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
}
