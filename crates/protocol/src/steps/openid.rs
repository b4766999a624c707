//! Signing in with OpenID Connect (OpenID Connect Core §3.1): the same code, and at its end a proof of who signed in.

use super::{
    Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, User as Us},
    Channel::{self, Back, Front},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "openid",
    title: "Sign-in with OpenID Connect",
    about: "An app learns who you are, and nothing about your password. The code brings an ID token: a signed statement by \
            the server, for this one app, about this one sign-in.",
    pkce_toggle: true,
    steps: &STEPS,
};

static STEPS: [Step; 11] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Clicks \u{201c}Log in\u{201d}",
        [
            "The client makes state, code_verifier and a nonce, and keeps all three with the browser's session.",
            "The client makes state and a nonce.",
            "The nonce will come back inside the ID token. So the client knows that the token was made for this sign-in and \
             not taken from another.",
        ],
        &[seen::LOGIN_ASKED],
    ),
    step(
        2,
        (Ca, Br, Front),
        "Redirect with the scope openid",
        [
            "A redirect to /authorize. The scope openid asks for a sign-in; profile asks for the user's name; the nonce \
             travels along.",
            "The same redirect without a challenge.",
            "Without openid in the scope there is no ID token, and an access token says nothing about who is there.",
        ],
        &[seen::LOGIN_ANSWERED],
    ),
    step(
        3,
        (Br, As, Front),
        "GET /authorize",
        [
            "The server checks client, redirect URI, scope and challenge, and notes the nonce.",
            "The same checks, less the challenge.",
            "What is proven here is proven before the user sees a page.",
        ],
        seen::AUTHORIZE,
    ),
    step(
        4,
        (As, Us, Front),
        "Sign-in and consent pages",
        [
            "The server asks who is there, unless a session says so already, and whether the app may know it.",
            "The same.",
            "One sign-in serves many apps: that is single sign-on. prompt and max_age let an app ask for a fresh one.",
        ],
        seen::PAGES,
    ),
    step(
        5,
        (Us, As, Channel::User),
        "Signs in and approves",
        [
            "The user proves who they are. The time is noted: auth_time will say it.",
            "The same.",
            "The ID token can only say what was proven here.",
        ],
        seen::FORMS,
    ),
    step(
        6,
        (As, Br, Front),
        "Redirect back with a code",
        [
            "A redirect with code, state and iss.",
            "The same.",
            "An ID token in this place would be in the address bar and in the history. So only a code travels.",
        ],
        seen::SENT_BACK,
    ),
    step(
        7,
        (Br, Ca, Front),
        "The callback arrives",
        [
            "The client checks state and iss before it does anything else.",
            "The same.",
            "Signing somebody into another person's account is an attack too: what they type there, the other can read.",
        ],
        seen::CALLBACK,
    ),
    step(
        8,
        (Ca, As, Back),
        "POST /token",
        [
            "The client sends the code and the code_verifier.",
            "The client sends the code and its client_secret.",
            "The answer comes straight from the server, over TLS: nobody in between can put another ID token in its place.",
        ],
        &[seen::CODE_SENT],
    ),
    step(
        9,
        (As, Ca, Back),
        "Tokens, with an ID token",
        [
            "The client checks the ID token: signature with a key from jwks_uri, iss, aud, exp, iat, nonce, and at_hash \
             against the access token. Only then is the user signed in.",
            "The same.",
            "Each claim closes a door: aud keeps out tokens for other apps, nonce those of other sign-ins, at_hash an access \
             token that was exchanged.",
        ],
        &[seen::CODE_ANSWERED],
    ),
    step(
        10,
        (Ca, As, Back),
        "GET /userinfo",
        [
            "The client asks for what the scopes allow, with the access token. It can leave this out if the ID token says \
             enough.",
            "The same.",
            "The ID token stays small, and what changes often is asked for when it is needed.",
        ],
        &[seen::USERINFO_ASKED],
    ),
    step(
        11,
        (As, Ca, Back),
        "Claims about the user",
        [
            "sub and, for profile, the name. The client checks that sub is the one of the ID token.",
            "The same.",
            "Without that comparison an access token of somebody else would put their name on this session.",
        ],
        &[seen::USERINFO_ANSWERED],
    ),
];
