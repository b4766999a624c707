//! What can be wrong with a [`Builder`](crate::Builder), all of it reported at once.

use std::fmt;

use crate::AddressError;

/// Why a [`ResourceServer`](crate::ResourceServer) can't be built: every reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError(pub(super) Vec<BuildFault>);

/// One thing that is wrong with a [`Builder`](crate::Builder).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildFault {
    /// A URL that can't name an API or an authorization server.
    #[error("the {what} {reason}")]
    Address {
        /// Which URL.
        what: &'static str,
        /// What is wrong with it.
        reason: AddressError,
    },
    /// A setting with a value that it can't have.
    #[error("{what} {reason}")]
    Value {
        /// The setting.
        what: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// A setting that would have no effect, which is not what its author thinks.
    #[error("{what} has no effect {when}")]
    Unused {
        /// The setting.
        what: &'static str,
        /// Under which circumstances.
        when: &'static str,
    },
    /// Without the feature `reqwest` somebody has to call [`Builder::fetch`](crate::Builder::fetch).
    #[error("no HTTP client: {0}")]
    NoFetch(String),
}

impl BuildError {
    /// Every reason.
    pub fn faults(&self) -> &[BuildFault] {
        &self.0
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&faults.join("; "))
    }
}

impl std::error::Error for BuildError {}
