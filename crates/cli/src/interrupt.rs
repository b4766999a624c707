//! Being asked to stop, or to look again at what changed outside.

use countersign_server::upkeep::Hurry;

/// Waits for Ctrl-C or a request to terminate.
pub(crate) async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// What SIGHUP asks for: to look at the certificate and the signing keys at once, instead of in half a minute.
pub(crate) fn asked_to_look() -> Hurry {
    let (sender, receiver) = tokio::sync::watch::channel(());
    #[cfg(unix)]
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => hangup,
            Err(error) => return tracing::warn!(%error, "SIGHUP can't be heard"),
        };
        while hangup.recv().await.is_some() {
            tracing::info!("SIGHUP: looking at the certificate and the signing keys");
            sender.send_replace(());
        }
    });
    receiver
}
