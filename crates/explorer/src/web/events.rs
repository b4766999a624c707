//! `GET /explore/api/events`: what was recorded and what is recorded, as server-sent events (HTML Living Standard §9.2).
//!
//! Each reader goes through the ring at its own pace and holds up nobody. One that missed something is told to start
//! over: `reset`, and everything once more.

use std::{convert::Infallible, fmt::Write as _, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{
    HeaderMap, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::sleep,
};

use super::reply::error;
use crate::{
    Explorer,
    ring::{Item, Place, State as ItemState},
    watch::Watch,
};

/// Most readers at once.
pub(crate) const MOST_READERS: usize = 32;
/// How often something is sent, so that a reader who is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A reader.
struct Reader {
    watch: Arc<Watch>,
    place: Place,
    changes: watch::Receiver<u64>,
    greeted: bool,
    _permit: OwnedSemaphorePermit,
}

/// The endpoint.
pub(crate) async fn stream(State(explorer): State<Arc<Explorer>>, headers: HeaderMap) -> Response {
    let Ok(permit) = Arc::clone(&explorer.readers).try_acquire_owned() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "Too many pages are open.");
    };
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let watch = Arc::clone(&explorer.watch);
    let (place, changes) = (watch.recorder.place(last_seen), watch.recorder.changes());
    let reader = Reader { watch, place, changes, greeted: false, _permit: permit };
    let body = Body::from_stream(stream::unfold(reader, |reader| async move {
        let (text, reader) = reader.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), reader))
    }));
    ([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")], body).into_response()
}

impl Reader {
    /// The next piece; `None` when the system stops.
    async fn next(mut self) -> Option<(String, Self)> {
        if !self.greeted {
            self.greeted = true;
            return Some(("retry: 1000\n\n".to_owned(), self));
        }
        loop {
            // Marked as seen first: what changes from here on wakes the wait below.
            self.changes.borrow_and_update();
            let text = self.news();
            if !text.is_empty() {
                return Some((text, self));
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = self.watch.closed() => return None,
                () = sleep(KEEP_ALIVE) => return Some((": still here\n\n".to_owned(), self)),
            }
        }
    }

    fn news(&mut self) -> String {
        let news = self.watch.recorder.news(self.place);
        self.place = news.place;
        let mut text = String::new();
        if news.start_over {
            text.push_str("event: reset\ndata: {}\n\n");
        }
        for (change, item, state) in news.list {
            let name = match item {
                Item::Exchange(_) => "exchange",
                Item::Run(_) => "run",
                Item::Clock => "clock",
                Item::Faults => "faults",
            };
            let data = match state {
                ItemState::Exchange(exchange) => serde_json::to_string(&*exchange).unwrap_or_default(),
                ItemState::Text(text) => text.to_string(),
            };
            // JSON has no line breaks of its own, so one line holds it. Writing to a string can't fail.
            let _ = write!(text, "id: {change}\nevent: {name}\ndata: {data}\n\n");
        }
        text
    }
}
