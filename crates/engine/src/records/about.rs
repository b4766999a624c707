//! What a client says about itself that decides nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Members of client metadata that are kept and shown (RFC 7591 §2, OpenID Connect Dynamic Client Registration §2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Its logo.
    pub logo_uri: Option<String>,
    /// People to reach.
    pub contacts: Vec<String>,
    /// Members in other languages, such as `client_name#fr` (OpenID Connect Dynamic Client Registration §2.1).
    pub localized: BTreeMap<String, String>,
    /// Where anybody may send a user to have the client begin a sign-in (OpenID Connect Core §4).
    pub initiate_login_uri: Option<String>,
    /// The software, the same for every installation.
    pub software_id: Option<String>,
    /// Its version.
    pub software_version: Option<String>,
    /// What somebody whom we trust has signed about it, as it came.
    pub software_statement: Option<String>,
}
