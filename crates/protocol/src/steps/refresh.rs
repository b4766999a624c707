//! New tokens for an old one (OAuth 2.1 §4.3), with rotation (RFC 9700 §4.14.2).

use super::{
    Actor::{AuthorizationServer as As, ClientApp as Ca, ResourceServer as Rs, User as Us},
    Channel::{self, Back},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "refresh",
    title: "Refresh with rotation",
    about: "Access tokens live for minutes. A refresh token gets new ones without asking the user again, and is itself \
            replaced at each use: an old one that comes back betrays a thief.",
    pkce_toggle: false,
    steps: &STEPS,
};

static STEPS: [Step; 5] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Goes on using the app",
        [
            "The access token has run out, or will soon. In the demo, the button \u{201c}Renew\u{201d} says so.",
            "The same.",
            "The user notices nothing: they signed in once, and what they approved then still holds.",
        ],
        &[seen::REFRESH_ASKED],
    ),
    step(
        2,
        (Ca, As, Back),
        "POST /token with the refresh token",
        [
            "The client sends the refresh token; a confidential client proves itself as well.",
            "The same.",
            "The refresh token goes to one place only. It must never reach a resource server or a page.",
        ],
        &[seen::REFRESH_SENT],
    ),
    step(
        3,
        (As, Ca, Back),
        "New tokens, new refresh token",
        [
            "The server looks at user, consent and client again, replaces the refresh token, and issues a new access \
             token. The old one stays good only until the new pair is first used: an answer that got lost can be asked \
             for again.",
            "The same.",
            "Each use is a moment at which access can be taken back. A token that never changes could be copied and used \
             for years.",
        ],
        &[seen::REFRESH_ANSWERED],
    ),
    step(
        4,
        (Ca, Rs, Back),
        "Asks for data",
        [
            "GET /files with the new access token. Its first use proves that the answer arrived: now the old refresh token \
             is dead.",
            "The same.",
            "From here on the old token can only come from a copy. If it comes, all tokens of this sign-in end.",
        ],
        &[seen::API_ASKED.last()],
    ),
    step(
        5,
        (Rs, Ca, Back),
        "Data",
        [
            "The resource server checks the token and answers.",
            "The same.",
            "It needs to know nothing about refreshing.",
        ],
        &[seen::API_ANSWERED.last()],
    ),
];
