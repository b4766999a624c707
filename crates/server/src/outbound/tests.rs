//! Against sockets on loopback that say exactly what a test wants, and resolvers that answer as an attacker's would.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::http::StatusCode;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

use super::{AT_ONCE, BY_ANYBODY, Fetch, Outbound, OutboundError, Resolve, Settings, address};

/// Answers each question with the next of its lists, and then with the last one again.
struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|list| list.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let at = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
        Ok(self.answers[at].iter().map(|ip| SocketAddr::new(*ip, port)).collect())
    }
}

/// A server that says the same to everybody, and tells what it was told.
struct Peer {
    port: u16,
    heard: mpsc::UnboundedReceiver<String>,
}

impl Peer {
    async fn start(answer: &'static [u8], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tell, tls) = (tell.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => talk(stream, answer, &tell).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                talk(stream, answer, &tell).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, heard }
    }

    fn url(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}/a?b=c", self.port)
    }
}

/// Hears a request, says the answer, and keeps the connection until the other side ends it.
async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8], tell: &mpsc::UnboundedSender<String>) {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    let whole = |heard: &[u8]| {
        let text = String::from_utf8_lossy(heard).into_owned();
        let (start, body) = text.split_once("\r\n\r\n")?;
        let length = start.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        (body.len() >= length.parse().ok()?).then_some(text)
    };
    loop {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => heard.extend_from_slice(&buffer[..read]),
            _ => return,
        }
        if let Some(text) = whole(&heard) {
            let _ = tell.send(text);
            break;
        }
    }
    let _ = stream.write_all(answer).await;
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

fn test_bed(names: Arc<Names>) -> Outbound {
    Outbound::with_resolver(Settings { allow_special_use: true, extra_ca: Vec::new() }, names)
}

fn get(url: &str) -> Fetch<'_> {
    Fetch::get(url, "application/json")
}

#[test]
fn only_hosts_of_the_public_internet_are_not_special() {
    let special = [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.31.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.19.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for ip in special {
        assert!(address::is_special_use(ip.parse().unwrap()), "{ip}");
    }
    let public = [
        "1.1.1.1",
        "93.184.215.14",
        "100.63.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
    ];
    for ip in public {
        assert!(!address::is_special_use(ip.parse().unwrap()), "{ip}");
    }
}

/// CVE-2026-1180, CVE-2020-10770 and the rest of their class, in every way of writing the address.
#[tokio::test]
async fn special_use_addresses_are_refused_unless_configured() {
    let mut peer = Peer::start(OK, None).await;
    let outbound = Outbound::new(Settings::default());
    let hosts = [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "127.1",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "①②⑦.0.0.1",
    ];
    for host in hosts {
        for scheme in ["https", "http"] {
            let refused = outbound.fetch(get(&peer.url(scheme, host))).await.unwrap_err();
            assert!(matches!(refused, OutboundError::SpecialUse(_)), "{scheme} {host}: {refused}");
        }
    }
    peer.heard.try_recv().unwrap_err();
}

#[tokio::test]
async fn one_special_address_among_public_ones_spoils_the_name() {
    let names = Names::new(&[&["1.1.1.1", "127.0.0.1"]]);
    let outbound = Outbound::with_resolver(Settings::default(), Arc::<Names>::clone(&names));
    let refused = outbound.fetch(get("https://app.example/")).await.unwrap_err();
    assert!(matches!(refused, OutboundError::SpecialUse(ip) if ip.is_loopback()), "{refused}");
}

#[tokio::test]
async fn the_name_is_resolved_once_and_that_answer_is_connected_to() {
    let mut peer = Peer::start(OK, None).await;
    // A second look would be told 127.0.0.9, where nobody is.
    let names = Names::new(&[&["127.0.0.1"], &["127.0.0.9"]]);
    let answer = test_bed(Arc::clone(&names)).fetch(get(&peer.url("http", "app.example"))).await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (StatusCode::OK, b"{}".as_slice()));
    assert_eq!(names.asked(), 1);
    let heard = peer.heard.recv().await.unwrap();
    assert!(heard.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains(&format!("\r\nhost: app.example:{}\r\n", peer.port)), "{heard}");
}

#[tokio::test]
async fn an_answer_that_changes_after_the_check_is_never_heard() {
    let names = Names::new(&[&["127.0.0.1"], &["1.1.1.1"]]);
    let outbound = Outbound::with_resolver(Settings::default(), Arc::<Names>::clone(&names));
    let refused = outbound.fetch(get("https://app.example/")).await.unwrap_err();
    assert!(matches!(refused, OutboundError::SpecialUse(_)), "{refused}");
    assert_eq!(names.asked(), 1);
}

#[tokio::test]
async fn plain_http_goes_to_special_use_addresses_only() {
    for answer in [&["1.1.1.1"][..], &["127.0.0.1", "1.1.1.1"]] {
        let refused = test_bed(Names::new(&[answer])).fetch(get("http://app.example/")).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Plain), "{refused}");
    }
}

#[tokio::test]
async fn addresses_that_are_no_plain_urls_are_refused_before_anybody_is_asked() {
    let names = Names::new(&[&["127.0.0.1"]]);
    let outbound = test_bed(Arc::clone(&names));
    let long = format!("https://app.example/{}", "a".repeat(3000));
    let urls = [
        "",
        "app.example",
        "//app.example/",
        "ftp://app.example/",
        "file:///etc/passwd",
        "data:,x",
        "javascript:1",
        "https://user@app.example/",
        "https://:secret@app.example/",
        "https://app.example/#part",
        "https://",
        &long,
        "unix:/run/docker.sock",
        "gopher://app.example/",
    ];
    for url in urls {
        let refused = outbound.fetch(get(url)).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Url(_)), "{url}: {refused}");
    }
    assert_eq!(names.asked(), 0);
    let none = test_bed(Names::new(&[&[]])).fetch(get("https://app.example/")).await.unwrap_err();
    assert!(matches!(none, OutboundError::Unresolved(_)), "{none}");
}

/// CVE-2026-4366: redirects lead to where the first address could not.
#[tokio::test]
async fn redirects_are_not_followed() {
    let answers: [&'static [u8]; 3] = [
        b"HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 308 Permanent\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ];
    for answer in answers {
        let mut peer = Peer::start(answer, None).await;
        let names = Names::new(&[&["127.0.0.1"]]);
        let refused = test_bed(names).fetch(get(&peer.url("http", "app.example"))).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Redirected(302 | 308 | 304)), "{refused}");
        peer.heard.recv().await.unwrap();
        peer.heard.try_recv().unwrap_err();
    }
}

#[tokio::test]
async fn other_statuses_are_answers() {
    let peer = Peer::start(b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone", None).await;
    let answer = test_bed(Names::new(&[&["127.0.0.1"]])).fetch(get(&peer.url("http", "app.example"))).await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (StatusCode::NOT_FOUND, b"none".as_slice()));
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_too_long_is_cut_off() {
    let slow: [&'static [u8]; 3] =
        [b"", b"HTTP/1.1 200 OK\r\ncontent-le", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nnine"];
    for answer in slow {
        let peer = Peer::start(answer, None).await;
        let url = peer.url("http", "app.example");
        let fetch = get(&url).within(Duration::from_secs(5));
        let late = test_bed(Names::new(&[&["127.0.0.1"]])).fetch(fetch).await.unwrap_err();
        assert!(matches!(late, OutboundError::Late(time) if time == Duration::from_secs(5)), "{late}");
    }
}

#[tokio::test]
async fn whoever_says_too_much_is_cut_off() {
    let announced: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n0123456789";
    let chunked: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n012345678\r\n9\r\n012345678\r\n";
    for answer in [announced, chunked] {
        let peer = Peer::start(answer, None).await;
        let url = peer.url("http", "app.example");
        let large = test_bed(Names::new(&[&["127.0.0.1"]])).fetch(get(&url).at_most(9)).await.unwrap_err();
        assert!(matches!(large, OutboundError::TooLarge(9)), "{large}");
    }
    let head = Box::leak(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(40_000)).into_boxed_str());
    let headers = Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(100)).into_boxed_str());
    for answer in [head.as_bytes(), headers.as_bytes(), b"not HTTP at all\r\n\r\n"] {
        let peer = Peer::start(answer, None).await;
        let outbound = test_bed(Names::new(&[&["127.0.0.1"]]));
        let broken = outbound.fetch(get(&peer.url("http", "app.example"))).await.unwrap_err();
        assert!(matches!(broken, OutboundError::Broken(_)), "{broken}");
    }
}

#[tokio::test]
async fn what_anybody_can_cause_leaves_places_for_the_rest() {
    let (mut silent, answering) = (Peer::start(b"", None).await, Peer::start(OK, None).await);
    let outbound = Arc::new(test_bed(Names::new(&[&["127.0.0.1"]])));
    let wait = |_| {
        let (outbound, url) = (Arc::clone(&outbound), silent.url("http", "app.example"));
        tokio::spawn(async move { outbound.fetch(get(&url).by_anybody()).await.is_ok() })
    };
    let waiting: Vec<_> = (0..AT_ONCE).map(wait).collect();
    for _ in 0..BY_ANYBODY {
        silent.heard.recv().await.unwrap();
    }
    outbound.fetch(get(&answering.url("http", "app.example"))).await.unwrap();
    assert!(waiting.iter().all(|fetch| !fetch.is_finished()));
    silent.heard.try_recv().unwrap_err();
}

/// For messages whose answer is the status alone.
#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_is_not_waited_for() {
    let peer = Peer::start(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n0123456789", None).await;
    let url = peer.url("http", "app.example");
    let answer = test_bed(Names::new(&[&["127.0.0.1"]])).fetch(get(&url).without_body()).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn a_form_arrives_as_it_was_given() {
    let mut peer = Peer::start(b"HTTP/1.1 204 No Content\r\n\r\n", None).await;
    let url = peer.url("http", "app.example");
    let fetch = Fetch::post_form(&url, "logout_token=a.b.c".to_owned());
    let answer = test_bed(Names::new(&[&["127.0.0.1"]])).fetch(fetch).await.unwrap();
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let heard = peer.heard.recv().await.unwrap();
    assert!(heard.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\nlogout_token=a.b.c"), "{heard}");
}

fn acceptor(pair: &CertifiedKey<KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![pair.cert.der().clone()], key).unwrap()))
}

#[tokio::test]
async fn https_believes_the_configured_authorities_and_wants_the_right_name() {
    let pair = generate_simple_self_signed(["app.example".to_owned()]).unwrap();
    let mut peer = Peer::start(OK, Some(acceptor(&pair))).await;
    let names = || Names::new(&[&["127.0.0.1"]]);
    let trusting = |extra_ca| Outbound::with_resolver(Settings { allow_special_use: true, extra_ca }, names());

    let answer = trusting(vec![pair.cert.der().clone()]).fetch(get(&peer.url("https", "app.example"))).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    peer.heard.recv().await.unwrap();

    let unknown = generate_simple_self_signed(["app.example".to_owned()]).unwrap().cert.der().clone();
    for (extra_ca, host) in [(unknown, "app.example"), (pair.cert.der().clone(), "other.example")] {
        let refused = trusting(vec![extra_ca]).fetch(get(&peer.url("https", host))).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Unreachable(_)), "{host}: {refused}");
    }
    peer.heard.try_recv().unwrap_err();
}

#[tokio::test]
async fn a_second_address_is_tried_where_the_first_accepts_nothing() {
    let peer = Peer::start(OK, None).await;
    let names = Names::new(&[&["127.0.0.2", "127.0.0.1"]]);
    test_bed(names).fetch(get(&peer.url("http", "app.example"))).await.unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url = format!("http://app.example:{nobody}/");
    let refused = test_bed(Names::new(&[&["127.0.0.1"]])).fetch(get(&url)).await.unwrap_err();
    assert!(matches!(refused, OutboundError::Unreachable(_)), "{refused}");
}
