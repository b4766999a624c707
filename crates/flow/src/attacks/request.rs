//! Attacks on the authorization request.

use countersign_engine::{authorize::rules as authorize, grants::authorization_code::rules as code};

use super::{
    Act::{Authorize, Redeem},
    Attack,
    Bend::{self, GuessedVerifier, Longer, PlainChallenge, Redirect, With, Without},
    Login, Move, NOTHING_LOST, Script, Twist, Who, thief,
};

const SENT_NOWHERE: &str = "Nothing was lost: the user was shown a page and sent nowhere, and their own login went on.";

static WRONG_REDIRECTS: [Move; 3] = [
    thief(
        Authorize,
        &[With("redirect_uri", "https://thief.example/callback")],
        Some(&authorize::REDIRECT_URI_REGISTERED),
        "The user opens a link to the real server that asks to send the code to the thief.",
    ),
    thief(
        Authorize,
        &[Longer("redirect_uri", "/../../thief")],
        Some(&authorize::REDIRECT_URI_REGISTERED),
        "The registered address with a path that leads elsewhere once it is resolved.",
    ),
    thief(
        Authorize,
        &[Longer("redirect_uri", "?next=https://thief.example/")],
        Some(&authorize::REDIRECT_URI_REGISTERED),
        "The registered address with a query that an open redirector would follow.",
    ),
];

/// The code is to go to the thief.
pub(super) static WRONG_REDIRECT: Attack = Attack {
    name: "wrong-redirect",
    title: "A redirect URI that is not the client's",
    has: "A link to the real authorization server, with a redirect_uri that leads the code away.",
    with_pkce: Script {
        after: 2,
        moves: &WRONG_REDIRECTS,
        stopped_by: Some(&authorize::REDIRECT_URI_REGISTERED),
        flow_goes_on: true,
        cost: SENT_NOWHERE,
    },
    without_pkce: Script {
        after: 2,
        moves: &WRONG_REDIRECTS,
        stopped_by: Some(&authorize::REDIRECT_URI_REGISTERED),
        flow_goes_on: true,
        cost: SENT_NOWHERE,
    },
};

const fn trick(bends: &'static [Bend], says: &'static str) -> Move {
    thief(Authorize, bends, Some(&authorize::REDIRECT_URI_REGISTERED), says)
}

static TRICKS: [Move; 11] = [
    trick(
        &[Redirect(Twist::UserInfo)],
        "The registered host as a user name, before an @ and another host. People read the front, browsers the end.",
    ),
    trick(
        &[Redirect(Twist::LongerHost)],
        "The registered host as the beginning of a longer one. Who compares beginnings is taken in.",
    ),
    trick(&[Redirect(Twist::Port)], "Another port of the same host, where another program may listen."),
    trick(&[Redirect(Twist::Scheme)], "The same address by another scheme."),
    trick(&[Redirect(Twist::Case)], "A capital letter in the path. Some servers would serve another page for it."),
    trick(
        &[Redirect(Twist::Encoded)],
        "A letter of the path in percent encoding: the same to some programs, not to others.",
    ),
    trick(&[Longer("redirect_uri", "/")], "A slash at the end."),
    trick(
        &[Longer("redirect_uri", "/..;/thief")],
        "A path that one program takes for a folder name and the next one for a step upwards.",
    ),
    trick(&[Longer("redirect_uri", "%2f..%2fthief")], "The same in percent encoding."),
    trick(&[Longer("redirect_uri", "#")], "An empty fragment, which would keep the code out of the server's sight."),
    trick(
        &[Redirect(Twist::Script)],
        "No address at all but a script, with the registered address in a comment at its end.",
    ),
];

const TRICKED: Script = Script {
    after: 2,
    moves: &TRICKS,
    stopped_by: Some(&authorize::REDIRECT_URI_REGISTERED),
    flow_goes_on: true,
    cost: SENT_NOWHERE,
};

/// Addresses that look like the registered one to a program that takes them apart.
pub(super) static REDIRECT_TRICKS: Attack = Attack {
    name: "redirect-tricks",
    title: "Redirect URIs that look right",
    has: "A link to the real authorization server, with a redirect_uri that a careless comparison takes for the registered one. \
          The server takes no address apart: it compares the bytes.",
    with_pkce: TRICKED,
    without_pkce: TRICKED,
};

/// The challenge is taken out of the request.
pub(super) static DOWNGRADE: Attack = Attack {
    name: "downgrade",
    title: "Taking PKCE out of the request",
    has: "A hand on the front channel: the authorization request can be changed on its way, so that the code is not \
          tied to a verifier and a stolen one can be used.",
    with_pkce: Script {
        after: 2,
        moves: &[
            thief(
                Authorize,
                &[Without("code_challenge"), Without("code_challenge_method")],
                Some(&authorize::CHALLENGE_PRESENT),
                "The challenge is taken out.",
            ),
            thief(
                Authorize,
                &[With("code_challenge_method", "plain")],
                Some(&authorize::CHALLENGE_METHOD_S256),
                "The method is changed to plain, where the challenge is the verifier itself.",
            ),
        ],
        stopped_by: Some(&authorize::CHALLENGE_PRESENT),
        flow_goes_on: true,
        cost: NOTHING_LOST,
    },
    without_pkce: Script {
        after: 6,
        moves: &[Move {
            by: Who::Client,
            act: Redeem,
            login: Login::Users,
            bends: &[GuessedVerifier],
            refused_by: Some(&code::NO_DOWNGRADE),
            says: "PKCE is optional for this client, so a request without challenge passes. But a client that sent one \
                   also sends its verifier, and a verifier for a code without challenge means that somebody took it \
                   out.",
        }],
        stopped_by: Some(&code::NO_DOWNGRADE),
        flow_goes_on: true,
        cost: NOTHING_LOST,
    },
};

const PLAIN_METHOD: Move = thief(
    Authorize,
    &[PlainChallenge, With("code_challenge_method", "plain")],
    Some(&authorize::CHALLENGE_METHOD_S256),
    "With the method plain, whoever reads the request has the verifier too.",
);
const NO_METHOD: Move = thief(
    Authorize,
    &[PlainChallenge, Without("code_challenge_method")],
    Some(&authorize::CHALLENGE_METHOD_S256),
    "Without a method plain would be meant. Here it is not taken for granted but refused.",
);
const PLAIN: Script = Script {
    after: 2,
    moves: &[PLAIN_METHOD, NO_METHOD],
    stopped_by: Some(&authorize::CHALLENGE_METHOD_S256),
    flow_goes_on: true,
    cost: NOTHING_LOST,
};

/// The verifier itself as the challenge.
pub(super) static PLAIN_CHALLENGE: Attack = Attack {
    name: "plain-challenge",
    title: "The verifier in plain sight",
    has: "Eyes on the front channel, and a client that can be talked into PKCE without a hash.",
    with_pkce: PLAIN,
    without_pkce: PLAIN,
};

const IMPLICIT: Script = Script {
    after: 2,
    moves: &[
        thief(
            Authorize,
            &[With("response_type", "token")],
            Some(&authorize::RESPONSE_TYPE_CODE),
            "The request asks for an access token in the redirect, as the implicit grant did.",
        ),
        thief(
            Authorize,
            &[With("response_type", "code id_token")],
            Some(&authorize::RESPONSE_TYPE_CODE),
            "A mixture of both: the code, and an ID token beside it.",
        ),
        thief(
            Authorize,
            &[With("response_mode", "fragment")],
            Some(&authorize::RESPONSE_MODE_KNOWN),
            "Only a code, but in the fragment, where scripts of the page can read it.",
        ),
    ],
    stopped_by: Some(&authorize::RESPONSE_TYPE_CODE),
    flow_goes_on: true,
    cost: "Nothing was lost: the browser was sent back to the client with an error and without a token.",
};

/// What the implicit grant did.
pub(super) static TOKEN_IN_FRAGMENT: Attack = Attack {
    name: "token-in-fragment",
    title: "A token in the address bar",
    has: "A hand on the front channel, and a place from which addresses can be read: the history, a log, a script of the page.",
    with_pkce: IMPLICIT,
    without_pkce: IMPLICIT,
};
