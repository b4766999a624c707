//! TLS by rustls, with certificates made here.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use countersign_server::{tls::Files, upkeep::no_hurry};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::CertificateDer},
};

use super::{GET, GET_AND_CLOSE, Server, one_reply, rest};
use crate::support::Bench;

/// A certificate in a folder, and the server's view of it.
struct Home {
    folder: TempDir,
    writes: std::cell::Cell<u64>,
}

impl Home {
    fn new(pair: &CertifiedKey<KeyPair>) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), writes: std::cell::Cell::new(0) };
        home.write("cert.pem", &pair.cert.pem());
        home.write("key.pem", &pair.signing_key.serialize_pem());
        home
    }

    fn files(&self) -> Files {
        Files { cert: self.folder.path().join("cert.pem"), key: self.folder.path().join("key.pem") }
    }

    /// Writes a file, with a time that no other write had: clocks of file systems tick slowly.
    fn write(&self, name: &str, text: &str) {
        let path: &Path = &self.folder.path().join(name);
        std::fs::write(path, text).unwrap();
        self.writes.set(self.writes.get() + 1);
        let time = std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + self.writes.get());
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
}

fn pair() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// Connects, trusting that certificate and no other.
async fn connect(server: &Server, trusted: &CertificateDer<'static>) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    connector.connect("localhost".try_into().unwrap(), server.connect().await).await
}

#[tokio::test(start_paused = true)]
async fn a_client_that_trusts_the_certificate_is_served() {
    let pair = pair();
    let home = Home::new(&pair);
    let server = Server::start(&Bench::new().await, Some(home.files().watch(no_hurry()).unwrap())).await;
    let mut stream = connect(&server, pair.cert.der()).await.unwrap();
    stream.write_all(GET.as_bytes()).await.unwrap();
    assert!(one_reply(&mut stream).await.ends_with("ok\n"));
    assert!(connect(&server, self::pair().cert.der()).await.is_err(), "another certificate is not it");
}

#[tokio::test(start_paused = true)]
async fn plain_http_and_a_stalled_handshake_hold_up_nobody() {
    let pair = pair();
    let home = Home::new(&pair);
    let server = Server::start(&Bench::new().await, Some(home.files().watch(no_hurry()).unwrap())).await;
    let mut stalled = server.connect().await;
    stalled.write_all(b"\x16\x03\x01").await.unwrap();
    let plain = server.talk(GET_AND_CLOSE).await;
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
    let mut stream = connect(&server, pair.cert.der()).await.unwrap();
    stream.write_all(GET.as_bytes()).await.unwrap();
    assert!(one_reply(&mut stream).await.ends_with("ok\n"));
    rest(&mut stalled).await;
}

#[tokio::test(start_paused = true)]
async fn a_stalled_handshake_does_not_hold_up_the_end() {
    let home = Home::new(&pair());
    let mut server = Server::start(&Bench::new().await, Some(home.files().watch(no_hurry()).unwrap())).await;
    let mut stalled = server.connect().await;
    stalled.write_all(b"\x16\x03\x01").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(1), server.running).await;
    ended.expect("at once").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_changed_certificate_is_used_without_a_restart() {
    let (old, new) = (pair(), pair());
    let home = Home::new(&old);
    let server = Server::start(&Bench::new().await, Some(home.files().watch(no_hurry()).unwrap())).await;
    let mut open = connect(&server, old.cert.der()).await.unwrap();

    home.write("cert.pem", &new.cert.pem());
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert!(connect(&server, old.cert.der()).await.is_ok(), "a certificate without its key changes nothing");

    home.write("key.pem", &new.signing_key.serialize_pem());
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert!(connect(&server, new.cert.der()).await.is_ok());
    assert!(connect(&server, old.cert.der()).await.is_err());

    home.write("cert.pem", "no certificate at all");
    home.write("key.pem", "");
    tokio::time::sleep(Duration::from_secs(40)).await;
    std::fs::remove_file(home.files().cert).unwrap();
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert!(connect(&server, new.cert.der()).await.is_ok(), "what does not load leaves the old pair in use");
    assert_eq!(rest(&mut open).await, "", "closed as idle, long ago");
}

#[test]
fn files_that_do_not_fit_are_refused_at_the_start_with_their_name() {
    let (one, other) = (pair(), pair());
    let home = Home::new(&one);
    home.files().load().unwrap();
    home.write("key.pem", &other.signing_key.serialize_pem());
    let error = home.files().load().unwrap_err().to_string();
    assert!(error.contains("cert.pem"), "{error}");
    home.write("key.pem", "nothing");
    let error = home.files().load().unwrap_err().to_string();
    assert!(error.contains("key.pem"), "{error}");
    home.write("cert.pem", "");
    home.files().load().unwrap_err();
    std::fs::remove_file(home.files().cert).unwrap();
    let error = home.files().load().unwrap_err().to_string();
    assert!(error.contains("cert.pem"), "{error}");
}
