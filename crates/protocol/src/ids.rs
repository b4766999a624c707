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

    /// What looks wrong with a `client_id` under which nobody is registered. Follows from the text alone, and does not
    /// repeat it: it may be a secret that was sent in the wrong place.
    pub fn oddity(text: &str) -> Option<String> {
        if let Some(kind) = crate::HandleKind::claimed(text) {
            return Some(format!("It has the form of {}", kind.name()));
        }
        if text.starts_with("u_") {
            return Some("It has the form of a user's sub".to_owned());
        }
        if text.len() > MAX_LEN {
            return Some(format!("It is longer than {MAX_LEN} characters"));
        }
        if text.trim() != text {
            return Some("It has white space before or after it".to_owned());
        }
        let plain = |c: char| {
            c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '`' | '<' | '>' | '{' | '}' | '[' | ']' | '$' | '%')
        };
        crate::text::first_odd(text, plain).map(|odd| format!("One of its characters is {odd}"))
    }
}

impl Subject {
    /// The pairwise subject that such a code stands for (OpenID Connect Core §8.1).
    pub fn pairwise(code: [u8; 32]) -> Self {
        Self(format!("u_{}", base64url(code)))
    }

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
    fn what_looks_wrong_with_a_client_id_is_said_without_repeating_it() {
        let secret = format!("cscs_{}", "s".repeat(47));
        for (text, words) in [
            (secret.as_str(), "the form of a client secret"),
            ("u_alice", "a user's sub"),
            ("shop ", "white space before or after"),
            ("sh op", "white space"),
            ("<client_id>", "a placeholder"),
            ("${CLIENT_ID}", "a placeholder"),
            ("\"shop\"", "quotation mark"),
            ("https%3A%2F%2Fshop.example", "percent-encoded"),
            ("caf\u{e9}", "outside ASCII"),
        ] {
            let oddity = ClientId::oddity(text).unwrap();
            assert!(oddity.contains(words) && !oddity.contains("sss"), "{text}: {oddity}");
        }
        assert!(ClientId::oddity(&"x".repeat(513)).unwrap().contains("longer than 512"));
        for fine in ["shop", "https://shop.example/client.json", "c_Zm9vYmFy", "a:b/c=d+e"] {
            assert_eq!(ClientId::oddity(fine), None, "{fine}");
        }
    }

    #[test]
    fn ids_refuse_control_characters_emptiness_and_excess() {
        assert!(ClientId::parse("a\nb").is_err());
        assert!(ClientId::parse("").is_err());
        assert!(ClientId::parse("caf\u{e9}").is_err());
        assert!(ClientId::parse(&"x".repeat(513)).is_err());
    }
}
