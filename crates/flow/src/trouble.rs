//! Why a flow could not be run, or did not do what it should, in words for whoever started it.

/// What went wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Trouble {
    what: String,
    advice: Option<String>,
}

impl Trouble {
    /// What went wrong.
    pub fn new(what: impl std::fmt::Display) -> Self {
        Self { what: what.to_string(), advice: None }
    }

    /// What to do about it.
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What to do about it, if that was said.
    pub fn what_to_do(&self) -> Option<&str> {
        self.advice.as_deref()
    }
}
