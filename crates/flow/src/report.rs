//! Who is told what happens, while it happens.

use countersign_protocol::steps::Flow;

use crate::{Trouble, attacks::Attack, record::Record};

/// Is told of each step and move as soon as it is done.
pub trait Report: Send {
    /// A step, or a move in an attack.
    fn step(&mut self, record: &Record);

    /// An attack begins.
    fn attack_begins(&mut self, _attack: &'static Attack, _pkce: bool) {}

    /// An attack has ended as it should, or not.
    fn attack_ends(&mut self, _attack: &'static Attack, _pkce: bool, _trouble: Option<&Trouble>) {}

    /// All steps did what they should.
    fn all_done(&mut self, _flow: &'static Flow, _pkce: bool) {}
}
