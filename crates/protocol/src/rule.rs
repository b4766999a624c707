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

/// Longest detail: with it, the rule in words and the section still fit into an `error_description`.
const MAX_DETAIL: usize = 240;

/// A check that failed: what the client may know of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused by {}: {}", .rule.id, self.description())]
pub struct Refusal {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// What about it, in public values only: never a secret, never another client's data.
    pub detail: Option<String>,
    /// What whoever asked must not learn, such as which part of their credentials is wrong: for the log, and for the
    /// inspector of a test bed. No secret stands here either.
    pub aside: Option<String>,
}

impl Refusal {
    /// A refusal by that rule.
    pub const fn of(rule: &'static Rule) -> Self {
        Self { rule, detail: None, aside: None }
    }

    /// Adds what was expected and what came; public values only.
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into()).filter(|detail| !detail.is_empty());
        self
    }

    /// Adds what only the log may say.
    pub fn aside(mut self, why: impl Into<String>) -> Self {
        self.aside = Some(why.into());
        self
    }

    /// The error code for the client.
    pub const fn code(&self) -> ErrorCode {
        self.rule.on_fail
    }

    /// What is required, and what came: the rule in words with the detail.
    pub fn words(&self) -> String {
        let Some(detail) = &self.detail else { return self.rule.explain.to_owned() };
        let cut: String = detail.chars().take(MAX_DETAIL).collect();
        let end = if cut.len() < detail.len() { "..." } else { "." };
        format!("{} {}{end}", self.rule.explain, cut.trim_end_matches('.'))
    }

    /// `error_description`: the rule in words, the detail, the section.
    pub fn description(&self) -> String {
        description_text(&format!("{} ({})", self.words(), self.rule.spec.replace('§', "section ")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Rule};
    use crate::ErrorCode;

    static EXAMPLE: Rule = Rule {
        id: "example.rule",
        spec: "RFC 6749 §5.2",
        on_fail: ErrorCode::InvalidGrant,
        explain: "Something is required.",
    };

    #[test]
    fn a_description_holds_the_rule_the_detail_and_the_section() {
        let plain = Refusal::of(&EXAMPLE);
        assert_eq!(plain.description(), "Something is required. (RFC 6749 section 5.2)");
        assert_eq!(plain.clone().because("").description(), plain.description());
        let full = plain.because("It came twice").aside("the client is disabled");
        assert_eq!(full.description(), "Something is required. It came twice. (RFC 6749 section 5.2)");
    }

    #[test]
    fn a_long_detail_is_cut_so_that_the_section_stays() {
        let refusal = Refusal::of(&EXAMPLE).because("x".repeat(9000));
        let description = refusal.description();
        assert!(description.len() < 500 && description.ends_with("xxx... (RFC 6749 section 5.2)"), "{description}");
    }
}
