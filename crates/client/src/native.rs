//! Sign-in for programs on the user's own machine (RFC 8252): the system's browser, and a loopback port that is open
//! only while the sign-in lasts.
//!
//! Left out: private-use URI schemes and claimed `https` links, which belong to an operating system's application
//! registration; with those, use [`Client::begin`](crate::Client::begin) and [`Client::finish`](crate::Client::finish)
//! directly.

mod browser;
mod listener;

use std::time::Duration;

pub use browser::open_browser;
use countersign_protocol::Refusal;
pub use listener::LoopbackListener;

use crate::callback::FinishError;
use crate::client::Client;
use crate::login::LoginOptions;
use crate::token::Tokens;

/// Why a sign-in by loopback ended without tokens.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// No port on loopback could be opened, or it broke.
    #[error("can't listen on loopback: {0}")]
    Listen(#[source] std::io::Error),
    /// The browser could not be opened. An `open` that shows the address to the user, and succeeds, needs none.
    #[error("can't open the browser: {0}")]
    Browser(#[source] std::io::Error),
    /// Nobody came back in time.
    #[error("nobody finished the sign-in within {} seconds; start it again", .0.as_secs())]
    TimedOut(Duration),
    /// The sign-in could not begin.
    #[error(transparent)]
    Begin(#[from] Refusal),
    /// The sign-in could not be finished.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// Signs a user in: opens a port, shows the browser the way (`open`; [`open_browser`] will do), waits for it to come
/// back, at most so long, and finishes.
///
/// Register the redirect URI `http://127.0.0.1/callback`; providers accept any port there (RFC 8252 §7.3).
pub async fn sign_in(
    client: &Client,
    options: &LoginOptions,
    limit: Duration,
    open: impl FnOnce(&str) -> std::io::Result<()>,
) -> Result<Tokens, NativeError> {
    let listener = LoopbackListener::bind().await.map_err(NativeError::Listen)?;
    let client = client.at(listener.redirect_uri())?;
    let begun = client.begin(options)?;
    open(&begun.url).map_err(NativeError::Browser)?;
    let callback = listener.wait(&begun.transaction, limit).await?;
    Ok(client.finish(begun.transaction, &callback).await?)
}
