//! The relying party's own addresses: documents that the provider fetches, and what it is told there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use countersign_server::{listen, tls::Files, upkeep::no_hurry};
use tokio::{net::TcpListener, sync::mpsc};

use super::provider;

/// Longest that the provider may take to tell something.
const PATIENCE: Duration = Duration::from_mins(1);

type Documents = Arc<Mutex<HashMap<String, (&'static str, String)>>>;

/// A small web server on loopback.
#[derive(Debug)]
pub(crate) struct Listener {
    base: String,
    documents: Documents,
    heard: mpsc::Receiver<(String, String)>,
}

impl Listener {
    /// Over TLS, with the certificate that the provider trusts by `outbound.extra_ca`.
    pub(crate) async fn start() -> Self {
        let folder = provider().folder.join("conformance");
        let files = Files { cert: folder.join("tls.crt"), key: folder.join("tls.key") };
        Self::with("https", Some(files)).await
    }

    /// By http, which a test bed allows on loopback.
    pub(crate) async fn plain() -> Self {
        Self::with("http", None).await
    }

    async fn with(scheme: &str, files: Option<Files>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("{scheme}://localhost:{}", socket.local_addr().unwrap().port());
        let documents = Documents::default();
        let (told, heard) = mpsc::channel(100);
        let app = Router::new().fallback(answer).with_state((Arc::clone(&documents), told));
        let tls = files.map(|files| files.watch(no_hurry()).unwrap());
        tokio::spawn(listen::serve(socket, app, tls, std::future::pending()));
        Self { base, documents, heard }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Publishes a document, in the place of an earlier one.
    pub(crate) fn publish(&self, path: &str, kind: &'static str, text: String) -> String {
        self.documents.lock().unwrap().insert(path.to_owned(), (kind, text));
        self.url(path)
    }

    /// The next form that was posted: where to, and the body.
    pub(crate) async fn told(&mut self) -> (String, String) {
        let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
        heard.unwrap_or_else(|_| panic!("nothing was told in time")).unwrap()
    }
}

async fn answer(
    State((documents, told)): State<(Documents, mpsc::Sender<(String, String)>)>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    if method == Method::POST {
        let body = String::from_utf8_lossy(&body).into_owned();
        return match told.send((uri.path().to_owned(), body)).await {
            Ok(()) => StatusCode::OK.into_response(),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        };
    }
    let found = documents.lock().unwrap().get(uri.path()).cloned();
    match found {
        Some((kind, text)) => ([(CONTENT_TYPE, kind)], text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
