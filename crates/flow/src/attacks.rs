//! Attacks on the flow: what the thief has, what is tried in which order, and which rule must stop it. Data only; how a
//! move is made stands in `act.rs`.

mod callback;
mod code;
mod moves;
mod page;
mod refresh;
mod request;
mod token;

use countersign_protocol::Rule;

pub use moves::{Act, Bend, Forgery, Likeness, Login, Move, Twist, Who};

/// All of them, in the order in which they are shown: by the step that they aim at.
static ATTACKS: [&Attack; 22] = [
    &code::STOLEN_CODE,
    &code::CODE_INJECTION,
    &code::REPLAYED_CODE,
    &code::DOUBLE_CREDENTIALS,
    &request::WRONG_REDIRECT,
    &request::REDIRECT_TRICKS,
    &request::DOWNGRADE,
    &request::PLAIN_CHALLENGE,
    &request::TOKEN_IN_FRAGMENT,
    &callback::FORGED_STATE,
    &callback::MISSING_STATE,
    &callback::MIX_UP,
    &callback::MIX_UP_UNCHECKED,
    &refresh::STOLEN_REFRESH,
    &refresh::STOLEN_REFRESH_FIRST,
    &refresh::WIDER_SCOPE,
    &token::WRONG_AUDIENCE,
    &token::ID_TOKEN_AS_ACCESS_TOKEN,
    &token::JWT_CONFUSION,
    &page::SESSION_FIXATION,
    &page::CLICKJACKING,
    &page::PASSWORD_REDIRECT,
];

/// All attacks, in the order in which they are shown.
pub fn attacks() -> impl ExactSizeIterator<Item = &'static Attack> {
    ATTACKS.iter().copied()
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
#[derive(Debug, Clone, Copy)]
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

impl Attack {
    /// The script of one variant.
    pub const fn script(&self, pkce: bool) -> &Script {
        if pkce { &self.with_pkce } else { &self.without_pkce }
    }
}

impl Script {
    /// The step at which it is stopped, if it is.
    pub fn stopped_at(&self) -> Option<u8> {
        let rule = self.stopped_by?;
        self.moves.iter().find(|made| made.refused_by == Some(rule)).map(|made| made.likeness().step)
    }
}

const fn thief(act: Act, bends: &'static [Bend], refused_by: Option<&'static Rule>, says: &'static str) -> Move {
    Move { by: Who::Thief, act, login: Login::Users, bends, refused_by, says }
}

const fn client(act: Act, refused_by: Option<&'static Rule>, says: &'static str) -> Move {
    Move { by: Who::Client, act, login: Login::Users, bends: &[], refused_by, says }
}

const NOTHING_LOST: &str =
    "Nothing was lost: the attempt spent nothing and revoked nothing, and the user's login went on.";

#[cfg(test)]
mod tests {
    use super::attacks;

    #[test]
    fn every_attack_is_stopped_by_a_rule_that_one_of_its_moves_meets_or_says_that_it_succeeds() {
        for attack in attacks() {
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
    fn with_pkce_every_attack_is_stopped_unless_a_client_leaves_out_a_check() {
        let lost: Vec<_> = attacks().filter(|attack| attack.with_pkce.stopped_by.is_none()).collect();
        assert_eq!(lost.iter().map(|attack| attack.name).collect::<Vec<_>>(), ["mix-up-unchecked"]);
    }

    #[test]
    fn names_are_in_kebab_case_and_none_comes_twice() {
        let names: std::collections::BTreeSet<_> = attacks().map(|attack| attack.name).collect();
        assert_eq!(names.len(), attacks().len());
        let kebab =
            |name: &str| name.split('-').all(|word| word.bytes().all(|b| b.is_ascii_lowercase()) && !word.is_empty());
        assert!(names.into_iter().all(kebab));
    }
}
