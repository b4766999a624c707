//! What was checked of one request, in order: the raw material of the observer and of an explorer's view.

use axum::response::Response;
use countersign_protocol::{Refusal, Rule};

/// One check and its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The rule that was applied.
    pub rule: &'static Rule,
    /// Whether it held.
    pub ok: bool,
}

/// The checks of one request. The layer leaves them in the extensions of the response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Applies one rule and records the outcome.
    pub fn require(&mut self, rule: &'static Rule, ok: bool) -> Result<(), Refusal> {
        self.0.push(Check { rule, ok });
        if ok { Ok(()) } else { Err(Refusal::of(rule)) }
    }

    /// Like [`require`](Self::require), with what was expected and what came, said in public values.
    pub fn require_or(
        &mut self,
        rule: &'static Rule,
        ok: bool,
        detail: impl FnOnce() -> String,
    ) -> Result<(), Refusal> {
        self.require(rule, ok).map_err(|refusal| refusal.because(detail()))
    }

    /// Requires a success, and hands it out; the error is the detail.
    pub fn require_ok<T, E: ToString>(&mut self, rule: &'static Rule, outcome: Result<T, E>) -> Result<T, Refusal> {
        self.0.push(Check { rule, ok: outcome.is_ok() });
        outcome.map_err(|error| Refusal::of(rule).because(error.to_string()))
    }

    /// Requires that a value is there, and hands it out.
    pub fn require_some<T>(&mut self, rule: &'static Rule, value: Option<T>) -> Result<T, Refusal> {
        self.0.push(Check { rule, ok: value.is_some() });
        value.ok_or(Refusal::of(rule))
    }

    /// Every check so far.
    pub fn iter(&self) -> impl Iterator<Item = &Check> {
        self.0.iter()
    }

    /// Leaves them in the extensions of the response, before what was checked further inside.
    pub(crate) fn attach(mut self, response: &mut Response) {
        if let Some(inner) = response.extensions_mut().remove::<Self>() {
            self.0.extend(inner.0);
        }
        response.extensions_mut().insert(self);
    }
}
