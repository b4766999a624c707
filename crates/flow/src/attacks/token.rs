//! Attacks with tokens, at the resource server.

use countersign_engine::tokens::rules as tokens;
use countersign_resource::rules as resource;

use super::{
    Act::{CallApi, CallReader, OtherApi, Userinfo},
    Attack,
    Bend::{Forged, IdToken},
    Forgery, Script, client, thief,
};

const ELSEWHERE: Script = Script {
    after: 11,
    moves: &[
        client(
            OtherApi,
            None,
            "The user lets the client use another resource server too. That one belongs to the thief, and gets a token.",
        ),
        thief(
            CallApi,
            &[],
            Some(&resource::AUDIENCE),
            "The thief sends the same token on to the real resource server. It names another audience.",
        ),
    ],
    stopped_by: Some(&resource::AUDIENCE),
    flow_goes_on: true,
    cost: "Nothing was lost: a token for one resource server opens no other. That is why a client names the resource.",
};

/// A token for somebody else.
pub(super) static WRONG_AUDIENCE: Attack = Attack {
    name: "wrong-audience",
    title: "A token for another resource server",
    has: "A resource server of their own, to which the client sends tokens because the user said so.",
    with_pkce: ELSEWHERE,
    without_pkce: ELSEWHERE,
};

const MISTAKEN: Script = Script {
    after: 11,
    moves: &[
        thief(
            CallApi,
            &[IdToken],
            Some(&resource::NOT_ID_TOKEN),
            "The ID token goes to the resource server. It is signed by the right server and says the right user.",
        ),
        thief(Userinfo, &[IdToken], Some(&tokens::NOT_ID_TOKEN), "And to the userinfo endpoint."),
    ],
    stopped_by: Some(&resource::NOT_ID_TOKEN),
    flow_goes_on: true,
    cost: "Nothing was lost: an ID token tells the client who signed in, and opens nothing.",
};

/// Proof of who signed in, as a key.
pub(super) static ID_TOKEN_AS_ACCESS_TOKEN: Attack = Attack {
    name: "id-token-as-access-token",
    title: "An ID token as an access token",
    has: "The user's ID token, from a log or from a page: clients guard it less well than an access token.",
    with_pkce: MISTAKEN,
    without_pkce: MISTAKEN,
};

const CONFUSED: Script = Script {
    after: 11,
    moves: &[
        client(
            CallReader,
            None,
            "First the real token, at a resource server that reads tokens itself, with the library of this project.",
        ),
        thief(
            CallReader,
            &[Forged(Forgery::Unsigned)],
            Some(&resource::JWT_FORM),
            "The same claims with alg none, and no signature. Some libraries found nothing wrong with that.",
        ),
        thief(
            CallReader,
            &[Forged(Forgery::PublicKeyAsSecret)],
            Some(&resource::JWT_FORM),
            "HS256, with the server's public key as the secret: everybody has it.",
        ),
        thief(
            CallReader,
            &[Forged(Forgery::KeyInHeader)],
            Some(&resource::JWT_FORM),
            "A key in the token's own header, and a good signature by it.",
        ),
        thief(
            CallReader,
            &[Forged(Forgery::OwnKey)],
            Some(&resource::KNOWN_KEY),
            "A good signature by a key of the thief's own, with a kid that nobody published.",
        ),
        thief(
            CallReader,
            &[Forged(Forgery::OtherAlgorithm)],
            Some(&resource::ALGORITHM),
            "The kid of the server's key together with another algorithm.",
        ),
        thief(
            CallReader,
            &[Forged(Forgery::OtherClaims)],
            Some(&resource::SIGNATURE),
            "A real token in which a claim was changed.",
        ),
    ],
    stopped_by: Some(&resource::JWT_FORM),
    flow_goes_on: true,
    cost: "Nothing was lost: a key has one algorithm, only published keys count, and the token chooses nothing.",
};

/// Tokens that the thief makes.
pub(super) static JWT_CONFUSION: Attack = Attack {
    name: "jwt-confusion",
    title: "Tokens that the thief made",
    has: "The server's public keys, an old token to see what the claims look like, and the ways in which JWT libraries have \
          been taken in before.",
    with_pkce: CONFUSED,
    without_pkce: CONFUSED,
};
