//! Attacks with a code.

use countersign_client::rules as client_rules;
use countersign_engine::{client_auth::rules as client_auth, grants::authorization_code::rules as code};
use countersign_resource::rules as resource;

use super::{
    Act::{CallApi, Callback, OwnLogin, ReadIdToken, Redeem},
    Attack,
    Bend::{GuessedVerifier, StolenCode, TwoCredentials, Without, WithoutSecret},
    Login, Move, NOTHING_LOST, Script, Who, client, thief,
};

/// Whoever has the code is first at the token endpoint.
pub(super) static STOLEN_CODE: Attack = Attack {
    name: "stolen-code",
    title: "A stolen authorization code",
    has: "The code: it was in the URL of steps 6 and 7, so in the history, in logs, and open to another app on the \
          same redirect scheme.",
    with_pkce: Script {
        after: 6,
        moves: &[
            thief(
                Redeem,
                &[Without("code_verifier")],
                Some(&code::VERIFIER_PRESENT),
                "The thief is faster than the client, and sends what was in the URL.",
            ),
            thief(
                Redeem,
                &[GuessedVerifier],
                Some(&code::VERIFIER_MATCHES),
                "The thief makes up a verifier. The challenge is no help: it is only the hash.",
            ),
        ],
        stopped_by: Some(&code::VERIFIER_MATCHES),
        flow_goes_on: true,
        cost: NOTHING_LOST,
    },
    without_pkce: Script {
        after: 6,
        moves: &[
            thief(
                Redeem,
                &[WithoutSecret],
                Some(&client_auth::AUTHENTICATED),
                "The thief is faster than the client, but has only what was in the URL.",
            ),
            thief(
                Redeem,
                &[],
                None,
                "The client's secret has leaked as well: it is the same for every login, and in every copy of the \
                 app, its backups and its configuration. Nothing ties the code to the one who began.",
            ),
            thief(CallApi, &[], None, "The thief reads the user's files."),
            client(
                Redeem,
                Some(&code::CODE_SINGLE_USE),
                "The client comes second. That the code comes twice is noticed, and what the first one got is revoked.",
            ),
            thief(CallApi, &[], Some(&resource::ACTIVE), "The thief's token has ended. What was read has been read."),
        ],
        stopped_by: None,
        flow_goes_on: false,
        cost: "The theft succeeded, as it does without PKCE once the secret is known: the user's files were read, and \
               the user's own login failed. With PKCE the same code is worthless.",
    },
};

/// What the thief does in a login of their own, up to the client's token request.
const OWN_CALLBACK: [Move; 2] = [
    thief(
        OwnLogin,
        &[],
        None,
        "The thief begins a login of their own at the client, with their own browser, and signs in.",
    ),
    Move {
        login: Login::Thiefs,
        ..thief(
            Callback,
            &[StolenCode],
            None,
            "The thief opens the callback with their own state and the stolen code. State and iss are right: this login is \
             theirs.",
        )
    },
];

/// The client redeems the code for the thief, since it takes it for the thief's.
pub(super) static CODE_INJECTION: Attack = Attack {
    name: "code-injection",
    title: "A stolen code in the thief's own login",
    has: "The user's code, from the address bar, a log or another app, and a login of their own at the same client. The client \
          redeems the code for the thief and shows them the user's files: no secret is needed for that.",
    with_pkce: Script {
        after: 6,
        moves: &[
            OWN_CALLBACK[0],
            OWN_CALLBACK[1],
            Move {
                by: Who::Client,
                login: Login::Thiefs,
                ..thief(
                    Redeem,
                    &[StolenCode],
                    Some(&code::VERIFIER_MATCHES),
                    "The client sends the verifier of the login that is under way: the thief's. The code belongs to another.",
                )
            },
        ],
        stopped_by: Some(&code::VERIFIER_MATCHES),
        flow_goes_on: true,
        cost: NOTHING_LOST,
    },
    without_pkce: Script {
        after: 6,
        moves: &[
            OWN_CALLBACK[0],
            OWN_CALLBACK[1],
            Move {
                by: Who::Client,
                login: Login::Thiefs,
                ..thief(
                    Redeem,
                    &[StolenCode],
                    None,
                    "The client sends its secret, as it always does. Nothing ties the code to a login: the tokens are the \
                     user's.",
                )
            },
            Move {
                by: Who::Client,
                login: Login::Thiefs,
                ..thief(
                    ReadIdToken,
                    &[],
                    Some(&client_rules::ID_TOKEN_NONCE),
                    "The ID token carries the nonce of the user's login, so the client throws everything away.",
                )
            },
        ],
        stopped_by: Some(&client_rules::ID_TOKEN_NONCE),
        flow_goes_on: false,
        cost: "Only the nonce stood in the way: a client that asks for no ID token, or does not look at its nonce, would have \
               shown the user's files to the thief. The user's own login fails, since the code is spent.",
    },
};

/// The code comes again.
pub(super) static REPLAYED_CODE: Attack = Attack {
    name: "replayed-code",
    title: "A code that is used twice",
    has: "The code, after the client has redeemed it; later the whole token request, from a log of the client's.",
    with_pkce: Script {
        after: 11,
        moves: &[
            thief(
                Redeem,
                &[Without("code_verifier")],
                Some(&code::VERIFIER_PRESENT),
                "First with the code alone. The code has been used, but that is not even looked at.",
            ),
            thief(
                Redeem,
                &[GuessedVerifier],
                Some(&code::VERIFIER_MATCHES),
                "Then with a verifier that is made up. Still the code's use is not looked at.",
            ),
            client(CallApi, None, "A replay that proves nothing revokes nothing: the client's token still works."),
            thief(
                Redeem,
                &[],
                Some(&code::CODE_SINGLE_USE),
                "At last with the right verifier: nobody can tell any more who is the thief.",
            ),
            client(CallApi, Some(&resource::ACTIVE), "So everything that the code was exchanged for has ended."),
        ],
        stopped_by: Some(&code::CODE_SINGLE_USE),
        flow_goes_on: true,
        cost: "The thief got nothing. The invalid replay cost the user nothing; the valid one revoked the tokens, and \
               the user has to sign in again.",
    },
    without_pkce: Script {
        after: 11,
        moves: &[
            thief(
                Redeem,
                &[WithoutSecret],
                Some(&client_auth::AUTHENTICATED),
                "First with the code alone. The code has been used, but that is not even looked at.",
            ),
            client(CallApi, None, "A replay that proves nothing revokes nothing: the client's token still works."),
            thief(
                Redeem,
                &[],
                Some(&code::CODE_SINGLE_USE),
                "Then with the client's secret: nobody can tell any more who is the thief.",
            ),
            client(CallApi, Some(&resource::ACTIVE), "So everything that the code was exchanged for has ended."),
        ],
        stopped_by: Some(&code::CODE_SINGLE_USE),
        flow_goes_on: true,
        cost: "The thief got nothing. The invalid replay cost the user nothing; the valid one revoked the tokens, and \
               the user has to sign in again.",
    },
};

const TWICE: Script = Script {
    after: 6,
    moves: &[thief(
        Redeem,
        &[TwoCredentials],
        Some(&client_auth::ONE_METHOD),
        "A token request with credentials in the Authorization header and others in the form.",
    )],
    stopped_by: Some(&client_auth::ONE_METHOD),
    flow_goes_on: true,
    cost: NOTHING_LOST,
};

/// Two programs on the way might believe two different ones.
pub(super) static DOUBLE_CREDENTIALS: Attack = Attack {
    name: "double-credentials",
    title: "A client in two places at once",
    has: "The code, and the hope that two programs on the way of one request read two different clients in it: a gateway the \
          one in the header, the server behind it the one in the form.",
    with_pkce: TWICE,
    without_pkce: TWICE,
};
