//! Authorization Code + PKCE (OAuth 2.1 §4.1, RFC 7636): eleven steps.

use super::{
    Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, ResourceServer as Rs, User as Us},
    Channel::{self, Back, Front},
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "code",
    title: "Authorization Code + PKCE",
    about: "An app gets to use your data at another service, without ever seeing your password. You sign in where you have \
            your account; the app gets a code by way of your browser, and swaps it for tokens behind the browser's back.",
    pkce_toggle: true,
    steps: &STEPS,
};

/// The eleven steps.
pub static STEPS: [Step; 11] = [
    step(
        1,
        (Us, Ca, Channel::User),
        "Clicks \u{201c}Log in\u{201d}",
        [
            "The client makes a random code_verifier, hashes it to the code_challenge, and makes state and nonce.",
            "The client makes state and nonce only; it will rely on its client_secret.",
            "Everything that the client will recognize later is made here, fresh for this one login. A value that is used \
         twice protects nothing.",
        ],
        &[seen::LOGIN_ASKED],
    ),
    step(
        2,
        (Ca, Br, Front),
        "Redirect to the authorization server",
        [
            "A redirect to /authorize with client_id, redirect_uri, scope, state, code_challenge and S256. The verifier \
         stays behind.",
            "The same redirect without a challenge.",
            "The browser carries the request, so everything in it may be read on the way. A hash may be read; the verifier \
         must not be.",
        ],
        &[seen::LOGIN_ANSWERED],
    ),
    step(
        3,
        (Br, As, Front),
        "GET /authorize",
        [
            "The server checks client, redirect URI, scope and challenge before it shows anything.",
            "The same checks, less the challenge.",
            "A redirect URI that is not registered byte for byte would send the code to a stranger.",
        ],
        seen::AUTHORIZE,
    ),
    step(
        4,
        (As, Us, Front),
        "Sign-in and consent pages",
        [
            "The server shows its own pages: who are you, and may this app have this?",
            "The same.",
            "Here, and only here, the password is typed. The client never sees it.",
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
            "What is not approved here can't be asked for later.",
        ],
        seen::FORMS,
    ),
    step(
        6,
        (As, Br, Front),
        "Redirect back with a code",
        [
            "A redirect to redirect_uri with code, state and iss. The server keeps the challenge with the code.",
            "The same redirect; nothing is kept with the code.",
            "Only a code travels here: short-lived, for one use. A token in this place would stay in the history.",
        ],
        seen::SENT_BACK,
    ),
    step(
        7,
        (Br, Ca, Front),
        "The callback arrives",
        [
            "The client checks that state is its own and that iss is the server it asked.",
            "The same.",
            "Without the state check anybody can make your browser finish their login; without iss one server can pass for \
         another.",
        ],
        seen::CALLBACK,
    ),
    step(
        8,
        (Ca, As, Back),
        "POST /token",
        [
            "The client sends the code and the code_verifier, over a connection of its own.",
            "The client sends the code and its client_secret.",
            "Who stole the code in step 6 or 7 does not have the verifier.",
        ],
        &[seen::CODE_SENT],
    ),
    step(
        9,
        (As, Ca, Back),
        "Tokens",
        [
            "The server hashes the verifier, compares it with the challenge, spends the code, and issues tokens.",
            "The server compares the secret, spends the code, and issues tokens.",
            "The comparison ties the one who ends the flow to the one who began it. A secret only says which app it is.",
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
            "The token says what its bearer may do, not who the user is. To the client it is opaque.",
        ],
        &[seen::FILES_ASKED, seen::API_ASKED],
    ),
    step(
        11,
        (Rs, Ca, Back),
        "Data",
        [
            "The resource server checks signature, audience, expiry and scope, and answers; the app shows it.",
            "The same.",
            "A token for another server, or with another scope, opens nothing here.",
        ],
        &[seen::FILES_ANSWERED, seen::API_ANSWERED],
    ),
];
