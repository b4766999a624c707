//! What is told of a step, or of a move in an attack, before anybody decides how it looks.

use countersign_protocol::{
    Rule,
    steps::{Channel, STEPS, Step},
};

use crate::{
    attacks::{Act, Likeness, Move, Who},
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
    pub(crate) fn of(step: &Step, pkce: bool) -> Self {
        let Step { number, from, to, channel, title, with_pkce, without_pkce, why, .. } = *step;
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
        let Likeness { step, to, channel, title } = made.likeness();
        let turn = Some(Turn { by: made.by, act: made.act, refused_by: None });
        let from = made.by.name();
        let none = Self::of(&STEPS[0], true);
        Self { step, from, to, channel, title, what: made.says, why: None, turn, ..none }
    }

    /// Adds a reason why it did not do what it should.
    pub(crate) fn failing(mut self, trouble: Option<String>) -> Self {
        self.trouble = self.trouble.or(trouble);
        self
    }
}
