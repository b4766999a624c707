//! Public identifiers. Each is a type of its own so that two of them can't be mixed up; none converts from a
//! plain string without [`parse`](ClientId::parse).
//!
//! Identifiers that we make carry a prefix. A `sub` always begins with `u_` and a `client_id` never may, so that a
//! client can't pass for a user (OAuth 2.1 §7.4, RFC 9700 §4.15).

use serde::{Deserialize, Serialize};

use crate::{Entropy, Malformed, base64url};

const MAX_LEN: usize = 512;

fn random(prefix: &str, entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    format!("{prefix}{}", base64url(bytes))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A fresh identifier with 128 random bits.
            pub fn random(entropy: &mut dyn Entropy) -> Self {
                Self(random($prefix, entropy))
            }

            /// Accepts 1 to 512 printable ASCII characters that make a valid identifier of this kind.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let printable = text.bytes().all(|b| (0x20..=0x7e).contains(&b));
                let sized = (1..=MAX_LEN).contains(&text.len());
                if printable && sized && Self::prefix_ok(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Malformed($what))
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// `client_id` (RFC 6749 §2.2): printable ASCII, chosen by an administrator or made at registration.
    ClientId, "c_", "client_id"
);
id!(
    /// `sub`: who signed in (OpenID Connect Core §2).
    Subject, "u_", "sub"
);
id!(
    /// One signed-in account in one browser; the `sid` of OpenID Connect.
    SessionId, "s_", "session id"
);
id!(
    /// One browser, whatever accounts are signed in there. Not secret: the cookie holds a [`Handle`](crate::Handle).
    BrowserId, "b_", "browser id"
);
id!(
    /// One run of the authorization-code flow, from `/authorize` to the last token of its family.
    FlowId, "f_", "flow id"
);
id!(
    /// What a user approved for a client; survives single flows.
    AuthorizationId, "a_", "authorization id"
);
id!(
    /// All tokens that descend from one redeemed code.
    FamilyId, "tf_", "family id"
);
id!(
    /// The `jti` of an access token (RFC 9068 §2.2).
    TokenId, "t_", "token id"
);
id!(
    /// The `kid` of a signing key (RFC 7517 §4.5).
    KeyId, "k_", "key id"
);

id!(
    /// One message to one client about the end of one session (OpenID Connect Back-Channel Logout 1.0).
    NoticeId, "n_", "notice id"
);

impl ClientId {
    fn prefix_ok(text: &str) -> bool {
        !text.starts_with("u_")
    }
}

impl Subject {
    fn prefix_ok(text: &str) -> bool {
        text.starts_with("u_")
    }
}

macro_rules! any_prefix {
    ($($name:ident)*) => { $(impl $name { fn prefix_ok(_: &str) -> bool { true } })* };
}
any_prefix!(SessionId BrowserId FlowId AuthorizationId FamilyId TokenId KeyId NoticeId);

#[cfg(test)]
mod tests {
    use super::{ClientId, Subject};

    #[test]
    fn a_client_id_cannot_look_like_a_subject() {
        assert!(ClientId::parse("u_alice").is_err());
        assert!(Subject::parse("shop").is_err());
        assert!(Subject::parse("u_alice").is_ok());
    }

    #[test]
    fn ids_refuse_control_characters_emptiness_and_excess() {
        assert!(ClientId::parse("a\nb").is_err());
        assert!(ClientId::parse("").is_err());
        assert!(ClientId::parse("caf\u{e9}").is_err());
        assert!(ClientId::parse(&"x".repeat(513)).is_err());
    }
}
