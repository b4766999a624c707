//! Scopes (RFC 6749 §3.3): which parts of an API a token may use.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Malformed;

/// More scopes than this in one request are refused: a bound, not a rule of any specification.
pub const MAX_SCOPES: usize = 64;

/// Longest scope token.
const MAX_LEN: usize = 128;

const fn is_scope_char(c: char) -> bool {
    matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

/// One scope token: `%x21 / %x23-5B / %x5D-7E`, at most 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

impl Scope {
    /// Accepts one scope token.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if (1..=MAX_LEN).contains(&text.len()) && text.chars().all(is_scope_char) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("scope"))
        }
    }

    /// The scope as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Scope {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

/// Why text is no list of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotScopes {
    /// Two spaces in a row, or one at an end.
    #[error("There is a space too many: between two scopes stands one, and none at the ends")]
    Space,
    /// A character that no scope has.
    #[error("One of its characters is {0}")]
    Character(&'static str),
    /// Longer than any scope.
    #[error("One of the scopes is longer than {MAX_LEN} characters")]
    Length,
    /// More than anybody needs.
    #[error("There are more than {MAX_SCOPES} scopes")]
    Many,
}

/// A set of scopes; written as a space-separated list in a stable order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeSet(BTreeSet<Scope>);

impl ScopeSet {
    /// Accepts scope tokens separated by single spaces; the empty string is the empty set.
    pub fn parse(text: &str) -> Result<Self, NotScopes> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let set = text.split(' ').map(one).collect::<Result<BTreeSet<_>, _>>()?;
        if set.len() > MAX_SCOPES { Err(NotScopes::Many) } else { Ok(Self(set)) }
    }

    /// Whether the set holds that scope.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|s| s.as_str() == scope)
    }

    /// Whether every scope of this set is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The scopes in both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The scopes in either set.
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The scopes of this set that the other lacks.
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn one(text: &str) -> Result<Scope, NotScopes> {
    Scope::parse(text).map_err(|_| match crate::text::first_odd(text, is_scope_char) {
        Some(odd) => NotScopes::Character(odd),
        None if text.is_empty() => NotScopes::Space,
        None => NotScopes::Length,
    })
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl std::fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, scope) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = NotScopes;
    fn try_from(text: String) -> Result<Self, NotScopes> {
        Self::parse(&text)
    }
}

impl From<ScopeSet> for String {
    fn from(set: ScopeSet) -> Self {
        set.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_SCOPES, NotScopes, ScopeSet};

    #[test]
    fn quotes_backslashes_double_spaces_and_control_characters_are_refused() {
        for bad in ["a\"b", "a\\b", "a  b", " a", "a ", "a\tb", "caf\u{e9}"] {
            assert!(ScopeSet::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_list_of_scopes_is_called_by_its_name() {
        let many = (0..=MAX_SCOPES).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        for (text, why) in [
            ("a  b", NotScopes::Space),
            ("a ", NotScopes::Space),
            ("a\tb", NotScopes::Character("white space")),
            ("\"a\"", NotScopes::Character("a quotation mark")),
            (&"x".repeat(129), NotScopes::Length),
            (&many, NotScopes::Many),
        ] {
            assert_eq!(ScopeSet::parse(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_round_trips(text in ".{0,200}") {
            if let Ok(set) = ScopeSet::parse(&text) {
                prop_assert_eq!(ScopeSet::parse(&set.to_string()).unwrap(), set);
            }
        }

        #[test]
        fn an_intersection_is_a_subset_of_both(a in "([a-c] ){0,3}[a-c]", b in "([a-c] ){0,3}[a-c]") {
            let (a, b) = (ScopeSet::parse(&a).unwrap(), ScopeSet::parse(&b).unwrap());
            let both = a.intersection(&b);
            prop_assert!(both.is_subset(&a) && both.is_subset(&b));
            prop_assert!(a.difference(&b).intersection(&b).is_empty());
        }
    }
}
