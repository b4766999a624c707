//! Flows as tables of steps: the one source from which the terminal, the explorer and the guide draw. Authorization Code +
//! PKCE, with its eleven steps, is the one that the others are told against.
//!
//! A table says who does what, why, and by which messages an observer recognizes each step. It decides nothing.

mod client_credentials;
mod code;
mod logout;
mod native;
mod openid;
mod refresh;
mod seen;
mod silent;
mod step_up;

use serde::Serialize;

pub use code::STEPS;
pub use seen::{Pattern, Side, Site};

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
    /// Counted from 1.
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
    /// The messages by which it is recognized, the one that matters most first. None: no server sees it.
    pub seen: &'static [Pattern],
}

/// A flow: what is done, step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// As it stands in addresses and on the command line.
    pub id: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Whether there is a variant without PKCE to compare with.
    pub pkce_toggle: bool,
    /// The steps, in order.
    pub steps: &'static [Step],
}

/// All flows, the one to begin with first.
pub static FLOWS: [&Flow; 8] = [
    &code::FLOW,
    &openid::FLOW,
    &refresh::FLOW,
    &silent::FLOW,
    &step_up::FLOW,
    &logout::FLOW,
    &client_credentials::FLOW,
    &native::FLOW,
];

/// The flow with that identifier.
pub fn find_flow(id: &str) -> Option<&'static Flow> {
    FLOWS.into_iter().find(|flow| flow.id == id)
}

/// Who acts on whom, and how it travels.
type Way = (Actor, Actor, Channel);

const fn step(
    number: u8,
    (from, to, channel): Way,
    title: &'static str,
    [with_pkce, without_pkce, why]: [&'static str; 3],
    seen: &'static [Pattern],
) -> Step {
    Step { number, from, to, channel, title, with_pkce, without_pkce, why, seen }
}

#[cfg(test)]
mod tests {
    use super::{Actor, Channel, FLOWS, STEPS};

    #[test]
    fn the_steps_are_numbered_from_one_and_there_are_eleven_for_a_code() {
        assert_eq!(STEPS.len(), 11);
        for flow in FLOWS {
            assert!(flow.steps.iter().zip(1..).all(|(step, number)| step.number == number), "{}", flow.id);
        }
    }

    #[test]
    fn tokens_and_the_verifier_never_travel_in_the_front_channel() {
        for step in FLOWS.iter().flat_map(|flow| flow.steps) {
            if step.with_pkce.contains("access token") || step.title.contains("oken") {
                assert_ne!(step.channel, Channel::Front, "{}", step.title);
            }
        }
    }

    #[test]
    fn what_the_user_does_is_the_users_channel_and_nothing_else_is() {
        for step in FLOWS.iter().flat_map(|flow| flow.steps) {
            assert_eq!(step.channel == Channel::User, step.from == Actor::User, "{}", step.title);
        }
    }

    #[test]
    fn a_flow_without_a_variant_says_nothing_about_one() {
        for flow in FLOWS.iter().filter(|flow| !flow.pkce_toggle) {
            assert!(flow.steps.iter().all(|step| step.without_pkce == "The same."), "{}", flow.id);
        }
    }
}
