//! What is told of a step, or of a move in an attack, before anybody decides how it looks.

use countersign_protocol::{
    Rule,
    steps::{Actor, Channel, STEPS, Step},
};

use crate::{
    attacks::{Act, Move, Who},
    checks::Check,
    message::Exchange,
    value::Field,
};

/// One step or move, done.
#[derive(Debug, Clone)]
pub struct Record {
    /// The step; for a move, the one that it resembles.
    pub step: u8,
    /// Who acted.
    pub from: &'static str,
    /// On whom.
    pub to: &'static str,
    /// How it travelled.
    pub channel: Channel,
    /// In a few words.
    pub title: &'static str,
    /// What happened.
    pub what: &'static str,
    /// Why the step is there.
    pub why: Option<&'static str>,
    /// Requests and responses, the one that matters most first.
    pub exchanges: Vec<Exchange>,
    /// What was made and stayed where it was made.
    pub made: Vec<Field>,
    /// What tokens say, for the one who watches.
    pub claims: Vec<(&'static str, Vec<Field>)>,
    /// What is worth saying besides.
    pub notes: Vec<&'static str>,
    /// Rules and their outcomes.
    pub checks: Vec<Check>,
    /// Why the step did not do what it should.
    pub trouble: Option<String>,
    /// Where it is a move: whose, and how it ended.
    pub turn: Option<Turn>,
}

/// A move in an attack.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Whose it is.
    pub by: Who,
    /// What it is.
    pub act: Act,
    /// The rule that refused it, if it was refused.
    pub refused_by: Option<&'static Rule>,
}

impl Record {
    /// An empty record of a step.
    pub(crate) fn of(number: u8, pkce: bool) -> Self {
        let step = STEPS.iter().find(|step| step.number == number).unwrap_or(&STEPS[0]);
        let Step { number, from, to, channel, title, with_pkce, without_pkce, why } = *step;
        let what = if pkce { with_pkce } else { without_pkce };
        // "The same." says nothing where the other variant does not stand beside it.
        let what = if what == "The same." { with_pkce } else { what };
        Self {
            step: number,
            from: from.name(),
            to: to.name(),
            channel,
            title,
            what,
            // The reasons speak of the verifier.
            why: pkce.then_some(why),
            exchanges: Vec::new(),
            made: Vec::new(),
            claims: Vec::new(),
            notes: Vec::new(),
            checks: Vec::new(),
            trouble: None,
            turn: None,
        }
    }

    /// An empty record of a move.
    pub(crate) fn of_move(made: &'static Move) -> Self {
        let (step, to, channel, title) = describe(made);
        let from = match made.by {
            Who::Thief => "Thief",
            Who::Client => Actor::ClientApp.name(),
        };
        let turn = Some(Turn { by: made.by, act: made.act, refused_by: None });
        Self { from, to: to.name(), channel, title, what: made.says, why: None, turn, ..Self::of(step, true) }
    }

    /// Adds a reason why it did not do what it should.
    pub(crate) fn failing(mut self, trouble: Option<String>) -> Self {
        self.trouble = self.trouble.or(trouble);
        self
    }
}

fn describe(made: &Move) -> (u8, Actor, Channel, &'static str) {
    let by_client = made.by == Who::Client;
    match made.act {
        Act::Authorize => (3, Actor::AuthorizationServer, Channel::Front, "A changed authorization request"),
        Act::OwnLogin => (6, Actor::AuthorizationServer, Channel::Front, "A login of the thief's own"),
        Act::Callback => (7, Actor::ClientApp, Channel::Front, "A forged callback"),
        Act::Redeem if by_client => (8, Actor::AuthorizationServer, Channel::Back, "The client redeems its code"),
        Act::Redeem => (8, Actor::AuthorizationServer, Channel::Back, "The thief redeems the code"),
        Act::Refresh if by_client => (8, Actor::AuthorizationServer, Channel::Back, "The client refreshes"),
        Act::Refresh => (8, Actor::AuthorizationServer, Channel::Back, "The thief refreshes"),
        Act::CallApi => (10, Actor::ResourceServer, Channel::Back, "GET /files"),
    }
}
