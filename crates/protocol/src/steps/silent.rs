//! Asking without asking the user: `prompt=none` (OpenID Connect Core §3.1.2.1).

use super::{
    Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, User as Us},
    Channel::{self, Back, Front},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "silent",
    title: "Silent sign-in, prompt=none",
    about: "Is somebody signed in, and who? An app asks the server without a page being shown: prompt=none. The answer is a \
            code like any other, or login_required, at once.",
    pkce_toggle: false,
    steps: &STEPS,
};

static STEPS: [Step; 7] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Comes back to the app",
        [
            "The app has no session for this browser, or wants to know whether the one that it has still fits. In the demo, \
             the link \u{201c}Look whether I am signed in\u{201d} says so. It makes state, nonce and code_verifier as ever.",
            "The same.",
            "Whoever is signed in at the server need not click and type again for each app. And whoever changed account \
             there is noticed.",
        ],
        &[seen::LOGIN_ASKED],
    ),
    step(
        2,
        (Ca, Br, Front),
        "Redirect with prompt=none",
        [
            "A redirect to /authorize like any other, and prompt=none: show no page.",
            "The same.",
            "Apps once did this in a hidden frame. Browsers give frames of other sites no cookies any more, so it is a \
             redirect now, or a refresh token.",
        ],
        &[seen::LOGIN_ANSWERED],
    ),
    step(
        3,
        (Br, As, Front),
        "GET /authorize",
        [
            "The browser brings the server's own cookie along. The server looks who is signed in, and whether they have \
             approved all that is asked for.",
            "The same.",
            "The client's request is checked in full first: not even an error goes to an address that is not registered.",
        ],
        seen::AUTHORIZE,
    ),
    step(
        4,
        (As, Br, Front),
        "Redirect back at once",
        [
            "With a code, if nothing has to be asked; otherwise with login_required, account_selection_required or \
             consent_required, for which the app may try again without prompt=none.",
            "The same.",
            "A page that waited for somebody would hang where nobody looks. So whatever would need one is an error.",
        ],
        seen::ANSWERED_AT_ONCE,
    ),
    step(
        5,
        (Br, Ca, Front),
        "The callback arrives",
        [
            "The client checks state and iss, as ever.",
            "The same.",
            "That nobody was asked makes a forged callback no less of an attack.",
        ],
        seen::CALLBACK,
    ),
    step(
        6,
        (Ca, As, Back),
        "POST /token",
        [
            "Code and code_verifier, as ever. After an error there is no code and the flow ends at step 5.",
            "The same.",
            "Silent is what the user saw of it. Nothing else is left out.",
        ],
        &[seen::CODE_SENT],
    ),
    step(
        7,
        (As, Ca, Back),
        "Tokens, with an ID token",
        [
            "sub says who is signed in, auth_time since when: the time of the password, not of this request.",
            "The same.",
            "An app that kept a session compares sub with it: another sub is another person at the same browser.",
        ],
        &[seen::CODE_ANSWERED],
    ),
];
