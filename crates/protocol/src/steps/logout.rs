//! Signing out everywhere: begun by an app (OpenID Connect RP-Initiated Logout 1.0), told to apps from server to server
//! (Back-Channel Logout 1.0) and through the browser (Front-Channel Logout 1.0).

use super::{
    Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, User as Us},
    Channel::{self, Back, Front},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "logout",
    title: "Logout in its three kinds",
    about: "One sign-in serves many apps, so one sign-out has to reach them. An app begins it; the server ends its own \
            session and tells every app of it, from server to server and through frames in the browser.",
    pkce_toggle: false,
    steps: &STEPS,
};

static STEPS: [Step; 9] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Clicks \u{201c}Log out everywhere\u{201d}",
        [
            "The app ends its own session at once, and has only the way to the server left to do.",
            "The same.",
            "An app that ends only its own session leaves the user signed in at the server: the next click on Log in lets \
             anybody in without a password.",
        ],
        &[seen::LOGOUT_ASKED],
    ),
    step(
        2,
        (Ca, Br, Front),
        "Redirect to the end-session endpoint",
        [
            "With the ID token as id_token_hint, post_logout_redirect_uri and state.",
            "The same.",
            "The hint proves which app asks and which session is meant. Without it the server has to ask the user, since a \
             link on any page could bring a browser there.",
        ],
        &[seen::LOGOUT_ANSWERED],
    ),
    step(
        3,
        (Br, As, Front),
        "GET /end-session",
        [
            "The server checks the hint, expired or not, and that the address is registered for this client, byte for byte. \
             The session and what hangs off it end in one commit, and with it the notices to the apps are in the database.",
            "The same.",
            "An address that is not registered would make the server a springboard for whoever wants its good name in a \
             link.",
        ],
        &[seen::END_SESSION_ASKED],
    ),
    step(
        4,
        (As, Ca, Back),
        "POST a logout token",
        [
            "A signed statement that this session (sid) of this user (sub) has ended: type logout+jwt, an events claim, and \
             never a nonce, so that it can't pass for an ID token.",
            "The same.",
            "It arrives although the browser may be closed by now. What can't be delivered is tried again, for hours.",
        ],
        &[seen::BACK_CHANNEL_ASKED],
    ),
    step(
        5,
        (Ca, As, Back),
        "The app has ended its session",
        [
            "It checks signature, iss, aud, iat, the event, that jti is new and that there is no nonce; then it ends every \
             session with this sid. The app that began is told as well: it has none left, and says 200 all the same.",
            "The same.",
            "An app that took any token there would let anybody sign its users out.",
        ],
        &[seen::BACK_CHANNEL_ANSWERED],
    ),
    step(
        6,
        (As, Br, Front),
        "Page with frames",
        [
            "The page says \u{201c}Signed out\u{201d}. For each app that asked for it there is an unseen frame, and then it \
             goes on to the app that began.",
            "The same.",
            "If no app wanted a frame, this is a redirect.",
        ],
        &[seen::END_SESSION_ANSWERED],
    ),
    step(
        7,
        (Br, Ca, Front),
        "The frame tells the app",
        [
            "GET to the app's frontchannel_logout_uri, with iss and sid. The app compares both with what it knows.",
            "The same.",
            "It depends on a browser that is there, and on cookies in frames, which browsers take away. The back channel \
             needs neither.",
        ],
        &[seen::FRONT_CHANNEL_ASKED],
    ),
    step(
        8,
        (Ca, Br, Front),
        "The app forgets the browser",
        [
            "Whatever the app kept for this session is gone. The answer is an empty page that nobody but the server may \
             frame.",
            "The same.",
            "It must not be cached: the next time it has to arrive as well.",
        ],
        &[seen::FRONT_CHANNEL_ANSWERED],
    ),
    step(
        9,
        (Br, Ca, Front),
        "Back at the app",
        [
            "GET to post_logout_redirect_uri, with state.",
            "The same.",
            "The user ends where they began, and sees that they are out.",
        ],
        &[seen::LOGGED_OUT],
    ),
];
