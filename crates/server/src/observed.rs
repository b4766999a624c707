//! What became known on the way to a reply: every check in order, whose flow it was, why it was refused. It rides in the
//! extensions of the response, where a layer around the router may read it; no handler knows of any.
//!
//! Replies that nothing was decided for (the key set, the metadata, the front page, assets) carry none.

use axum::response::Response;
use countersign_engine::{Cx, cx::Check};
use countersign_protocol::{ClientId, ErrorCode, FlowId, Refusal};

use crate::reply::{Failure, log_checks};

/// The trace of one reply. Rules and public identifiers only: no value of a request.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Which endpoint or page answered.
    pub endpoint: &'static str,
    /// Every check and its outcome, in order. A decision that lost a race was made again, and is here again.
    pub checks: Vec<Check>,
    /// The flow that the request turned out to belong to.
    pub flow: Option<FlowId>,
    /// The registered client that the request named, proven or not.
    pub client: Option<ClientId>,
    /// What kind of error was answered, if one was.
    pub error: Option<ErrorCode>,
    /// The rule that refused it, and what about it.
    pub refused: Option<Refusal>,
    /// Under which name the log knows the failure.
    pub trace_id: Option<String>,
}

impl Observed {
    /// Takes what the context gathered, after writing it to the log where that is asked for.
    pub fn of(cx: &mut Cx<'_>, endpoint: &'static str) -> Self {
        log_checks(cx, endpoint);
        let checks = cx.take_checks();
        let (flow, client) = (cx.flow.clone(), cx.client.clone());
        Self { endpoint, checks, flow, client, error: None, refused: None, trace_id: None }
    }

    /// The same, of a request that failed.
    pub fn failed(self, failure: &Failure, trace_id: &str) -> Self {
        let refused = match failure {
            Failure::Refused(refusal) => Some(refusal.clone()),
            Failure::Fault(_) | Failure::Store(_) | Failure::Overloaded(_) => None,
        };
        Self { error: Some(failure.code()), refused, trace_id: Some(trace_id.to_owned()), ..self }
    }

    /// Leaves it in the extensions of the response; what is there already was closer to the matter, and stays.
    pub fn attach(self, response: &mut Response) {
        let extensions = response.extensions_mut();
        if extensions.get::<Self>().is_none() {
            extensions.insert(self);
        }
    }
}
