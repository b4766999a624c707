//! Asking for a fresh sign-in before something that matters: `max_age` (OpenID Connect Core §3.1.2.1) and an essential
//! `acr` (§5.5.1.1).

use super::{
    Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, User as Us},
    Channel::{self, Back, Front},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "step-up",
    title: "Step-up: sign in again",
    about: "Somebody signed in this morning and now wants to change where the money goes. The app asks for a sign-in that is \
            fresh (max_age) and strong enough (acr), and checks in the ID token that it got one.",
    pkce_toggle: false,
    steps: &STEPS,
};

static STEPS: [Step; 9] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Wants something that matters",
        [
            "The app has a session already. Before this act it wants to be sure who sits there: in the demo, the link \
             \u{201c}Confirm that it is you\u{201d}.",
            "The same.",
            "A session that lasts for weeks is convenient for reading. It proves little about who holds the device now.",
        ],
        &[seen::LOGIN_ASKED],
    ),
    step(
        2,
        (Ca, Br, Front),
        "Redirect with max_age and an essential acr",
        [
            "max_age=0: the password must have been typed just now. claims: the class of authentication (acr) is essential. \
             id_token_hint: the same user, nobody else. acr_values would be a wish only.",
            "The same.",
            "prompt=login asks for a page too, but only max_age makes the server prove the time in auth_time.",
        ],
        &[seen::LOGIN_ANSWERED],
    ),
    step(
        3,
        (Br, As, Front),
        "GET /authorize",
        [
            "The server finds a session, and that its sign-in is older than max_age allows.",
            "The same.",
            "Both stand in the address bar, where the user can delete them. That is why step 9 checks.",
        ],
        seen::AUTHORIZE,
    ),
    step(
        4,
        (As, Us, Front),
        "Sign-in page, though signed in",
        [
            "The page names the account, and asks for its password again.",
            "The same.",
            "Another account at this point is another person. The page says whose password it wants.",
        ],
        seen::PAGES,
    ),
    step(
        5,
        (Us, As, Channel::User),
        "Types the password again",
        [
            "The time and the way of this sign-in are noted with the session.",
            "The same.",
            "What was approved earlier stays approved: consent is not asked for again.",
        ],
        seen::FORMS,
    ),
    step(
        6,
        (As, Br, Front),
        "Redirect back with a code",
        [
            "Code, state and iss, as ever.",
            "The same.",
            "The proof itself does not travel here, where the user could change it.",
        ],
        seen::SENT_BACK,
    ),
    step(
        7,
        (Br, Ca, Front),
        "The callback arrives",
        [
            "The client checks state and iss.",
            "The same.",
            "That somebody came back is no proof that they typed a password.",
        ],
        seen::CALLBACK,
    ),
    step(
        8,
        (Ca, As, Back),
        "POST /token",
        ["Code and code_verifier, as ever.", "The same.", "The code knows which sign-in it came from."],
        &[seen::CODE_SENT],
    ),
    step(
        9,
        (As, Ca, Back),
        "An ID token of this sign-in",
        [
            "auth_time says when the password was typed, acr and amr how it was proven. The client checks auth_time against \
             its own max_age, acr against what it needs, and sub against its session.",
            "The same.",
            "A client that asks for max_age and never looks at auth_time has asked for nothing.",
        ],
        &[seen::CODE_ANSWERED],
    ),
];
