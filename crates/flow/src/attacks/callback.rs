//! Attacks on the way back to the client.

use countersign_client::rules as client_rules;
use countersign_engine::{client_auth::rules as client_auth, grants::authorization_code::rules as code};

use super::{
    Act::{BlindCallback, CallApi, Callback, LeadOn, OwnLogin, Redeem},
    Attack,
    Bend::{OwnCode, OwnState, Received, Without, WithoutSecret},
    Login, Move, NOTHING_LOST, Script, Who, client, thief,
};

static FORGED_CALLBACKS: [Move; 3] = [
    thief(
        OwnLogin,
        &[],
        None,
        "The thief signs in with an account of their own and keeps the code instead of using it.",
    ),
    thief(
        Callback,
        &[OwnCode, Without("state")],
        Some(&client_rules::STATE_MATCHES),
        "The user's browser is made to open the callback with the thief's code and no state.",
    ),
    thief(
        Callback,
        &[OwnCode, OwnState],
        Some(&client_rules::STATE_MATCHES),
        "Once more, with the state of the thief's own login.",
    ),
];

/// The user is to go on in the account of the thief.
pub(super) static FORGED_STATE: Attack = Attack {
    name: "forged-state",
    title: "A callback that the client did not begin",
    has: "A code of the thief's own account, and a page that makes the user's browser open the client's callback with \
          it: the user would go on in the thief's account.",
    with_pkce: Script {
        after: 6,
        moves: &FORGED_CALLBACKS,
        stopped_by: Some(&client_rules::STATE_MATCHES),
        flow_goes_on: true,
        cost: NOTHING_LOST,
    },
    without_pkce: Script {
        after: 6,
        moves: &FORGED_CALLBACKS,
        stopped_by: Some(&client_rules::STATE_MATCHES),
        flow_goes_on: true,
        cost: NOTHING_LOST,
    },
};

const NO_STATE: [Move; 2] = [
    thief(
        OwnLogin,
        &[],
        None,
        "The thief signs in with an account of their own and keeps the code instead of using it.",
    ),
    thief(
        BlindCallback,
        &[OwnCode, Without("state")],
        None,
        "The user's browser is made to open the callback with the thief's code. This client sent no state and looks for none.",
    ),
];

const OWN_CODE: Move = Move { by: Who::Client, ..thief(Redeem, &[OwnCode], None, "") };

/// What is left when the client does not do its part.
pub(super) static MISSING_STATE: Attack = Attack {
    name: "missing-state",
    title: "A client without state",
    has: "A code of the thief's own account, and a client that sends no state: it takes any callback for its own.",
    with_pkce: Script {
        after: 2,
        moves: &[
            NO_STATE[0],
            NO_STATE[1],
            Move {
                refused_by: Some(&code::VERIFIER_MATCHES),
                says: "The client sends the verifier of the login that the user had begun. The thief's code belongs to another.",
                ..OWN_CODE
            },
        ],
        stopped_by: Some(&code::VERIFIER_MATCHES),
        flow_goes_on: true,
        cost: "Nothing was lost: PKCE did what the state should have done, since the server is known to support it. The \
               user's login went on.",
    },
    without_pkce: Script {
        after: 2,
        moves: &[
            NO_STATE[0],
            NO_STATE[1],
            Move {
                says: "The client redeems the code with its secret, and gets the thief's tokens into the user's session.",
                ..OWN_CODE
            },
            client(
                CallApi,
                None,
                "The user's browser shows the shelf of the thief. The user can't see that it is not their own.",
            ),
        ],
        stopped_by: None,
        flow_goes_on: false,
        cost: "The attack succeeded: whatever the user writes or uploads from here on goes into the thief's account. A nonce \
               that is checked would have stopped it; state or PKCE would have stopped it sooner.",
    },
};

const LED_ON: Move = thief(
    LeadOn,
    &[],
    None,
    "The user begins a login at the thief's server, which sends the browser on to the real one, in the client's name there. \
     The user signs in at the real server, sees the client's right name, and approves.",
);

const MIXED: Script = Script {
    after: 1,
    moves: &[
        LED_ON,
        Move {
            login: Login::Elsewhere,
            ..thief(
                Callback,
                &[],
                Some(&client_rules::ISS_MATCHES),
                "The code comes back with the iss of the real server. The client had asked another one, so it goes no further.",
            )
        },
    ],
    stopped_by: Some(&client_rules::ISS_MATCHES),
    flow_goes_on: false,
    cost: "Nothing was lost: the code went to nobody, and ends by itself within a minute. The user has to begin again, at the \
           server that they meant.",
};

/// The client takes one server for another.
pub(super) static MIX_UP: Attack = Attack {
    name: "mix-up",
    title: "One server passes for another",
    has: "A server of their own, that the client knows as one of several. A login there is led on to the real server, so that \
          the client sends the real server's code to the thief.",
    with_pkce: MIXED,
    without_pkce: MIXED,
};

const UNCHECKED: [Move; 3] = [
    LED_ON,
    Move {
        login: Login::Elsewhere,
        ..thief(BlindCallback, &[], None, "The iss of the real server came too, but this client does not look at it.")
    },
    Move {
        login: Login::Elsewhere,
        ..client(
            Redeem,
            None,
            "The client sends the code where it began: to the thief's server, with everything that proves it.",
        )
    },
];

/// The same, at a client that does not look at `iss`.
pub(super) static MIX_UP_UNCHECKED: Attack = Attack {
    name: "mix-up-unchecked",
    title: "The same, at a client that does not check iss",
    has: "A server of their own, that the client knows as one of several, and a client that was written before RFC 9207.",
    with_pkce: Script {
        after: 1,
        moves: &[
            UNCHECKED[0],
            UNCHECKED[1],
            UNCHECKED[2],
            thief(
                Redeem,
                &[Received],
                None,
                "The thief has the code and the verifier, and the client needs no secret: the real server can't tell them apart.",
            ),
            thief(CallApi, &[], None, "The thief reads the user's files."),
        ],
        stopped_by: None,
        flow_goes_on: false,
        cost: "The theft succeeded although PKCE was used: the client itself handed the verifier to the thief. Only the \
               comparison of iss, or a redirect URI of its own for each server, stops this.",
    },
    without_pkce: Script {
        after: 1,
        moves: &[
            UNCHECKED[0],
            UNCHECKED[1],
            UNCHECKED[2],
            thief(
                Redeem,
                &[Received, WithoutSecret],
                Some(&client_auth::AUTHENTICATED),
                "The thief has the code, but the secret that came with it is the one of their own server.",
            ),
        ],
        stopped_by: Some(&client_auth::AUTHENTICATED),
        flow_goes_on: false,
        cost: "The thief can't redeem the code, since the client has another secret at each server. But they may inject it into \
               a login of their own at the client: see code-injection.",
    },
};
