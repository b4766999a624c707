//! One check, made and reported in one line: the relying party's half of the trace.

use countersign_protocol::{Refusal, Rule};

/// Is told of every check and its outcome. It sees rules only, never a value.
pub type Observer = dyn Fn(&'static Rule, bool) + Send + Sync;

/// Applies rules and reports them to an observer, if there is one.
#[derive(Clone, Copy, Default)]
pub struct Checks<'a>(Option<&'a Observer>);

impl<'a> Checks<'a> {
    /// Checks that nobody watches.
    pub const fn unobserved() -> Self {
        Self(None)
    }

    /// Checks that report to this observer.
    pub const fn observed_by(observer: Option<&'a Observer>) -> Self {
        Self(observer)
    }

    /// Applies one rule. `detail` says what was expected, what came, and what to do; public values only.
    pub fn require(self, rule: &'static Rule, ok: bool, detail: impl FnOnce() -> String) -> Result<(), Refusal> {
        if let Some(observer) = self.0 {
            observer(rule, ok);
        }
        if ok { Ok(()) } else { Err(Refusal::of(rule).because(detail())) }
    }

    /// Applies a rule that holds if there is a value.
    pub fn some<T>(self, rule: &'static Rule, value: Option<T>, detail: impl FnOnce() -> String) -> Result<T, Refusal> {
        self.require(rule, value.is_some(), detail)?;
        value.ok_or_else(|| Refusal::of(rule))
    }
}

/// Text from outside, made fit for a message: printable, quoted, at most 200 characters.
pub(crate) fn quote(text: &str) -> String {
    let shown = countersign_protocol::error::description_text(text);
    match shown.char_indices().nth(200) {
        Some((end, _)) => format!("'{}...'", &shown[..end]),
        None => format!("'{shown}'"),
    }
}
