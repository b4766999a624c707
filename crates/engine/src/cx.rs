//! The context of one decision: when it is, where randomness comes from, and what was checked so far.

use std::fmt::Display;

use countersign_protocol::{ClientId, Entropy, FlowId, Refusal, Rule, Timestamp};

/// One check and its outcome: what the explorer, the log and the metrics are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The rule that was applied.
    pub rule: &'static Rule,
    /// Whether it held.
    pub ok: bool,
}

/// The context of one request's decisions. Time is read once, at the edge.
pub struct Cx<'a> {
    /// When the request is decided.
    pub now: Timestamp,
    /// Randomness for ids and secrets.
    pub entropy: &'a mut dyn Entropy,
    /// The flow that the request turned out to belong to.
    pub flow: Option<FlowId>,
    /// The registered client that the request named, proven or not.
    pub client: Option<ClientId>,
    checks: Vec<Check>,
}

impl<'a> Cx<'a> {
    /// A context with nothing checked yet.
    pub fn new(now: Timestamp, entropy: &'a mut dyn Entropy) -> Self {
        Self { now, entropy, flow: None, client: None, checks: Vec::new() }
    }

    /// Applies one rule and records the outcome, so that the check *is* the trace event.
    pub fn require(&mut self, rule: &'static Rule, ok: bool) -> Result<(), Refusal> {
        self.checks.push(Check { rule, ok });
        if ok { Ok(()) } else { Err(Refusal::of(rule)) }
    }

    /// Like [`require`](Self::require), with what was expected and what came, said in public values.
    pub fn require_or<D: Into<String>>(
        &mut self,
        rule: &'static Rule,
        ok: bool,
        detail: impl FnOnce() -> D,
    ) -> Result<(), Refusal> {
        self.require(rule, ok).map_err(|refusal| refusal.because(detail()))
    }

    /// Requires that a value is there, and hands it out.
    pub fn require_some<T>(&mut self, rule: &'static Rule, value: Option<T>) -> Result<T, Refusal> {
        self.checks.push(Check { rule, ok: value.is_some() });
        value.ok_or(Refusal::of(rule))
    }

    /// Requires that something could be read, and hands it out. What the error says is the detail: public values only.
    pub fn require_ok<T, E: Display>(&mut self, rule: &'static Rule, outcome: Result<T, E>) -> Result<T, Refusal> {
        self.checks.push(Check { rule, ok: outcome.is_ok() });
        outcome.map_err(|error| Refusal::of(rule).because(error.to_string()))
    }

    /// What was checked so far, in order.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Hands out what was checked so far, and begins anew.
    pub fn take_checks(&mut self) -> Vec<Check> {
        std::mem::take(&mut self.checks)
    }
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").field("now", &self.now).field("flow", &self.flow).finish_non_exhaustive()
    }
}
