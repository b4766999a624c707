//! What all chapters use: the provider, a user's browser, a relying party, and pages as a browser sees them.

pub(crate) mod ask;
pub(crate) mod browser;
#[expect(dead_code, reason = "the tests of the server read their pages by it, too, and more of them")]
#[path = "../../../../server/tests/it/support/html.rs"]
pub(crate) mod html;
pub(crate) mod listener;
pub(crate) mod party;
pub(crate) mod provider;
pub(crate) mod rig;
pub(crate) mod tokens;

pub(crate) use ask::Reply;
pub(crate) use browser::{Arrival, Browser, Callback};
pub(crate) use party::{Auth, Party, Request};
pub(crate) use provider::{Provider, provider};
pub(crate) use rig::{Plan, Rig};
pub(crate) use tokens::Tokens;

use countersign_protocol::{Entropy as _, base64url};
use countersign_server::edge::SystemEntropy;

/// A value that nobody had before.
pub(crate) fn fresh() -> String {
    base64url(SystemEntropy.bytes32())
}
