//! What a client publishes at addresses of its own: a small server on loopback.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
};
use tokio::net::TcpListener;

/// A server that says what it was given, and remembers what it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    address: SocketAddr,
    said: Arc<Said>,
}

#[derive(Debug, Default)]
struct Said {
    pages: Mutex<HashMap<String, String>>,
    asked: Mutex<Vec<String>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let said = Arc::new(Said::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&said));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, said }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on that is there.
    pub(crate) fn put(&self, path: &str, body: impl Into<String>) {
        self.said.pages.lock().unwrap().insert(path.to_owned(), body.into());
    }

    /// How often that path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.said.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }
}

async fn answer(State(said): State<Arc<Said>>, uri: Uri) -> Result<String, StatusCode> {
    said.asked.lock().unwrap().push(uri.path().to_owned());
    said.pages.lock().unwrap().get(uri.path()).cloned().ok_or(StatusCode::NOT_FOUND)
}
