//! Why the claims of a verified token are not acceptable. Every message says what was expected and what came.

/// A verified token that is not for us, not now, or not this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The payload is not one JSON object without duplicate members.
    #[error("the token's payload is not a claims object: {0}")]
    NotClaims(String),
    /// A mandatory claim is absent.
    #[error("the token has no claim {0:?}")]
    Missing(&'static str),
    /// A claim has the wrong JSON type or an impossible value.
    #[error("the token's {claim:?} must be {expected}")]
    Type {
        /// The claim.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Another kind of token, such as an ID token in place of an access token.
    #[error("expected a token of type {expected:?}, got {}", found.as_deref().map_or("one without a type".to_owned(), |typ| format!("{typ:?}")))]
    Typ {
        /// The `typ` that was expected.
        expected: String,
        /// The header's `typ`.
        found: Option<String>,
    },
    /// Somebody else's token.
    #[error("expected the issuer {expected:?}, the token is from {found:?}")]
    Issuer {
        /// The issuer that was expected.
        expected: String,
        /// The token's `iss`.
        found: String,
    },
    /// A token for somebody else.
    #[error("expected the audience {expected:?}, the token is for {found:?}")]
    Audience {
        /// The audience that was expected.
        expected: String,
        /// The token's `aud`, separated by commas.
        found: String,
    },
    /// Past its time.
    #[error("the token expired at {exp}, {} seconds ago (leeway {leeway} s)", now.saturating_sub(*exp))]
    Expired {
        /// `exp`, in seconds since 1970.
        exp: i64,
        /// The time of the check, in seconds since 1970.
        now: i64,
        /// The leeway, in seconds.
        leeway: u32,
    },
    /// Before its time (`nbf`), or made in the future (`iat`): usually a clock that is wrong.
    #[error("the token's {claim:?} is {time}, {} seconds in the future (leeway {leeway} s)", time.saturating_sub(*now))]
    InTheFuture {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// The claim, in seconds since 1970.
        time: i64,
        /// The time of the check, in seconds since 1970.
        now: i64,
        /// The leeway, in seconds.
        leeway: u32,
    },
    /// Expires further ahead than this kind of token may.
    #[error("the token expires in {} seconds, at most {max} are accepted", exp.saturating_sub(*now))]
    LivesTooLong {
        /// `exp`, in seconds since 1970.
        exp: i64,
        /// The time of the check, in seconds since 1970.
        now: i64,
        /// The longest lifetime accepted, in seconds.
        max: u32,
    },
    /// The claims are not those that this kind of token has.
    #[error("the token's claims are not as expected: {0}")]
    Shape(String),
}
