//! Limits on failed sign-ins, per account and network.
//!
//! What is limited is the pair of account and network, and a network as a whole; an account is never limited by itself.
//! So a stranger who guesses at somebody's password slows down his own network, and the owner signs in from anywhere
//! else (authelia#4730: lock-out as denial of service). One limiter serves every place where a password is checked
//! (CVE-2024-32868). A password that is being checked counts as well, so that guesses at the same time are not free because
//! none of them has failed yet (CVE-2024-4629). The table is bounded; who has waited long enough is forgotten first.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use countersign_protocol::{HandleHash, Subject, Timestamp, Ttl};

use crate::network::network_of;

const MAX_ENTRIES: usize = 50_000;
const LONGEST_WAIT: Ttl = Ttl::minutes(15);

/// How many failures are free, before each further one doubles the wait.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one account from one network.
    pub per_account: u32,
    /// For one network, whatever the accounts.
    pub per_network: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_account: 5, per_network: 50 }
    }
}

/// Counts failures. An unknown user name counts like a known one.
#[derive(Debug)]
pub struct Attempts {
    limits: Limits,
    entries: Mutex<HashMap<Key, Failures>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String, u128),
    Network(u128),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    /// Passwords that are being checked at this moment.
    checking: u32,
    until: Timestamp,
}

/// Who tries: the account if there is one, else the name that was typed.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The account.
    pub subject: Option<&'a Subject>,
    /// The user name in canonical form.
    pub username: &'a str,
    /// From where.
    pub address: IpAddr,
}

/// A password that is being checked. Dropped without a word, as when the peer hangs up, it counts as a failure.
#[derive(Debug)]
#[must_use]
pub struct Checking<'a> {
    attempts: &'a Attempts,
    keys: [Key; 2],
    began: Timestamp,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Failed,
    Succeeded,
    NotChecked,
}

impl Attempts {
    /// A limiter with nothing counted.
    pub fn new(limits: Limits) -> Self {
        Self { limits, entries: Mutex::default() }
    }

    /// Lets an attempt go ahead, or says how many seconds it has to wait.
    pub fn begin(&self, now: Timestamp, attempt: Attempt<'_>) -> Result<Checking<'_>, u64> {
        let keys = keys(attempt);
        let mut entries = self.lock();
        let wait = keys.iter().map(|key| self.wait(now, &entries, key)).max().unwrap_or(0);
        if wait > 0 {
            return Err(wait);
        }
        for key in &keys {
            make_room(&mut entries, now);
            let entry = entries.entry(key.clone()).or_insert(Failures { count: 0, checking: 0, until: now });
            entry.checking = entry.checking.saturating_add(1);
        }
        drop(entries);
        Ok(Checking { attempts: self, keys, began: now, outcome: Outcome::Failed })
    }

    fn wait(&self, now: Timestamp, entries: &HashMap<Key, Failures>, key: &Key) -> u64 {
        let Some(entry) = entries.get(key) else { return 0 };
        // One at a time beyond what is free: what is being checked may fail.
        let crowded = entry.checking > 0 && entry.count.saturating_add(entry.checking) > self.free(key);
        whole_secs(now, entry.until).max(u64::from(crowded))
    }

    fn free(&self, key: &Key) -> u32 {
        if matches!(key, Key::Network(_)) { self.limits.per_network } else { self.limits.per_account }
    }

    fn settle(&self, checking: &Checking<'_>) {
        let now = checking.began;
        let mut entries = self.lock();
        for key in &checking.keys {
            let entry = entries.entry(key.clone()).or_insert(Failures { count: 0, checking: 0, until: now });
            entry.checking = entry.checking.saturating_sub(1);
            match (checking.outcome, key) {
                (Outcome::Failed, _) => entry.fail(now, self.free(key)),
                (Outcome::Succeeded, Key::Account(..)) => (entry.count, entry.until) = (0, now),
                _ => {}
            }
            if entry.count == 0 && entry.checking == 0 {
                entries.remove(key);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Failures>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failures {
    fn fail(&mut self, now: Timestamp, free: u32) {
        // After an hour of peace the count begins anew.
        if now.secs_since(self.until) > 3600 {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        let over = self.count.saturating_sub(free);
        let wait = if over == 0 { 0 } else { 1_u32 << over.min(15) };
        self.until = now.plus(Ttl::secs(wait.min(LONGEST_WAIT.as_secs())));
    }
}

impl Checking<'_> {
    /// The password was wrong.
    pub fn failed(self) {
        drop(self);
    }

    /// It was right: the failures of this account from this network are forgotten.
    pub fn succeeded(mut self) {
        self.outcome = Outcome::Succeeded;
    }

    /// It was not looked at after all.
    pub fn not_checked(mut self) {
        self.outcome = Outcome::NotChecked;
    }
}

impl Drop for Checking<'_> {
    fn drop(&mut self) {
        self.attempts.settle(self);
    }
}

/// Names are hashed, so that their length does not matter.
fn keys(attempt: Attempt<'_>) -> [Key; 2] {
    let network = network_of(attempt.address);
    let name = || format!("name:{}", HandleHash::of(attempt.username).as_str());
    [Key::Account(attempt.subject.map_or_else(name, Subject::to_string), network), Key::Network(network)]
}

fn whole_secs(now: Timestamp, until: Timestamp) -> u64 {
    if until <= now { 0 } else { until.secs_since(now) + 1 }
}

fn make_room(entries: &mut HashMap<Key, Failures>, now: Timestamp) {
    if entries.len() < MAX_ENTRIES {
        return;
    }
    entries.retain(|_, failures| failures.until > now || failures.checking > 0);
    if entries.len() >= MAX_ENTRIES {
        entries.clear();
    }
}

#[cfg(test)]
mod tests;
