//! One flow in one document: what is saved, shared and opened again without a server. Secrets whole; the page masks them
//! unless its reader says otherwise. Which table fits and whether PKCE was used the page reads from the exchanges.

use std::sync::Arc;

use countersign_server::edge::Clock as _;
use serde::Serialize;

use crate::{
    Explorer,
    exchange::{Exchange, Thread},
    run::Run,
};

/// The document.
#[derive(Debug, Serialize)]
pub(crate) struct Recording {
    #[serde(rename = "countersign_recording")]
    version: u8,
    made: String,
    by: &'static str,
    masked: bool,
    flow: Flow,
    exchanges: Vec<Exchange>,
}

#[derive(Debug, Serialize)]
struct Flow {
    id: Thread,
    client_id: Option<String>,
    run: Option<Run>,
}

/// Everything that is remembered of a flow; `None`: nothing is.
pub(crate) fn of(explorer: &Explorer, thread: Thread) -> Option<Recording> {
    let (about, exchanges) = explorer.watch.recorder.thread(thread)?;
    let run = about.run.and_then(|run| explorer.watch.runs.find(run));
    let now = jiff::Timestamp::from_millisecond(explorer.watch.clock.now().millis()).unwrap_or_default();
    Some(Recording {
        version: 1,
        made: now.to_string(),
        by: concat!("countersign ", env!("CARGO_PKG_VERSION")),
        masked: false,
        flow: Flow { id: thread, client_id: about.client_id, run },
        exchanges: exchanges.into_iter().map(Arc::unwrap_or_clone).collect(),
    })
}
