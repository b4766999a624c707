//! The attacks.

use countersign_client::rules as client;
use countersign_engine::{
    authorize::rules as authorize,
    client_auth::rules as client_auth,
    grants::{authorization_code::rules as code, refresh_token::rules as refresh},
};
use countersign_protocol::Rule;
use countersign_resource::rules as resource;

use super::{
    Act::{self, Authorize, CallApi, Callback, OwnLogin, Redeem, Refresh},
    Attack,
    Bend::{self, GuessedVerifier, Longer, OtherClient, OwnCode, OwnState, With, Without, WithoutSecret},
    Move, Script, Who,
};

const fn thief(act: Act, bends: &'static [Bend], refused_by: Option<&'static Rule>, says: &'static str) -> Move {
    Move { by: Who::Thief, act, bends, refused_by, says }
}

const fn client(act: Act, refused_by: Option<&'static Rule>, says: &'static str) -> Move {
    Move { by: Who::Client, act, bends: &[], refused_by, says }
}

const NOTHING_LOST: &str =
    "Nothing was lost: the attempt spent nothing and revoked nothing, and the user's login went on.";

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
        Some(&client::STATE_MATCHES),
        "The user's browser is made to open the callback with the thief's code and no state.",
    ),
    thief(
        Callback,
        &[OwnCode, OwnState],
        Some(&client::STATE_MATCHES),
        "Once more, with the state of the thief's own login.",
    ),
];

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

/// All of them.
pub(crate) static ATTACKS: [Attack; 6] = [
    Attack {
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
                thief(
                    CallApi,
                    &[],
                    Some(&resource::ACTIVE),
                    "The thief's token has ended. What was read has been read.",
                ),
            ],
            stopped_by: None,
            flow_goes_on: false,
            cost: "The theft succeeded, as it does without PKCE once the secret is known: the user's files were read, and \
                   the user's own login failed. With PKCE the same code is worthless.",
        },
    },
    Attack {
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
                client(CallApi, None, "A replay that proves nothing revokes nothing: the client's token still works."),
                thief(
                    Redeem,
                    &[],
                    Some(&code::CODE_SINGLE_USE),
                    "Then with the verifier: nobody can tell any more who is the thief.",
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
    },
    Attack {
        name: "forged-state",
        title: "A callback that the client did not begin",
        has: "A code of the thief's own account, and a page that makes the user's browser open the client's callback with \
              it: the user would go on in the thief's account.",
        with_pkce: Script {
            after: 6,
            moves: &FORGED_CALLBACKS,
            stopped_by: Some(&client::STATE_MATCHES),
            flow_goes_on: true,
            cost: NOTHING_LOST,
        },
        without_pkce: Script {
            after: 6,
            moves: &FORGED_CALLBACKS,
            stopped_by: Some(&client::STATE_MATCHES),
            flow_goes_on: true,
            cost: NOTHING_LOST,
        },
    },
    Attack {
        name: "wrong-redirect",
        title: "A redirect URI that is not the client's",
        has: "A link to the real authorization server, with a redirect_uri that leads the code away.",
        with_pkce: Script {
            after: 2,
            moves: &WRONG_REDIRECTS,
            stopped_by: Some(&authorize::REDIRECT_URI_REGISTERED),
            flow_goes_on: true,
            cost: "Nothing was lost: the user was shown a page and sent nowhere, and their own login went on.",
        },
        without_pkce: Script {
            after: 2,
            moves: &WRONG_REDIRECTS,
            stopped_by: Some(&authorize::REDIRECT_URI_REGISTERED),
            flow_goes_on: true,
            cost: "Nothing was lost: the user was shown a page and sent nowhere, and their own login went on.",
        },
    },
    Attack {
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
    },
    Attack {
        name: "stolen-refresh",
        title: "A stolen refresh token",
        has: "The refresh token of step 9, from the client's storage.",
        with_pkce: Script {
            after: 11,
            moves: &[
                thief(
                    Refresh,
                    &[OtherClient],
                    Some(&refresh::TOKEN_CLIENT),
                    "The thief tries it as a client of their own.",
                ),
                client(Refresh, None, "That revoked nothing. The client refreshes: each use replaces the token."),
                client(
                    CallApi,
                    None,
                    "Using the new access token proves that the answer arrived; the old token is dead.",
                ),
                thief(
                    Refresh,
                    &[],
                    Some(&refresh::NOT_REPLAYED),
                    "The thief uses the stolen one, in the client's name.",
                ),
                client(
                    Refresh,
                    Some(&refresh::FAMILY_ALIVE),
                    "Nobody can tell who is the thief, so all of it has ended.",
                ),
                client(CallApi, Some(&resource::ACTIVE), "The access token too."),
            ],
            stopped_by: Some(&refresh::NOT_REPLAYED),
            flow_goes_on: true,
            cost: "The thief got nothing. The replay ended the family of tokens, and the user has to sign in again.",
        },
        without_pkce: Script {
            after: 11,
            moves: &[
                thief(
                    Refresh,
                    &[WithoutSecret],
                    Some(&client_auth::AUTHENTICATED),
                    "The thief tries it without the client's secret.",
                ),
                client(Refresh, None, "That revoked nothing. The client refreshes: each use replaces the token."),
                client(
                    CallApi,
                    None,
                    "Using the new access token proves that the answer arrived; the old token is dead.",
                ),
                thief(
                    Refresh,
                    &[],
                    Some(&refresh::NOT_REPLAYED),
                    "The thief uses the stolen one, with the leaked secret.",
                ),
                client(
                    Refresh,
                    Some(&refresh::FAMILY_ALIVE),
                    "Nobody can tell who is the thief, so all of it has ended.",
                ),
                client(CallApi, Some(&resource::ACTIVE), "The access token too."),
            ],
            stopped_by: Some(&refresh::NOT_REPLAYED),
            flow_goes_on: true,
            cost: "The thief got nothing. The replay ended the family of tokens, and the user has to sign in again.",
        },
    },
];
