//! Attacks with a refresh token.

use countersign_engine::{client_auth::rules as client_auth, grants::refresh_token::rules as refresh};
use countersign_resource::rules as resource;

use super::{
    Act::{CallApi, Refresh},
    Attack,
    Bend::{OtherClient, With, WithoutSecret},
    Script, client, thief,
};

/// A refresh token is stolen, and the client uses it first.
pub(super) static STOLEN_REFRESH: Attack = Attack {
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
            client(CallApi, None, "Using the new access token proves that the answer arrived; the old token is dead."),
            thief(Refresh, &[], Some(&refresh::NOT_REPLAYED), "The thief uses the stolen one, in the client's name."),
            client(Refresh, Some(&refresh::FAMILY_ALIVE), "Nobody can tell who is the thief, so all of it has ended."),
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
            client(CallApi, None, "Using the new access token proves that the answer arrived; the old token is dead."),
            thief(Refresh, &[], Some(&refresh::NOT_REPLAYED), "The thief uses the stolen one, with the leaked secret."),
            client(Refresh, Some(&refresh::FAMILY_ALIVE), "Nobody can tell who is the thief, so all of it has ended."),
            client(CallApi, Some(&resource::ACTIVE), "The access token too."),
        ],
        stopped_by: Some(&refresh::NOT_REPLAYED),
        flow_goes_on: true,
        cost: "The thief got nothing. The replay ended the family of tokens, and the user has to sign in again.",
    },
};

/// The same, when the thief is faster.
pub(super) static STOLEN_REFRESH_FIRST: Attack = Attack {
    name: "stolen-refresh-first",
    title: "A stolen refresh token, and the thief is first",
    has: "The refresh token of step 9, from the client's storage, before the client uses it.",
    with_pkce: Script {
        after: 11,
        moves: &[
            thief(
                Refresh,
                &[],
                None,
                "The thief uses the token in the name of the client, which has no secret. Nobody can tell the two apart yet.",
            ),
            thief(CallApi, &[], None, "The thief reads the user's files."),
            client(
                Refresh,
                Some(&refresh::NOT_REPLAYED),
                "Then the client uses its own copy. It is old by now, which betrays that there are two.",
            ),
            thief(Refresh, &[], Some(&refresh::FAMILY_ALIVE), "Everything that came of this sign-in has ended."),
            thief(CallApi, &[], Some(&resource::ACTIVE), "The thief's access token too."),
        ],
        stopped_by: Some(&refresh::NOT_REPLAYED),
        flow_goes_on: true,
        cost: "The thief had access until the client refreshed the next time; then all of it ended, and the user has to sign \
               in again. A token that does not rotate would have served the thief for good.",
    },
    without_pkce: Script {
        after: 11,
        moves: &[
            thief(
                Refresh,
                &[WithoutSecret],
                Some(&client_auth::AUTHENTICATED),
                "The client has a secret, and without it the refresh token is worthless.",
            ),
            client(Refresh, None, "The attempt revoked nothing: the client goes on."),
            client(CallApi, None, "The user notices nothing."),
        ],
        stopped_by: Some(&client_auth::AUTHENTICATED),
        flow_goes_on: true,
        cost: "Nothing was lost, as long as only the refresh token was stolen and not the secret beside it.",
    },
};

const NARROWED: Script = Script {
    after: 11,
    moves: &[
        thief(
            Refresh,
            &[With("scope", "openid profile email read:files")],
            Some(&refresh::SCOPE_NOT_WIDER),
            "A refresh that asks for the email address as well, which the user never approved.",
        ),
        thief(
            Refresh,
            &[With("scope", "read:profile")],
            None,
            "A refresh with less is allowed. A client does that to hand a weaker token to a helper that it trusts less.",
        ),
        thief(
            CallApi,
            &[],
            Some(&resource::SCOPE),
            "The helper tries the files with it. The token is good, but not for that.",
        ),
    ],
    stopped_by: Some(&refresh::SCOPE_NOT_WIDER),
    flow_goes_on: true,
    cost: "Nothing was lost: a token says what it may do, and no refresh makes it say more.",
};

/// More than was approved.
pub(super) static WIDER_SCOPE: Attack = Attack {
    name: "wider-scope",
    title: "More than was granted",
    has: "A place inside the client, with its refresh token and whatever else it keeps: enough to ask in its name.",
    with_pkce: NARROWED,
    without_pkce: NARROWED,
};
