//! What the explorer did itself, as the pages read it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exchange::{RunId, Thread};

/// One run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    /// Its name.
    pub(crate) id: RunId,
    /// Which flow, by the name of its table.
    pub(crate) table: String,
    /// Whether PKCE is used.
    pub(crate) pkce: bool,
    /// Which attack, if it is one.
    pub(crate) attack: Option<String>,
    /// Whether messages are held.
    pub(crate) mode: Mode,
    /// Who signs in.
    pub(crate) user: Who,
    /// How it stands.
    pub(crate) state: RunState,
    /// Its messages' thread, from the first of them on.
    pub(crate) flow: Option<Thread>,
    /// What to open in a browser, where a real user signs in.
    pub(crate) open: Option<String>,
    /// What was done, step by step.
    pub(crate) records: Vec<Value>,
    /// How an attack ended.
    pub(crate) verdict: Option<Value>,
    /// Why it failed.
    pub(crate) trouble: Option<String>,
}

/// Whether messages are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// No.
    Live,
    /// Each, until somebody says "next".
    Guided,
}

/// Who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Who {
    /// This program.
    Script,
    /// Whoever sits at the browser.
    Real,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RunState {
    /// Under way.
    Running,
    /// Until somebody opens the page.
    Waiting,
    /// Over, and it did what it should.
    Done,
    /// Over, and it did not.
    Failed,
}

impl Run {
    /// Whether nothing more comes of it.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, RunState::Done | RunState::Failed)
    }
}
