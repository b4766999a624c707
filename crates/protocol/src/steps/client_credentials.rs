//! A client in its own name (OAuth 2.1 §4.2).

use super::{
    Actor::{AuthorizationServer as As, ClientApp as Ca, ResourceServer as Rs},
    Channel::Back,
    Flow, Step, seen, step,
};

/// The flow.
pub(super) static FLOW: Flow = Flow {
    id: "client-credentials",
    title: "Client credentials",
    about: "A program asks for data in its own name: a nightly report, a service that calls another. There is no user, no \
            browser and no consent page; the client's own credential is all.",
    pkce_toggle: false,
    steps: &STEPS,
};

static STEPS: [Step; 4] = [
    step(
        1,
        (Ca, As, Back),
        "POST /token",
        [
            "The client proves who it is, and names the scope that it needs and the resource server that it is for.",
            "The same.",
            "Only a confidential client may do this: whoever has the credential is the client.",
        ],
        &[seen::OWN_SENT],
    ),
    step(
        2,
        (As, Ca, Back),
        "An access token",
        [
            "An access token whose subject is the client. No refresh token, no ID token.",
            "The same.",
            "The client can ask again at any time, so there is nothing to refresh; and nobody signed in, so there is nobody \
             to tell about.",
        ],
        &[seen::OWN_ANSWERED],
    ),
    step(
        3,
        (Ca, Rs, Back),
        "Asks for data",
        [
            "GET /files with the access token in the Authorization header. The client keeps the token until it runs out.",
            "The same.",
            "A token for each call would double the work and teach nobody anything.",
        ],
        &[seen::API_ASKED],
    ),
    step(
        4,
        (Rs, Ca, Back),
        "Data",
        [
            "The resource server checks the token like any other. The subject is the client, so it gives what is the \
             client's own.",
            "The same.",
            "A resource server that takes every subject for a user would mix up the two.",
        ],
        &[seen::API_ANSWERED],
    ),
];
