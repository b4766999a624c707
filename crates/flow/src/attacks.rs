//! Attacks on the flow: what the thief has, what is tried in which order, and which rule must stop it. Data only; how a
//! move is made stands in `act.rs`.

mod table;

use countersign_protocol::{
    Rule,
    steps::{Actor, Channel},
};

use table::ATTACKS;

/// All attacks, in the order in which they are shown.
pub fn attacks() -> impl ExactSizeIterator<Item = &'static Attack> {
    ATTACKS.iter()
}

/// The attack of that name.
pub fn find_attack(name: &str) -> Option<&'static Attack> {
    attacks().find(|attack| attack.name == name)
}

/// An attack on the flow.
#[derive(Debug)]
pub struct Attack {
    /// As it is typed.
    pub name: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What the thief has, and from where.
    pub has: &'static str,
    /// What happens with PKCE.
    pub with_pkce: Script,
    /// What happens in the older variant.
    pub without_pkce: Script,
}

/// How an attack goes.
#[derive(Debug)]
pub struct Script {
    /// After which step of the flow it begins.
    pub after: u8,
    /// What is done, in order.
    pub moves: &'static [Move],
    /// The rule that ends it; none where it succeeds.
    pub stopped_by: Option<&'static Rule>,
    /// Whether the user's own flow goes on afterwards as if nothing had been.
    pub flow_goes_on: bool,
    /// What it cost, and whom.
    pub cost: &'static str,
}

/// One thing that somebody does.
#[derive(Debug)]
pub struct Move {
    /// Who.
    pub by: Who,
    /// What.
    pub act: Act,
    /// How it differs from what the client would send.
    pub bends: &'static [Bend],
    /// How it must end: refused by that rule, or with success.
    pub refused_by: Option<&'static Rule>,
    /// What it is about.
    pub says: &'static str,
}

/// Who makes a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The attacker.
    Thief,
    /// The client that the user trusts.
    Client,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Makes the user's browser open an authorization request.
    Authorize,
    /// Signs in with an account of their own, as far as the code.
    OwnLogin,
    /// Makes the user's browser open the client's redirect URI.
    Callback,
    /// Redeems the code.
    Redeem,
    /// Uses a refresh token: the client its newest, the thief the one that was stolen.
    Refresh,
    /// Asks the resource server for files, with the access token at hand.
    CallApi,
}

/// How a request differs from the client's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bend {
    /// Leaves a parameter out.
    Without(&'static str),
    /// Sets a parameter.
    With(&'static str, &'static str),
    /// Adds to the end of a parameter.
    Longer(&'static str, &'static str),
    /// A verifier of the right form, made up.
    GuessedVerifier,
    /// No client authentication: the client is only named.
    WithoutSecret,
    /// Another client's name, registered by the thief.
    OtherClient,
    /// The code of the thief's own login.
    OwnCode,
    /// The state of the thief's own login.
    OwnState,
}

/// How a move would look among the steps of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// The step that it resembles.
    pub step: u8,
    /// On whom it acts.
    pub to: Actor,
    /// How it travels.
    pub channel: Channel,
    /// In a few words.
    pub title: &'static str,
}

impl Who {
    /// The name of the one who acts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thief => "Attacker",
            Self::Client => Actor::ClientApp.name(),
        }
    }
}

impl Move {
    /// The step that it resembles.
    pub fn likeness(&self) -> Likeness {
        use Actor::{AuthorizationServer, ClientApp, ResourceServer};
        use Channel::{Back, Front};
        let by_client = self.by == Who::Client;
        let (step, to, channel, title) = match self.act {
            Act::Authorize => (3, AuthorizationServer, Front, "A changed authorization request"),
            Act::OwnLogin => (6, AuthorizationServer, Front, "A login of the thief's own"),
            Act::Callback => (7, ClientApp, Front, "A forged callback"),
            Act::Redeem if by_client => (8, AuthorizationServer, Back, "The client redeems its code"),
            Act::Redeem => (8, AuthorizationServer, Back, "The thief redeems the code"),
            Act::Refresh if by_client => (8, AuthorizationServer, Back, "The client refreshes"),
            Act::Refresh => (8, AuthorizationServer, Back, "The thief refreshes"),
            Act::CallApi => (10, ResourceServer, Back, "GET /files"),
        };
        Likeness { step, to, channel, title }
    }
}

impl Attack {
    /// The script of one variant.
    pub const fn script(&self, pkce: bool) -> &Script {
        if pkce { &self.with_pkce } else { &self.without_pkce }
    }
}

#[cfg(test)]
mod tests {
    use super::ATTACKS;

    #[test]
    fn every_attack_is_stopped_by_a_rule_that_one_of_its_moves_meets_or_says_that_it_succeeds() {
        for attack in &ATTACKS {
            for pkce in [true, false] {
                let script = attack.script(pkce);
                let met = script.moves.iter().any(|step| step.refused_by == script.stopped_by);
                assert!(met, "{} with pkce {pkce}", attack.name);
                let admits = script.cost.contains("succeeded");
                assert_eq!(script.stopped_by.is_none(), admits, "{} with pkce {pkce}", attack.name);
            }
        }
    }

    #[test]
    fn with_pkce_every_attack_is_stopped() {
        assert!(ATTACKS.iter().all(|attack| attack.with_pkce.stopped_by.is_some()));
    }
}
