//! A rule: one MUST of a specification, as data.
//!
//! From the one declaration come the refusal, its HTTP status, the log line, the metric label, the explorer's step and
//! the row of `docs/spec-matrix.md`. The condition stays plain Rust beside the rule; this must not become a framework.

use crate::error::{ErrorCode, description_text};

/// One requirement that a check enforces.
#[derive(Debug)]
pub struct Rule {
    /// Stable name, dotted, lower case: `code.single_use`.
    pub id: &'static str,
    /// Where it is written: `OAuth 2.1 §4.1.3`.
    pub spec: &'static str,
    /// The error that a client gets when the check fails.
    pub on_fail: ErrorCode,
    /// What is required, in words that may be shown to the developer of a client.
    pub explain: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// Declares rules as public constants, and `ALL` with every one of them.
#[macro_export]
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident: $id:literal, $spec:literal, $on_fail:ident, $explain:literal;)*) => {
        $($(#[$doc])* pub static $name: $crate::Rule = $crate::Rule {
            id: $id,
            spec: $spec,
            on_fail: $crate::ErrorCode::$on_fail,
            explain: $explain,
        };)*

        /// Every rule of this module.
        pub static ALL: &[&$crate::Rule] = &[$(&$name),*];
    };
}

/// A check that failed: what the client may know of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused by {}: {}", .rule.id, self.description())]
pub struct Refusal {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// What about it, in public values only: never a secret, never another client's data.
    pub detail: Option<String>,
}

impl Refusal {
    /// A refusal by that rule.
    pub const fn of(rule: &'static Rule) -> Self {
        Self { rule, detail: None }
    }

    /// Adds what was expected and what came; public values only.
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The error code for the client.
    pub const fn code(&self) -> ErrorCode {
        self.rule.on_fail
    }

    /// `error_description`: the rule in words, the detail, the section.
    pub fn description(&self) -> String {
        let detail = self.detail.as_deref().map(|d| format!(" {d}.")).unwrap_or_default();
        description_text(&format!("{}{} ({})", self.rule.explain, detail, self.rule.spec.replace('§', "section ")))
    }
}
