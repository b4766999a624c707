//! One request with its response, as a tap saw it: the shape that the pages read.

use std::fmt;

use countersign_protocol::{Refusal, Rule};
use serde::{Serialize, Serializer};

use crate::site::Site;

/// Longest body that is kept; what is longer is cut.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// A number with a letter before it: `f3`, `r2`.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u64);

        impl $name {
            /// From its text form.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                text.strip_prefix($letter)?.parse().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $letter, self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

named!(
    /// One login, or another thing that a client did, by the order in which they began.
    Thread, "f"
);
named!(
    /// One thing that the explorer itself did.
    RunId, "r"
);

/// Which of the two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// The request.
    Request,
    /// The response.
    Response,
}

/// One request with its response.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Exchange {
    /// Rises over the whole process.
    pub(crate) id: u64,
    /// The thread that it was put on.
    pub(crate) flow: Option<Thread>,
    /// The run that caused it.
    pub(crate) run: Option<RunId>,
    /// Who was asked.
    pub(crate) site: Site,
    /// What was asked.
    pub(crate) endpoint: &'static str,
    /// When the request came: milliseconds since 1970 by the clock of the system, which may have been moved.
    pub(crate) at: i64,
    /// Microseconds until the response was ready; `None` while it is under way.
    pub(crate) took: Option<u64>,
    /// Which message waits for "next".
    pub(crate) held: Option<Side>,
    /// Whether no answer arrived: it was dropped by a fault, or nobody waited for it any more.
    pub(crate) lost: bool,
    /// What was asked, as it came.
    pub(crate) request: RequestSeen,
    /// What was answered, as it left.
    pub(crate) response: Option<ResponseSeen>,
    /// Every check that was reported, in order.
    pub(crate) checks: Vec<CheckSeen>,
    /// The rule that refused the request.
    pub(crate) refused: Option<RefusedSeen>,
    /// The flow as the engine calls it.
    pub(crate) engine_flow: Option<String>,
    /// The client, where it is known.
    pub(crate) client_id: Option<String>,
    /// Under which name the server's log knows a failure.
    pub(crate) trace_id: Option<String>,
    /// `traceparent` as it was sent.
    pub(crate) traceparent: Option<String>,
}

/// Header names in lower case with their values as sent; one that came several times is here several times.
pub(crate) type Headers = Vec<(String, String)>;

/// A request as it came.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequestSeen {
    /// `GET`.
    pub(crate) method: String,
    /// As it stands in the request line.
    pub(crate) target: String,
    /// `HTTP/1.1`.
    pub(crate) version: &'static str,
    /// Every header.
    pub(crate) headers: Headers,
    /// The body.
    #[serde(flatten)]
    pub(crate) body: BodySeen,
}

/// A response as it left. `date` is added later, by the HTTP implementation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ResponseSeen {
    /// `200`.
    pub(crate) status: u16,
    /// Every header.
    pub(crate) headers: Headers,
    /// The body.
    #[serde(flatten)]
    pub(crate) body: BodySeen,
}

/// A body: its text and its size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct BodySeen {
    /// The text; `None`: it is none, or was not kept.
    #[serde(rename = "body")]
    pub(crate) text: Option<String>,
    /// Bytes that were seen of it.
    pub(crate) bytes: usize,
    /// Whether there is more than the text shows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) truncated: bool,
}

/// A check and its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct CheckSeen {
    /// The rule's id.
    pub(crate) rule: &'static str,
    /// Whether it held.
    pub(crate) ok: bool,
    /// Who checked.
    pub(crate) by: &'static str,
}

impl CheckSeen {
    /// A check of that actor's.
    pub(crate) fn new(rule: &'static Rule, ok: bool, by: countersign_protocol::steps::Actor) -> Self {
        Self { rule: rule.id, ok, by: by.name() }
    }
}

/// The rule that refused a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RefusedSeen {
    /// The rule's id.
    pub(crate) rule: &'static str,
    /// What about it.
    pub(crate) detail: Option<String>,
    /// What the client was not told, and a test bed's reader may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aside: Option<String>,
}

impl From<&Refusal> for RefusedSeen {
    fn from(refusal: &Refusal) -> Self {
        Self { rule: refusal.rule.id, detail: refusal.detail.clone(), aside: refusal.aside.clone() }
    }
}

impl Exchange {
    /// About how much memory it takes.
    pub(crate) fn weight(&self) -> usize {
        let headers = |headers: &Headers| headers.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
        let body = |body: &BodySeen| body.text.as_ref().map_or(0, String::len);
        let request: usize = headers(&self.request.headers);
        let response: usize = self.response.as_ref().map_or(0, |seen| headers(&seen.headers) + body(&seen.body));
        let small = size_of::<Self>() + 64 * self.checks.len() + self.request.target.len();
        small + request + response + body(&self.request.body)
    }
}
