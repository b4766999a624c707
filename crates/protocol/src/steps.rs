//! The eleven steps of Authorization Code + PKCE: the one table from which the terminal, the explorer and the guide
//! draw.

use serde::Serialize;

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Actor {
    /// The person.
    User,
    /// The person's browser.
    Browser,
    /// The app that wants access.
    #[serde(rename = "Client App")]
    ClientApp,
    /// The server that knows the person, and issues tokens.
    #[serde(rename = "Authorization Server")]
    AuthorizationServer,
    /// The server that holds the data.
    #[serde(rename = "Resource Server")]
    ResourceServer,
}

impl Actor {
    /// All five, in the order in which they are drawn.
    pub const ALL: [Self; 5] =
        [Self::User, Self::Browser, Self::ClientApp, Self::AuthorizationServer, Self::ResourceServer];

    /// The actor's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Browser => "Browser",
            Self::ClientApp => "Client App",
            Self::AuthorizationServer => "Authorization Server",
            Self::ResourceServer => "Resource Server",
        }
    }
}

/// How a step travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Through the browser: visible in the address bar, the history, to other apps on the device.
    Front,
    /// From server to server, or by a fetch that nobody else sees.
    Back,
    /// The person does it.
    User,
}

impl Channel {
    /// The channel's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
            Self::User => "user",
        }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// 1 to 11.
    pub number: u8,
    /// Who acts.
    pub from: Actor,
    /// On whom.
    pub to: Actor,
    /// How it travels.
    pub channel: Channel,
    /// The step in a few words.
    pub title: &'static str,
    /// What happens with PKCE.
    pub with_pkce: &'static str,
    /// What happens in the older variant, where a confidential client relies on its secret.
    pub without_pkce: &'static str,
    /// Why the step is there, and what goes wrong without it.
    pub why: &'static str,
}

use Actor::{AuthorizationServer as As, Browser as Br, ClientApp as Ca, ResourceServer as Rs, User as Us};
use Channel::{Back, Front};

const fn step(number: u8, way: (Actor, Actor, Channel), title: &'static str, text: [&'static str; 3]) -> Step {
    let [with_pkce, without_pkce, why] = text;
    Step { number, from: way.0, to: way.1, channel: way.2, title, with_pkce, without_pkce, why }
}

/// The table.
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
    ),
];

#[cfg(test)]
mod tests {
    use super::{Channel, STEPS};

    #[test]
    fn the_steps_are_numbered_one_to_eleven() {
        assert!(STEPS.iter().zip(1..).all(|(step, number)| step.number == number));
    }

    #[test]
    fn tokens_and_the_verifier_travel_in_the_back_channel_only() {
        for step in &STEPS {
            if step.with_pkce.contains("access token") || step.title.contains("Token") {
                assert_eq!(step.channel, Channel::Back, "step {}", step.number);
            }
        }
    }
}
