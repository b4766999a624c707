//! An app on the user's own machine (RFC 8252, OAuth 2.1 §8): the system's browser, and a port on loopback.

use super::{
    Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, ResourceServer as Rs, User as Us},
    Channel::{self, Back, Front},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "native",
    title: "Native app, loopback redirect",
    about: "A program on your own computer signs you in by the browser that you trust, and is called back on a port that only \
            this computer can reach. It has no secret, since anybody could read it out of the program.",
    pkce_toggle: false,
    steps: &STEPS,
};

static STEPS: [Step; 12] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Starts the sign-in",
        [
            "The app opens a port on 127.0.0.1 that the system chooses, and makes code_verifier, state and nonce.",
            "The same.",
            "The port is open only while the sign-in lasts, and only on loopback.",
        ],
        &[],
    ),
    step(
        2,
        (Ca, Br, Front),
        "Opens the browser",
        [
            "The app opens the system's browser at /authorize, with a redirect_uri that names its port.",
            "The same.",
            "A window inside of the app could read the password. The browser shows the address, and may know the user \
             already.",
        ],
        &[],
    ),
    step(
        3,
        (Br, As, Front),
        "GET /authorize",
        [
            "The server compares the redirect URI with the registered one, byte for byte but for the port.",
            "The same.",
            "Which port is free nobody knows beforehand. Everything else of the address must fit.",
        ],
        seen::AUTHORIZE,
    ),
    step(
        4,
        (As, Us, Front),
        "Sign-in and consent pages",
        [
            "The server shows its own pages. It asks for consent each time: it cannot know which program this is.",
            "The same.",
            "Any program on this computer can claim to be this app. The user is the one who knows what they started.",
        ],
        seen::PAGES,
    ),
    step(
        5,
        (Us, As, Channel::User),
        "Signs in and approves",
        [
            "The user proves who they are and approves all scopes or some.",
            "The same.",
            "The password stays between the browser and the server.",
        ],
        seen::FORMS,
    ),
    step(
        6,
        (As, Br, Front),
        "Redirect to loopback with a code",
        [
            "A redirect to http://127.0.0.1 and the app's port, with code, state and iss.",
            "The same.",
            "http is fine here: what goes to loopback never leaves the computer.",
        ],
        seen::SENT_BACK,
    ),
    step(
        7,
        (Br, Ca, Front),
        "The callback arrives at the port",
        [
            "The app takes one request with its own state, answers with a page, and closes the port.",
            "The same.",
            "Another program could have taken the port, or listen in. It would have the code, and no verifier.",
        ],
        &[],
    ),
    step(
        8,
        (Ca, As, Back),
        "POST /token",
        [
            "The app sends the code and the code_verifier. There is no secret.",
            "The same.",
            "A secret that is shipped to everybody is none. PKCE is what makes this safe.",
        ],
        &[seen::CODE_SENT],
    ),
    step(
        9,
        (As, Ca, Back),
        "Tokens",
        [
            "The server compares the hash of the verifier with the challenge, spends the code, and issues tokens.",
            "The same.",
            "So the program that began is the one that ends, even if another one caught the code.",
        ],
        &[seen::CODE_ANSWERED],
    ),
    step(
        10,
        (Ca, Rs, Back),
        "Asks for data",
        [
            "GET /files with the access token in the Authorization header.",
            "The same.",
            "From here on it is like any other client.",
        ],
        &[seen::API_ASKED],
    ),
    step(
        11,
        (Rs, Ca, Back),
        "Data",
        [
            "The resource server checks the token, and answers.",
            "The same.",
            "A token for another server, or with another scope, opens nothing here.",
        ],
        &[seen::API_ANSWERED],
    ),
    step(
        12,
        (Ca, As, Back),
        "Gives the tokens back",
        [
            "POST /revoke with the refresh token: it ends, and every access token of this sign-in with it.",
            "The same.",
            "What is not needed any more can't be stolen any more.",
        ],
        &[seen::REVOKED],
    ),
];
