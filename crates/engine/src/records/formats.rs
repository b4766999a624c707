//! In which form messages go to a client and come from it: encrypted, signed, as request objects.

use countersign_jose::{Algorithm, ContentEncryption, KeyManagement};
use serde::{Deserialize, Serialize};

/// How something is encrypted for a client (RFC 7516).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// How the content's key is sent.
    pub alg: KeyManagement,
    /// What encrypts the content.
    pub enc: ContentEncryption,
}

/// How userinfo comes to a client (OpenID Connect Core §5.3.2): as JSON, unless one of these is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserinfoFormat {
    /// What signs it.
    pub signed: Option<Algorithm>,
    /// How it is encrypted, after that.
    pub encrypted: Option<Encryption>,
}

/// Which request objects a client may send (OpenID Connect Core §6, RFC 9101).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestObjects {
    /// What signs them; `None`: any of our algorithms.
    pub alg: Option<ObjectAlg>,
    /// Where they may be fetched from, as registered.
    pub uris: Vec<String>,
    /// Whether every request must be one, signed, and nothing else counts (RFC 9101 §10.5).
    pub required: bool,
}

/// What signs request objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectAlg {
    /// Nothing: whoever sends one may have written it.
    #[serde(rename = "none")]
    Unsigned,
    /// A key of the client.
    #[serde(untagged)]
    Signed(Algorithm),
}
