//! Another party's server, on a socket of loopback: hears what this server sends, and answers as a test wants.

use std::sync::{Arc, Mutex};

use countersign_server::{
    client_keys::ClientKeySets,
    logos::Logos,
    outbound::{Outbound, Settings},
    realm::Realm,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

/// Lets a realm reach loopback.
pub(crate) fn reach_loopback(realm: &mut Realm) {
    realm.outbound = Arc::new(Outbound::new(Settings { allow_special_use: true, extra_ca: Vec::new() }));
    realm.client_keys = ClientKeySets::new(Arc::clone(&realm.outbound));
    realm.logos = Logos::new(Arc::clone(&realm.outbound));
}

/// The server of somebody else.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Its address without a path.
    pub(crate) origin: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answer: Arc<Mutex<String>>,
}

/// A request that it heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Method, target, version.
    pub(crate) line: String,
    /// Everything up to the body.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

impl Peer {
    /// Answers everything with 200.
    pub(crate) async fn start() -> Self {
        Self::listen("http", None).await
    }

    /// The same by TLS, and what a realm must trust for it.
    pub(crate) async fn start_tls() -> (Self, Settings) {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
        let trust = Settings { allow_special_use: true, extra_ca: vec![cert.der().clone()] };
        (Self::listen("https", Some(TlsAcceptor::from(Arc::new(config)))).await, trust)
    }

    async fn listen(scheme: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = Self {
            origin: format!("{scheme}://{}", listener.local_addr().unwrap()),
            heard: Arc::default(),
            answer: Arc::default(),
        };
        peer.says("200 OK", "");
        let mine = peer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                match &tls {
                    None => drop(tokio::spawn(mine.clone().talk(stream))),
                    Some(tls) => {
                        let (mine, tls) = (mine.clone(), tls.clone());
                        tokio::spawn(async move {
                            if let Ok(stream) = tls.accept(stream).await {
                                mine.talk(stream).await;
                            }
                        });
                    }
                }
            }
        });
        peer
    }

    /// From now on it answers so.
    pub(crate) fn says(&self, status: &str, body: &str) {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nlocation: {}/elsewhere\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.origin
        );
        *self.answer.lock().unwrap() = text;
    }

    /// From now on it hears and answers nothing.
    pub(crate) fn falls_silent(&self) {
        self.answer.lock().unwrap().clear();
    }

    /// Hands out what it heard since the last time.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    async fn talk(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        let heard = loop {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 => all.extend_from_slice(&buffer[..read]),
                _ => return,
            }
            if let Some(heard) = Heard::of(&all) {
                break heard;
            }
        };
        self.heard.lock().unwrap().push(heard);
        let answer = self.answer.lock().unwrap().clone();
        if answer.is_empty() {
            while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
        }
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

impl Heard {
    fn of(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let whole = body.len() >= length.parse::<usize>().unwrap();
        let line = head.lines().next().unwrap_or_default().to_owned();
        whole.then(|| Self { line, head: head.to_owned(), body: body.to_owned() })
    }
}
