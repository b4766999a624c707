//! What the explorer may do to the authorization server of a test bed: rotate its keys, take a consent away.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use countersign_engine::{
    keys::{ALGORITHMS, Schedule},
    records::User,
};
use countersign_protocol::ClientId;
use countersign_server::{
    edge::SystemEntropy,
    interaction::account::take_away,
    keyring::{Keyring, MasterKey, RotationError},
    realm::App,
    reply::Failure,
};
use http::StatusCode;

use crate::web::reply;

/// See the module.
#[derive(Debug)]
pub struct Powers {
    /// The authorization server.
    pub realm: App,
    /// What opens its signing keys.
    pub master: Arc<MasterKey>,
    /// When they move on.
    pub schedule: Schedule,
    /// The consent that is meant where none is named.
    pub usual: UsualConsent,
}

/// Who uses the demo, and which client.
#[derive(Debug, Clone)]
pub struct UsualConsent {
    /// The client.
    pub client_id: String,
    /// The user's name.
    pub user: String,
}

/// Which consent is meant.
#[derive(Debug, Default)]
pub(crate) struct Consent {
    pub(crate) client_id: Option<String>,
    pub(crate) user: Option<String>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// The server could not.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// There are too many keys.
    #[error("{0}")]
    Full(String),
    /// Nobody has that name.
    #[error("{0}")]
    Unknown(String),
}

impl IntoResponse for NotDone {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown(what) => reply::not_found(what),
            Self::Full(what) => reply::error(StatusCode::CONFLICT, "too_many_keys", what),
            Self::Failed(failure) => {
                tracing::error!(%failure, "the explorer could not do what it was asked");
                reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "It did not work; the log says why.")
            }
        }
    }
}

impl Powers {
    /// A new key signs from now on, for each algorithm.
    pub(crate) async fn rotate_keys(&self) -> Result<(), NotDone> {
        let now = self.realm.now();
        self.keyring().rotate_now(now, &ALGORITHMS, &mut SystemEntropy).await.map_err(|error| match error {
            RotationError::Full { until } => {
                let wait = until.secs_since(now);
                NotDone::Full(format!("Keys were rotated too often: {error}. In {wait} s there is room for new ones."))
            }
            RotationError::Failed(failure) => failure.into(),
        })?;
        Ok(self.keys_of_now().await?)
    }

    /// Does with the keys what is due by the clock, and signs with those of now.
    pub(crate) async fn keys_of_now(&self) -> Result<(), Failure> {
        let keys = self.keyring().refresh(self.realm.clock.as_ref(), &mut SystemEntropy).await?;
        self.realm.keys.store(Arc::new(keys));
        Ok(())
    }

    /// Takes a user's consent for a client away, as the user could on the account page.
    pub(crate) async fn revoke(&self, consent: &Consent) -> Result<(), NotDone> {
        let client = consent.client_id.as_deref().unwrap_or(&self.usual.client_id);
        let name = User::canonical(consent.user.as_deref().unwrap_or(&self.usual.user));
        let unknown = |what: &str| NotDone::Unknown(format!("There is no {what} of that name."));
        let client = ClientId::parse(client).map_err(|_| unknown("client"))?;
        let user = self.realm.store.user_by_name(&name).await.map_err(Failure::from)?;
        let user = user.ok_or_else(|| unknown("user"))?;
        Ok(take_away(&self.realm, &client, &user.subject).await?)
    }

    fn keyring(&self) -> Keyring<'_> {
        Keyring { store: &self.realm.store, master: &self.master, schedule: self.schedule }
    }
}
