//! Pending transactions on the server, for applications that already have a session cookie; and the memory of states
//! that were used. Both are bounded: what overflows is the oldest.
//!
//! Without the browser's session as part of the key, a link with an attacker's code and state would sign the victim in
//! as the attacker (RFC 9700 §4.7): that is why [`TransactionStore::take`] asks for it.

use std::collections::HashMap;
use std::sync::Mutex;

use countersign_protocol::{HandleHash, Timestamp};

use crate::single_flight::lock;
use crate::transaction::Transaction;

/// A bounded map of pending transactions in this process's memory.
#[derive(Debug)]
pub struct TransactionStore {
    pending: Mutex<HashMap<(HandleHash, HandleHash), Transaction>>,
    capacity: usize,
}

impl TransactionStore {
    /// Holds at most that many; when full, the one that would expire first makes room.
    pub fn new(capacity: usize) -> Self {
        Self { pending: Mutex::default(), capacity }
    }

    /// Keeps a transaction for the browser with that session id (any secret that only this browser sends).
    pub fn put(&self, browser: &str, transaction: Transaction, now: Timestamp) {
        let mut pending = lock(&self.pending);
        pending.retain(|_, kept| now < kept.expires);
        while pending.len() >= self.capacity.max(1) {
            let Some(oldest) = pending.iter().min_by_key(|(_, kept)| kept.expires).map(|(key, _)| key.clone()) else {
                break;
            };
            pending.remove(&oldest);
        }
        pending.insert((HandleHash::of(browser), HandleHash::of(transaction.state.expose())), transaction);
    }

    /// Takes out the transaction with that state, if this browser began it. A second take finds nothing.
    pub fn take(&self, browser: &str, state: &str) -> Option<Transaction> {
        lock(&self.pending).remove(&(HandleHash::of(browser), HandleHash::of(state)))
    }
}

/// What counts only once, remembered until it would have expired: the `state` of a finished transaction, since a sealed
/// cookie can be sent twice, and the `jti` of a logout token.
#[derive(Debug, Default)]
pub(crate) struct Spent(HashMap<HandleHash, Timestamp>);

impl Spent {
    const CAPACITY: usize = 10_000;

    /// Marks it as used; false if it was already.
    pub(crate) fn spend(&mut self, what: &str, expires: Timestamp, now: Timestamp) -> bool {
        if self.0.len() >= Self::CAPACITY {
            self.0.retain(|_, expires| now < *expires);
        }
        if self.0.len() >= Self::CAPACITY
            && let Some(oldest) = self.0.iter().min_by_key(|(_, expires)| **expires).map(|(hash, _)| hash.clone())
        {
            self.0.remove(&oldest);
        }
        self.0.insert(HandleHash::of(what), expires).is_none()
    }
}
