//! Attacks on the user at the server's own pages.

use countersign_engine::authorize::rules as authorize;

use super::{
    Act::{Frame, Plant, SignInForThief, SignInPlanted, UsePlanted},
    Attack,
    Bend::With,
    Move, NOTHING_LOST, Script, Who, thief,
};
use crate::rules;

const FIXED: Script = Script {
    after: 11,
    moves: &[
        thief(
            Plant,
            &[],
            None,
            "The thief opens the real server and gets a cookie, then plants it in the user's browser: from a neighbouring \
             host, or at an unlocked computer.",
        ),
        Move {
            by: Who::User,
            ..thief(
                SignInPlanted,
                &[],
                None,
                "The user signs in with that cookie in the browser. The server answers with another one.",
            )
        },
        Move {
            by: Who::User,
            ..thief(
                UsePlanted,
                &[With("prompt", "none")],
                None,
                "The user's browser has the new cookie: with it the server knows them, and asks for nothing any more.",
            )
        },
        thief(
            UsePlanted,
            &[With("prompt", "none")],
            Some(&authorize::LOGIN_NOT_NEEDED),
            "The thief asks for the same with the cookie that they know. Nobody is signed in under it.",
        ),
    ],
    stopped_by: Some(&authorize::LOGIN_NOT_NEEDED),
    flow_goes_on: true,
    cost: "Nothing was lost: the cookie changes at every sign-in, and the planted one is worth nothing afterwards.",
};

/// A session that the thief chose.
pub(super) static SESSION_FIXATION: Attack = Attack {
    name: "session-fixation",
    title: "A cookie from before the sign-in",
    has: "A browser cookie that the server gave to the thief, and a way to put it into the user's browser before they sign in.",
    with_pkce: FIXED,
    without_pkce: FIXED,
};

const FRAMED: Script = Script {
    after: 11,
    moves: &[
        thief(
            Frame,
            &[With("prompt", "consent")],
            Some(&rules::NOT_FRAMED),
            "The consent page, so that a click on the thief's page lands on \u{201c}Allow\u{201d}.",
        ),
        thief(
            Frame,
            &[With("prompt", "login")],
            Some(&rules::NOT_FRAMED),
            "The sign-in page, so that a password manager fills it in inside of the thief's page.",
        ),
    ],
    stopped_by: Some(&rules::NOT_FRAMED),
    flow_goes_on: true,
    cost: NOTHING_LOST,
};

/// The user clicks on what they can't see.
pub(super) static CLICKJACKING: Attack = Attack {
    name: "clickjacking",
    title: "The server's page in an invisible frame",
    has: "A page of their own that the user visits, with the server's page in a frame above it, fully transparent.",
    with_pkce: FRAMED,
    without_pkce: FRAMED,
};

const PASSED_ON: Script = Script {
    after: 2,
    moves: &[Move {
        by: Who::User,
        ..thief(
            SignInForThief,
            &[],
            Some(&rules::POST_NOT_REPEATED),
            "The user signs in for the thief's app. Each form is answered with 303: the browser goes on with a GET, and leaves \
             the form behind.",
        )
    }],
    stopped_by: Some(&rules::POST_NOT_REPEATED),
    flow_goes_on: true,
    cost: "Nothing was lost: the password went to the server and nowhere else.",
};

/// The browser is to send the password once more.
pub(super) static PASSWORD_REDIRECT: Attack = Attack {
    name: "password-redirect",
    title: "A redirect that takes the password along",
    has: "An app of their own, registered at the real server. Would the server answer the sign-in form with 307, the browser \
          would send the form again, password and all, to the app.",
    with_pkce: PASSED_ON,
    without_pkce: PASSED_ON,
};
