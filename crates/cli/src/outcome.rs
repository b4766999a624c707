//! How a command ends: silently, or with one clear line and what to do.

use std::process::ExitCode;

/// Why a command did not do what it should, in words for whoever typed it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Trouble {
    what: String,
    advice: Option<String>,
}

impl Trouble {
    /// What went wrong.
    pub(crate) fn new(what: impl std::fmt::Display) -> Self {
        Self { what: what.to_string(), advice: None }
    }

    /// What to do about it.
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What to do about it, if that was said.
    pub(crate) fn what_to_do(&self) -> Option<&str> {
        self.advice.as_deref()
    }
}

impl From<countersign_flow::Trouble> for Trouble {
    fn from(trouble: countersign_flow::Trouble) -> Self {
        Self { what: trouble.to_string(), advice: trouble.what_to_do().map(str::to_owned) }
    }
}

/// Prints trouble, if there is any, and says how the process ends.
pub(crate) fn report(outcome: Result<(), Trouble>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("countersign: {trouble}");
            if let Some(advice) = trouble.advice {
                eprintln!("  {advice}");
            }
            ExitCode::FAILURE
        }
    }
}
