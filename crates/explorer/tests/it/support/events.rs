//! Reading the explorer's events.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, BodyDataStream},
};
use futures_util::{FutureExt as _, StreamExt as _};
use http::Request;
use serde_json::Value;
use tokio::time::timeout;
use tower::ServiceExt as _;

/// Longest that a test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
}

/// A reader.
pub(crate) struct Events {
    stream: BodyDataStream,
    text: String,
    waiting: std::collections::VecDeque<Event>,
}

impl Events {
    /// Opens the stream, after an event if one is named.
    pub(crate) async fn open(front: &Router, last: Option<u64>) -> Self {
        Self::try_open(front, last).await.unwrap()
    }

    /// The same; `None`: too many are open.
    pub(crate) async fn try_open(front: &Router, last: Option<u64>) -> Option<Self> {
        let mut request = Request::get("/explore/api/events").header("host", "localhost:4000");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let answer = front.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if answer.status() == 503 {
            return None;
        }
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Some(Self { stream: answer.into_body().into_data_stream(), text: String::new(), waiting: [].into() })
    }

    /// Everything that is there already.
    pub(crate) fn so_far(&mut self) -> Vec<Event> {
        while let Some(Some(piece)) = self.stream.next().now_or_never() {
            self.take(&piece.unwrap());
        }
        self.waiting.drain(..).collect()
    }

    /// The next event; `None`: the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        while self.waiting.is_empty() {
            let piece = timeout(PATIENCE, self.stream.next()).await.unwrap()?;
            self.take(&piece.unwrap());
        }
        self.waiting.pop_front()
    }

    /// The next exchange for which that holds.
    pub(crate) async fn exchange(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        self.find("exchange", is).await
    }

    /// The next state of a run for which that holds.
    pub(crate) async fn run(&mut self, id: &str, is: impl Fn(&Value) -> bool) -> Value {
        self.find("run", |run| run["id"] == id && is(run)).await
    }

    async fn find(&mut self, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.next().await.unwrap();
            if event.name == name && is(&event.data) {
                return event.data;
            }
        }
    }

    fn take(&mut self, piece: &[u8]) {
        self.text.push_str(std::str::from_utf8(piece).unwrap());
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            if let Some(name) = field("event") {
                let data = serde_json::from_str(field("data").unwrap()).unwrap();
                let id = field("id").map(|id| id.parse().unwrap());
                self.waiting.push_back(Event { name: name.to_owned(), id, data });
            }
            self.text = rest.to_owned();
        }
    }
}
