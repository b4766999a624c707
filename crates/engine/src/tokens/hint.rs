//! An ID token that comes back as a hint (`id_token_hint`): says who and which session a request is about. It proves
//! nothing about who sends it, and it opens nothing.

use countersign_jose::{Audience, Unverified};
use countersign_protocol::{ClientId, SessionId};
use serde::{Deserialize, de::IgnoredAny};

use crate::token::Realm;

/// What an ID token of ours says. It may have expired long ago: whoever hints has no newer one (OpenID Connect
/// RP-Initiated Logout §2, Core §3.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenHint {
    /// `sub`, as the client knows the user.
    pub subject: String,
    /// The client that it was issued to.
    pub client: ClientId,
    /// `sid`: the session that it was issued in.
    pub session: Option<SessionId>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    sid: Option<SessionId>,
    /// Any will do; but signed replies of userinfo, which have the same type, never expire.
    #[serde(rename = "exp")]
    _exp: IgnoredAny,
}

impl IdTokenHint {
    /// Reads an ID token that a key of ours signed. `None`: another issuer's, another kind of token, or altered. Tokens
    /// whose key is no longer published are foreign as well.
    pub fn read(realm: Realm<'_>, text: &str) -> Option<Self> {
        let verified = Unverified::parse(text).ok()?.verify(realm.keys.public()).ok()?;
        // Access tokens and logout tokens have types of their own (RFC 8725 §3.11).
        if verified.header().typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return None;
        }
        let claims: Claims = verified.claims().ok()?;
        let mut audience = claims.aud.iter();
        let (client, None) = (audience.next()?, audience.next()) else { return None };
        let client = ClientId::parse(client).ok()?;
        (claims.iss == realm.policy.issuer).then_some(Self { subject: claims.sub, client, session: claims.sid })
    }
}
