//! Calls to the resource server on the user's behalf: the access token goes into the header, and what the answer means
//! for the user comes out.

use countersign_client::{CallError, Ended, HttpClient, RefreshError, Request, Response, TransportError, bearer};
use countersign_protocol::Secret;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::session::Session;
use crate::edge::{Edge, Outgoing};

/// `GET /profile`.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    pub(super) shelf: String,
    pub(super) plant: String,
}

/// `GET /files`.
#[derive(Debug, Deserialize)]
pub(super) struct Files {
    pub(super) files: Vec<Entry>,
}

/// One file in a list.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) bytes: u64,
}

/// `GET /files/{name}`.
#[derive(Debug, Deserialize)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) content: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The user took the access back, or it ran out; only a new sign-in helps.
    #[error("the access has ended: {0}")]
    Ended(Ended),
    /// The token lacks this scope: the user did not approve it.
    #[error("{0} was not granted")]
    NotGranted(&'static str),
    #[error("there is no such file")]
    NotFound,
    #[error("the access token could not be renewed: {0}")]
    Refresh(CallError),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("the resource server answered {0} with something else than expected")]
    Answer(StatusCode),
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::SignInAgain(ended) => Self::Ended(ended),
            RefreshError::Failed(error) => Self::Refresh(error),
        }
    }
}

pub(super) struct Api {
    url: String,
    http: Outgoing,
    edge: Edge,
}

impl Api {
    pub(super) fn new(url: String, edge: &Edge) -> Self {
        Self { url, http: edge.outgoing(), edge: edge.clone() }
    }

    pub(super) async fn profile(&self, session: &Session) -> Result<Profile, ApiError> {
        self.get(session, "/profile", "read:profile").await
    }

    pub(super) async fn files(&self, session: &Session) -> Result<Files, ApiError> {
        self.get(session, "/files", "read:files").await
    }

    /// One file. The name comes from an address that anybody may have written, and goes into another one.
    pub(super) async fn file(&self, session: &Session, name: &str) -> Result<Sheet, ApiError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if name.len() > 100 || !name.bytes().all(plain) || name.starts_with('.') {
            return Err(ApiError::NotFound);
        }
        self.get(session, &format!("/files/{name}"), "read:files").await
    }

    /// Calls, and if the token is not liked, once more with a new one: it may have ended on the way.
    async fn get<T: DeserializeOwned>(
        &self,
        session: &Session,
        path: &str,
        scope: &'static str,
    ) -> Result<T, ApiError> {
        if !session.keeper.tokens().access_token.scope.contains(scope) {
            return Err(ApiError::NotGranted(scope));
        }
        let token = session.keeper.access_token().await?;
        let mut response = self.send(session, path, &token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let token = session.keeper.replace(&token).await?;
            response = self.send(session, path, &token).await?;
        }
        match response.status() {
            StatusCode::OK => serde_json::from_slice(response.body()).map_err(|_| ApiError::Answer(StatusCode::OK)),
            StatusCode::FORBIDDEN => Err(ApiError::NotGranted(scope)),
            StatusCode::NOT_FOUND => Err(ApiError::NotFound),
            other => Err(ApiError::Answer(other)),
        }
    }

    async fn send(&self, session: &Session, path: &str, token: &Secret) -> Result<Response, ApiError> {
        let mut credential = HeaderValue::from_str(bearer(token).expose()).map_err(TransportError::new)?;
        credential.set_sensitive(true);
        let mut request = Request::new(Vec::new());
        *request.uri_mut() =
            format!("{}{path}", self.url).parse().map_err(|error: http::uri::InvalidUri| TransportError::new(error))?;
        request.headers_mut().insert(AUTHORIZATION, credential);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = self.http.send(request).await?;
        let what = format!("Asked the resource server for {path}: it answered {}.", response.status().as_u16());
        session.history.add(self.edge.now(), what);
        Ok(response)
    }
}
